/* tidemark transplant [--allocator NAME] -- CMD... */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "candidates.h"
#include "child.h"
#include "cmd.h"
#include "composed.h"
#include "elfimage.h"
#include "file.h"
#include "foreground.h"
#include "functions.h"
#include "optiontable.h"
#include "paths.h"
#include "reason.h"
#include "shims.h"
#include "transplant.h"
#include "variant.h"
#include "verdict.h"

struct arguments {
    struct words program; /* at NULL: nothing to run */
    const char *allocator, *check;
};

static const struct option_row option_rows[] = {
    TEXT(0, 'a', "allocator", "NAME", allocator,
         "also preload this allocator: one of `tidemark list allocators`, or the path of "
         "a library. Settings may follow: NAME,ENV=VALUE... (default: preload none; the "
         "C library's malloc serves, or that of LD_PRELOAD)"),
    TEXT(0, 0, "check", "FILE", check,
         "run nothing: say whether transplant recognises an allocator in the library "
         "FILE"),
};

static void check(struct argp_state *state) {
    const struct arguments *a = state->input;
    if (!a->program.at == !a->check)
        argp_error(state, "say what to run: either -- CMD... or --check");
}

/* ---- one file ---- */

/* Says which functions transplant finds. Without shims, it can only count candidates:
 * running the program tells which of them are the allocator's. */
static void check_file(const char *path) {
    char *bytes;
    size_t length;
    struct elfimage image;
    struct functions found;
    int error = file_read(path, &bytes, &length);
    if (error)
        cmd_fail(EXIT_USAGE, "cannot read %s: %s", path, strerror(-error));
    const char *why = elfimage_open(&image, (const unsigned char *)bytes, length);
    error = why ? -EINVAL : shims_find(&image, &found, &why);
    bool has_shims = !error;
    if (error == -ENOENT)
        error = candidates_find(&image, &found, &why);
    if (error)
        cmd_fail(EXIT_MEASUREMENT, "%s cannot be transplanted: %s", path, why);
    if (has_shims)
        printf("%s: alloc 0x%llx, dealloc 0x%llx, realloc 0x%llx, alloc_zeroed 0x%llx\n",
               path, (unsigned long long)found.list[0].address,
               (unsigned long long)found.list[1].address,
               (unsigned long long)found.list[2].address,
               (unsigned long long)found.list[3].address);
    else
        printf("%s: mimalloc is inside, without shims; when a program loads the file, "
               "transplant tries %zu functions to find the allocator's\n",
               path, found.count);
}

/* ---- the program ---- */

/* Finds the allocator that was asked for. NULL with `reason` if it cannot be used. */
static const struct variant *find_allocator(const char *text, struct variant_list *list,
                                            struct reason *reason) {
    char description[1024];
    snprintf(description, sizeof description, "transplanted=%s", text);
    if (cmd_read_allocators(list, reason) < 0 ||
        variant_add_custom(list, description, reason) < 0)
        return NULL;
    const struct variant *variant = variant_find(list, "transplanted");
    if (variant->status == VARIANT_OK)
        return variant;
    reason_set(reason, "the allocator %s is %s: %s", text,
               variant_status_name(variant->status), variant->detail);
    return NULL;
}

/*
 * Sets the environment of the program. LD_PRELOAD names transplant's library, then what
 * is preloaded already (such as the recorder, which must come before the allocator), then
 * the allocator.
 */
static int set_variables(const struct variant *variant, const char *folder) {
    char library[PATH_MAX], *preload;
    const char *before = getenv("LD_PRELOAD");
    bool has_library = variant && variant->preload;
    int error = paths_in_build(library, sizeof library, "lib/libtidemark-transplant.so");
    if (error)
        return error;
    if (asprintf(&preload, "%s%s%s%s%s", library, before && *before ? ":" : "",
                 before ? before : "", has_library ? ":" : "",
                 has_library ? variant->library : "") < 0)
        return -ENOMEM;
    error = setenv("LD_PRELOAD", preload, 1);
    free(preload);
    if (!error)
        error = setenv(TRANSPLANT_FOLDER_VARIABLE, folder, 1);
    if (!error && has_library)
        error = setenv(TRANSPLANT_ALLOCATOR_VARIABLE, variant->library, 1);
    for (unsigned i = 0; !error && variant && i < variant->env_count; i++)
        error = putenv((char *)variant->env[i]); /* it lives as long as this process */
    return error ? -ENOMEM : 0;
}

/* Makes the folder of this transplant, in that of the innermost outer tool. Tells all
 * outer tools that the transplant has begun. */
static int make_folder(const char *outer, char *ret, size_t size, struct reason *reason) {
    int length = (int)strcspn(outer, ":");
    int error = 0;
    if (snprintf(ret, size, "%.*s/transplant.XXXXXX", length, outer) >= (int)size)
        error = -ENAMETOOLONG;
    else if (!mkdtemp(ret))
        error = -errno;
    else
        error = verdict_tell(outer, ret, VERDICT_BEGUN, "", "");
    if (error)
        reason_set(reason, "cannot write into the folder %.*s: %s", length, outer,
                   strerror(-error));
    return error ? error : composed_check_folder(ret, reason);
}

/* Tells the user that the transplant failed, and the outer tools, which may not see the
 * exit code. Returns that code. */
static int fail(const char *outer, const char *folder, const struct reason *reason,
                int code) {
    verdict_tell(outer, folder, VERDICT_FAILED, "", reason->text);
    cmd_complain("%s", reason->text);
    return code;
}

/*
 * Runs the program in an outer tool: the program replaces this process, so that the outer
 * tool measures nothing of ours. The outer tool reads the verdicts and removes the
 * folder. Returns only if the program cannot be started.
 */
static int become(char **argv, const char *outer, const char *folder) {
    struct reason reason;
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    execvp(argv[0], argv);
    reason_set(&reason, "cannot start %s: %s", argv[0], strerror(errno));
    return fail(outer, folder, &reason, EXIT_USAGE);
}

/* ---- what became of it ---- */

static int run_and_tell(const struct arguments *a, const struct composed *composed) {
    char words[96];
    struct reason reason;
    int status = 0;
    int error = foreground_run(a->program.at, NULL, false, &status, &reason);
    if (error && error != -EINTR) {
        cmd_complain("%s", reason.text);
        return EXIT_USAGE;
    }
    int verdict = cmd_read_verdicts(composed);
    if (error) {
        cmd_complain("interrupted");
        return EXIT_MEASUREMENT;
    }
    child_describe_status(status, words, sizeof words);
    if (status)
        cmd_complain("%s %s", a->program.at[0], words);
    return status || verdict ? EXIT_MEASUREMENT : EXIT_FINE;
}

static int transplant(const struct arguments *a, const char *outer,
                      const struct composed *own) {
    static struct variant_list list;
    char folder[PATH_MAX];
    struct reason reason;
    int error = make_folder(outer, folder, sizeof folder, &reason);
    if (error)
        return fail(outer, folder, &reason, EXIT_MEASUREMENT);
    const struct variant *variant =
        a->allocator ? find_allocator(a->allocator, &list, &reason) : NULL;
    if (a->allocator && !variant)
        return fail(outer, folder, &reason, EXIT_USAGE);
    error = set_variables(variant, folder);
    if (error) {
        reason_set(&reason, "the transplant cannot be prepared: %s", strerror(-error));
        return fail(outer, folder, &reason, EXIT_MEASUREMENT);
    }
    return own ? run_and_tell(a, own) : become(a->program.at, outer, folder);
}

/* Without an outer tool, this process does what an outer tool would do. */
static int transplant_alone(const struct arguments *a) {
    struct composed own;
    struct reason reason;
    if (composed_begin(&own, &reason) < 0)
        cmd_fail(EXIT_MEASUREMENT, "%s", reason.text);
    int code = EXIT_MEASUREMENT;
    if (putenv(own.variable) == 0)
        code = transplant(a, own.folder, &own);
    unsetenv(VERDICT_FOLDERS_VARIABLE); /* composed_finish() frees its text */
    composed_finish(&own);
    return code;
}

int cmd_transplant(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows),
        .most = INT_MAX,
        .check = check,
        .flags = ARGP_IN_ORDER,
        .usage = "-- CMD...",
        .doc =
            "Run a program, and let its native addons use malloc instead of the mimalloc "
            "that is linked into them.\vtransplant is made for Rust addons of Node.js, "
            "such as rolldown's. It loads a copy of the addon in which each allocator "
            "function jumps to malloc. So the addon uses whatever allocator is "
            "preloaded, and its calls can be recorded. An addon that cannot be "
            "transplanted runs unchanged; transplant names it and the reason. Inside "
            "`tidemark watch`, `record` or `time`, that command names it, and the exit "
            "code is the program's. Otherwise exit code 0: all addons were transplanted "
            "and the program succeeded; 2: bad input; 3: otherwise."};
    struct arguments a = {0};
    optiontable_parse(&table, argc, argv, &a);
    const char *outer = getenv(VERDICT_FOLDERS_VARIABLE);
    if (a.check) {
        check_file(a.check);
        return EXIT_FINE;
    }
    return outer ? transplant(&a, outer, NULL) : transplant_alone(&a);
}

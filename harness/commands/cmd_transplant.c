/* tidemark transplant [--allocator NAME] -- CMD... */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "cmd.h"
#include "file.h"
#include "foreground.h"
#include "optiontable.h"
#include "paths.h"
#include "reason.h"
#include "shims.h"
#include "transplant.h"
#include "variant.h"

struct arguments {
    const char *allocator, *check;
    char **argv; /* NULL: nothing to run */
};

static const struct option_row option_rows[] = {
    TEXT(0, 'a', "allocator", "NAME", allocator,
         "also preload this allocator: one of `tidemark list allocators`, or the path of "
         "a library, each with settings NAME,ENV=VALUE... if need be (default: the C "
         "library's malloc, or what LD_PRELOAD has already)"),
    TEXT(0, 0, "check", "FILE", check,
         "run nothing: say whether the library FILE has an allocator that can be told"),
};

static error_t parse_rest(int key, char *text, struct argp_state *state) {
    struct arguments *a = state->input;
    (void)text;
    switch (key) {
    case ARGP_KEY_ARG:
        a->argv = cmd_program(state);
        return 0;
    case ARGP_KEY_SUCCESS:
        if (!a->argv == !a->check)
            argp_error(state, "say what to run: either -- CMD... or --check");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- one file ---- */

static int check_file(const char *path) {
    char *bytes;
    size_t length;
    struct shims shims;
    const char *why;
    int error = file_read(path, &bytes, &length);
    if (error) {
        cmd_complain("cannot read %s: %s", path, strerror(-error));
        return EXIT_USAGE;
    }
    error = shims_find((const unsigned char *)bytes, length, &shims, &why);
    free(bytes);
    if (error) {
        cmd_complain("%s cannot be transplanted: %s", path, why);
        return EXIT_MEASUREMENT;
    }
    printf("%s: alloc 0x%llx, dealloc 0x%llx, realloc 0x%llx, alloc_zeroed 0x%llx\n",
           path, (unsigned long long)shims.address[SHIM_ALLOC],
           (unsigned long long)shims.address[SHIM_DEALLOC],
           (unsigned long long)shims.address[SHIM_REALLOC],
           (unsigned long long)shims.address[SHIM_ALLOC_ZEROED]);
    return EXIT_FINE;
}

/* ---- the program ---- */

/* The allocator that was asked for, or NULL; complains and ends where it is none. */
static struct variant *find_allocator(const char *text, struct variant_list *list) {
    char description[1024];
    struct reason reason;
    snprintf(description, sizeof description, "transplanted=%s", text);
    if (cmd_read_allocators(list) != EXIT_FINE)
        exit(EXIT_USAGE);
    if (variant_add_custom(list, description, &reason) < 0) {
        cmd_complain("%s", reason.text);
        exit(EXIT_USAGE);
    }
    struct variant *variant =
        (struct variant *)variant_find(list, "transplanted"); /* the list is ours */
    if (variant->status != VARIANT_OK) {
        cmd_complain("the allocator %s is %s: %s", text,
                     variant_status_name(variant->status), variant->detail);
        exit(EXIT_USAGE);
    }
    return variant;
}

/*
 * This library, what is preloaded already (such as the recorder, which must come before
 * the allocator), and the allocator.
 */
static int set_variables(const struct variant *variant, const char *folder,
                         char *ret[VARIANT_ENV_MAX + 3]) {
    char library[PATH_MAX];
    const char *before = getenv("LD_PRELOAD");
    int error = paths_in_build(library, sizeof library, "lib/libtidemark-transplant.so");
    if (error)
        return error;
    if (asprintf(&ret[0], "LD_PRELOAD=%s%s%s%s%s", library, before && *before ? ":" : "",
                 before ? before : "", variant && variant->preload ? ":" : "",
                 variant && variant->preload ? variant->library : "") < 0)
        return -ENOMEM;
    if (asprintf(&ret[1], TRANSPLANT_FOLDER_VARIABLE "=%s", folder) < 0) {
        free(ret[0]);
        return -ENOMEM;
    }
    size_t n = 2;
    for (unsigned i = 0; variant && i < variant->env_count; i++)
        ret[n++] = (char *)variant->env[i]; /* execve() does not write to it */
    ret[n] = NULL;
    return 0;
}

static int run_program(const struct arguments *a, const struct variant *variant,
                       const char *folder, int *ret_status, struct reason *reason) {
    char *added[VARIANT_ENV_MAX + 3];
    int error = set_variables(variant, folder, added);
    if (error) {
        reason_set(reason, "the transplant cannot be prepared: %s", strerror(-error));
        return error;
    }
    error = foreground_run(a->argv, added, false, ret_status, reason);
    free(added[0]);
    free(added[1]);
    return error;
}

/* ---- what became of it ---- */

/* Tells the log's lines. How many libraries were transplanted, how many refused. */
static void tell_log(char *log, unsigned *ret_done, unsigned *ret_refused) {
    for (char *line; (line = strsep(&log, "\n")) && *line;) {
        char *fields[4] = {NULL};
        for (size_t i = 0; i < 4 && line; i++)
            fields[i] = strsep(&line, "\t");
        if (!fields[3])
            continue;
        bool is_done = strcmp(fields[1], TRANSPLANT_DONE) == 0;
        ++*(is_done ? ret_done : ret_refused);
        cmd_complain("process %s: %s %s%s%s", fields[0], fields[2],
                     is_done ? "runs on malloc"
                             : "cannot be transplanted and ran as it is",
                     is_done ? "" : ": ", fields[3]);
    }
}

static void remove_folder(const char *folder) {
    char *argv[] = {(char *)"rm", (char *)"-rf", (char *)"--", (char *)folder, NULL};
    struct child child;
    struct child_streams streams = {-1, -1, -1, NULL};
    int status;
    if (child_start_on(&child, argv, environ, &streams, NULL) == 0)
        child_wait(&child, UINT64_MAX, NULL, &status);
}

static int finish(const struct arguments *a, const char *folder, int error, int status) {
    char path[PATH_MAX], *log = NULL, words[96];
    unsigned done = 0, refused = 0;
    snprintf(path, sizeof path, "%s/" TRANSPLANT_LOG, folder);
    if (file_read(path, &log, NULL) == 0)
        tell_log(log, &done, &refused);
    free(log);
    remove_folder(folder);
    if (error) {
        cmd_complain("interrupted");
        return EXIT_MEASUREMENT;
    }
    child_describe_status(status, words, sizeof words);
    if (status)
        cmd_complain("%s %s", a->argv[0], words);
    if (!done && !refused)
        cmd_complain(
            "nothing was transplanted: the program loaded no addon (*.node), and "
            "no library with an allocator that can be told");
    return status || refused || !done ? EXIT_MEASUREMENT : EXIT_FINE;
}

static int transplant(const struct arguments *a) {
    static struct variant_list list;
    const struct variant *variant =
        a->allocator ? find_allocator(a->allocator, &list) : NULL;
    const char *temporary = getenv("TMPDIR");
    char folder[PATH_MAX - 64];
    struct reason reason;
    snprintf(folder, sizeof folder, "%s/tidemark.XXXXXX",
             temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(folder)) {
        cmd_complain("cannot create the folder %s: %s", folder, strerror(errno));
        return EXIT_USAGE;
    }
    int status = 0, error = run_program(a, variant, folder, &status, &reason);
    if (error && error != -EINTR) {
        cmd_complain("%s", reason.text);
        remove_folder(folder);
        return EXIT_USAGE;
    }
    return finish(a, folder, error, status);
}

int cmd_transplant(int argc, char **argv) {
    static const struct option_table table = {
        .rows = option_rows,
        .count = OPTION_COUNT(option_rows),
        .rest = parse_rest,
        .flags = ARGP_IN_ORDER,
        .usage = "-- CMD...",
        .doc = "Run a program whose native addons have mimalloc linked in on malloc "
               "instead.\v"
               "Made for Rust addons of Node.js, such as rolldown's: a copy of the "
               "library is "
               "loaded whose allocator jumps to malloc, so that it runs on whatever is "
               "preloaded "
               "and can be recorded. What cannot be transplanted runs as it is, whole, "
               "and is "
               "named with the reason. Exit code 0: all addons were transplanted and the "
               "program "
               "ended well; 2: bad input; 3: otherwise."};
    struct arguments a = {0};
    optiontable_parse(&table, argc, argv, &a);
    return a.check ? check_file(a.check) : transplant(&a);
}

/* tidemark doctor: a checklist of what this machine has and lacks for measuring. */
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "cmd.h"
#include "conditioning.h"
#include "file.h"
#include "firsttouch.h"
#include "footprint.h"
#include "optiontable.h"
#include "paths.h"
#include "policy.h"
#include "reason.h"
#include "settings.h"
#include "variant.h"

enum mark { FINE, NOTE, MISSING };

/* How much is missing. `tidemark run` works only if nothing is. */
static unsigned missing;

__attribute__((format(printf, 2, 3))) static void check(enum mark mark,
                                                        const char *format, ...) {
    static const char *const marks[] = {"  ok       ", "  note     ", "  MISSING  "};
    va_list args;
    va_start(args, format);
    fputs(marks[mark], stdout);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
    missing += mark == MISSING;
}

static bool has_command(const char *name) {
    char *paths = strdup(getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin"),
         *rest = paths;
    bool found = false;
    for (char *folder; paths && !found && (folder = strsep(&rest, ":"));) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", folder, name);
        found = access(path, X_OK) == 0;
    }
    free(paths);
    return found;
}

static bool has_requirement(const char *kind, const char *name) {
    char output[16];
    if (strcmp(kind, "command") == 0)
        return has_command(name);
    if (strcmp(kind, "pkgconfig") == 0)
        return capture_command((char *[]){"pkg-config", "--exists", (char *)name, NULL},
                               0, output, sizeof output) == 0;
    return access(name, R_OK) == 0;
}

/* Checks one line of scripts/requirements.tsv: kind, name, package, step, purpose. */
static void check_requirement(char *line) {
    char *column[5] = {0};
    for (int i = 0; i < 5; i++)
        column[i] = strsep(&line, "\t");
    if (!column[4])
        return;
    bool needed = strcmp(column[3], "bench") == 0;
    if (has_requirement(column[0], column[1]))
        check(FINE, "%s: %s", column[1], column[4]);
    else
        check(needed ? MISSING : NOTE,
              "%s is missing (%s); needed to %s; install the package %s, or run `make "
              "setup`",
              column[1], column[4], column[3], column[2]);
}

static void check_requirements(void) {
    char path[PATH_MAX] = "of this build", *text;
    puts("Tools");
    if (paths_in_build(path, sizeof path, "share/requirements.tsv") < 0 ||
        file_read(path, &text, NULL) < 0) {
        check(MISSING, "the list of requirements %s; build again with `make build`",
              path);
        return;
    }
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line && *line != '#')
            check_requirement(line);
    free(text);
}

static void check_allocators(const struct variant_list *variants) {
    for (size_t i = 0; i < variants->count; i++) {
        const struct variant *v = &variants->at[i];
        if (v->status == VARIANT_OK)
            check(FINE, "%s %s%s%s", v->name, v->version, v->detail[0] ? "; " : "",
                  v->detail);
        else
            check(NOTE, "%s is %s%s%s", v->name, variant_status_name(v->status),
                  v->detail[0] ? ": " : "", v->detail);
    }
}

/* Checks for each policy, with each allocator that it is for, that its settings take
 * effect. */
static void check_policies(const struct variant_list *variants) {
    static struct policy_list policies;
    struct reason reason;
    puts("Policies");
    if (policy_read(&policies, &reason) < 0) {
        check(NOTE, "%s", reason.text);
        return;
    }
    for (size_t p = 0; p < policies.count; p++)
        for (size_t v = 0; v < variants->count; v++) {
            const struct policy *policy = &policies.at[p];
            char name[sizeof(struct variant){0}.name + sizeof policy->name + 2];
            struct variant variant;
            if (variants->at[v].status != VARIANT_OK ||
                policy_find(&policies, policy->name, &variants->at[v]) != policy)
                continue;
            snprintf(name, sizeof name, "%s+%s", variants->at[v].name, policy->name);
            int error = policy_compose(&policies, variants, name, &variant, &reason);
            if (!error)
                error = settings_check(&variant, &reason);
            check(error ? NOTE : FINE, "%s: %s", name,
                  error ? reason.text : policy->checks);
        }
}

static void check_variants(void) {
    static struct variant_list variants;
    struct reason reason;
    puts("Allocators");
    if (cmd_read_allocators(&variants, &reason) < 0) {
        check(MISSING, "%s", reason.text);
        return;
    }
    check_allocators(&variants);
    check_policies(&variants);
}

static void note_file(const char *what, const char *path) {
    char *text;
    if (file_read(path, &text, NULL) < 0) {
        check(NOTE, "%s: unknown", what);
        return;
    }
    text[strcspn(text, "\n")] = '\0';
    check(FINE, "%s: %s", what, text);
    free(text);
}

enum { PAUSE_S = 4 }; /* Linux reports free pages to the host after two seconds */

static void check_touch(const char *what, double rested_us, double warm_us) {
    static const char why[] =
        ": the host supplies memory when it is touched and takes free memory back, so "
        "times depend on what ran before; an administrator can turn off free page "
        "reporting, or the balloon, in the virtual machine's definition";
    bool cold = conditioning_is_cold(rested_us, warm_us);
    check(cold ? NOTE : FINE,
          "first touch of %s: %.2f us after a pause, %.2f us right after use%s", what,
          rested_us, warm_us, cold ? why : "");
}

/* The first touch of a warm page takes longer if the hypervisor keeps page tables of its
 * own, which it updates at each page fault. Elsewhere it takes at most 2 us
 * (docs/measuring.md). */
#define EXPENSIVE_FAULT_US 5.0

/* Says whether free memory is warm, or a virtual machine's host has to supply it. */
static void check_first_touch(void) {
    static const volatile int never;
    struct first_touch rested;
    struct conditioning c;
    struct reason reason;
    sleep(PAUSE_S);
    if (first_touch_measure(FIRST_TOUCH_PIECES, &rested) < 0 ||
        conditioning_begin(&c, &never, &reason) < 0) {
        check(NOTE,
              "first touch of memory: not known, since %d MiB could not be allocated",
              2 * FIRST_TOUCH_PIECES * (TOUCH_PIECE >> 20));
        return;
    }
    check_touch("a page", rested.page_us, c.warm.page_us);
    if (c.warm.page_us > EXPENSIVE_FAULT_US)
        check(NOTE, "page faults are expensive here even if memory is warm; times favour "
                    "allocators that cause few of them");
    if (rested.huge_page_us > 0 && c.warm.huge_page_us > 0)
        check_touch("a huge page", rested.huge_page_us, c.warm.huge_page_us);
    else
        check(NOTE,
              "first touch of a huge page: not known, since there are no huge pages");
}

static void check_machine(void) {
    struct footprint own;
    struct reason reason;
    puts("Machine");
    if (footprint_read(getpid(), &own, &reason) == 0)
        check(FINE, "footprints can be read");
    else
        check(MISSING, "footprints cannot be read: %s", reason.text);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    double load = 0;
    getloadavg(&load, 1);
    check(load > 0.5 * (double)cores ? NOTE : FINE, "%ld cores, load %.2f%s", cores, load,
          load > 0.5 * (double)cores ? ": times will be noisy until it is idle" : "");
    note_file("transparent huge pages", "/sys/kernel/mm/transparent_hugepage/enabled");
    check_first_touch();
    note_file("overcommit", "/proc/sys/vm/overcommit_memory");
}

int cmd_doctor(int argc, char **argv) {
    static const struct option_table table = {
        .doc = "Check whether this machine has what measuring needs.\vExit code 0: "
               "everything that a run needs is there; 3: something is missing. Its line "
               "says how to provide it."};
    optiontable_parse(&table, argc, argv, NULL);
    check_requirements();
    check_variants();
    check_machine();
    if (missing)
        printf("%u missing: no run is possible until this is fixed\n", missing);
    return missing ? EXIT_MEASUREMENT : EXIT_FINE;
}

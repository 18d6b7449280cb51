#ifndef TIDEMARK_HARNESS_WATCHSPEC_H
#define TIDEMARK_HARNESS_WATCHSPEC_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "plan.h"

struct reason;

/*
 * A spec says how a program is watched and when its memory is read. All rounds and all
 * settings of a comparison share one spec; only the subject changes.
 */

enum { WATCH_IDLES_MAX = 16, WATCH_MARKS_MAX = 16, WATCH_NAME_MAX = PLAN_CHECKPOINT_MAX };
_Static_assert(WATCH_IDLES_MAX + WATCH_MARKS_MAX + 1 <= (int)PLAN_CHECKPOINTS_MAX,
               "a plan has room for all");

/* The checkpoint at the end of the work. The idle period begins there: t = 0. */
#define WATCH_END "end"

/* What ends the work and begins the idle period. */
enum watch_until {
    WATCH_UNTIL_EXIT,   /* the last process of the tree ends; there is no idle period */
    WATCH_UNTIL_OUTPUT, /* a line of output matches `until_pattern` */
    WATCH_UNTIL_QUIET,  /* the tree uses less than `quiet_percent` over `quiet_s` */
    WATCH_UNTIL_DRIVEN, /* the `driver` command ends */
    WATCH_UNTIL_NOW,    /* the watch begins: the process runs already */
};

/*
 * A checkpoint of the user's own. It is due at the first line of output that matches
 * `pattern`, or `at_s` seconds after the start if `by_time`.
 */
struct watch_mark {
    char name[WATCH_NAME_MAX];
    bool by_time;
    double at_s;
    regex_t pattern;
};

struct watch_spec {
    enum watch_until until;
    const char *until_text; /* NULL unless WATCH_UNTIL_OUTPUT */
    regex_t until_pattern;  /* compiled if until_text is not NULL */
    double quiet_percent;   /* of one core */
    double quiet_s;
    size_t idle_count;
    double idle_s[WATCH_IDLES_MAX]; /* after the end of the work, ascending, above 0 */
    size_t mark_count;
    struct watch_mark marks[WATCH_MARKS_MAX];
    const char *driver;     /* a shell command that uses the program, or NULL */
    const char *ready_text; /* the driver starts when a line matches; NULL: at once */
    regex_t ready_pattern;  /* compiled if ready_text is not NULL */
    const char *collect;    /* the runtime that collects its garbage when the program
                               becomes idle, such as "node". The subject's `envp` makes
                               it do so; this only records it. NULL: none */
    unsigned interval_ms;   /* between samples */
    double timeout_s;       /* for the work */
    bool hide_output;
    bool needs_port; /* fails as soon as a line says that a port is in use. Otherwise the
                        driver would use another program that listens on that port */
};

/* One program under one setting: a cell of the plan, with all its checkpoints. */
struct watch_subject {
    struct cell cell;
    pid_t pid; /* > 0: a process that runs already; `argv` is NULL then */
    char **argv, **envp;
    const char *library; /* the preloaded library. The run fails unless a process has it
                            mapped. NULL: none */
    const char *folder;  /* the working folder of program and driver; NULL: this one */
};

/* Writes the name of an idle checkpoint, such as "idle@90s", into `buffer`. */
void watchspec_idle_name(double idle_s, char *buffer, size_t size);

/* Adds the spec's checkpoints to a plan, except those that the plan has already. 0, or
 * -E2BIG with `reason`: the plan has no room for all. */
int watchspec_plan_checkpoints(const struct watch_spec *spec, struct plan *plan,
                               struct reason *reason);

/* Makes a text fit for JSON: cuts it to `size`. If the result is not UTF-8, replaces all
 * bytes that are not ASCII by "?". */
void watchspec_take_text(char *target, size_t size, const char *text);

/* The same for a text that must differ from others: if it is too long, ends it with a
 * hash of the whole text. `size` is at least 11. */
void watchspec_take_name(char *target, size_t size, const char *name);

/* Writes how the program is watched into the options of its workload. */
void watchspec_to_options(const struct watch_spec *spec, struct plan_workload *workload);

/* A hash of these options. Runs are compared only if their hashes are equal. */
uint64_t watchspec_hash(const struct plan_workload *workload);

#endif

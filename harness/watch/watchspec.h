#ifndef TIDEMARK_HARNESS_WATCHSPEC_H
#define TIDEMARK_HARNESS_WATCHSPEC_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "plan.h"

/*
 * What to watch, and when to look closely: the same for every round and every setting of
 * a comparison, but for the subject.
 */

enum { WATCH_IDLES_MAX = 16, WATCH_MARKS_MAX = 16, WATCH_NAME_MAX = PLAN_CHECKPOINT_MAX };
_Static_assert(WATCH_IDLES_MAX + WATCH_MARKS_MAX + 1 <= (int)PLAN_CHECKPOINTS_MAX,
               "a plan has room for all");

/* The checkpoint at the end of the work, t = 0 of the idle period. */
#define WATCH_END "end"

/* What ends the work and begins the idle period. */
enum watch_until {
    WATCH_UNTIL_EXIT,   /* the last process of the tree has ended: no idle period */
    WATCH_UNTIL_OUTPUT, /* a line of output matches */
    WATCH_UNTIL_QUIET,  /* the tree uses little CPU for some seconds */
    WATCH_UNTIL_DRIVEN, /* the driver has ended */
    WATCH_UNTIL_NOW,    /* at once: a process that is there already */
};

/* A checkpoint where a line of output matches for the first time, or at an instant. */
struct watch_mark {
    char name[WATCH_NAME_MAX];
    bool by_time;
    double at_s;
    regex_t pattern;
};

struct watch_spec {
    enum watch_until until;
    const char *until_text; /* where WATCH_UNTIL_OUTPUT, and compiled */
    regex_t until_pattern;
    double quiet_percent; /* of one core */
    double quiet_s;
    size_t idle_count;
    double idle_s[WATCH_IDLES_MAX]; /* after the end of the work, ascending, above 0 */
    size_t mark_count;
    struct watch_mark marks[WATCH_MARKS_MAX];
    const char *driver;     /* a shell command, or NULL */
    const char *ready_text; /* the driver starts when a line matches; NULL: at once */
    regex_t ready_pattern;
    const char *collect; /* whose garbage the environment makes it collect when it falls
                            idle, or NULL */
    unsigned interval_ms;
    double timeout_s; /* for the work */
    bool hide_output;
    bool needs_port; /* a line that says that a port is in use is a fault at once: what
                        drives the program would use whatever listens there */
};

/* One program under one setting: a cell of the plan, with all its checkpoints. */
struct watch_subject {
    struct cell cell;
    pid_t pid; /* > 0: a process that is there already; argv is NULL then */
    char **argv, **envp;
    const char *library; /* preloaded, which the run must prove; NULL: none */
    const char *folder;  /* where it and its driver run; NULL: here */
};

/* The name of an idle checkpoint, "idle@90s". */
void watchspec_idle_name(double idle_s, char *buffer, size_t size);

/* Adds to a plan those of its checkpoints that the plan has not yet. */
void watchspec_plan_checkpoints(const struct watch_spec *spec, struct plan *plan);

/* What is done with a program, as the options of its workload. */
void watchspec_to_options(const struct watch_spec *spec, struct plan_workload *workload);

/* A number for these options: what is not done in the same way is not compared. */
uint64_t watchspec_hash(const struct plan_workload *workload);

/* Frees the patterns. */
void watchspec_finish(struct watch_spec *spec);

#endif

#ifndef TIDEMARK_HARNESS_WATCHSPEC_H
#define TIDEMARK_HARNESS_WATCHSPEC_H

#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * What to watch, and when to look closely: the same for every round and every setting of
 * a comparison, but for the subject.
 */

enum { WATCH_IDLES_MAX = 16, WATCH_MARKS_MAX = 16, WATCH_NAME_MAX = 40 };

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
    regex_t until_pattern; /* where WATCH_UNTIL_OUTPUT */
    double quiet_percent;  /* of one core */
    double quiet_s;
    size_t idle_count;
    double idle_s[WATCH_IDLES_MAX]; /* after the end of the work, ascending, above 0 */
    size_t mark_count;
    struct watch_mark marks[WATCH_MARKS_MAX];
    const char *driver; /* a shell command, or NULL */
    bool has_ready;     /* the driver starts when a line matches, not at once */
    regex_t ready_pattern;
    unsigned interval_ms;
    double timeout_s; /* for the work */
    bool hide_output;
};

/* One program under one setting. */
struct watch_subject {
    const char *label;
    const char *setting; /* "as is", "VAR=value" or "preload NAME" */
    pid_t pid;           /* > 0: a process that is there already; argv is NULL then */
    char **argv, **envp;
    const char *library; /* preloaded, which the run must prove; NULL: none */
};

/* The name of an idle checkpoint, "idle@90s". */
void watchspec_idle_name(double idle_s, char *buffer, size_t size);

/* What of it a reader of the results needs; NULL without memory. */
json_t *watchspec_to_json(const struct watch_spec *spec);

/* Frees the patterns. */
void watchspec_finish(struct watch_spec *spec);

#endif

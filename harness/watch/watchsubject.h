#ifndef TIDEMARK_HARNESS_WATCHSUBJECT_H
#define TIDEMARK_HARNESS_WATCHSUBJECT_H

#include <stddef.h>

#include "watchspec.h"

struct plan;
struct reason;
struct variant_list;

/*
 * The programs and settings to be watched. Every program is watched as it is, and once
 * under each setting. Settings are environment variables, which are added to the
 * watcher's environment.
 *
 * In a plan a program is a workload, and its settings are variants, the first of them as
 * is. Several programs without settings are variants of one workload, so that each is
 * compared with the first.
 */
enum { WATCH_PROGRAMS_MAX = 16, WATCH_SETTINGS_MAX = 32, WATCH_SUBJECTS_MAX = 64 };

#define WATCH_AS_IS "as is"
#define WATCH_PROGRAMS "programs"

struct watch_program {
    char label[PLAN_NAME_MAX];
    char **argv;    /* ended by NULL; not owned */
    char *shell[4]; /* "sh -c COMMAND", where argv points to it */
};

struct watch_setting {
    char name[256];      /* "VAR=value", "preload NAME" */
    char *variables[12]; /* "NAME=VALUE", owned; ended by NULL */
    char *library;       /* owned; NULL: nothing is preloaded */
    char version[40];    /* the preloaded allocator's, where it is known */
};

struct watch_subjects {
    size_t program_count, setting_count, count;
    struct watch_program program[WATCH_PROGRAMS_MAX];
    struct watch_setting setting[WATCH_SETTINGS_MAX];
    struct watch_subject at[WATCH_SUBJECTS_MAX];
};

/* Adds "LABEL=COMMAND", which a shell will run. -EINVAL, -EEXIST, -E2BIG with `reason`.
 */
int watchsubject_add_command(struct watch_subjects *subjects, const char *text,
                             struct reason *reason);

/* Adds a program by its words; the label is its first one's base name if NULL. */
int watchsubject_add_program(struct watch_subjects *subjects, const char *label,
                             char **argv, struct reason *reason);

/* Adds a setting for each value of "VAR=v1,v2,…"; "\," is a comma within a value. */
int watchsubject_add_sweep(struct watch_subjects *subjects, const char *text,
                           struct reason *reason);

/*
 * Adds "NAME[,ENV=VALUE…]", where NAME is an allocator of the list or the path of a
 * library.
 */
int watchsubject_add_preload(struct watch_subjects *subjects, struct variant_list *list,
                             const char *text, struct reason *reason);

/*
 * Makes `at` of what was added: programs as is first, each before its settings; and of
 * that the plan's workloads and variants, which are done with as `spec` says.
 */
int watchsubject_combine(struct watch_subjects *subjects, const struct watch_spec *spec,
                         struct plan *plan, struct reason *reason);

void watchsubject_finish(struct watch_subjects *subjects);

#endif

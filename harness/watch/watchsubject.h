#ifndef TIDEMARK_HARNESS_WATCHSUBJECT_H
#define TIDEMARK_HARNESS_WATCHSUBJECT_H

#include <stddef.h>

#include "watchspec.h"

struct plan;
struct reason;
struct variant_list;

/*
 * The programs and settings to be watched. Every program is watched as it is, and once
 * under each setting. A setting is a list of environment variables that are added to the
 * watcher's own.
 *
 * In a plan a program is a workload and a setting is a variant. The first variant is the
 * program as it is. Several programs without settings are variants of one workload, so
 * that each is compared with the first.
 */
enum { WATCH_PROGRAMS_MAX = 16, WATCH_SETTINGS_MAX = 32, WATCH_SUBJECTS_MAX = 64 };

#define WATCH_AS_IS "as is"
#define WATCH_PROGRAMS "programs"

struct watch_program {
    char label[PLAN_NAME_MAX];
    char **argv;    /* ended by NULL; not owned */
    char *shell[4]; /* "sh -c COMMAND"; `argv` points here if it is a shell command */
};

struct watch_setting {
    char name[256];      /* "VAR=value", "preload NAME" */
    char *variables[12]; /* "NAME=VALUE"; ended by NULL */
    char *library;       /* the preloaded library; NULL: none */
    char version[40];    /* of the preloaded allocator; "": unknown */
};

struct watch_subjects {
    size_t program_count, setting_count, count;
    struct watch_program program[WATCH_PROGRAMS_MAX];
    struct watch_setting setting[WATCH_SETTINGS_MAX];
    struct watch_subject at[WATCH_SUBJECTS_MAX];
};

/* Adds "LABEL=COMMAND". A shell will run the command; `text` must outlive `subjects`. 0,
 * or -EINVAL with `reason`. */
int watchsubject_add_command(struct watch_subjects *subjects, const char *text,
                             struct reason *reason);

/* Adds a program by its arguments. If `label` is NULL, the base name of argv[0] becomes
 * the label. 0, or -EINVAL with `reason`. */
int watchsubject_add_program(struct watch_subjects *subjects, const char *label,
                             char **argv, struct reason *reason);

/* Adds a setting for each value of "VAR=v1,v2,…"; "\," is a comma within a value. 0, or
 * -errno with `reason`. */
int watchsubject_add_sweep(struct watch_subjects *subjects, const char *text,
                           struct reason *reason);

/*
 * Adds "NAME[,ENV=VALUE…]" as a setting. NAME is an allocator of `list` or the path of a
 * library. Adds a variant to `list` for it. 0, or -errno with `reason`.
 */
int watchsubject_add_preload(struct watch_subjects *subjects, struct variant_list *list,
                             const char *text, struct reason *reason);

/*
 * Fills `at` with what was added: for each program, the program as it is and then the
 * program under each setting. Adds their workloads and variants, and the checkpoints of
 * `spec`, to the plan. 0, or -errno with `reason`.
 */
int watchsubject_combine(struct watch_subjects *subjects, const struct watch_spec *spec,
                         struct plan *plan, struct reason *reason);

#endif

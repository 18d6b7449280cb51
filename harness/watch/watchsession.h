#ifndef TIDEMARK_HARNESS_WATCHSESSION_H
#define TIDEMARK_HARNESS_WATCHSESSION_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "journal.h"

struct plan;
struct reason;

/*
 * A run that watches programs. Its folder is like that of every run: plan.json, and a
 * journal with a record for each subject and round. At the end results.json is made of
 * both.
 */
struct watch_session {
    char folder[PATH_MAX - 64];
    json_t *plan_file; /* {plan, environment} */
    struct journal journal;
    uint64_t begun_ns;
};

/* Makes a plan with what all plans of watched programs have in common. The caller adds
 * workloads, variants and checkpoints. */
void watchsession_plan(struct plan *ret, const char *profile, unsigned rounds);

/* Begins a run in a new folder OUTPUT/STAMP-PROFILE, and points OUTPUT/`link` to it. 0,
 * or -errno with `reason`. */
int watchsession_begin(struct watch_session *ret, const struct plan *plan,
                       const char *output, const char *link, struct reason *reason);

/* Resumes the run in `folder`. Takes over the reference to its plan file, even on
 * failure. 0, or -errno with `reason`. */
int watchsession_resume(struct watch_session *ret, const char *folder, json_t *plan_file,
                        struct reason *reason);

/* Writes the real number of rounds into the plan file. 0, or -errno with `reason`. */
int watchsession_set_rounds(struct watch_session *session, unsigned rounds,
                            struct reason *reason);

/* Appends the session's duration to the journal, and if `complete` the allocators inside
 * the programs' files (watchinside.h). Then writes results.json. 0, or -errno with
 * `reason`. */
int watchsession_write(struct watch_session *session, bool complete,
                       struct reason *reason);

#endif

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
 * A run that watches programs, in a folder like every other run's: plan.json, a journal
 * with a record for each program and round, and results.json made of both at the end.
 */
struct watch_session {
    char folder[PATH_MAX - 64];
    json_t *plan_file; /* {plan, environment} */
    struct journal journal;
    uint64_t begun_ns;
};

/* What every plan of watched programs has in common. */
void watchsession_plan(struct plan *ret, const char *profile, unsigned rounds);

/* Makes OUTPUT/STAMP-PROFILE, and points OUTPUT/`link` to it. -errno with `reason`. */
int watchsession_begin(struct watch_session *ret, const struct plan *plan,
                       const char *output, const char *link, struct reason *reason);

/* Goes on with the run in `folder`. Takes its plan file over, on failure too. */
int watchsession_resume(struct watch_session *ret, const char *folder, json_t *plan_file,
                        struct reason *reason);

/* The plan's rounds were as many as they turned out to be. */
int watchsession_set_rounds(struct watch_session *session, unsigned rounds,
                            struct reason *reason);

/* Writes results.json. -errno with `reason`. */
int watchsession_write(struct watch_session *session, bool complete,
                       struct reason *reason);

void watchsession_finish(struct watch_session *session);

#endif

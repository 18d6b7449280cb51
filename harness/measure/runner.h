#ifndef TIDEMARK_HARNESS_RUNNER_H
#define TIDEMARK_HARNESS_RUNNER_H

#include <stddef.h>

#include "conditioning.h"
#include "journal.h"
#include "plan.h"
#include "progress.h"
#include "reason.h"

/*
 * Measures every cell of a plan that the journal does not hold as `ok` yet. First come
 * all memory rounds, whose idle periods overlap. Then come the rounds of the other kinds,
 * one cell at a time, with nothing else running.
 */
struct runner {
    const struct plan *plan;
    struct journal *journal;
    struct progress *progress;
    const char *folder;               /* for scratch files */
    const volatile int *stop;         /* set by a signal: end soon, in order */
    size_t failed;                    /* cells of this session that failed */
    struct conditioning conditioning; /* for cells whose time counts */
    bool lasts[PLAN_WORKLOADS_MAX];   /* the workload runs for over a second */
    struct runner_settings {
        bool asked;           /* the allocator was asked in this session */
        struct reason reason; /* why it cannot be measured; empty: it can */
    } settings[VARIANTS_MAX]; /* by variant of the plan */
};

/*
 * Returns 0 when every cell was measured or failed with its reason, -EINTR after *stop,
 * or another -errno with `reason` if the harness could not go on. Every finished cell is
 * recorded.
 */
int runner_run(struct runner *runner, struct reason *reason);

/* How many cells the plan has in all, over all rounds, and how many are recorded as ok.
 */
void runner_count(const struct plan *plan, const struct journal *journal,
                  size_t *ret_total, size_t *ret_ok);

#endif

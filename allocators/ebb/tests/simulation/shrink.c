/* Runs ddmin over the operations, then simplifies one setting after the other. */
#include "shrink.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "play.h"
#include "result.h"

int __real_clock_gettime(clockid_t, struct timespec *);

static double now(void) {
    struct timespec time;
    __real_clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

bool try_plan(const struct plan *plan) {
    result->what[0] = result->details[0] = '\0';
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        play(plan);
    int status = -1;
    waitpid(child, &status, 0);
    if (status == 0)
        return true;
    if (result->what[0] == '\0')
        snprintf(result->what, sizeof result->what, "the run ended with status %#x",
                 (unsigned)status);
    return false;
}

/* ---- candidates -------------------------------------------------------------------- */

static struct {
    struct plan best;
    struct result found;
    double deadline;
    unsigned runs;
} state;

static bool time_is_up(void) {
    return now() > state.deadline;
}

/* Keeps the candidate if it shows the same. */
static bool consider(const struct plan *candidate) {
    state.runs++;
    if (time_is_up() || try_plan(candidate) ||
        strcmp(result->what, state.found.what) != 0)
        return false;
    memcpy(state.found.details, result->details, sizeof state.found.details);
    state.best = *candidate;
    return true;
}

static void drop_ops(void) {
    static struct plan candidate;
    for (unsigned chunk = state.best.count; chunk > 0 && !time_is_up(); chunk /= 2)
        for (unsigned from = 0; from < state.best.count;) {
            unsigned to =
                from + chunk < state.best.count ? from + chunk : state.best.count;
            candidate = state.best;
            memmove(&candidate.ops[from], &candidate.ops[to],
                    (candidate.count - to) * sizeof *candidate.ops);
            candidate.count -= to - from;
            if (candidate.count == state.best.count || !consider(&candidate))
                from = to;
        }
}

/* Operations one by one: without preemption, without writing, on the first thread. */
static void plain_ops(void) {
    static struct plan candidate;
    for (unsigned i = 0; i < state.best.count; i++) {
        candidate = state.best;
        struct op *op = &candidate.ops[i];
        if (op->every > 0) {
            op->every = op->times = op->hold = 0;
            consider(&candidate);
        }
        candidate = state.best;
        if (op->touch != TOUCH_NONE) {
            op->touch = TOUCH_NONE;
            consider(&candidate);
        }
        candidate = state.best;
        if (op->thread != 0) {
            op->thread = 0;
            consider(&candidate);
        }
    }
}

static void plain_settings(void) {
    static struct plan candidate;
    for (unsigned i = 0; i < plan_settings_count(); i++) {
        candidate = state.best;
        if (!plan_make_plain(&candidate.settings, i))
            consider(&candidate);
    }
}

unsigned shrink(struct plan *plan, double seconds) {
    bool loud = verbose;
    verbose = false;
    state.best = *plan;
    state.found = *result;
    state.deadline = now() + seconds;
    state.runs = 0;
    unsigned before;
    do {
        before = state.best.count;
        drop_ops();
        plain_settings();
        plain_ops();
    } while (state.best.count < before && !time_is_up());
    *plan = state.best;
    memcpy(result->what, state.found.what, sizeof result->what);
    memcpy(result->details, state.found.details, sizeof result->details);
    verbose = loud;
    return state.runs;
}

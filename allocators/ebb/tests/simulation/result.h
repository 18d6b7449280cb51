/* What a run comes to, in memory that it shares with the process that started it. */
#ifndef EBB_SIMULATION_RESULT_H
#define EBB_SIMULATION_RESULT_H

#include <stdbool.h>
#include <stdint.h>

/* What a campaign has to have come across. */
#define FEATURES(X)                                                                      \
    X(operations)                                                                        \
    X(steps)                                                                             \
    X(checks)                                                                            \
    X(preemptions)                                                                       \
    X(waits)                                                                             \
    X(births)                                                                            \
    X(exits)                                                                             \
    X(claims)                                                                            \
    X(retirements)                                                                       \
    X(parkings)                                                                          \
    X(sweeps)                                                                            \
    X(discards)                                                                          \
    X(mappings)                                                                          \
    X(refused)                                                                           \
    X(huge_pages)                                                                        \
    X(reclaimers)                                                                        \
    X(sleeps)                                                                            \
    X(floors)                                                                            \
    X(forks)

enum feature {
#define FEATURE_NAME(name) FEATURE_##name,
    FEATURES(FEATURE_NAME)
#undef FEATURE_NAME
        FEATURE_COUNT,
};

struct result {
    char what[120];    /* empty: nothing was wrong. Tells findings from one another. */
    char details[400]; /* figures that differ from run to run */
    unsigned long features[FEATURE_COUNT];
};

extern struct result *result;
extern bool verbose;

static inline void count_feature(enum feature feature) {
    result->features[feature]++;
}

/* Ends the run: this is wrong. `what` names it without figures. */
_Noreturn void finding(const char *what, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For --verbose. */
void trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

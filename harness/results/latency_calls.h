#ifndef TIDEMARK_HARNESS_LATENCY_CALLS_H
#define TIDEMARK_HARNESS_LATENCY_CALLS_H

#include <stddef.h>

struct cell;
struct result;

/*
 * How long single calls took in a latency cell, in nanoseconds, without the clock's own
 * cost. Figures are medians over the rounds, but `max` is the largest of all rounds.
 */
enum { LATENCY_CALLS = 3, LATENCY_DECADES = 5 };

/* The figures that a record has of a call. latency_figure_names names them in this order;
 * NULL ends it. */
enum latency_figure {
    LATENCY_COUNT,
    LATENCY_CLOCK,
    LATENCY_P50,
    LATENCY_P99,
    LATENCY_P999,
    LATENCY_P9999,
    LATENCY_MAX,
    LATENCY_OVER, /* the first of LATENCY_DECADES */
    LATENCY_FIGURES = LATENCY_OVER + LATENCY_DECADES
};
extern const char *const latency_call_names[LATENCY_CALLS];
extern const char *const latency_figure_names[LATENCY_FIGURES + 1];

struct latency_call {
    size_t rounds; /* in which there was such a call */
    double figure[LATENCY_OVER];
    /* Calls that took at least 1 us, 10 us, 100 us, 1 ms, 10 ms: sums over the rounds. */
    double over[LATENCY_DECADES];
};

/* Fills in all three; `rounds` is 0 for a call that the workload never makes. */
void latency_of_cell(const struct result *result, const struct cell *cell,
                     struct latency_call ret[LATENCY_CALLS]);

#endif

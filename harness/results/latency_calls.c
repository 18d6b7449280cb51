#include "latency_calls.h"

#include <math.h>

#include "plan.h"
#include "result.h"
#include "stats.h"

const char *const latency_call_names[LATENCY_CALLS] = {"malloc", "realloc", "free"};

const char *const latency_figure_names[LATENCY_FIGURES] = {
    "count", "clock",   "p50",      "p99",       "p999",    "p9999",
    "max",   "over1us", "over10us", "over100us", "over1ms", "over10ms"};

/* Collects a figure of a call from every round that has it; returns how many there are.
 */
static size_t collect(const struct result *result, const struct cell *cell, size_t call,
                      size_t figure, double *ret_values) {
    size_t n = 0;
    for (unsigned round = 1; round <= plan_rounds(&result->plan, CELL_LATENCY); round++) {
        const struct reading *reading = result_good(result, cell, round);
        if (reading && !isnan(reading->calls[call][figure]))
            ret_values[n++] = reading->calls[call][figure];
    }
    return n;
}

static double sum_of(const double *values, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum;
}

static double largest(const double *values, size_t n) {
    double most = values[0];
    for (size_t i = 1; i < n; i++)
        most = fmax(most, values[i]);
    return most;
}

void latency_of_cell(const struct result *result, const struct cell *cell,
                     struct latency_call ret[LATENCY_CALLS]) {
    double values[result->plan.latency_rounds + 1];
    for (size_t c = 0; c < LATENCY_CALLS; c++) {
        struct latency_call call = {0};
        for (size_t k = 0; k < LATENCY_OVER; k++) {
            call.rounds = collect(result, cell, c, k, values);
            if (call.rounds)
                call.figure[k] = k == LATENCY_MAX ? largest(values, call.rounds)
                                                  : stats_median(values, call.rounds);
        }
        for (size_t i = 0; i < LATENCY_DECADES; i++)
            call.over[i] =
                sum_of(values, collect(result, cell, c, LATENCY_OVER + i, values));
        ret[c] = call;
    }
}

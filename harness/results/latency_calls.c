#include "latency_calls.h"

#include <math.h>

#include "plan.h"
#include "result.h"
#include "stats.h"

const char *const latency_call_names[LATENCY_CALLS] = {"malloc", "realloc", "free"};

const char *const latency_figure_names[LATENCY_FIGURES + 1] = {
    "count",   "clock",    "p50",       "p99",     "p999",     "p9999", "max",
    "over1us", "over10us", "over100us", "over1ms", "over10ms", NULL};

struct which {
    size_t call, figure;
};

static double figure_of(const struct reading *reading, const void *context) {
    const struct which *which = context;
    return reading->calls[which->call][which->figure];
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
            call.rounds =
                result_collect(result, cell, figure_of, &(struct which){c, k}, values);
            if (call.rounds)
                call.figure[k] = k == LATENCY_MAX ? largest(values, call.rounds)
                                                  : stats_median(values, call.rounds);
        }
        for (size_t i = 0; i < LATENCY_DECADES; i++)
            call.over[i] = sum_of(
                values, result_collect(result, cell, figure_of,
                                       &(struct which){c, LATENCY_OVER + i}, values));
        ret[c] = call;
    }
}

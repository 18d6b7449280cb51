/* See latency_calls.h. */
#include "latency_calls.h"

#include <string.h>

#include "plan.h"
#include "record.h"
#include "result.h"
#include "stats.h"

static const char *const names[LATENCY_CALLS] = {"malloc", "realloc", "free"};

static const char *const latency_decades[LATENCY_DECADES] = {
    "over1us", "over10us", "over100us", "over1ms", "over10ms"};

/* The line of one call in a record that went well; NULL where it was never made. */
static const json_t *find_call(const json_t *record, const char *name) {
    size_t i;
    json_t *entry;
    double count;
    if (!record_is_ok(record))
        return NULL;
    json_array_foreach(json_object_get(record, "latency"), i, entry) {
        if (strcmp(record_text(entry, "call"), name) == 0 &&
            record_number(entry, "count", &count) && count > 0)
            return entry;
    }
    return NULL;
}

/* One member of that line in every round; returns how many there are. */
static size_t collect(const struct result *result, const struct cell *cell,
                      const char *call, const char *member, double *ret_values) {
    size_t n = 0;
    for (unsigned round = 1; round <= result->plan.latency_rounds; round++) {
        const json_t *entry = find_call(result_record(result, cell, round), call);
        n += record_number(entry, member, &ret_values[n]);
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
        if (values[i] > most)
            most = values[i];
    return most;
}

void latency_of_cell(const struct result *result, const struct cell *cell,
                     struct latency_call ret[LATENCY_CALLS]) {
    double values[result->plan.latency_rounds + 1];
    for (size_t c = 0; c < LATENCY_CALLS; c++) {
        struct latency_call call = {.name = names[c]};
        const struct {
            const char *member;
            double *value;
        } medians[] = {{"count", &call.count}, {"clock", &call.clock},
                       {"p50", &call.p50},     {"p99", &call.p99},
                       {"p999", &call.p999},   {"p9999", &call.p9999}};
        for (size_t i = 0; i < sizeof medians / sizeof medians[0]; i++) {
            call.rounds = collect(result, cell, names[c], medians[i].member, values);
            if (call.rounds)
                *medians[i].value = stats_median(values, call.rounds);
        }
        size_t n = collect(result, cell, names[c], "max", values);
        if (n)
            call.max = largest(values, n);
        for (size_t i = 0; i < LATENCY_DECADES; i++)
            call.over[i] = sum_of(
                values, collect(result, cell, names[c], latency_decades[i], values));
        ret[c] = call;
    }
}

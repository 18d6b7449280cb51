/* See instructions.h. */
#include "instructions.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figures.h"
#include "plan.h"
#include "record.h"
#include "result.h"
#include "stats.h"

bool instructions_parse(const char *text, double *ret) {
    static const char tag[] = "\nsummary: ";
    const char *line = text ? strstr(text, tag) : NULL;
    long long count;
    if (!line || sscanf(line + sizeof tag - 1, "%lld", &count) != 1 || count <= 0)
        return false;
    *ret = (double)count;
    return true;
}

static bool per_operation(const json_t *record, double *ret) {
    double count, ops;
    if (!record_number(record, "instructions", &count) ||
        !record_number(json_object_get(record, "work"), "ops", &ops) || ops <= 0)
        return false;
    *ret = count / ops;
    return true;
}

size_t instructions_of_cell(const struct result *result, const struct cell *cell,
                            struct instructions *ret) {
    double values[result->plan.instruction_rounds + 1];
    size_t n = figures_over_rounds(result, cell, per_operation, values);
    if (n == 0)
        return 0;
    *ret = (struct instructions){stats_median(values, n), values[0], values[0]};
    for (size_t i = 0; i < n; i++) {
        ret->low = fmin(ret->low, values[i]);
        ret->high = fmax(ret->high, values[i]);
    }
    return n;
}

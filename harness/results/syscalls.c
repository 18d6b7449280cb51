/* See syscalls.h. */
#include "syscalls.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "plan.h"
#include "record.h"
#include "result.h"
#include "stats.h"

const char *const syscalls_columns[SYSCALLS_COLUMNS] = {
    "mmap", "munmap", "mremap", "madvise", "process_madvise", "brk", "mprotect", "futex"};

json_t *syscalls_parse(const char *text) {
    json_t *counts = json_object();
    bool ended = false;
    for (const char *line = text; line && *line && !ended;) {
        long long calls;
        char name[40];
        if (sscanf(line, " %lld %39[a-z0-9_]", &calls, name) == 2) {
            ended = strcmp(name, "total") == 0;
            if (!ended)
                json_object_set_new(counts, name, json_integer(calls));
        }
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    if (ended && json_object_size(counts) > 0)
        return counts;
    json_decref(counts);
    return NULL;
}

/* Of one record, a build; `name` NULL: of all names. */
static bool calls_a_build(const json_t *record, const char *name, double *ret) {
    const json_t *counts = json_object_get(record, "syscalls");
    size_t builds = json_array_size(json_object_get(record, "builds"));
    if (!record_is_ok(record) || !counts || builds == 0)
        return false;
    double calls = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)counts, key, value) {
        if (!name || strcmp(name, key) == 0)
            calls += json_number_value(value);
    }
    *ret = calls / (double)builds;
    return true;
}

static size_t median_of(const struct result *result, const struct cell *cell,
                        const char *name, double *ret) {
    double values[result->plan.syscall_rounds + 1];
    size_t n = 0;
    for (unsigned round = 1; round <= result->plan.syscall_rounds; round++)
        n += calls_a_build(result_record(result, cell, round), name, &values[n]);
    if (n)
        *ret = stats_median(values, n);
    return n;
}

size_t syscalls_of_cell(const struct result *result, const struct cell *cell,
                        double *ret_total, double ret_columns[SYSCALLS_COLUMNS]) {
    for (size_t i = 0; i < SYSCALLS_COLUMNS; i++)
        median_of(result, cell, syscalls_columns[i], &ret_columns[i]);
    return median_of(result, cell, NULL, ret_total);
}

#ifndef TIDEMARK_HARNESS_WORKLOADS_LIST_H
#define TIDEMARK_HARNESS_WORKLOADS_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * The registered workloads, from workloads/workloads.def. A control exists only to be
 * compared with another workload. It says nothing about programs, so totals leave it out.
 * An extra workload is measured only if it is named (`--workloads`).
 */
struct registered_workload {
    const char *name, *summary;
    bool is_control, is_extra;
};

static const struct registered_workload registered_workloads[] = {
#define WORKLOAD(name, summary) {#name, summary, false, false},
#define CONTROL(name, summary) {#name, summary, true, false},
#define EXTRA(name, summary) {#name, summary, false, true},
#define EXTRA_CONTROL(name, summary) {#name, summary, true, true},
#include "workloads.def"
#undef WORKLOAD
#undef CONTROL
#undef EXTRA
#undef EXTRA_CONTROL
};

enum {
    REGISTERED_WORKLOADS = sizeof registered_workloads / sizeof registered_workloads[0]
};

/* The workload of this name, or NULL. */
static inline const struct registered_workload *registered_find(const char *name) {
    for (size_t i = 0; i < REGISTERED_WORKLOADS; i++)
        if (strcmp(registered_workloads[i].name, name) == 0)
            return &registered_workloads[i];
    return NULL;
}

#endif

#ifndef TIDEMARK_HARNESS_PLOT_DERIVED_H
#define TIDEMARK_HARNESS_PLOT_DERIVED_H

#include <stdbool.h>
#include <stddef.h>

struct group;
struct reason;
struct summary;

/*
 * The plots that only some runs have. applies() says whether the run has figures for such
 * a plot of a group.
 */
struct plot_kind {
    const char *name;    /* of the files, NAME-WORKLOAD-THREADS, and of the template */
    const char *caption; /* in the report */
    bool is_of_workload; /* shows all numbers of threads: drawn only for the first */
    bool (*applies)(const struct group *group);
    int (*draw)(const struct group *group, const char *base, struct reason *reason);
};

extern const struct plot_kind plot_derived_kinds[];
extern const size_t plot_derived_count;

#endif

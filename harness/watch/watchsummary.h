#ifndef TIDEMARK_HARNESS_WATCHSUMMARY_H
#define TIDEMARK_HARNESS_WATCHSUMMARY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "judge.h"
#include "watchspec.h"

/*
 * The records of a watched run brought together: a row for each program and setting, a
 * figure for each checkpoint, and the comparison with the row that it refers to: for a
 * setting the same program as is, for a program as is the first program.
 */
enum {
    WATCH_FIGURES_MAX = 1 + WATCH_IDLES_MAX + WATCH_MARKS_MAX + 1,
    WATCH_ROWS_MAX = 64
};

/* Two programs whose memory differs by less are called the same. */
#define WATCH_TOLERANCE 0.05

/* The checkpoint-like name of the highest footprint of any sample. */
#define WATCH_PEAK "peak"

struct watch_row {
    const char *label, *setting;      /* in the records */
    size_t rounds, good;              /* good: without a fault */
    size_t reference;                 /* row; its own index where it is the first */
    double figure[WATCH_FIGURES_MAX]; /* median footprint of the good rounds; < 0: none */
    struct judgement versus[WATCH_FIGURES_MAX];
    double work_ms;                /* median; < 0: not known */
    double peak_rss, sum_of_peaks; /* medians */
    const json_t *shown; /* the first good record, else the first: its details are told */
};

struct watch_summary {
    size_t figures;
    char name[WATCH_FIGURES_MAX]
             [WATCH_NAME_MAX]; /* of checkpoints; the first: the peak */
    size_t rows;
    struct watch_row row[WATCH_ROWS_MAX];
    size_t failed; /* records with a fault */
    const json_t *records;
};

/* The records must outlive it. -ENOMEM, -E2BIG, or 0. */
int watchsummary_make(const json_t *records, struct watch_summary *ret);

/* Whether a setting changed nothing: every figure is the same as the reference's. */
bool watchsummary_changed_nothing(const struct watch_summary *summary,
                                  const struct watch_row *row);

/* A checkpoint of a record by its name; NULL: it has none. */
const json_t *watchsummary_checkpoint(const json_t *record, const char *name);

#endif

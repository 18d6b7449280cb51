#ifndef TIDEMARK_HARNESS_RANKING_H
#define TIDEMARK_HARNESS_RANKING_H

#include <stdbool.h>
#include <stddef.h>

#include "variant.h"

struct summary;

/*
 * Whether two workloads rank the variants alike: the calibrated workload, and the
 * recorded program that it stands for. The ranking leaves out the A/A row, which would
 * count the reference twice, and any variant that one of the two lacks.
 */
#define RANKING_WORKLOAD "bundle"
#define RANKING_RECORDED "replay"

enum ranking_figure { RANKING_IDLE, RANKING_PEAK, RANKING_FIGURES };

struct ranking {
    enum ranking_figure figure;
    unsigned threads;
    size_t count;
    const struct variant *variants[VARIANTS_MAX];    /* in the plan's order */
    double ours[VARIANTS_MAX], theirs[VARIANTS_MAX]; /* bytes, medians over the rounds */
    double our_ranks[VARIANTS_MAX], their_ranks[VARIANTS_MAX]; /* 1: the least */
    double rho;                                                /* Spearman's; stats.h */
};

/*
 * Ranks by the footprint after a dead idle period, or by the peak. False, with `ret`
 * undefined, if fewer than three variants were measured, or if all have the same figure
 * in a workload.
 */
bool ranking_make(const struct summary *summary, enum ranking_figure figure,
                  unsigned threads, struct ranking *ret);

#endif

#ifndef TIDEMARK_WORKLOADS_WAVE_CASE_H
#define TIDEMARK_WORKLOADS_WAVE_CASE_H

#include "workload.h"

/*
 * What `pool` and `imbalance` share. The work comes in waves of equal size. In each wave
 * one worker has the largest share, the next one a given part of that, and so on. From
 * wave to wave the shares move on by one worker. At the end of a wave its blocks are
 * freed, except clusters that stay. A block that migrates is freed by another worker than
 * allocated it.
 *
 * The shares are fixed, without work-stealing, so each run does the same. What is
 * allocated depends only on build, wave, index and seed, not on the number of workers.
 */

/* The workload's own options, in this order. */
enum { WAVE_WAVES, WAVE_NEXT_SHARE, WAVE_MIGRATING, WAVE_CLUSTER, WAVE_OPTIONS };

/* All of them, and the end of the list. The workloads differ in these two defaults. */
#define WAVE_CASE_OPTIONS(next_share, migrating)                                         \
    [WAVE_WAVES] = {"waves", 16, 1, 64,                                                  \
                    "waves of a build; with 16, each of 16 workers peaks once"},         \
    [WAVE_NEXT_SHARE] = {"next-share", next_share, 0, 100,                               \
                         "a worker's share of the next busier one's, percent; 0: one "   \
                         "at a time, 100: equal"},                                       \
    [WAVE_MIGRATING] = {"migrating", migrating, 0, 100,                                  \
                        "blocks that another worker frees, percent; recorded: 27"},      \
    [WAVE_CLUSTER] = {"cluster", 330, 1, 10000,                                          \
                      "survivors that were allocated in a row, number; 330: a module "   \
                      "of bundle, 1: scattered"},                                        \
    [WAVE_OPTIONS] = {0}

void wave_case_setup(const struct run *run, const struct option *options);
void wave_case_build(const struct run *run);
void wave_case_visit(block_visitor *visitor, void *context);

#endif

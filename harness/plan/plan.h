#ifndef TIDEMARK_HARNESS_PLAN_H
#define TIDEMARK_HARNESS_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "variant.h"

struct reason;

/*
 * What a run is going to measure: fixed before the first cell, written to plan.json, and
 * read again by --resume.
 */

enum {
    PLAN_WORKLOADS_MAX = 24,
    PLAN_THREADS_MAX = 8,
    PLAN_NAME_MAX = 32,
    PLAN_PATH_MAX = 512,
    PLAN_OPTIONS_MAX = 6,
    PLAN_ROUNDS_MAX = 1000,
    PLAN_CHECKPOINTS_MAX = 36,
    PLAN_CHECKPOINT_MAX = 40,
    PLAN_KEY_MAX = 192,
};

/* What a process does while idle (docs/measuring.md). */
enum idle_driver {
    IDLE_DEAD,
    IDLE_COLLECT,
    IDLE_TICK,
    IDLE_TICK_ALL,
    IDLE_JOINED,
    IDLE_DRIVERS
};

/* Kinds of run, never mixed: each would disturb what another measures. */
enum cell_kind {
    CELL_MEMORY,
    CELL_TIMED,
    CELL_LATENCY,
    CELL_SYSCALLS,
    CELL_INSTRUCTIONS,
    CELL_KINDS
};

/*
 * The condition of free memory when a cell begins whose time counts. Times depend on it
 * on a virtual machine that hands free memory back to its host.
 */
enum memory_condition {
    MEMORY_ANY,  /* as it comes: nothing is done, nothing is known */
    MEMORY_WARM, /* what is free is there: a machine of one's own, most servers */
    MEMORY_COLD, /* the host must supply each page: a small virtual machine after a pause
                  */
    MEMORY_CONDITIONS
};

struct plan_workload {
    char name[PLAN_NAME_MAX];
    char base[PLAN_NAME_MAX];    /* what its program calls it */
    char program[PLAN_PATH_MAX]; /* speaks docs/protocol.md */
    unsigned option_count;
    char options[PLAN_OPTIONS_MAX][PLAN_PATH_MAX]; /* "NAME=VALUE" */
    bool is_control; /* left out of what is said of all workloads */
};

struct plan {
    char profile[16];
    double scale;
    unsigned builds; /* 0: each workload's own default */
    unsigned memory_rounds, timed_rounds, latency_rounds, syscall_rounds,
        instruction_rounds;
    uint64_t idle_ms;
    uint64_t seed;          /* of the schedule and the bootstrap */
    uint64_t workload_seed; /* of the workloads: one for all, so that checksums compare */
    unsigned idle_limit;    /* memory cells that may be idle at once */
    unsigned timeout_s;     /* for the active part of a cell */
    double time_tolerance, memory_tolerance; /* relative; see judge() */
    char reference[48];                      /* the variant that ratios refer to */
    char again[48]; /* the reference measured as if it were another: the A/A row */
    unsigned shard, shards; /* this run's part of the cells, from 1; 0: all of them */
    size_t thread_counts;
    unsigned threads[PLAN_THREADS_MAX];
    bool drivers[IDLE_DRIVERS];
    bool memory[MEMORY_CONDITIONS];
    /*
     * For watched programs (docs/watch.md): the instants at which their memory is read.
     * They take the place of idle drivers, and one record has them all. A plan of
     * workloads has none.
     */
    size_t checkpoint_count;
    char checkpoints[PLAN_CHECKPOINTS_MAX][PLAN_CHECKPOINT_MAX];
    bool memory_alike; /* cold was asked for, and this machine's memory is never cold */
    size_t workload_count;
    struct plan_workload workloads[PLAN_WORKLOADS_MAX];
    struct variant_list
        variants; /* those that cannot be measured too: reports name them */
};

/* One cell. The pointers are into the plan. Only a memory cell has an idle period, only
 * timed and latency cells begin on memory whose condition matters. */
struct cell {
    enum cell_kind kind;
    const struct plan_workload *workload;
    const struct variant *variant;
    unsigned threads;       /* 0: a watched program's own business */
    unsigned idle;          /* an enum idle_driver, or a checkpoint's number */
    const char *checkpoint; /* of a watched program; else NULL */
    enum memory_condition memory;
};

/* A built-in profile's figures into `ret` (quick, default or long). -EINVAL if unknown.
 */
int plan_set_profile(struct plan *ret, const char *profile);

/* All cells of a kind in a fixed order; the caller frees. Variants that are not `ok` have
 * none. */
int plan_cells(const struct plan *plan, enum cell_kind kind, struct cell **ret_cells,
               size_t *ret_count);

/*
 * The part, from 1 to `shards`, to which a group of cells belongs. A group is all
 * variants and idle drivers of one workload, number of threads and kind, since verdicts
 * pair only figures of one machine.
 */
unsigned plan_shard_of(const struct plan *plan, enum cell_kind kind, size_t workload,
                       size_t threads, unsigned shards);

/* Whether the plan is a part, and a cell with that workload and threads[0] is in another.
 */
bool plan_is_elsewhere(const struct plan *plan, const struct cell *cell);

/* A cell's unique name within a run: `memory/ROUND/WORKLOAD/VARIANT/THREADS/IDLE`, or
 * `timed/ROUND/WORKLOAD/VARIANT/THREADS/warm`. */
void plan_cell_key(const struct cell *cell, unsigned round, char *buffer, size_t size);

/* "retain on jemalloc, 4 threads"; of a watched program "dev server, as is". A workload
 * of "" is all of them together. */
enum { PLAN_CELL_NAME_MAX = 128 };
void plan_cell_name(const char *workload, const char *variant, unsigned threads,
                    char *buffer, size_t size);

const char *plan_kind_name(enum cell_kind kind);

/* Rounds of a kind. */
unsigned plan_rounds(const struct plan *plan, enum cell_kind kind);

bool plan_has_threads(const struct plan *plan, unsigned threads);

/* Whether its variants are commands of a user's own (`tidemark time`). */
bool plan_is_of_commands(const struct plan *plan);

/* Whether it watches programs (`tidemark watch`, `tidemark guard`). */
bool plan_is_watched(const struct plan *plan);

/* A plan's memory cells differ by their idle driver, or by their checkpoint. Whether the
 * plan has the one of this number, and its name. */
bool plan_has_idle(const struct plan *plan, unsigned idle);
const char *plan_idle_of(const struct plan *plan, unsigned idle);

/* Whether a kind's cells begin on memory whose condition matters. */
bool plan_is_conditioned(enum cell_kind kind);

/* The condition that a kind's main table is about: the first that the plan has. */
enum memory_condition plan_main_memory(const struct plan *plan, enum cell_kind kind);

/* Whether it measures on both, side by side. */
bool plan_has_warm_and_cold(const struct plan *plan);

const char *plan_memory_name(enum memory_condition memory);
int plan_memory_parse(const char *name, enum memory_condition *ret);

const char *plan_idle_name(enum idle_driver idle);
int plan_idle_parse(const char *name, enum idle_driver *ret);

/* JSON, there and back. The caller owns the reference; NULL where memory ran out. */
json_t *plan_to_json(const struct plan *plan);
int plan_from_json(const json_t *json, struct plan *ret, struct reason *reason);

/* A variant alone, as it stands in a plan. */
json_t *plan_variant_to_json(const struct variant *variant);

#endif

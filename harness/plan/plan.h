#ifndef TIDEMARK_HARNESS_PLAN_H
#define TIDEMARK_HARNESS_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ranktest.h"
#include "variant.h"

struct reason;

/* What a run is going to measure. It is fixed before the first cell, written to
 * plan.json, and read again by --resume. */

enum {
    PLAN_WORKLOADS_MAX = 24,
    PLAN_THREADS_MAX = 8,
    PLAN_NAME_MAX = 32,
    PLAN_PATH_MAX = 512,
    PLAN_OPTIONS_MAX = 6,
    PLAN_ROUNDS_MAX = RANKTEST_VALUES_MAX, /* so that they can be compared */
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

/* Kinds of cell. They are never measured together: each would disturb what another
 * measures. */
enum cell_kind {
    CELL_MEMORY,
    CELL_TIMED,
    CELL_LATENCY,
    CELL_SYSCALLS,
    CELL_INSTRUCTIONS,
    CELL_KINDS
};

/* The condition of free memory when a timed or latency cell begins. On a virtual machine
 * that hands free memory back to its host, times depend on it. */
enum memory_condition {
    MEMORY_ANY,  /* as it comes: nothing is done about it, nothing is known */
    MEMORY_WARM, /* free memory is backed: a machine of one's own, most servers */
    MEMORY_COLD, /* not backed: a small virtual machine after a pause */
    MEMORY_CONDITIONS
};

struct plan_workload {
    char name[PLAN_NAME_MAX];
    char base[PLAN_NAME_MAX];    /* its name in its program */
    char program[PLAN_PATH_MAX]; /* path; the program speaks docs/protocol.md */
    unsigned option_count;
    char options[PLAN_OPTIONS_MAX][PLAN_PATH_MAX]; /* "NAME=VALUE" */
    bool is_control;                               /* totals leave it out */
};

struct plan {
    char profile[16];
    double scale;
    unsigned builds; /* 0: each workload's own default */
    unsigned memory_rounds, timed_rounds, latency_rounds, syscall_rounds,
        instruction_rounds;
    uint64_t idle_ms;
    uint64_t seed;          /* of the schedule and of the bootstrap */
    uint64_t workload_seed; /* one for all workloads, so that checksums compare */
    unsigned idle_limit;    /* how many memory cells may be idle at once */
    unsigned timeout_s;     /* for the active part of a cell */
    double time_tolerance, memory_tolerance; /* relative; see judge() */
    char reference[48];                      /* the variant that ratios refer to */
    char again[48];         /* name of the A/A row: the reference as another variant */
    unsigned shard, shards; /* this run's part of the cells, from 1; 0: all cells */
    size_t thread_counts;
    unsigned threads[PLAN_THREADS_MAX];
    bool drivers[IDLE_DRIVERS];
    bool memory[MEMORY_CONDITIONS];
    /*
     * For watched programs (docs/watch.md): the checkpoints at which their memory is
     * read. They take the place of idle drivers. One record holds all of them. A plan of
     * workloads has none.
     */
    size_t checkpoint_count;
    char checkpoints[PLAN_CHECKPOINTS_MAX][PLAN_CHECKPOINT_MAX];
    bool memory_alike; /* cold was asked for, but this machine's memory is never cold */
    size_t workload_count;
    struct plan_workload workloads[PLAN_WORKLOADS_MAX];
    struct variant_list variants; /* also those that cannot be measured, for the report */
};

/* One cell. The pointers point into the plan. Only memory cells have an idle period. Only
 * timed and latency cells have a condition of memory. */
struct cell {
    enum cell_kind kind;
    const struct plan_workload *workload;
    const struct variant *variant;
    unsigned threads;       /* 0: a watched program, which decides by itself */
    unsigned idle;          /* an enum idle_driver, or the index of a checkpoint */
    const char *checkpoint; /* of a watched program; otherwise NULL */
    enum memory_condition memory;
};

/* Copies the figures of a built-in profile (quick, default or long) into `ret`. -EINVAL
 * if the profile is unknown. */
int plan_set_profile(struct plan *ret, const char *profile);

/* Lists all cells of a kind in a fixed order, and returns how many they are. The caller
 * frees the array. Variants whose status is not VARIANT_OK have no cells. */
size_t plan_cells(const struct plan *plan, enum cell_kind kind, struct cell **ret_cells);

/* Whether the plan is one shard, and the cell belongs to another. */
bool plan_is_elsewhere(const struct plan *plan, const struct cell *cell);

/*
 * A cell's unique name within a run: `memory/ROUND/WORKLOAD/VARIANT/THREADS/IDLE`,
 * `timed/ROUND/WORKLOAD/VARIANT/THREADS/warm`, or `watch/ROUND/WORKLOAD/VARIANT` for all
 * checkpoints of a round.
 */
void plan_cell_key(const struct cell *cell, unsigned round, char *buffer, size_t size);

/* A cell's name for people: "retain on jemalloc, 4 threads", or for a watched program
 * "dev server, as is". The workload "" stands for all workloads together. */
enum { PLAN_CELL_NAME_MAX = 128 };
void plan_cell_name(const char *workload, const char *variant, unsigned threads,
                    char *buffer, size_t size);

const char *plan_kind_name(enum cell_kind kind);

unsigned plan_rounds(const struct plan *plan, enum cell_kind kind);

bool plan_has_threads(const struct plan *plan, unsigned threads);

/* Whether the variants are commands of a user (`tidemark time`). */
bool plan_is_of_commands(const struct plan *plan);

/* Whether the plan watches programs (`tidemark watch`, `tidemark guard`). */
bool plan_is_watched(const struct plan *plan);

/* Memory cells differ by idle driver, or by checkpoint in a watched plan. Tells whether
 * the plan has the one with this number, and its name. */
bool plan_has_idle(const struct plan *plan, unsigned idle);
const char *plan_idle_of(const struct plan *plan, unsigned idle);

/* Whether the cells of a kind have a condition of memory. */
bool plan_is_conditioned(enum cell_kind kind);

/* The condition that the main table of a kind is about: any if the plan has it, else warm
 * if the plan has it, else cold. */
enum memory_condition plan_main_memory(const struct plan *plan, enum cell_kind kind);

/* Whether the plan measures on warm and on cold memory, side by side. */
bool plan_has_warm_and_cold(const struct plan *plan);

/* Names of conditions and drivers, and back: -EINVAL for another word. */
const char *plan_memory_name(enum memory_condition memory);
int plan_memory_parse(const char *name);
const char *plan_idle_name(enum idle_driver idle);
int plan_idle_parse(const char *name);

/*
 * Convert a plan to JSON and back. The caller owns the reference. plan_to_json() returns
 * NULL if memory runs out; plan_from_json() returns -EBADMSG with `reason` for a
 * malformed plan.
 */
json_t *plan_to_json(const struct plan *plan);
int plan_from_json(const json_t *json, struct plan *ret, struct reason *reason);

#endif

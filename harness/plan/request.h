#ifndef TIDEMARK_HARNESS_REQUEST_H
#define TIDEMARK_HARNESS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan;
struct reason;

/*
 * What the command line asks `tidemark run` to measure, and how that becomes a plan. -1,
 * 0 and NULL mean "not given": then the profile or a default decides. The texts are
 * borrowed.
 */
enum { REQUEST_CUSTOM_MAX = 16 };

/* The relative changes that the default profile can detect (docs/measuring.md). */
#define REQUEST_TIME_TOLERANCE 0.075
#define REQUEST_MEMORY_TOLERANCE 0.05

/* A random seed for a schedule, short enough for a user to type again. */
uint64_t request_random_seed(void);

/* Takes the LIST of --memory into the plan. -EINVAL with `reason`. */
int request_take_memory(struct plan *plan, const char *list, struct reason *reason);

struct request {
    const char *profile, *reference;
    const char *workloads, *allocators; /* NULL: the default set */
    const char *idle_drivers, *threads, *memory;
    const char *custom_workloads[REQUEST_CUSTOM_MAX],
        *custom_allocators[REQUEST_CUSTOM_MAX];
    size_t custom_workload_count, custom_allocator_count;
    double scale, idle_s;
    int builds, memory_rounds, timed_rounds, latency_rounds, syscall_rounds,
        instruction_rounds, idle_limit, timeout_s;
    bool no_again;
    unsigned shard, shards; /* 0: all cells */
    uint64_t seed, workload_seed;
};

/* Makes the plan. On entry, plan->variants holds the registered allocators; on return,
 * the chosen ones. -errno with `reason`, which names the fault and the remedy. */
int request_make_plan(const struct request *request, struct plan *plan,
                      struct reason *reason);

#endif

#ifndef TIDEMARK_HARNESS_REQUEST_H
#define TIDEMARK_HARNESS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan;
struct reason;

/*
 * What the command line asks `tidemark run` to measure, and how that becomes a plan. -1,
 * 0 and NULL mean "not given": then the profile or a default decides. Texts are borrowed.
 */
enum { REQUEST_CUSTOM_MAX = 16 };

/* What the default profile can tell apart (docs/measuring.md); relative. */
#define REQUEST_TIME_TOLERANCE 0.075
#define REQUEST_MEMORY_TOLERANCE 0.05

/* A seed for a schedule, short enough to be typed again. */
uint64_t request_random_seed(void);

/* LIST of --memory into the plan. -EINVAL with `reason`. */
int request_take_memory(struct plan *plan, const char *list, struct reason *reason);

struct request {
    const char *profile, *reference;
    const char *workloads, *allocators; /* NULL: all that are registered */
    const char *idle_drivers, *threads, *memory;
    const char *custom_workloads[REQUEST_CUSTOM_MAX],
        *custom_allocators[REQUEST_CUSTOM_MAX];
    size_t custom_workload_count, custom_allocator_count;
    double scale, idle_s;
    int builds, memory_rounds, timed_rounds, latency_rounds, syscall_rounds,
        instruction_rounds, idle_limit, timeout_s;
    bool has_seed, no_again;
    unsigned shard, shards; /* 0: all cells */
    uint64_t seed, workload_seed;
};

/*
 * Makes the plan; plan->variants holds the registered allocators beforehand and those
 * that were chosen afterwards. -errno with `reason`, which names the fault and the
 * remedy.
 */
int request_make_plan(const struct request *request, struct plan *plan,
                      struct reason *reason);

#endif

#include "request.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "assignment.h"
#include "clock.h"
#include "paths.h"
#include "plan.h"
#include "policy.h"
#include "reason.h"
#include "workloads_list.h"

/* Calls `take` for each item of a comma-separated list. Stops at the first error. */
static int each_item(const char *list,
                     int (*take)(struct plan *, const char *, struct reason *),
                     struct plan *plan, struct reason *reason) {
    char *rest = strdupa(list);
    int error = 0;
    for (char *item; !error && (item = strsep(&rest, ","));)
        error = take(plan, item, reason);
    return error;
}

static int take_threads(struct plan *plan, const char *text, struct reason *reason) {
    char *end;
    unsigned long threads = strtoul(text, &end, 10);
    if (end == text || *end || threads < 1 || threads > 64 || *text == '-') {
        reason_set(reason, "--threads takes whole numbers from 1 to 64, not \"%s\"",
                   text);
        return -EINVAL;
    }
    if (plan->thread_counts == PLAN_THREADS_MAX) {
        reason_set(reason, "--threads takes at most %d numbers", PLAN_THREADS_MAX);
        return -E2BIG;
    }
    for (size_t i = 0; i < plan->thread_counts; i++)
        if (plan->threads[i] == threads) {
            reason_set(reason, "--threads names %lu twice", threads);
            return -EEXIST;
        }
    plan->threads[plan->thread_counts++] = (unsigned)threads;
    return 0;
}

static int take_driver(struct plan *plan, const char *text, struct reason *reason) {
    int idle = plan_idle_parse(text);
    if (idle < 0) {
        reason_set(reason,
                   "there is no idle driver \"%s\"; choose from dead, collect, tick, "
                   "tick-all and joined",
                   text);
        return -EINVAL;
    }
    plan->drivers[idle] = true;
    return 0;
}

static int take_memory(struct plan *plan, const char *text, struct reason *reason) {
    int memory = plan_memory_parse(text);
    if (memory < 0) {
        reason_set(reason,
                   "--memory takes warm, cold or both (warm,cold), or any, not \"%s\"",
                   text);
        return -EINVAL;
    }
    plan->memory[memory] = true;
    if (plan->memory[MEMORY_ANY] &&
        (plan->memory[MEMORY_WARM] || plan->memory[MEMORY_COLD])) {
        reason_set(reason, "--memory=any takes memory as it happens to be: name no other "
                           "condition with it");
        return -EINVAL;
    }
    return 0;
}

int request_take_memory(struct plan *plan, const char *list, struct reason *reason) {
    return each_item(list, take_memory, plan, reason);
}

/* `base` is the name of the workload in its program. NULL: the same name. */
static int add_workload(struct plan *plan, const char *name, size_t length,
                        const char *base, const char *program, struct reason *reason) {
    if (plan->workload_count == PLAN_WORKLOADS_MAX || length >= PLAN_NAME_MAX) {
        reason_set(reason,
                   "name at most %d workloads, with names of at most %d characters",
                   PLAN_WORKLOADS_MAX, PLAN_NAME_MAX - 1);
        return -E2BIG;
    }
    struct plan_workload *workload = &plan->workloads[plan->workload_count];
    memset(workload, 0, sizeof *workload);
    memcpy(workload->name, name, length);
    snprintf(workload->base, sizeof workload->base, "%s", base ? base : workload->name);
    for (size_t i = 0; i < plan->workload_count; i++)
        if (strcmp(plan->workloads[i].name, workload->name) == 0) {
            reason_set(reason, "the workload %s is named twice", workload->name);
            return -EEXIST;
        }
    if (snprintf(workload->program, sizeof workload->program, "%s", program) >=
        (int)sizeof workload->program) {
        reason_set(reason, "the path %s is too long", program);
        return -ENAMETOOLONG;
    }
    plan->workload_count++;
    return 0;
}

static int take_registered(struct plan *plan, const char *name, size_t length,
                           const char *base, struct reason *reason) {
    char program[PATH_MAX];
    const struct registered_workload *found = registered_find(base);
    if (!found) {
        reason_set(reason, "there is no workload \"%s\"; see `tidemark list workloads`",
                   base);
        return -EINVAL;
    }
    int error = paths_in_build(program, sizeof program, "bin/tidemark-workload");
    if (!error)
        error = add_workload(plan, name, length, found->name, program, reason);
    if (!error)
        plan->workloads[plan->workload_count - 1].is_control = found->is_control;
    return error;
}

static int take_workload(struct plan *plan, const char *text, struct reason *reason) {
    return take_registered(plan, text, strlen(text), text, reason);
}

static int take_program(struct plan *plan, const char *name, size_t length,
                        const char *path, struct reason *reason) {
    char *program = realpath(path, NULL);
    int error = program && access(program, X_OK) == 0 ? 0 : -errno;
    if (error)
        reason_set(reason, "workload %.*s: cannot run %s: %s", (int)length, name, path,
                   strerror(-error));
    else
        error = add_workload(plan, name, length, NULL, program, reason);
    free(program);
    return error;
}

/* Takes OPTION=VALUE,... of a custom workload. Only its program knows which options
 * exist. */
static int take_options(struct plan_workload *workload, const char *text,
                        struct reason *reason) {
    struct assignment_target target = {"workload",           workload->name,
                                       "OPTION=VALUE",       "options",
                                       workload->options[0], sizeof workload->options[0],
                                       PLAN_OPTIONS_MAX,     &workload->option_count};
    return assignment_append(&target, text, reason);
}

static int take_custom_workload(struct plan *plan, const char *text,
                                struct reason *reason) {
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : 0;
    if (length == 0 || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_") != length) {
        reason_set(reason,
                   "\"%s\" is not NAME=BASE[,OPTION=VALUE...] with a NAME of lower-case "
                   "letters, digits, - and _",
                   text);
        return -EINVAL;
    }
    char base[PATH_MAX];
    const char *end = assignment_end(equals + 1);
    snprintf(base, sizeof base, "%.*s", (int)(end - equals - 1), equals + 1);
    int error = registered_find(base) ? take_registered(plan, text, length, base, reason)
                                      : take_program(plan, text, length, base, reason);
    if (!error && *end)
        error = take_options(&plan->workloads[plan->workload_count - 1], end + 1, reason);
    return error;
}

static int choose_workloads(struct plan *plan, const struct request *request,
                            struct reason *reason) {
    int error = 0;
    bool all = request->workloads && strcmp(request->workloads, "all") == 0;
    if (request->workloads && !all)
        error = each_item(request->workloads, take_workload, plan, reason);
    /* A custom workload alone is the plainest question: measure just that. */
    else if (all || request->custom_workload_count == 0)
        for (size_t i = 0; !error && i < REGISTERED_WORKLOADS; i++)
            if (all || !registered_workloads[i].is_extra)
                error = take_workload(plan, registered_workloads[i].name, reason);
    for (size_t i = 0; !error && i < request->custom_workload_count; i++)
        error = take_custom_workload(plan, request->custom_workloads[i], reason);
    return error;
}

/* Keeps only those of the first `registered` variants that are named. The others are
 * custom, and stay. It is an error to name one that cannot be measured. */
static int keep_named(struct variant_list *list, size_t registered, const char *names,
                      struct reason *reason) {
    size_t all = list->count;
    list->count = registered;
    struct variant_list kept = {0};
    char *rest = strdupa(names);
    int error = 0;
    for (char *name; !error && (name = strsep(&rest, ","));) {
        const struct variant *variant = variant_find(list, name);
        struct variant composed;
        if (!variant) {
            error = policy_compose_registered(list, name, &composed, reason);
            variant = &composed;
        }
        if (error)
            break;
        error = -EINVAL;
        if (variant->status != VARIANT_OK)
            reason_set(reason, "%s cannot be measured: it is %s%s%s", name,
                       variant_status_name(variant->status),
                       variant->detail[0] ? ": " : "", variant->detail);
        else
            error = variant_append(&kept, variant, reason);
    }
    for (size_t i = registered; !error && i < all; i++)
        error = variant_append(&kept, &list->at[i], reason);
    if (!error)
        *list = kept;
    return error;
}

/* Adds the A/A row: the reference, measured as if it were another variant. */
static int add_again(struct plan *plan, struct reason *reason) {
    const struct variant *reference = variant_find(&plan->variants, plan->reference);
    if (plan->variants.count == VARIANTS_MAX) {
        reason_set(reason, "there is no room for the A/A row: name at most %d allocators",
                   VARIANTS_MAX - 1);
        return -E2BIG;
    }
    struct variant *again = &plan->variants.at[plan->variants.count++];
    *again = *reference;
    snprintf(plan->again, sizeof plan->again, "%.40s:A/A", reference->name);
    snprintf(again->name, sizeof again->name, "%s", plan->again);
    return 0;
}

static int choose_reference(struct plan *plan, const struct request *request,
                            struct reason *reason) {
    const char *name = request->reference ? request->reference : "glibc";
    const struct variant *reference = variant_find(&plan->variants, name);
    if (!reference &&
        !request->reference) /* glibc is not measured: take the first variant */
        reference = &plan->variants.at[0];
    if (!reference || reference->status != VARIANT_OK) {
        reason_set(reason, "the reference %s is not among the allocators to be measured",
                   name);
        return -EINVAL;
    }
    snprintf(plan->reference, sizeof plan->reference, "%s", reference->name);
    return request->no_again ? 0 : add_again(plan, reason);
}

/* Drops the extra variants. They are measured only if they are named. */
static void drop_extras(struct variant_list *list) {
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!list->at[i].is_extra)
            list->at[kept++] = list->at[i];
    list->count = kept;
}

static int choose_variants(struct plan *plan, const struct request *request,
                           struct reason *reason) {
    int error = 0;
    size_t registered = plan->variants.count;
    for (size_t i = 0; !error && i < request->custom_allocator_count; i++) {
        error =
            variant_add_custom(&plan->variants, request->custom_allocators[i], reason);
        if (!error) /* the user named it, so it is no extra */
            plan->variants.at[plan->variants.count - 1].is_extra = false;
    }
    if (!error && !request->allocators)
        drop_extras(&plan->variants);
    if (!error && request->allocators)
        error = keep_named(&plan->variants, registered, request->allocators, reason);
    return error ? error : choose_reference(plan, request, reason);
}

uint64_t request_random_seed(void) {
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        seed = clock_now_ns();
    return seed >> 11;
}

static void override_profile(struct plan *plan, const struct request *request) {
    if (request->scale > 0)
        plan->scale = request->scale;
    if (request->builds >= 0)
        plan->builds = (unsigned)request->builds;
    if (request->memory_rounds >= 0)
        plan->memory_rounds = (unsigned)request->memory_rounds;
    if (request->timed_rounds >= 0)
        plan->timed_rounds = (unsigned)request->timed_rounds;
    plan->latency_rounds = (unsigned)request->latency_rounds;
    plan->instruction_rounds = (unsigned)request->instruction_rounds;
    /* instructions alone would leave out the work of the kernel */
    plan->syscall_rounds = request->syscall_rounds > 0 ? (unsigned)request->syscall_rounds
                                                       : plan->instruction_rounds;
    if (request->idle_s > 0)
        plan->idle_ms = (uint64_t)(request->idle_s * 1000 + 0.5);
    plan->idle_limit = request->idle_limit >= 0 ? (unsigned)request->idle_limit : 64;
    plan->timeout_s = request->timeout_s >= 0 ? (unsigned)request->timeout_s : 120;
    plan->seed = request->seed;
    plan->workload_seed = request->workload_seed;
    plan->shard = request->shard;
    plan->shards = request->shards;
    plan->time_tolerance = REQUEST_TIME_TOLERANCE;
    plan->memory_tolerance = REQUEST_MEMORY_TOLERANCE;
}

int request_make_plan(const struct request *request, struct plan *plan,
                      struct reason *reason) {
    if (plan_set_profile(plan, request->profile) < 0) {
        reason_set(reason, "there is no profile \"%s\"; choose quick, default or long",
                   request->profile);
        return -EINVAL;
    }
    override_profile(plan, request);
    unsigned rounds = 0;
    for (enum cell_kind kind = 0; kind < CELL_KINDS; kind++)
        rounds += plan_rounds(plan, kind);
    if (rounds == 0) {
        reason_set(reason,
                   "there is nothing to measure: no kind of measurement has any rounds");
        return -EINVAL;
    }
    int error = each_item(request->threads, take_threads, plan, reason);
    if (!error)
        error = each_item(request->idle_drivers, take_driver, plan, reason);
    if (!error)
        error = request_take_memory(plan, request->memory, reason);
    if (!error)
        error = choose_workloads(plan, request, reason);
    return error ? error : choose_variants(plan, request, reason);
}

#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "reason.h"

static const char *const idle_names[IDLE_DRIVERS] = {
    [IDLE_DEAD] = "dead",         [IDLE_COLLECT] = "collect", [IDLE_TICK] = "tick",
    [IDLE_TICK_ALL] = "tick-all", [IDLE_JOINED] = "joined",
};

static const char *const memory_names[MEMORY_CONDITIONS] = {
    [MEMORY_ANY] = "any",
    [MEMORY_WARM] = "warm",
    [MEMORY_COLD] = "cold",
};

/* quick takes about two minutes, default about nine on two cores. The default idle window
 * is over 20 s, because jemalloc's background thread begins only after ten. */
static const struct profile {
    const char *name;
    double scale;
    unsigned memory_rounds, timed_rounds;
    uint64_t idle_ms;
} profiles[] = {
    {"quick", 0.25, 6, 8, 3000},
    {"default", 1, 6, 12, 25000},
    {"long", 1, 9, 30, 360000},
};

static const char *const kind_names[] = {
    [CELL_MEMORY] = "memory",
    [CELL_TIMED] = "timed",
    [CELL_LATENCY] = "latency",
    [CELL_SYSCALLS] = "syscalls",
    [CELL_INSTRUCTIONS] = "instructions",
};

const char *plan_kind_name(enum cell_kind kind) {
    return kind_names[kind];
}

unsigned plan_rounds(const struct plan *plan, enum cell_kind kind) {
    const unsigned rounds[] = {[CELL_MEMORY] = plan->memory_rounds,
                               [CELL_TIMED] = plan->timed_rounds,
                               [CELL_LATENCY] = plan->latency_rounds,
                               [CELL_SYSCALLS] = plan->syscall_rounds,
                               [CELL_INSTRUCTIONS] = plan->instruction_rounds};
    return rounds[kind];
}

bool plan_has_threads(const struct plan *plan, unsigned threads) {
    for (size_t t = 0; t < plan->thread_counts; t++)
        if (plan->threads[t] == threads)
            return true;
    return false;
}

bool plan_is_of_commands(const struct plan *plan) {
    return !plan_is_watched(plan) && plan->variants.count &&
           plan->variants.at[0].command[0];
}

bool plan_is_watched(const struct plan *plan) {
    return plan->checkpoint_count > 0;
}

bool plan_has_idle(const struct plan *plan, unsigned idle) {
    return plan_is_watched(plan) ? idle < plan->checkpoint_count
                                 : idle < IDLE_DRIVERS && plan->drivers[idle];
}

const char *plan_idle_of(const struct plan *plan, unsigned idle) {
    return plan_is_watched(plan) ? plan->checkpoints[idle] : idle_names[idle];
}

bool plan_is_conditioned(enum cell_kind kind) {
    return kind == CELL_TIMED || kind == CELL_LATENCY;
}

enum memory_condition plan_main_memory(const struct plan *plan, enum cell_kind kind) {
    if (!plan_is_conditioned(kind) || plan->memory[MEMORY_ANY])
        return MEMORY_ANY;
    return plan->memory[MEMORY_WARM] ? MEMORY_WARM : MEMORY_COLD;
}

bool plan_has_warm_and_cold(const struct plan *plan) {
    return plan->memory[MEMORY_WARM] && plan->memory[MEMORY_COLD];
}

const char *plan_memory_name(enum memory_condition memory) {
    return memory_names[memory];
}

static int find_name(const char *const *names, int count, const char *name) {
    for (int i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -EINVAL;
}

int plan_memory_parse(const char *name) {
    return find_name(memory_names, MEMORY_CONDITIONS, name);
}

const char *plan_idle_name(enum idle_driver idle) {
    return idle_names[idle];
}

int plan_idle_parse(const char *name) {
    return find_name(idle_names, IDLE_DRIVERS, name);
}

int plan_set_profile(struct plan *ret, const char *profile) {
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
        const struct profile *p = &profiles[i];
        if (strcmp(p->name, profile) != 0)
            continue;
        snprintf(ret->profile, sizeof ret->profile, "%s", p->name);
        ret->scale = p->scale;
        ret->memory_rounds = p->memory_rounds;
        ret->timed_rounds = p->timed_rounds;
        ret->idle_ms = p->idle_ms;
        return 0;
    }
    return -EINVAL;
}

static size_t count_measurable(const struct plan *plan) {
    size_t count = 0;
    for (size_t v = 0; v < plan->variants.count; v++)
        count += plan->variants.at[v].status == VARIANT_OK;
    return count;
}

/*
 * A shard has whole groups of cells. A group is all variants, idle drivers and conditions
 * of memory of one workload, number of threads and kind, because verdicts may pair only
 * figures of one machine.
 */
bool plan_is_elsewhere(const struct plan *plan, const struct cell *cell) {
    size_t workload = (size_t)(cell->workload - plan->workloads), threads = 0;
    while (threads + 1 < plan->thread_counts && plan->threads[threads] != cell->threads)
        threads++;
    size_t group = (size_t)cell->kind * plan->workload_count + workload;
    return plan->shards &&
           (group * plan->thread_counts + threads) % plan->shards + 1 != plan->shard;
}

/* Adds the cells of one workload on one variant: one for each idle driver or checkpoint,
 * or one for each condition of memory. Returns how many. */
static size_t add_cells(const struct plan *plan, const struct cell *cell,
                        struct cell *ret) {
    size_t count = 0;
    bool of_memory = cell->kind == CELL_MEMORY;
    bool conditioned = plan_is_conditioned(cell->kind);
    if (!of_memory && !conditioned)
        ret[count++] = *cell;
    for (unsigned i = 0; of_memory && i < PLAN_CHECKPOINTS_MAX; i++)
        if (plan_has_idle(plan, i)) {
            ret[count] = *cell;
            ret[count].idle = i;
            ret[count++].checkpoint = plan_is_watched(plan) ? plan->checkpoints[i] : NULL;
        }
    for (int i = 0; conditioned && i < MEMORY_CONDITIONS; i++)
        if (plan->memory[i]) {
            ret[count] = *cell;
            ret[count++].memory = (enum memory_condition)i;
        }
    return count;
}

size_t plan_cells(const struct plan *plan, enum cell_kind kind, struct cell **ret_cells) {
    enum { CHOICES = PLAN_CHECKPOINTS_MAX + MEMORY_CONDITIONS };
    size_t most =
        plan->workload_count * count_measurable(plan) * plan->thread_counts * CHOICES;
    struct cell *cells = heap_new(most, sizeof *cells);
    size_t count = 0;
    for (size_t w = 0; w < plan->workload_count; w++)
        for (size_t v = 0; v < plan->variants.count; v++)
            for (size_t t = 0; t < plan->thread_counts; t++) {
                struct cell cell = {.kind = kind,
                                    .workload = &plan->workloads[w],
                                    .variant = &plan->variants.at[v],
                                    .threads = plan->threads[t]};
                if (cell.variant->status == VARIANT_OK && !plan_is_elsewhere(plan, &cell))
                    count += add_cells(plan, &cell, &cells[count]);
            }
    *ret_cells = cells;
    return count;
}

void plan_cell_name(const char *workload, const char *variant, unsigned threads,
                    char *buffer, size_t size) {
    const char *what = *workload ? workload : "all workloads";
    if (threads)
        snprintf(buffer, size, "%s on %s, %u threads", what, variant, threads);
    else
        snprintf(buffer, size, "%s, %s", what, variant);
}

void plan_cell_key(const struct cell *cell, unsigned round, char *buffer, size_t size) {
    if (cell->checkpoint) { /* one record holds all checkpoints of a round */
        snprintf(buffer, size, "watch/%u/%s/%s", round, cell->workload->name,
                 cell->variant->name);
        return;
    }
    int length =
        snprintf(buffer, size, "%s/%u/%s/%s/%u", plan_kind_name(cell->kind), round,
                 cell->workload->name, cell->variant->name, cell->threads);
    const char *last = cell->kind == CELL_MEMORY ? idle_names[cell->idle]
                       : cell->memory != MEMORY_ANY
                           ? plan_memory_name(cell->memory)
                           : NULL; /* as in runs before --memory */
    if (last && length > 0 && (size_t)length < size)
        snprintf(buffer + length, size - (size_t)length, "/%s", last);
}

/* An array of `count` texts, which lie `size` bytes apart. */
static json_t *texts_to_json(const char *texts, size_t size, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_string(texts + i * size));
    return array;
}

/* An array of the names that are chosen. */
static json_t *choice_to_json(const char *const *names, const bool *chosen, int count) {
    json_t *array = json_array();
    for (int i = 0; i < count; i++)
        if (chosen[i])
            json_array_append_new(array, json_string(names[i]));
    return array;
}

static json_t *variant_to_json(const struct variant *variant) {
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:b, s:i, s:o, s:o}", "name",
        variant->name, "family", variant->family, "version", variant->version, "status",
        variant_status_name(variant->status), "library", variant->library, "sha256",
        variant->sha256, "bytes", (json_int_t)variant->bytes, "source", variant->source,
        "detail", variant->detail, "preload", variant->preload, "unchecked",
        (int)variant->unchecked, "env",
        texts_to_json(variant->env[0], sizeof variant->env[0], variant->env_count),
        "checks",
        texts_to_json(variant->checks[0], sizeof variant->checks[0],
                      variant->check_count));
    if (json && variant->command[0])
        json_object_set_new(json, "command", json_string(variant->command));
    return json;
}

static json_t *workload_to_json(const struct plan_workload *workload) {
    return json_pack("{s:s, s:s, s:s, s:o, s:b}", "name", workload->name, "base",
                     workload->base, "program", workload->program, "options",
                     texts_to_json(workload->options[0], sizeof workload->options[0],
                                   workload->option_count),
                     "is_control", workload->is_control);
}

static void add_lists(const struct plan *plan, json_t *json) {
    json_t *threads = json_array(), *workloads = json_array(), *variants = json_array();
    for (size_t i = 0; i < plan->thread_counts; i++)
        json_array_append_new(threads, json_integer(plan->threads[i]));
    for (size_t i = 0; i < plan->workload_count; i++)
        json_array_append_new(workloads, workload_to_json(&plan->workloads[i]));
    for (size_t i = 0; i < plan->variants.count; i++)
        json_array_append_new(variants, variant_to_json(&plan->variants.at[i]));
    if (plan_is_watched(plan))
        json_object_set_new(json, "checkpoints",
                            texts_to_json(plan->checkpoints[0], PLAN_CHECKPOINT_MAX,
                                          plan->checkpoint_count));
    json_object_set_new(json, "threads", threads);
    json_object_set_new(json, "idle_drivers",
                        choice_to_json(idle_names, plan->drivers, IDLE_DRIVERS));
    json_object_set_new(json, "memory",
                        choice_to_json(memory_names, plan->memory, MEMORY_CONDITIONS));
    json_object_set_new(json, "memory_alike", json_boolean(plan->memory_alike));
    json_object_set_new(json, "workloads", workloads);
    json_object_set_new(json, "variants", variants);
}

json_t *plan_to_json(const struct plan *plan) {
    char seed[24], workload_seed[24]; /* as text: JSON numbers may be too small */
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)plan->seed);
    snprintf(workload_seed, sizeof workload_seed, "%llu",
             (unsigned long long)plan->workload_seed);
    json_t *json = json_pack(
        "{s:s, s:f, s:i, s:i, s:i, s:i, s:i, s:i, s:I, s:s, s:s, s:i, s:i, s:f, s:f, "
        "s:s, "
        "s:s}",
        "profile", plan->profile, "scale", plan->scale, "builds", (int)plan->builds,
        "memory_rounds", (int)plan->memory_rounds, "timed_rounds",
        (int)plan->timed_rounds, "latency_rounds", (int)plan->latency_rounds,
        "syscall_rounds", (int)plan->syscall_rounds, "instruction_rounds",
        (int)plan->instruction_rounds, "idle_ms", (json_int_t)plan->idle_ms, "seed", seed,
        "workload_seed", workload_seed, "idle_limit", (int)plan->idle_limit, "timeout_s",
        (int)plan->timeout_s, "time_tolerance", plan->time_tolerance, "memory_tolerance",
        plan->memory_tolerance, "reference", plan->reference, "again", plan->again);
    if (json && plan->shards) {
        json_object_set_new(json, "shard", json_integer(plan->shard));
        json_object_set_new(json, "shards", json_integer(plan->shards));
    }
    if (json)
        add_lists(plan, json);
    return json;
}

/* Copies a JSON text into a fixed array. False if the value is not a text (`text` is
 * NULL) or is too long. */
static bool take_text(char *target, size_t size, const char *text) {
    size_t length = text ? strlen(text) : size;
    if (length >= size)
        return false;
    memcpy(target, text, length + 1);
    return true;
}

/* The inverse of texts_to_json(). False if there are more than `max`, or one is no text
 * or too long. */
static bool texts_from_json(const json_t *array, char *ret, size_t size, size_t max) {
    bool good = json_array_size(array) <= max;
    for (size_t i = 0; good && i < json_array_size(array); i++)
        good =
            take_text(ret + i * size, size, json_string_value(json_array_get(array, i)));
    return good;
}

/* The inverse of choice_to_json(). False if there is another name. */
static bool choice_from_json(const json_t *array, const char *const *names, int count,
                             bool *ret_chosen) {
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *name = json_string_value(json_array_get(array, i));
        int found = name ? find_name(names, count, name) : -EINVAL;
        if (found < 0)
            return false;
        ret_chosen[found] = true;
    }
    return true;
}

static bool variant_from_json(json_t *json, struct variant *ret) {
    const char *name, *family, *version, *status, *library, *sha256, *source, *detail;
    const char *command = "";
    json_int_t bytes;
    int preload;
    struct variant v = {0};
    json_t *env, *checks = NULL;
    if (json_unpack(
            json,
            "{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:b, s?i, s:o, s?o, s?s}",
            "name", &name, "family", &family, "version", &version, "status", &status,
            "library", &library, "sha256", &sha256, "bytes", &bytes, "source", &source,
            "detail", &detail, "preload", &preload, "unchecked", &v.unchecked, "env",
            &env, "checks", &checks, "command", &command) < 0)
        return false;
    v.bytes = (uint64_t)bytes;
    v.preload = preload;
    v.env_count = (unsigned)json_array_size(env);
    v.check_count = (unsigned)json_array_size(checks);
    bool good =
        take_text(v.name, sizeof v.name, name) &&
        take_text(v.family, sizeof v.family, family) &&
        take_text(v.version, sizeof v.version, version) &&
        take_text(v.library, sizeof v.library, library) &&
        take_text(v.sha256, sizeof v.sha256, sha256) &&
        take_text(v.source, sizeof v.source, source) &&
        take_text(v.detail, sizeof v.detail, detail) &&
        take_text(v.command, sizeof v.command, command) &&
        variant_status_parse(status, &v.status) == 0 &&
        texts_from_json(env, v.env[0], sizeof v.env[0], VARIANT_ENV_MAX) &&
        texts_from_json(checks, v.checks[0], sizeof v.checks[0], VARIANT_CHECKS_MAX);
    if (good)
        *ret = v;
    return good;
}

static bool workload_from_json(const json_t *json, struct plan_workload *ret) {
    const char *name = json_string_value(json_object_get(json, "name"));
    const json_t *base = json_object_get(json, "base"); /* older runs have none */
    const json_t *options = json_object_get(json, "options");
    ret->option_count = (unsigned)json_array_size(options);
    ret->is_control = json_is_true(json_object_get(json, "is_control"));
    return take_text(ret->name, sizeof ret->name, name) &&
           take_text(ret->base, sizeof ret->base,
                     base ? json_string_value(base) : name) &&
           take_text(ret->program, sizeof ret->program,
                     json_string_value(json_object_get(json, "program"))) &&
           texts_from_json(options, ret->options[0], sizeof ret->options[0],
                           PLAN_OPTIONS_MAX);
}

static bool lists_from_json(const json_t *json, struct plan *plan) {
    const json_t *threads = json_object_get(json, "threads");
    const json_t *drivers = json_object_get(json, "idle_drivers");
    const json_t *memory = json_object_get(json, "memory"); /* older runs have none */
    const json_t *checkpoints = json_object_get(json, "checkpoints"); /* if watched */
    const json_t *workloads = json_object_get(json, "workloads");
    const json_t *variants = json_object_get(json, "variants");
    if (!json_is_array(threads) || !json_is_array(drivers) || !json_is_array(workloads) ||
        !json_is_array(variants) || (memory && !json_is_array(memory)))
        return false;
    if (json_array_size(threads) == 0 || json_array_size(threads) > PLAN_THREADS_MAX ||
        json_array_size(workloads) > PLAN_WORKLOADS_MAX ||
        json_array_size(variants) > VARIANTS_MAX ||
        !choice_from_json(drivers, idle_names, IDLE_DRIVERS, plan->drivers) ||
        !choice_from_json(memory, memory_names, MEMORY_CONDITIONS, plan->memory) ||
        !texts_from_json(checkpoints, plan->checkpoints[0], PLAN_CHECKPOINT_MAX,
                         PLAN_CHECKPOINTS_MAX))
        return false;
    plan->checkpoint_count = json_array_size(checkpoints);
    plan->memory_alike = json_is_true(json_object_get(json, "memory_alike"));
    if (json_array_size(memory) == 0)
        plan->memory[MEMORY_ANY] = true;
    size_t i;
    json_t *value;
    json_array_foreach(threads, i, value) {
        plan->threads[plan->thread_counts++] = (unsigned)json_integer_value(value);
    }
    json_array_foreach(workloads, i, value) {
        if (!workload_from_json(value, &plan->workloads[plan->workload_count++]))
            return false;
    }
    json_array_foreach(variants, i, value) {
        if (!variant_from_json(value, &plan->variants.at[plan->variants.count++]))
            return false;
    }
    return true;
}

/* Whether no two of the texts, which lie `size` bytes apart, are the same. */
static bool are_different(const char *texts, size_t size, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(texts + i * size, texts + k * size) == 0)
                return false;
    return true;
}

/* A plan that we made names nothing twice and has at most PLAN_ROUNDS_MAX rounds. Files
 * are named after its workloads, except those of watched programs. A plan from a file may
 * say anything. */
static bool is_sound(const struct plan *plan) {
    for (size_t i = 0; i < plan->workload_count; i++)
        if (!plan_is_watched(plan) && strchr(plan->workloads[i].name, '/'))
            return false;
    for (enum cell_kind kind = 0; kind < CELL_KINDS; kind++)
        if (plan_rounds(plan, kind) > PLAN_ROUNDS_MAX)
            return false;
    for (size_t i = 0; i < plan->thread_counts; i++) {
        if (plan->threads[i] > UINT16_MAX)
            return false;
        for (size_t k = 0; k < i; k++)
            if (plan->threads[i] == plan->threads[k])
                return false;
    }
    return are_different(plan->workloads[0].name, sizeof plan->workloads[0],
                         plan->workload_count) &&
           are_different(plan->variants.at[0].name, sizeof plan->variants.at[0],
                         plan->variants.count);
}

int plan_from_json(const json_t *json, struct plan *ret, struct reason *reason) {
    const char *profile, *seed, *workload_seed, *reference, *again;
    json_int_t idle_ms;
    struct plan plan = {0};
    json_error_t error;
    /* jansson takes "i" for an int, which looks in memory like the unsigned of the plan
     */
    if (json_unpack_ex(
            (json_t *)json, &error, 0,
            "{s:s, s:F, s:i, s:i, s:i, s?i, s?i, s?i, s:I, s:s, s:s, s:i, s:i, "
            "s:F, s:F, s:s, s:s, s?i, s?i}",
            "profile", &profile, "scale", &plan.scale, "builds", &plan.builds,
            "memory_rounds", &plan.memory_rounds, "timed_rounds", &plan.timed_rounds,
            "latency_rounds", &plan.latency_rounds, "syscall_rounds",
            &plan.syscall_rounds, "instruction_rounds", &plan.instruction_rounds,
            "idle_ms", &idle_ms, "seed", &seed, "workload_seed", &workload_seed,
            "idle_limit", &plan.idle_limit, "timeout_s", &plan.timeout_s,
            "time_tolerance", &plan.time_tolerance, "memory_tolerance",
            &plan.memory_tolerance, "reference", &reference, "again", &again, "shard",
            &plan.shard, "shards", &plan.shards) < 0) {
        reason_set(reason, "the run's plan is malformed: %s", error.text);
        return -EBADMSG;
    }
    plan.idle_ms = (uint64_t)idle_ms;
    plan.seed = strtoull(seed, NULL, 10);
    plan.workload_seed = strtoull(workload_seed, NULL, 10);
    if (!take_text(plan.profile, sizeof plan.profile, profile) ||
        !take_text(plan.reference, sizeof plan.reference, reference) ||
        !take_text(plan.again, sizeof plan.again, again) ||
        !lists_from_json(json, &plan) || !is_sound(&plan)) {
        reason_set(reason, "the run's plan is malformed: this version does not write "
                           "such a list or name");
        return -EBADMSG;
    }
    *ret = plan;
    return 0;
}

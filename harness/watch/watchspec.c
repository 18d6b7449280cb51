#include "watchspec.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "reason.h"

static const char *const until_names[] = {
    [WATCH_UNTIL_EXIT] = "exit",   [WATCH_UNTIL_OUTPUT] = "output",
    [WATCH_UNTIL_QUIET] = "quiet", [WATCH_UNTIL_DRIVEN] = "driven",
    [WATCH_UNTIL_NOW] = "now",
};

void watchspec_take_text(char *target, size_t size, const char *text) {
    snprintf(target, size, "%s", text);
    json_t *json = json_string(target);
    for (char *c = target; !json && *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    json_decref(json);
}

void watchspec_take_name(char *target, size_t size, const char *name) {
    uint32_t hash = 2166136261; /* FNV-1a */
    for (const char *c = name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619;
    watchspec_take_text(target, size, name);
    if (strlen(name) >= size)
        snprintf(target + size - 10, 10, "~%08x", hash);
}

void watchspec_idle_name(double idle_s, char *buffer, size_t size) {
    snprintf(buffer, size, "idle@%gs", idle_s);
}

static int add_checkpoint(struct plan *plan, const char *name, struct reason *reason) {
    for (size_t i = 0; i < plan->checkpoint_count; i++)
        if (strcmp(plan->checkpoints[i], name) == 0)
            return 0;
    if (plan->checkpoint_count == PLAN_CHECKPOINTS_MAX) {
        reason_set(reason,
                   "a run has at most %d checkpoints of different names, and %s is one "
                   "more: let the programs share idle times",
                   PLAN_CHECKPOINTS_MAX, name);
        return -E2BIG;
    }
    snprintf(plan->checkpoints[plan->checkpoint_count++], PLAN_CHECKPOINT_MAX, "%s",
             name);
    return 0;
}

int watchspec_plan_checkpoints(const struct watch_spec *spec, struct plan *plan,
                               struct reason *reason) {
    int error = 0;
    for (size_t i = 0; !error && i < spec->mark_count; i++)
        error = add_checkpoint(plan, spec->marks[i].name, reason);
    if (!error)
        error = add_checkpoint(plan, WATCH_END, reason);
    for (size_t i = 0; !error && i < spec->idle_count; i++) {
        char name[WATCH_NAME_MAX];
        watchspec_idle_name(spec->idle_s[i], name, sizeof name);
        error = add_checkpoint(plan, name, reason);
    }
    return error;
}

void watchspec_to_options(const struct watch_spec *spec, struct plan_workload *workload) {
    char quiet[64], interval[16];
    snprintf(quiet, sizeof quiet, "%g,%g", spec->quiet_percent, spec->quiet_s);
    snprintf(interval, sizeof interval, "%u", spec->interval_ms);
    const struct {
        const char *name, *text; /* NULL: left out */
    } options[] = {
        {"until", until_names[spec->until]},
        {"pattern", spec->until_text},
        {"quiet", spec->until == WATCH_UNTIL_QUIET ? quiet : NULL},
        {"drive", spec->driver},
        {"ready", spec->ready_text},
        {"collect", spec->collect},
        {"interval_ms", interval},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (!options[i].text)
            continue;
        char *option = workload->options[workload->option_count++];
        size_t length = (size_t)snprintf(option, PLAN_PATH_MAX, "%s=", options[i].name);
        watchspec_take_name(option + length, PLAN_PATH_MAX - length, options[i].text);
    }
}

/* FNV-1a */
uint64_t watchspec_hash(const struct plan_workload *workload) {
    uint64_t hash = 0xcbf29ce484222325;
    for (unsigned i = 0; i < workload->option_count; i++)
        for (const char *c = workload->options[i];; c++) {
            hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
            if (!*c)
                break;
        }
    return hash;
}

#include "watchspec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const until_names[] = {
    [WATCH_UNTIL_EXIT] = "exit",   [WATCH_UNTIL_OUTPUT] = "output",
    [WATCH_UNTIL_QUIET] = "quiet", [WATCH_UNTIL_DRIVEN] = "driven",
    [WATCH_UNTIL_NOW] = "now",
};

void watchspec_idle_name(double idle_s, char *buffer, size_t size) {
    snprintf(buffer, size, "idle@%gs", idle_s);
}

static void add_checkpoint(struct plan *plan, const char *name) {
    for (size_t i = 0; i < plan->checkpoint_count; i++)
        if (strcmp(plan->checkpoints[i], name) == 0)
            return;
    if (plan->checkpoint_count < PLAN_CHECKPOINTS_MAX)
        snprintf(plan->checkpoints[plan->checkpoint_count++], PLAN_CHECKPOINT_MAX, "%s",
                 name);
}

void watchspec_plan_checkpoints(const struct watch_spec *spec, struct plan *plan) {
    for (size_t i = 0; i < spec->mark_count; i++)
        add_checkpoint(plan, spec->marks[i].name);
    add_checkpoint(plan, WATCH_END);
    for (size_t i = 0; i < spec->idle_count; i++) {
        char name[WATCH_NAME_MAX];
        watchspec_idle_name(spec->idle_s[i], name, sizeof name);
        add_checkpoint(plan, name);
    }
}

__attribute__((format(printf, 2, 3))) static void
add_option(struct plan_workload *workload, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(workload->options[workload->option_count++], PLAN_PATH_MAX, format, args);
    va_end(args);
}

void watchspec_to_options(const struct watch_spec *spec, struct plan_workload *workload) {
    add_option(workload, "until=%s", until_names[spec->until]);
    if (spec->until == WATCH_UNTIL_OUTPUT)
        add_option(workload, "pattern=%s", spec->until_text);
    if (spec->until == WATCH_UNTIL_QUIET)
        add_option(workload, "quiet=%g,%g", spec->quiet_percent, spec->quiet_s);
    if (spec->driver)
        add_option(workload, "drive=%s", spec->driver);
    if (spec->ready_text)
        add_option(workload, "ready=%s", spec->ready_text);
    if (spec->collect)
        add_option(workload, "collect=%s", spec->collect);
    add_option(workload, "interval_ms=%u", spec->interval_ms);
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

void watchspec_finish(struct watch_spec *spec) {
    if (spec->until_text)
        regfree(&spec->until_pattern);
    if (spec->ready_text)
        regfree(&spec->ready_pattern);
    for (size_t i = 0; i < spec->mark_count; i++)
        if (!spec->marks[i].by_time)
            regfree(&spec->marks[i].pattern);
}

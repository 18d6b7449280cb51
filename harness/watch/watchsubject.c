#include "watchsubject.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "childenv.h"
#include "file.h"
#include "heap.h"
#include "plan.h"
#include "reason.h"
#include "text.h"
#include "variant.h"

/* ---- programs ---- */

int watchsubject_add_program(struct watch_subjects *subjects, const char *label,
                             char **argv, struct reason *reason) {
    struct watch_program program = {.argv = argv};
    if (subjects->program_count == WATCH_PROGRAMS_MAX) {
        reason_set(reason, "name at most %d programs", WATCH_PROGRAMS_MAX);
        return -EINVAL;
    }
    snprintf(program.label, sizeof program.label, "%s", /* a program's name is cut */
             label ? label : file_base_name(argv[0]));
    if (!program.label[0] || strchr(program.label, '/') ||
        (label && strlen(label) >= sizeof program.label)) {
        reason_set(
            reason,
            "\"%.100s\" is not a label: a label has 1 to %zu characters, without a slash",
            label ? label : program.label, sizeof program.label - 1);
        return -EINVAL;
    }
    for (size_t i = 0; i < subjects->program_count; i++) {
        if (strcmp(subjects->program[i].label, program.label) == 0) {
            reason_set(reason, "two programs are labelled %s; choose other labels",
                       program.label);
            return -EINVAL;
        }
    }
    subjects->program[subjects->program_count++] = program;
    return 0;
}

int watchsubject_add_command(struct watch_subjects *subjects, const char *text,
                             struct reason *reason) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1]) {
        reason_set(reason, "\"%.100s\" is not LABEL=COMMAND", text);
        return -EINVAL;
    }
    char label[101]; /* one that is cut is still too long */
    snprintf(label, sizeof label, "%.*s", (int)(equals - text), text);
    int error = watchsubject_add_program(subjects, label, NULL, reason);
    if (error)
        return error;
    struct watch_program *program = &subjects->program[subjects->program_count - 1];
    program->shell[0] = "sh";
    program->shell[1] = "-c";
    program->shell[2] = (char *)equals + 1; /* execve() does not write to it */
    program->argv = program->shell;
    return 0;
}

/* ---- settings ---- */

static char *copy_of(const char *text) {
    return strcpy(heap_new(strlen(text) + 1, 1), text);
}

static struct watch_setting *add_setting(struct watch_subjects *subjects,
                                         struct reason *reason) {
    if (subjects->setting_count == WATCH_SETTINGS_MAX) {
        reason_set(reason, "name at most %d settings", WATCH_SETTINGS_MAX);
        return NULL;
    }
    return &subjects->setting[subjects->setting_count++];
}

int watchsubject_add_sweep(struct watch_subjects *subjects, const char *text,
                           struct reason *reason) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text) {
        reason_set(reason, "\"%.100s\" is not VAR=value1,value2,...", text);
        return -EINVAL;
    }
    size_t name_length = (size_t)(equals - text) + 1;
    for (const char *from = text + name_length;; from++) {
        struct watch_setting *setting = add_setting(subjects, reason);
        if (!setting)
            return -E2BIG;
        char *variable = copy_of(text), *to = variable + name_length;
        for (; *from && *from != ','; from++) {
            from += from[0] == '\\' && from[1] == ',';
            *to++ = *from;
        }
        *to = '\0';
        setting->variables[0] = variable;
        snprintf(setting->name, sizeof setting->name, "%s", variable);
        if (!*from)
            return 0;
    }
}

/* Sets LD_PRELOAD and then the allocator's own variables. */
static void set_preload(struct watch_setting *setting, const struct variant *variant) {
    size_t n = 0;
    if (variant->preload) {
        setting->variables[n++] = childenv_preload(variant->library);
        /* /proc/PID/maps shows the name of the file itself, not that of a link to it */
        setting->library = realpath(variant->library, NULL);
        if (!setting->library)
            setting->library = copy_of(variant->library);
    }
    for (unsigned i = 0; i < variant->env_count; i++)
        setting->variables[n++] = copy_of(variant->env[i]);
}

int watchsubject_add_preload(struct watch_subjects *subjects, struct variant_list *list,
                             const char *text, struct reason *reason) {
    char name[32], description[1024];
    snprintf(name, sizeof name, "preload.%zu", subjects->setting_count);
    snprintf(description, sizeof description, "%s=%s", name, text);
    int error = variant_add_custom(list, description, reason);
    if (error)
        return error;
    const struct variant *variant = variant_find(list, name);
    if (variant->status != VARIANT_OK) {
        reason_set(reason, "the allocator %s is %s: %s", text,
                   variant_status_name(variant->status), variant->detail);
        return -ENOENT;
    }
    struct watch_setting *setting = add_setting(subjects, reason);
    if (!setting)
        return -E2BIG;
    snprintf(setting->name, sizeof setting->name, "preload %s", text);
    memcpy(setting->version, variant->version, sizeof setting->version);
    set_preload(setting, variant);
    return 0;
}

/* ---- the plan ---- */

static void take_command(char *target, size_t size, char *const argv[]) {
    char line[VARIANT_COMMAND_MAX] = "";
    for (size_t i = 0; argv[i]; i++)
        text_append(line, sizeof line, "%s%s", i ? " " : "", argv[i]);
    watchspec_take_text(target, size, line);
}

static struct variant *add_variant(struct plan *plan, const char *name) {
    struct variant *variant = &plan->variants.at[plan->variants.count++];
    *variant = (struct variant){.status = VARIANT_OK};
    watchspec_take_name(variant->name, sizeof variant->name, name);
    return variant;
}

static void plan_programs_and_settings(const struct watch_subjects *subjects,
                                       const struct watch_spec *spec, struct plan *plan) {
    bool as_variants = subjects->program_count > 1 && subjects->setting_count == 0;
    plan->workload_count = as_variants ? 1 : subjects->program_count;
    for (size_t w = 0; w < plan->workload_count; w++) {
        struct plan_workload *workload = &plan->workloads[w];
        const struct watch_program *program = &subjects->program[w];
        watchspec_take_text(workload->name, sizeof workload->name,
                            as_variants ? WATCH_PROGRAMS : program->label);
        memcpy(workload->base, workload->name, sizeof workload->base);
        if (!as_variants && program->argv)
            take_command(workload->program, sizeof workload->program, program->argv);
        watchspec_to_options(spec, workload);
    }
    for (size_t p = 0; as_variants && p < subjects->program_count; p++) {
        struct variant *variant = add_variant(plan, subjects->program[p].label);
        take_command(variant->command, sizeof variant->command,
                     subjects->program[p].argv);
    }
    if (!as_variants)
        add_variant(plan, WATCH_AS_IS);
    for (size_t s = 0; s < subjects->setting_count; s++) {
        const struct watch_setting *setting = &subjects->setting[s];
        struct variant *variant = add_variant(plan, setting->name);
        memcpy(variant->version, setting->version, sizeof variant->version);
        for (size_t i = 0; setting->variables[i] && i < VARIANT_ENV_MAX; i++)
            watchspec_take_text(variant->env[variant->env_count++],
                                sizeof variant->env[0], setting->variables[i]);
    }
    memcpy(plan->reference, plan->variants.at[0].name, sizeof plan->reference);
}

int watchsubject_combine(struct watch_subjects *subjects, const struct watch_spec *spec,
                         struct plan *plan, struct reason *reason) {
    plan_programs_and_settings(subjects, spec, plan);
    bool as_variants = plan->workload_count < subjects->program_count;
    size_t settings = as_variants ? 1 : 1 + subjects->setting_count; /* 0: as it is */
    if (subjects->program_count * settings > WATCH_SUBJECTS_MAX) {
        reason_set(reason, "name at most %d combinations of program and setting",
                   WATCH_SUBJECTS_MAX);
        return -E2BIG;
    }
    for (size_t p = 0; p < subjects->program_count; p++) {
        for (size_t s = 0; s < settings; s++) {
            struct watch_setting *setting = s ? &subjects->setting[s - 1] : NULL;
            subjects->at[subjects->count++] = (struct watch_subject){
                .cell = {.kind = CELL_MEMORY,
                         .workload = &plan->workloads[as_variants ? 0 : p],
                         .variant = &plan->variants.at[as_variants ? p : s],
                         .checkpoint = plan->checkpoints[0]},
                .argv = subjects->program[p].argv,
                .envp = childenv_make(setting ? setting->variables : NULL),
                .library = setting ? setting->library : NULL};
        }
    }
    return watchspec_plan_checkpoints(spec, plan, reason);
}

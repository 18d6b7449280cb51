#include "watchsubject.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "childenv.h"
#include "file.h"
#include "plan.h"
#include "reason.h"
#include "variant.h"

static int out_of_memory(struct reason *reason) {
    reason_set(reason, "out of memory");
    return -ENOMEM;
}

/* ---- programs ---- */

static struct watch_program *add_program(struct watch_subjects *subjects,
                                         const char *label, size_t length,
                                         struct reason *reason) {
    if (subjects->program_count == WATCH_PROGRAMS_MAX) {
        reason_set(reason, "name at most %d programs", WATCH_PROGRAMS_MAX);
        return NULL;
    }
    struct watch_program *program = &subjects->program[subjects->program_count];
    if (length == 0 || length >= sizeof program->label || memchr(label, '/', length)) {
        reason_set(
            reason,
            "\"%.*s\" is not a label: a label has 1 to %zu characters, without a slash",
            (int)(length < 100 ? length : 100), label, sizeof program->label - 1);
        return NULL;
    }
    snprintf(program->label, sizeof program->label, "%.*s", (int)length, label);
    for (size_t i = 0; i < subjects->program_count; i++) {
        if (strcmp(subjects->program[i].label, program->label) == 0) {
            reason_set(reason, "two programs are labelled %s; choose other labels",
                       program->label);
            return NULL;
        }
    }
    subjects->program_count++;
    return program;
}

int watchsubject_add_command(struct watch_subjects *subjects, const char *text,
                             struct reason *reason) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1]) {
        reason_set(reason, "\"%.100s\" is not LABEL=COMMAND", text);
        return -EINVAL;
    }
    struct watch_program *program =
        add_program(subjects, text, (size_t)(equals - text), reason);
    if (!program)
        return -EINVAL;
    program->shell[0] = "sh";
    program->shell[1] = "-c";
    program->shell[2] = (char *)equals + 1; /* execve() does not write to it */
    program->argv = program->shell;
    return 0;
}

int watchsubject_add_program(struct watch_subjects *subjects, const char *label,
                             char **argv, struct reason *reason) {
    char name[sizeof subjects->program[0].label]; /* a program's name is cut to fit */
    snprintf(name, sizeof name, "%s", label ? label : file_base_name(argv[0]));
    size_t length = label ? strlen(label) : strlen(name);
    struct watch_program *program =
        add_program(subjects, label ? label : name, length, reason);
    if (!program)
        return -EINVAL;
    program->argv = argv;
    return 0;
}

/* ---- settings ---- */

static struct watch_setting *add_setting(struct watch_subjects *subjects,
                                         struct reason *reason) {
    if (subjects->setting_count == WATCH_SETTINGS_MAX) {
        reason_set(reason, "name at most %d settings", WATCH_SETTINGS_MAX);
        return NULL;
    }
    return &subjects->setting[subjects->setting_count++];
}

/* The end of a value: the first comma that is not escaped, or the end of the text. */
static const char *value_end(const char *text) {
    while (*text && *text != ',')
        text += text[0] == '\\' && text[1] == ',' ? 2 : 1;
    return text;
}

static void copy_unescaped(char *target, const char *from, const char *to) {
    while (from < to) {
        from += from[0] == '\\' && from[1] == ',';
        *target++ = *from++;
    }
    *target = '\0';
}

int watchsubject_add_sweep(struct watch_subjects *subjects, const char *text,
                           struct reason *reason) {
    const char *equals = strchr(text, '=');
    if (!equals || equals == text) {
        reason_set(reason, "\"%.100s\" is not VAR=value1,value2,...", text);
        return -EINVAL;
    }
    size_t name_length = (size_t)(equals - text) + 1;
    for (const char *value = equals + 1;; value++) {
        const char *end = value_end(value);
        struct watch_setting *setting = add_setting(subjects, reason);
        if (!setting)
            return -E2BIG;
        char *variable = malloc(name_length + (size_t)(end - value) + 1);
        if (!variable)
            return out_of_memory(reason);
        memcpy(variable, text, name_length);
        copy_unescaped(variable + name_length, value, end);
        setting->variables[0] = variable;
        snprintf(setting->name, sizeof setting->name, "%s", variable);
        value = end;
        if (!*end)
            return 0;
    }
}

/* Sets LD_PRELOAD and then the allocator's own variables. The user's LD_PRELOAD stays,
 * after the library. */
static int set_preload(struct watch_setting *setting, const struct variant *variant) {
    size_t n = 0;
    if (variant->preload) {
        const char *before = getenv("LD_PRELOAD");
        if (asprintf(&setting->variables[n++], "LD_PRELOAD=%s%s%s", variant->library,
                     before && *before ? ":" : "", before ? before : "") < 0)
            return -ENOMEM;
        /* /proc/PID/maps shows the name of the file itself, not that of a link to it */
        setting->library = realpath(variant->library, NULL);
        if (!setting->library)
            setting->library = strdup(variant->library);
        if (!setting->library)
            return -ENOMEM;
    }
    for (unsigned i = 0; i < variant->env_count; i++) {
        setting->variables[n] = strdup(variant->env[i]);
        if (!setting->variables[n++])
            return -ENOMEM;
    }
    return 0;
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
    return set_preload(setting, variant) ? out_of_memory(reason) : 0;
}

/* ---- the plan ---- */

static void take_command(char *target, size_t size, char *const argv[]) {
    char line[VARIANT_COMMAND_MAX] = "";
    for (size_t i = 0, used; argv[i] && (used = strlen(line)) + 1 < sizeof line; i++)
        snprintf(line + used, sizeof line - used, "%s%s", i ? " " : "", argv[i]);
    watchspec_take_text(target, size, line);
}

static struct variant *add_variant(struct plan *plan, const char *name) {
    struct variant *variant = &plan->variants.at[plan->variants.count++];
    *variant = (struct variant){.status = VARIANT_OK};
    watchspec_take_name(variant->name, sizeof variant->name, name);
    return variant;
}

static void plan_settings(const struct watch_subjects *subjects, struct plan *plan) {
    add_variant(plan, WATCH_AS_IS);
    for (size_t s = 0; s < subjects->setting_count; s++) {
        const struct watch_setting *setting = &subjects->setting[s];
        struct variant *variant = add_variant(plan, setting->name);
        memcpy(variant->version, setting->version, sizeof variant->version);
        for (size_t i = 0; setting->variables[i] && i < VARIANT_ENV_MAX; i++)
            watchspec_take_text(variant->env[variant->env_count++],
                                sizeof variant->env[0], setting->variables[i]);
    }
}

static int plan_all(const struct watch_subjects *subjects, const struct watch_spec *spec,
                    struct plan *plan, struct reason *reason) {
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
        plan_settings(subjects, plan);
    memcpy(plan->reference, plan->variants.at[0].name, sizeof plan->reference);
    return watchspec_plan_checkpoints(spec, plan, reason);
}

/* ---- subjects ---- */

static int add_subject(struct watch_subjects *subjects, const struct plan *plan, size_t p,
                       const struct watch_setting *setting, struct reason *reason) {
    if (subjects->count == WATCH_SUBJECTS_MAX) {
        reason_set(reason, "name at most %d combinations of program and setting",
                   WATCH_SUBJECTS_MAX);
        return -E2BIG;
    }
    char **envp = childenv_make(setting ? setting->variables : NULL);
    if (!envp)
        return out_of_memory(reason);
    bool as_variant = plan->workload_count < subjects->program_count;
    size_t variant = as_variant ? p
                     : setting  ? (size_t)(setting - subjects->setting) + 1
                                : 0;
    subjects->at[subjects->count++] =
        (struct watch_subject){.cell = {.kind = CELL_MEMORY,
                                        .workload = &plan->workloads[as_variant ? 0 : p],
                                        .variant = &plan->variants.at[variant],
                                        .checkpoint = plan->checkpoints[0]},
                               .argv = subjects->program[p].argv,
                               .envp = envp,
                               .library = setting ? setting->library : NULL};
    return 0;
}

int watchsubject_combine(struct watch_subjects *subjects, const struct watch_spec *spec,
                         struct plan *plan, struct reason *reason) {
    int error = plan_all(subjects, spec, plan, reason);
    for (size_t p = 0; !error && p < subjects->program_count; p++) {
        error = add_subject(subjects, plan, p, NULL, reason);
        for (size_t s = 0; !error && s < subjects->setting_count; s++)
            error = add_subject(subjects, plan, p, &subjects->setting[s], reason);
    }
    return error;
}

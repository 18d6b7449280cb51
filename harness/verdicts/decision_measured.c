/* What was measured, and on what. */
#include <stdlib.h>
#include <string.h>

#include "decision_words.h"
#include "summary.h"
#include "text.h"

/* The command that made a run: "time", "watch" and "guard" are profiles of their own. A
 * run of recordings alone is from `tidemark replay`, any other from `tidemark run`. */
static void print_command(const struct decision_run *run, FILE *out) {
    static const char *const own[] = {"time", "watch", "guard"};
    const char *profile = runfigures_text(run->figures, "run", "profile");
    const struct plan *plan = run->summary ? &run->summary->result->plan : NULL;
    bool is_replayed = plan && plan->workload_count > 0;
    for (size_t w = 0; is_replayed && w < plan->workload_count; w++)
        is_replayed = plan->workloads[w].option_count > 0 &&
                      strcmp(plan->workloads[w].base, "replay") == 0;
    if (text_is_among(own, sizeof own / sizeof own[0], profile))
        fprintf(out, "`tidemark %s`", profile);
    else
        fprintf(out, "`tidemark %s`, profile %s", is_replayed ? "replay" : "run",
                profile);
}

static void print_workloads(const struct decision_run *run, FILE *out) {
    const char *names[DECISION_WORKLOADS_MAX], *controls[DECISION_WORKLOADS_MAX];
    size_t n = decision_workloads(run, false, names);
    size_t n_controls = decision_workloads(run, true, controls);
    if (n != 1)
        fprintf(out, "%zu workloads (", n);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s%s", i ? ", " : "", names[i]);
    fputs(n != 1 ? ")" : "", out);
    for (size_t i = 0; i < n_controls; i++)
        fprintf(out, "%s%s", i ? ", " : " and the control ", controls[i]);
}

static void print_threads(const struct decision_run *run, FILE *out) {
    unsigned known[PLAN_THREADS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < run->figures->count && n < PLAN_THREADS_MAX; i++) {
        const struct series *s = &run->figures->series[i];
        bool is_new = strcmp(s->variant, run->variant) == 0 && s->threads > 0;
        for (size_t k = 0; k < n; k++)
            is_new &= known[k] != s->threads;
        if (is_new)
            known[n++] = s->threads;
    }
    if (n == 0 ||
        (n == 1 && strcmp(runfigures_text(run->figures, "run", "profile"), "time") == 0))
        return; /* the program chose its threads, not the run */
    fprintf(out, " on ");
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s%u", i ? ", " : "", known[i]);
    fprintf(out, " thread%s", n == 1 && known[0] == 1 ? "" : "s");
}

/* "warm memory", "warm and cold memory", "memory as it came" */
static void print_condition(const struct decision_run *run, FILE *out) {
    const char *memory = runfigures_text(run->figures, "run", "memory");
    if (strcmp(memory, "any") == 0 || !*memory)
        fprintf(out, "memory as it came");
    else
        fprintf(out, "%s%s memory", memory,
                decision_has_series(run, "time-cold") ? " and cold" : "");
}

static void print_rounds(const struct decision_run *run, FILE *out) {
    size_t timed = decision_rounds(run, true), memory = decision_rounds(run, false);
    const char *idle_s = runfigures_text(run->figures, "facts", "idle_s");
    if (timed) {
        fprintf(out, "; %zu timed round%s on ", timed, timed == 1 ? "" : "s");
        print_condition(run, out);
    }
    if (memory)
        fprintf(out, "%s %zu round%s of memory", timed ? "," : ";", memory,
                memory == 1 ? "" : "s");
    if (memory && strtod(idle_s, NULL) > 0)
        fprintf(out, " with %s s of idle time", idle_s);
}

/* A command or settings, for a person: only the beginning, and paths below the current
 * folder begin there. */
static void print_words(const char *words, FILE *out) {
    enum { MOST = 160 };
    char here[4096], shown[VARIANT_COMMAND_MAX] = "";
    const char *folder = realpath(".", here);
    size_t length = folder ? strlen(folder) : 0;
    for (const char *at = words; *at; at++)
        if (length > 1 && strncmp(at, here, length) == 0 && at[length] == '/')
            at += length;
        else
            text_append(shown, sizeof shown, "%c",
                        *at == '`'    ? '\''
                        : *at == '\n' ? ' '
                                      : *at);
    bool is_long = strlen(shown) > MOST;
    fprintf(out, "`%.*s%s`", MOST, shown, is_long ? " ..." : "");
}

static void print_variant(const struct decision_run *run, const char *name, FILE *out) {
    const json_t *facts = runfigures_variant(run->figures, name);
    static const char *const wanted[] = {"version", "sha256", "settings", "command"};
    char shown[DECISION_NAME_MAX + 2];
    bool said = false, says_itself = false;
    fprintf(out, "%s", decision_in_words(name, shown));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const char *value = json_string_value(json_object_get(facts, wanted[i]));
        says_itself |= value && strcmp(value, name) == 0; /* a setting: "A=b" */
        if (!value || !*value || strcmp(value, name) == 0)
            continue;
        fprintf(out, said ? ", " : " is ");
        said = true;
        if (strcmp(wanted[i], "command") == 0 || strcmp(wanted[i], "settings") == 0)
            print_words(value, out);
        else if (strcmp(wanted[i], "sha256") == 0)
            fprintf(out, "SHA-256 %.12s", value);
        else
            fprintf(out, "%s %s", wanted[i], value);
    }
    if (!said && !says_itself)
        fprintf(out, " (its version is not recorded)");
}

/* The commit of tidemark, or of the folder in which a program was watched. */
static void print_commit(const struct decision_run *run, FILE *out) {
    static const char *const watched[] = {"watch", "guard"};
    const char *commit = runfigures_text(run->figures, "run", "commit");
    bool is_watched = text_is_among(watched, sizeof watched / sizeof watched[0],
                                    runfigures_text(run->figures, "run", "profile"));
    if (*commit && strcmp(commit, "unknown") != 0)
        fprintf(out,
                is_watched ? "; in a folder of commit %s" : "; tidemark of commit %s",
                commit);
}

/* How every reference compares with itself (A/A). */
static void print_controls(const struct decision *d, FILE *out) {
    bool any = false;
    for (size_t i = 0; i < d->count; i++) {
        const struct decision_run *run = &d->runs[i];
        if (run->again.count == 0)
            continue;
        any = true;
        fprintf(out,
                "- %sControl: %s against itself is `same` in %zu of %zu comparisons, "
                "`inconclusive` in %zu, `better` or `worse` in %zu.\n",
                decision_source(d, run),
                runfigures_text(run->figures, "facts", "reference"),
                compare_count(&run->again, VERDICT_SAME), compare_on_trial(&run->again),
                compare_count(&run->again, VERDICT_INCONCLUSIVE),
                compare_count(&run->again, VERDICT_BETTER) +
                    compare_count(&run->again, VERDICT_WORSE));
    }
    if (!any)
        fputs("- Control: nothing was measured against itself.\n", out);
}

/* The commands of a run's watched programs. */
static void print_programs(const struct decision_run *run, const char *source,
                           FILE *out) {
    const struct plan *plan = run->summary ? &run->summary->result->plan : NULL;
    for (size_t w = 0; plan && plan_is_watched(plan) && w < plan->workload_count; w++) {
        if (!plan->workloads[w].program[0])
            continue;
        fprintf(out, "- %s%s is ", source, plan->workloads[w].name);
        print_words(plan->workloads[w].program, out);
        fputs(".\n", out);
    }
}

void decision_print_measured(const struct decision *d, FILE *out) {
    char last_machine[DECISION_MACHINE_MAX] = "";
    fputs("\n## What was measured, and on what\n\n", out);
    for (size_t i = 0; i < d->count; i++) {
        const struct decision_run *run = &d->runs[i];
        const char *source = decision_source(d, run);
        char machine[DECISION_MACHINE_MAX];
        const char *date = runfigures_text(run->figures, "environment", "started");
        fprintf(out, "- %s", source);
        print_command(run, out);
        fputs(": ", out);
        print_workloads(run, out);
        print_threads(run, out);
        print_rounds(run, out);
        fprintf(out, "; %s", *date ? date : "the day is not recorded");
        print_commit(run, out);
        fputs(".\n", out);
        print_programs(run, source, out);
        fprintf(out, "- %s", source);
        print_variant(run, run->base, out);
        fputs("; ", out);
        print_variant(run, run->variant, out);
        fputs(".\n", out);
        decision_machine(json_object_get(run->figures->head, "environment"), machine,
                         sizeof machine);
        if (strcmp(machine, last_machine) != 0)
            fprintf(out, "- %sMachine: %s.\n", source, machine);
        memcpy(last_machine, machine, sizeof last_machine);
    }
    print_controls(d, out);
}

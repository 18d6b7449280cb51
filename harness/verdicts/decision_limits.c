/* What a decision does not say. */
#include <stdlib.h>
#include <string.h>

#include "compare_report.h"
#include "decision_words.h"
#include "summary.h"
#include "text.h"
#include "workloads_list.h"

static void print_undecided(const struct decision *d, FILE *out) {
    size_t n;
    struct decision_finding *list = decision_find(d, VERDICT_INCONCLUSIVE, true, &n);
    for (size_t i = 0; i < n; i++) {
        const struct comparison *c = list[i].c;
        char ratio[64], name[DECISION_SHORT_MAX], visible[DECISION_SHORT_MAX];
        bool any = decision_has_visible(c);
        compare_format_ratio(c, ratio, sizeof ratio);
        fprintf(out,
                "- %sWhether the %s of %s differs: %s is inconclusive. These rounds "
                "would have shown %s%s; about %zu rounds would decide this.\n",
                decision_source(d, list[i].run), c->label,
                decision_name_of(list[i].run, c, name), ratio,
                any ? "a change of " : "no change",
                any ? decision_visible(c, visible) : "", c->judged.rounds_needed);
    }
    free(list);
}

static void print_disputed(const struct decision *d, FILE *out) {
    for (struct decision_finding f = {0}; decision_next(d, &f);) {
        char name[DECISION_SHORT_MAX];
        if (decision_counts(f.c) && f.c->judged.disputed)
            fprintf(out, "- The %s of %s: a rank test does not confirm the verdict.\n",
                    f.c->label, decision_name_of(f.run, f.c, name));
    }
}

static void print_failures(const struct decision *d, FILE *out) {
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; k < d->runs[i].figures->count; k++) {
            const struct series *s = &d->runs[i].figures->series[k];
            char label[64];
            if (!decision_failed(&d->runs[i], s) || !measure_decides(s->measure))
                continue;
            measure_label(s->measure, label, sizeof label);
            fprintf(out, "- The %s of %s on %s: %s in %zu of %zu rounds.\n", label,
                    s->workload, s->variant, s->fault, s->failed, s->rounds);
        }
}

/* Whether any run compares this measure. */
static bool has_measure(const struct decision *d, enum measure measure) {
    enum measure own;
    for (struct decision_finding f = {0}; decision_next(d, &f);)
        if (measure_of_series(f.c->measure, &own) && own == measure)
            return true;
    return false;
}

static void print_unmeasured(const struct decision *d, FILE *out) {
    static const enum measure wanted[] = {MEASURE_TIME, MEASURE_PEAK, MEASURE_FOOTPRINT,
                                          MEASURE_WAKE_PENALTY};
    const char *missing[sizeof wanted / sizeof wanted[0]];
    size_t n = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (!has_measure(d, wanted[i]))
            missing[n++] = measures[wanted[i]].label;
    fputs(n ? "- Not measured: " : "", out);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s%s", decision_before(i, n, " and "), missing[i]);
    fputs(n ? ".\n" : "", out);
}

/* Names the runs that have times, but none on cold memory: those whose memory was warm,
 * and those that took memory as it came. */
static void print_memory(const struct decision *d, FILE *out) {
    static const char *const what[] = {
        "In what condition free memory was: times on warm memory and on cold may differ",
        "Times on cold memory, which a machine's host has to supply first"};
    for (int warm = 1; warm >= 0; warm--) {
        char sources[DECISION_RUNS_MAX * 8] = "";
        size_t n = 0;
        for (size_t i = 0; i < d->count; i++) {
            const struct decision_run *run = &d->runs[i];
            const char *memory = runfigures_text(run->figures, "run", "memory");
            if (decision_rounds(run, true) == 0 ||
                decision_has_series(run, "time-cold") || strcmp(memory, "cold") == 0 ||
                (strcmp(memory, "warm") == 0) != warm)
                continue;
            n++;
            text_append(sources, sizeof sources, "%s", decision_source(d, run));
        }
        if (n)
            fprintf(out, "- %s%s.\n", sources, what[warm]);
    }
}

/* What tidemark's own workloads do not show, and which of them no run has. */
static void print_other_workloads(const struct decision *d, FILE *out) {
    char text[512] = "";
    size_t own = 0;
    for (size_t w = 0; w < REGISTERED_WORKLOADS; w++) {
        bool has = false;
        for (size_t i = 0; i < d->count; i++)
            for (size_t k = 0; k < d->runs[i].figures->count; k++)
                has |= strcmp(d->runs[i].figures->series[k].workload,
                              registered_workloads[w].name) == 0;
        own += has;
        if (!has && !registered_workloads[w].is_control)
            text_append(text, sizeof text, "%s%s", *text ? ", " : "",
                        registered_workloads[w].name);
    }
    if (own)
        fputs("- What a program of your own does: these workloads are synthetic and show "
              "mechanisms.\n",
              out);
    if (own && *text)
        fprintf(out, "- Workloads of tidemark that were not measured: %s.\n", text);
    if (!own)
        fputs("- What other programs do, or this one at other work.\n", out);
}

static void add_machine(json_t *known, const json_t *environment) {
    char machine[DECISION_MACHINE_MAX];
    decision_machine(environment, machine, sizeof machine);
    json_object_set_new(known, machine, json_true());
}

static void print_machines(const struct decision *d, FILE *out) {
    json_t *known = json_object(), *machine;
    for (size_t i = 0; i < d->count; i++) {
        const struct decision_run *run = &d->runs[i];
        json_t *machines = /* of a merged run */
            run->summary ? json_object_get(run->summary->result->root, "machines") : NULL;
        size_t k;
        json_array_foreach(machines, k, machine)
            add_machine(known, json_object_get(machine, "environment"));
        if (!json_array_size(machines))
            add_machine(known, json_object_get(run->figures->head, "environment"));
    }
    fprintf(out, "- What other machines do: it was measured on %zu machine%s.\n",
            json_object_size(known), json_object_size(known) == 1 ? "" : "s");
    json_decref(known);
}

void decision_print_limits(const struct decision *d, FILE *out) {
    fputs("\n## What it does not say\n\n", out);
    print_failures(d, out);
    print_undecided(d, out);
    print_disputed(d, out);
    print_unmeasured(d, out);
    print_memory(d, out);
    print_other_workloads(d, out);
    print_machines(d, out);
}

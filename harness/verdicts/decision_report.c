/* The page, with its recommendation and the warnings above that. Every figure comes from
 * a comparison or a run's own facts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decision_words.h"
#include "summary.h"
#include "text.h"

enum { NAMED = 4 };

static bool is_instant(const struct decision_finding *finding) {
    return strncmp(finding->c->measure, "idle@", 5) == 0;
}

/* Moves the findings that a sentence names to the front, and returns how many these are:
 * the first NAMED, but only one of the instants of an idle period, because the instants
 * say the same thing several times. */
static size_t choose_named(struct decision_finding *list, size_t n) {
    size_t named = 0;
    bool has_instant = false;
    for (size_t i = 0; i < n && named < NAMED; i++) {
        if (has_instant && is_instant(&list[i]))
            continue;
        has_instant |= is_instant(&list[i]);
        list[named++] = list[i];
    }
    return named;
}

/* Whether another comparison over all has the same measure, so that the measure's name
 * alone does not tell them apart. */
static bool is_ambiguous(const struct decision *d, const struct comparison *c) {
    for (struct decision_finding f = {0}; decision_next(d, &f);)
        if (f.c != c && strcmp(f.c->measure, c->measure) == 0 &&
            compare_is_outermost(&f.run->pair, f.c))
            return true;
    return false;
}

/* "29.6 % [28.0, 31.1] less peak" */
static void append_change(const struct comparison *c, char *buffer, size_t size) {
    const struct judgement *j = &c->judged;
    double sign = j->ratio < 1 ? -100 : 100;
    double ends[] = {sign * (j->low - 1), sign * (j->high - 1)};
    text_append(buffer, size, "%.1f %% [%.1f, %.1f] %s %s", sign * (j->ratio - 1),
                fmin(ends[0], ends[1]), fmax(ends[0], ends[1]),
                j->ratio < 1 ? "less" : "more", c->label);
}

/* "29.6 % less peak, 88.7 % less dead footprint and 2 more". Names only the instant of an
 * idle period that changed most. */
static void list_changes(const struct decision *d, enum verdict verdict, bool over_all,
                         char *buffer, size_t size) {
    size_t n;
    struct decision_finding *list = decision_find(d, verdict, over_all, &n);
    size_t named = choose_named(list, n), shown = n > named ? named + 1 : named;
    *buffer = '\0';
    for (size_t i = 0; i < named; i++) {
        char name[DECISION_SHORT_MAX];
        text_append(buffer, size, "%s", decision_before(i, shown, " and "));
        append_change(list[i].c, buffer, size);
        if (!over_all || is_ambiguous(d, list[i].c))
            text_append(buffer, size, " in %s",
                        decision_name_of(list[i].run, list[i].c, name));
    }
    if (n > named)
        text_append(buffer, size, "%s%zu more", decision_before(named, shown, " and "),
                    n - named);
    free(list);
}

/* "handoff or replay": the workloads in which something has this verdict. */
static void list_where(const struct decision *d, enum verdict verdict, char *buffer,
                       size_t size) {
    const char *names[DECISION_WORKLOADS_MAX];
    size_t n, known = 0;
    struct decision_finding *list = decision_find(d, verdict, false, &n);
    for (size_t i = 0; i < n; i++)
        if (known < DECISION_WORKLOADS_MAX &&
            !text_is_among(names, known, list[i].c->workload))
            names[known++] = list[i].c->workload;
    *buffer = '\0';
    for (size_t i = 0; i < known; i++)
        text_append(buffer, size, "%s%s", decision_before(i, known, " or "), names[i]);
    free(list);
}

/* "; not decided: time (2.1 % less to 15.3 % more) and 2 more": what is inconclusive over
 * all; "" if nothing is. */
static void list_undecided(const struct decision *d, char *buffer, size_t size) {
    size_t n;
    struct decision_finding *list = decision_find(d, VERDICT_INCONCLUSIVE, true, &n);
    size_t named = choose_named(list, n);
    *buffer = '\0';
    for (size_t i = 0; i < named; i++) {
        const struct judgement *j = &list[i].c->judged;
        char name[DECISION_SHORT_MAX];
        text_append(buffer, size, "%s%s", i ? ", " : "; not decided: ", list[i].c->label);
        if (is_ambiguous(d, list[i].c))
            text_append(buffer, size, " in %s",
                        decision_name_of(list[i].run, list[i].c, name));
        if (isfinite(j->high))
            text_append(buffer, size, " (%.1f %% %s to %.1f %% %s)",
                        100 * fabs(j->low - 1), j->low < 1 ? "less" : "more",
                        100 * fabs(j->high - 1), j->high < 1 ? "less" : "more");
        else
            text_append(buffer, size, " (too few rounds)");
    }
    if (n > named)
        text_append(buffer, size, " and %zu more", n - named);
    free(list);
}

/* ---- the recommendation ---- */

/* "17.2 % of time, 6.2 % of peak": the smallest changes over all that would have been
 * seen. */
static void print_visible(const struct decision *d, FILE *out) {
    const char *before = "";
    for (struct decision_finding f = {0}; decision_next(d, &f);) {
        char name[DECISION_SHORT_MAX], visible[DECISION_SHORT_MAX];
        if (!decision_counts(f.c) || !compare_is_outermost(&f.run->pair, f.c))
            continue;
        fprintf(out, "%s%s of %s", before, decision_visible(f.c, visible), f.c->label);
        if (is_ambiguous(d, f.c))
            fprintf(out, " in %s", decision_name_of(f.run, f.c, name));
        before = ", ";
    }
}

/* The first reason why the decision is open. */
static void print_open(const struct decision *d, FILE *out) {
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; k < d->runs[i].figures->count; k++) {
            const struct series *s = &d->runs[i].figures->series[k];
            if (!decision_failed(&d->runs[i], s))
                continue;
            fprintf(out, "%s on %s failed (%s)", s->workload, s->variant, s->fault);
            return;
        }
    for (size_t i = 0; i < d->count; i++)
        if (d->runs[i].pair.failures.count) {
            fprintf(out, "%s", d->runs[i].pair.failures.at[0].text);
            return;
        }
    for (size_t i = 0; i < d->count; i++) {
        const struct comparison *c = compare_blind(&d->runs[i].pair);
        char name[DECISION_SHORT_MAX], visible[DECISION_SHORT_MAX];
        if (!c)
            continue;
        decision_name_of(&d->runs[i], c, name);
        if (decision_has_visible(c))
            fprintf(out,
                    "these rounds could not have seen less than %s of the %s of %s, and "
                    "%g %% is demanded",
                    decision_visible(c, visible), c->label, name, 100 * c->detect);
        else
            fprintf(out, "these rounds could have seen no change of the %s of %s",
                    c->label, name);
        return;
    }
}

/* Over all, only `changes` were found, all for the better (`is_yes`) or all for the
 * worse. `unless`: but single workloads have the opposite verdict. */
static void print_one_way(const struct decision *d, bool is_yes, bool unless,
                          const char *variant, const char *base, const char *changes,
                          const char *open, FILE *out) {
    char where[DECISION_TEXT_MAX], there[DECISION_TEXT_MAX];
    enum verdict other = is_yes ? VERDICT_WORSE : VERDICT_BETTER;
    const char *answer = is_yes ? "Yes" : "No";
    if (!unless) {
        fprintf(out, "**%s: %s takes %s than %s, and nothing is seen to be %s%s.**\n",
                answer, variant, changes, base, verdict_name(other), open);
        return;
    }
    list_where(d, other, where, sizeof where);
    list_changes(d, other, false, there, sizeof there);
    fprintf(out,
            "**%s, unless your program is like %s: over all workloads %s takes %s than "
            "%s, and nothing is seen to be %s; but it takes %s%s.**\n",
            answer, where, variant, changes, base, verdict_name(other), there, open);
}

static void print_recommendation(const struct decision *d, FILE *out) {
    char better[DECISION_TEXT_MAX], worse[DECISION_TEXT_MAX], open[DECISION_TEXT_MAX];
    char names[2][DECISION_NAME_MAX + 2];
    const char *base = decision_in_words(d->runs[0].base, names[0]);
    const char *variant = decision_in_words(d->runs[0].variant, names[1]);
    bool over_all = decision_is_over_all(d);
    list_changes(d, VERDICT_BETTER, over_all, better, sizeof better);
    list_changes(d, VERDICT_WORSE, over_all, worse, sizeof worse);
    list_undecided(d, open, sizeof open);
    enum decision_answer answer = decision_answer(d);
    switch (answer) {
    case DECISION_YES:
    case DECISION_YES_UNLESS:
        print_one_way(d, true, answer == DECISION_YES_UNLESS, variant, base, better, open,
                      out);
        break;
    case DECISION_NO:
    case DECISION_NO_UNLESS:
        print_one_way(d, false, answer == DECISION_NO_UNLESS, variant, base, worse, open,
                      out);
        break;
    case DECISION_DEPENDS:
        fprintf(out, "**It depends: %s buys %s than %s, for %s%s.**\n", variant, better,
                base, worse, open);
        break;
    case DECISION_UNSEEN:
        fprintf(out, "**No difference between %s and %s could be seen; a change of ",
                base, variant);
        print_visible(d, out);
        fputs(" would have been.**\n", out);
        break;
    case DECISION_OPEN:
        fputs("**Not decided: ", out);
        print_open(d, out);
        fputs(".**\n", out);
    }
}

/* ---- the warnings: they stand first on the page ---- */

static void print_control_failure(const struct decision *d,
                                  const struct decision_run *run, FILE *out) {
    for (size_t i = 0; i < run->again.count; i++) {
        const struct comparison *c = &run->again.comparisons[i];
        char text[160] = "", name[DECISION_SHORT_MAX];
        if (!c->decides || !verdict_is_change(c->judged.verdict))
            continue;
        append_change(c, text, sizeof text);
        fprintf(out,
                "> **%s%s differs from itself (A/A)**: it takes %s in %s. Take no "
                "difference of that size for one of the allocators.\n\n",
                decision_source(d, run),
                runfigures_text(run->figures, "facts", "reference"), text,
                decision_name_of(run, c, name));
    }
}

static void print_cautions(const struct decision *d, FILE *out) {
    for (size_t i = 0; i < d->count; i++) {
        const struct decision_run *run = &d->runs[i];
        print_control_failure(d, run, out);
        if (run->summary && run->summary->missing)
            fprintf(out,
                    "> **The run is incomplete**: %zu measurements of its plan are "
                    "missing.\n\n",
                    run->summary->missing);
    }
}

/* ---- the page ---- */

void decision_print(const struct decision *d, const struct decision_page *page,
                    FILE *out) {
    char program[64], names[2][DECISION_NAME_MAX + 2];
    decision_name_program(d, page, program, sizeof program);
    fprintf(out, "# Switch %s from %s to %s?\n\n", program,
            decision_in_words(d->runs[0].base, names[0]),
            decision_in_words(d->runs[0].variant, names[1]));
    print_cautions(d, out);
    print_recommendation(d, out);
    decision_print_measured(d, out);
    decision_print_price(d, out);
    decision_print_who(d, out);
    decision_print_limits(d, out);
    if (page->picture)
        fprintf(out,
                "\n![speed against idle footprint: what is switched from and to stands "
                "out](%s)\n",
                page->picture);
    if (page->command)
        fprintf(out, "\n<sub>Made by `%s`; docs/decide.md has the rules.</sub>\n",
                page->command);
}

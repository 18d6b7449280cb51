#include "decision.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "reason.h"
#include "summary.h"
#include "text.h"

/* ---- what the two are called ---- */

/* "glibc, jemalloc, ebb" */
static void list_variants(const struct runfigures *figures, char *buffer, size_t size) {
    const char *name, *again = runfigures_text(figures, "run", "again");
    json_t *value;
    *buffer = '\0';
    json_object_foreach(json_object_get(figures->head, "variants"), name, value) {
        if (strcmp(name, again) != 0)
            text_append(buffer, size, "%s%s", *buffer ? ", " : "", name);
    }
}

static bool split_at(const char *pair, const char *at, struct decision_run *ret) {
    size_t length = (size_t)(at - pair);
    if (length >= sizeof ret->base || strlen(at + 1) >= sizeof ret->variant)
        return false;
    snprintf(ret->base, sizeof ret->base, "%.*s", (int)length, pair);
    snprintf(ret->variant, sizeof ret->variant, "%s", at + 1);
    return ret->base[0] && ret->variant[0];
}

/* Splits at the first "=" that has a variant on both sides. If no "=" has, splits at the
 * first. A name can contain a "=": "as is=MALLOC_ARENA_MAX=1". */
static bool split(const struct runfigures *figures, const char *pair,
                  struct decision_run *ret) {
    const char *first = strchr(pair, '=');
    for (const char *at = first; at; at = strchr(at + 1, '='))
        if (split_at(pair, at, ret) && runfigures_variant(figures, ret->base) &&
            runfigures_variant(figures, ret->variant))
            return true;
    return first && split_at(pair, first, ret);
}

static int check_names(const struct decision_run *run, struct reason *reason) {
    const struct runfigures *figures = run->figures;
    const char *const names[] = {run->base, run->variant};
    char there[500];
    list_variants(figures, there, sizeof there);
    for (size_t i = 0; i < 2; i++) {
        const char *why = runfigures_text(figures, "unmeasured", names[i]);
        if (runfigures_variant(figures, names[i]))
            continue;
        reason_set(reason, "%s has %s %s%s%s; it has: %s", figures->name,
                   *why ? "not measured" : "no variant", names[i],
                   *why ? ", which is " : "", why, there);
        return -EINVAL;
    }
    if (strcmp(run->base, run->variant) == 0) {
        reason_set(reason, "%s is both sides of the decision; %s has: %s", run->base,
                   figures->name, there);
        return -EINVAL;
    }
    if (!runfigures_variant(figures, runfigures_text(figures, "facts", "reference"))) {
        reason_set(reason,
                   "%s has no figures of its reference %s, which times are ratios to; "
                   "measured were: %s; run again with another --reference",
                   figures->name, runfigures_text(figures, "facts", "reference"), there);
        return -EINVAL;
    }
    return 0;
}

/* ---- whether they can be compared ---- */

/* -EINVAL if one of the two has a series that decides, and the other does not have it. */
static int check_counterparts(const struct decision_run *run, struct reason *reason) {
    const struct runfigures *figures = run->figures;
    for (size_t i = 0; i < figures->count; i++) {
        const struct series *s = &figures->series[i];
        bool is_base = strcmp(s->variant, run->base) == 0;
        const char *other = is_base ? run->variant : run->base;
        if ((!is_base && strcmp(s->variant, run->variant) != 0) ||
            !measure_decides(s->measure) ||
            runfigures_find(figures, s->measure, s->workload, other, s->threads))
            continue;
        char label[64];
        measure_label(s->measure, label, sizeof label);
        reason_set(reason, "%s measured %s of %s on %s, but not on %s; measure both",
                   figures->name, label, s->workload, s->variant, other);
        return -EINVAL;
    }
    return 0;
}

static int check_measures(const struct decision_run *run, struct reason *reason) {
    size_t other = 0;
    for (size_t i = 0; i < run->figures->count; i++) {
        const struct series *s = &run->figures->series[i];
        if (strcmp(s->variant, run->variant) != 0)
            continue;
        if (measure_decides(s->measure) && !s->is_control)
            return 0;
        other++;
    }
    reason_set(
        reason,
        "%s has neither a time nor a footprint of %s that could be compared with "
        "%s's; there are %zu figures of controls or of measures that decide nothing",
        run->figures->name, run->variant, run->base, other);
    return -EINVAL;
}

static int check_runs(const struct decision *decision, const struct decision_run *run,
                      struct reason *reason) {
    if (decision->count == DECISION_RUNS_MAX) {
        reason_set(reason, "a decision is made of %d runs at most", DECISION_RUNS_MAX);
        return -EINVAL;
    }
    for (size_t i = 0; i < decision->count; i++) {
        const struct decision_run *other = &decision->runs[i];
        if (!runfigures_same_run(other->figures, run->figures))
            continue;
        reason_set(reason, "%s and %s are the same run: name it once",
                   other->figures->name, run->figures->name);
        return -EINVAL;
    }
    return 0;
}

int decision_add(struct decision *decision, const struct runfigures *figures,
                 const struct summary *summary, const char *pair, struct reason *reason) {
    struct decision_run run = {.figures = figures, .summary = summary};
    const char *again = runfigures_text(figures, "run", "again");
    if (!split(figures, pair, &run)) {
        reason_set(reason, "--decide takes BASE=VARIANT, not \"%s\"", pair);
        return -EINVAL;
    }
    if (check_runs(decision, &run, reason) < 0 || check_names(&run, reason) < 0 ||
        check_measures(&run, reason) < 0 || check_counterparts(&run, reason) < 0)
        return -EINVAL;
    compare_between(&run.pair, figures, run.base, run.variant);
    if (runfigures_variant(figures, again))
        compare_between(&run.again, figures,
                        runfigures_text(figures, "facts", "reference"), again);
    decision->runs[decision->count++] = run;
    return 0;
}

/* ---- the answer ---- */

bool decision_next(const struct decision *decision, struct decision_finding *f) {
    size_t run = f->run ? (size_t)(f->run - decision->runs) : 0;
    size_t next = f->run ? (size_t)(f->c - f->run->pair.comparisons) + 1 : 0;
    for (; run < decision->count; run++, next = 0)
        if (next < decision->runs[run].pair.count) {
            f->run = &decision->runs[run];
            f->c = &f->run->pair.comparisons[next];
            return true;
        }
    return false;
}

size_t decision_failed(const struct decision_run *run, const struct series *series) {
    bool is_one = strcmp(series->variant, run->base) == 0 ||
                  strcmp(series->variant, run->variant) == 0;
    return is_one ? series->failed : 0;
}

bool decision_counts(const struct comparison *c) {
    return c->decides && !c->is_of_control;
}

bool decision_is_among(const struct decision_finding *f, enum verdict verdict,
                       bool over_all) {
    return decision_counts(f->c) && f->c->judged.verdict == verdict &&
           compare_is_outermost(&f->run->pair, f->c) == over_all;
}

size_t decision_count(const struct decision *decision, enum verdict verdict,
                      bool over_all) {
    size_t count = 0;
    for (struct decision_finding f = {0}; decision_next(decision, &f);)
        count += decision_is_among(&f, verdict, over_all);
    return count;
}

static bool has_failed(const struct decision_run *run) {
    for (size_t i = 0; i < run->figures->count; i++)
        if (decision_failed(run, &run->figures->series[i]))
            return true;
    return run->pair.failures.count > 0;
}

bool decision_is_over_all(const struct decision *decision) {
    return decision_count(decision, VERDICT_BETTER, true) +
               decision_count(decision, VERDICT_WORSE, true) >
           0;
}

enum decision_answer decision_answer(const struct decision *decision) {
    bool over_all = decision_is_over_all(decision);
    bool better = decision_count(decision, VERDICT_BETTER, over_all);
    bool worse = decision_count(decision, VERDICT_WORSE, over_all);
    bool better_one = over_all && decision_count(decision, VERDICT_BETTER, false);
    bool worse_one = over_all && decision_count(decision, VERDICT_WORSE, false);
    bool failed = false, blind = false;
    for (size_t i = 0; i < decision->count; i++) {
        failed |= has_failed(&decision->runs[i]);
        blind |= compare_blind(&decision->runs[i].pair) != NULL;
    }
    if (failed)
        return DECISION_OPEN;
    if (better && worse)
        return DECISION_DEPENDS;
    if (worse) /* even if blind: a gain has to be shown, and none was */
        return better_one ? DECISION_NO_UNLESS : DECISION_NO;
    if (blind) /* something may be worse that could not be seen */
        return DECISION_OPEN;
    if (better)
        return worse_one ? DECISION_YES_UNLESS : DECISION_YES;
    return DECISION_UNSEEN;
}

bool decision_is_controlled(const struct decision *decision) {
    size_t changes = 0;
    for (size_t i = 0; i < decision->count; i++)
        changes += compare_count(&decision->runs[i].again, VERDICT_BETTER) +
                   compare_count(&decision->runs[i].again, VERDICT_WORSE);
    return changes == 0;
}

bool decision_is_incomplete(const struct decision *decision) {
    for (size_t i = 0; i < decision->count; i++)
        if (has_failed(&decision->runs[i]) ||
            (decision->runs[i].summary && decision->runs[i].summary->missing))
            return true;
    return false;
}

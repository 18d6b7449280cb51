#ifndef TIDEMARK_HARNESS_DECISION_H
#define TIDEMARK_HARNESS_DECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "compare.h"

struct reason;
struct summary;

/*
 * Whether a program should switch from one variant, BASE, to another, VARIANT, according
 * to runs that measured both. Each run is compared as `compare --between=BASE,VARIANT`
 * does. A decision collects these verdicts and makes none. docs/decide.md has the rules.
 */
enum { DECISION_RUNS_MAX = 8, DECISION_NAME_MAX = 48 };

struct decision_run {
    char base[DECISION_NAME_MAX], variant[DECISION_NAME_MAX]; /* as the run calls them */
    const struct runfigures *figures;                         /* borrowed */
    const struct summary *summary; /* borrowed; NULL for a baseline file */
    struct compare_result pair;    /* VARIANT against BASE */
    struct compare_result again;   /* the reference against itself; empty: not measured */
};

struct decision {
    size_t count;
    struct decision_run runs[DECISION_RUNS_MAX];
};

/*
 * Adds a run. `pair`, "BASE=VARIANT", says what the two are called in it. The figures and
 * the summary must outlive the decision. -EINVAL with `reason` if the run lacks one of
 * the two or a counterpart of a figure, if nothing of them can be compared, or if it was
 * added before or is one too many.
 */
int decision_add(struct decision *decision, const struct runfigures *figures,
                 const struct summary *summary, const char *pair, struct reason *reason);

/* A comparison of VARIANT with BASE, and the run that it is of. */
struct decision_finding {
    const struct decision_run *run;
    const struct comparison *c;
};

/* Goes to the next comparison of all runs, in their order; {0} stands before the first.
 * False behind the last. */
bool decision_next(const struct decision *decision, struct decision_finding *finding);

/*
 * The recommendation. "Over all" means the totals; a single program has none, so its own
 * figures count (compare_is_outermost()). If nothing changed over all, single workloads
 * decide in the same way. A yes and DECISION_UNSEEN need rounds that could have shown the
 * change that `compare` demands.
 */
enum decision_answer {
    DECISION_YES,        /* something is better, nothing worse */
    DECISION_YES_UNLESS, /* likewise over all, but something is worse in a workload */
    DECISION_NO,         /* something is worse, nothing better */
    DECISION_NO_UNLESS,  /* likewise over all, but something is better in a workload */
    DECISION_DEPENDS,    /* something is better and something worse */
    DECISION_UNSEEN, /* nothing is better or worse, and a change would have been seen */
    DECISION_OPEN,   /* a cell of the two failed, or a change might not have been seen */
};

enum decision_answer decision_answer(const struct decision *decision);

/* Whether something changed over all. If not, single workloads decide. */
bool decision_is_over_all(const struct decision *decision);

/* Whether no run found its reference better or worse than itself (A/A). */
bool decision_is_controlled(const struct decision *decision);

/* Whether a run lacks measurements of its plan, or has failed ones of the two. */
bool decision_is_incomplete(const struct decision *decision);

/* How many rounds of a series failed; 0 if it is a series of another variant. */
size_t decision_failed(const struct decision_run *run, const struct series *series);

/* Whether a comparison counts: its measure decides, and its workload is no control. A
 * control says nothing about programs. */
bool decision_counts(const struct comparison *comparison);

/* Whether a comparison counts, has this verdict, and is over all, or of a single workload
 * beside a total. */
bool decision_is_among(const struct decision_finding *finding, enum verdict verdict,
                       bool over_all);

/* How many comparisons are among these. */
size_t decision_count(const struct decision *decision, enum verdict verdict,
                      bool over_all);

/*
 * A decision as a page of Markdown: the recommendation, what was measured, price and
 * gain, who gains and who loses, what the page does not say, a picture.
 */
struct decision_page {
    const char *program; /* its name in the title; NULL: as the runs call it */
    const char *picture; /* the picture's address; NULL: there is none */
    const char *command; /* what makes the page again; NULL: not said */
};

void decision_print(const struct decision *decision, const struct decision_page *page,
                    FILE *out);

/*
 * Draws the trade-off as `base`.svg and `base`.png. -ENODATA without `reason` if no time
 * or no idle footprint of the two was measured; other errors are -errno with `reason`.
 */
int decision_draw(const struct decision *decision, const struct decision_page *page,
                  const char *base, struct reason *reason);

#endif

#ifndef TIDEMARK_HARNESS_DECISION_H
#define TIDEMARK_HARNESS_DECISION_H

#include <stdbool.h>
#include <stddef.h>

#include "compare.h"

struct reason;
struct summary;

/*
 * Whether a program should switch from one variant, BASE, to another, VARIANT: what runs
 * that measured both say of it. Each run is compared as `compare --between=BASE,VARIANT`
 * does; nothing is judged here. docs/decide.md has the rules.
 */
enum { DECISION_RUNS_MAX = 8, DECISION_NAME_MAX = 48 };

struct decision_run {
    char base[DECISION_NAME_MAX], variant[DECISION_NAME_MAX]; /* as the run calls them */
    const struct runfigures *figures;                         /* borrowed */
    const struct summary *summary; /* likewise; NULL: of a baseline file */
    struct compare_result pair;    /* VARIANT against BASE */
    bool has_again;
    struct compare_result again; /* the reference against itself, where it was measured */
};

struct decision {
    size_t count;
    struct decision_run runs[DECISION_RUNS_MAX];
};

/*
 * Takes a run in, and what "BASE=VARIANT" says they are called in it. -EINVAL with
 * `reason` where it does not have them, or nothing of them that could be compared;
 * -ENOMEM. The figures and the summary must outlive the decision.
 */
int decision_add(struct decision *decision, const struct runfigures *figures,
                 const struct summary *summary, const char *pair, struct reason *reason);
void decision_finish(struct decision *decision);

/*
 * What is recommended. "Over all": totals, and what there is no total of (one program).
 * Where nothing changed over all, single workloads decide in the same way. A yes, and
 * that no difference could be seen, need that a change as large as `compare` demands
 * would have been.
 */
enum decision_answer {
    DECISION_YES,        /* something is better, nothing worse */
    DECISION_YES_UNLESS, /* likewise over all, but something is worse in a workload */
    DECISION_NO,         /* something is worse, nothing better */
    DECISION_NO_UNLESS,  /* likewise over all, but something is better in a workload */
    DECISION_DEPENDS,    /* both */
    DECISION_UNSEEN,     /* neither, and it is known what would have been seen */
    DECISION_OPEN, /* a cell of the two failed, or too little would have been seen */
};

enum decision_answer decision_answer(const struct decision *decision);

/* Whether something changed over all. If not, single workloads decide. */
bool decision_is_over_all(const struct decision *decision);

/* Whether every reference is the same as itself, as far as it was measured twice. */
bool decision_is_controlled(const struct decision *decision);

/* Whether a run lacks measurements of its plan, or has failed ones of the two. */
bool decision_is_incomplete(const struct decision *decision);

/* How many rounds of a series of the two have failed. */
size_t decision_failed(const struct decision_run *run, const struct series *series);

/*
 * Whether a comparison of VARIANT with BASE counts: its measure decides, and its workload
 * is no control, which says nothing about programs.
 */
bool decision_counts(const struct decision_run *run, const struct comparison *comparison);

/* How many of those have this verdict: over all, or in single workloads beside that. */
size_t decision_count(const struct decision *decision, enum verdict verdict,
                      bool over_all);

#endif

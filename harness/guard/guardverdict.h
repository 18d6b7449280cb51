#ifndef TIDEMARK_HARNESS_GUARDVERDICT_H
#define TIDEMARK_HARNESS_GUARDVERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "bounds.h"
#include "compare.h"

struct guard_file;
struct reason;
struct summary;

/* The verdict of a guard's run, on growth and on bounds. */
struct guard_verdict {
    bool is_compared;               /* with a base, or with a baseline */
    struct compare_result compared; /* where it is */
    struct bound_check *checks;
    size_t check_count;
    bool collects;     /* a scenario has "collect" */
    char missing[200]; /* a demanded figure that the first has not; "": it has all */
};

/*
 * Compares a run's variant `subject` with another variant of the same run, or with that
 * of a baseline. `from` NULL: there is nothing to compare with. -errno with `reason`.
 */
int guardverdict_make(struct guard_verdict *ret, const struct guard_file *file,
                      const struct summary *summary, const char *subject,
                      const struct runfigures *from, const char *from_variant,
                      struct reason *reason);

/*
 * Whether more rounds would change nothing. That is so if every interval of a demanded
 * figure is narrow (autorounds.h looks at widths, not at verdicts), and if the rounds
 * could have shown the demanded change.
 */
bool guardverdict_is_settled(const struct guard_verdict *verdict);

/* The first line: what grew, by how much, and whose memory it is. */
void guardverdict_headline(const struct guard_verdict *verdict, char *buffer,
                           size_t size);

/* What a series is called in a sentence: "30 s idle". */
void guardverdict_name_instant(const char *series, char *buffer, size_t size);

/* Whether something is worse or over its bound; and whether what was demanded is open. */
bool guardverdict_is_worse(const struct guard_verdict *verdict);
bool guardverdict_is_open(const struct guard_verdict *verdict);

void guardverdict_finish(struct guard_verdict *verdict);

#endif

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
    struct compare_result compared; /* valid if is_compared */
    struct bound_check *checks;
    size_t check_count;
    bool collects;     /* a scenario has "collect" */
    char missing[200]; /* a demanded figure that the first side lacks; "": none */
};

/*
 * Judges the variant `subject` of a run. Checks its bounds, and compares it with
 * `from_variant` of the baseline or, if that is NULL, of the same run. If `from_variant`
 * is NULL, nothing is compared. -errno with `reason`.
 */
int guardverdict_make(struct guard_verdict *ret, const struct guard_file *file,
                      const struct summary *summary, const char *subject,
                      const struct runfigures *baseline, const char *from_variant,
                      struct reason *reason);

/*
 * Whether no more rounds are needed: every interval of a demanded figure is narrow
 * (autorounds.h looks at widths, not at verdicts), and the rounds could have shown the
 * demanded change. True if nothing is compared.
 */
bool guardverdict_is_settled(const struct guard_verdict *verdict);

/* Writes the first line: what grew, by how much, and whose memory it is. */
void guardverdict_headline(const struct guard_verdict *verdict, char *buffer,
                           size_t size);

/* Writes what sentences call a series, such as "30 s idle" for "idle@30s". */
void guardverdict_name_instant(const char *series, char *buffer, size_t size);

/* Whether something is worse or over its bound. */
bool guardverdict_is_worse(const struct guard_verdict *verdict);

/* Whether a demand could not be decided, or nothing was demanded. */
bool guardverdict_is_open(const struct guard_verdict *verdict);

void guardverdict_finish(struct guard_verdict *verdict);

#endif

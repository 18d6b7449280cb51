#ifndef TIDEMARK_HARNESS_GUARDCOMMENT_H
#define TIDEMARK_HARNESS_GUARDCOMMENT_H

#include <jansson.h>

struct form;
struct guard_verdict;

/* The file in the run's folder that holds the verdict for other programs and for the site
 * (docs/guard.md). */
#define GUARD_VERDICT_FILE "verdict.json"
#define GUARD_VERDICT_SCHEMA "tidemark-guard-verdict"

/*
 * Prints a verdict. Markdown is for a comment on a pull request: a table that fits into a
 * comment shows the demanded figures before and after. Failures and bounds follow.
 * Everything else is folded away.
 */
void guardcomment_print(const struct guard_verdict *verdict, const char *headline,
                        const struct form *form);

/* The verdict as JSON: headline, exit code, demanded figures and bounds. NULL without
 * memory. */
json_t *guardcomment_to_json(const struct guard_verdict *verdict, const char *headline,
                             int exit_code);

#endif

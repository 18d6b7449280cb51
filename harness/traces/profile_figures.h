#ifndef TIDEMARK_HARNESS_PROFILE_FIGURES_H
#define TIDEMARK_HARNESS_PROFILE_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct profile;

/* A profile as a list of named figures, to be printed, compared and written as JSON. */
enum { FIGURES_MAX = 192 };

enum figure_kind { FIGURE_NUMBER, FIGURE_SHARE };

struct profile_figure {
    const char *group;
    char name[40];
    enum figure_kind kind;
    double value; /* of a share: percent */
};

struct profile_figures {
    struct profile_figure at[FIGURES_MAX];
    size_t count;
};

/*
 * Lists the figures. The order is the same for all profiles with the same `reference` and
 * `resolution`. The exact sizes in the list are the most frequent ones of `reference`,
 * which may be the profile itself. Lifetimes of fewer than `resolution` allocations
 * become one figure. They cannot be told apart if one object in `resolution` was
 * recorded.
 */
void profile_figures_list(const struct profile *profile, const struct profile *reference,
                          uint64_t resolution, struct profile_figures *ret);

/*
 * Whether a share differs: one of the two holds more than 5 %, and `other` is not within
 * a quarter of `reference`.
 */
bool profile_figures_differ(const struct profile_figure *reference,
                            const struct profile_figure *other);

#endif

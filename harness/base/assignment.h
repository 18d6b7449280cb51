#ifndef TIDEMARK_HARNESS_ASSIGNMENT_H
#define TIDEMARK_HARNESS_ASSIGNMENT_H

#include <stddef.h>

struct reason;

/*
 * NAME=VALUE lists on the command line, such as --allocator's settings: separated by
 * commas, and the values may hold commas themselves, since one starts a new assignment
 * only before NAME= (letters, digits and _).
 */

/* Where what starts at `text` ends: at a comma before an assignment, or at the NUL. */
const char *assignment_end(const char *text);

/* Where the assignments of a list go, and what is said where they can't. */
struct assignment_target {
    const char *kind, *name; /* whose they are: "allocator", "mine" */
    const char *form, *what; /* "ENV=VALUE", "settings" */
    char *texts;             /* an array of `max` texts of `size` bytes each */
    size_t size;
    unsigned max, *count;
};

/* Appends each of a list. -EINVAL or -E2BIG with `reason`. */
int assignment_append(const struct assignment_target *target, const char *list,
                      struct reason *reason);

#endif

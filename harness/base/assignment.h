#ifndef TIDEMARK_HARNESS_ASSIGNMENT_H
#define TIDEMARK_HARNESS_ASSIGNMENT_H

#include <stddef.h>

struct reason;

/*
 * NAME=VALUE lists on the command line, such as --allocator's settings. Commas separate
 * the assignments. A value may hold commas, too: a comma starts a new assignment only
 * before NAME= (letters, digits and _).
 */

/* The end of the assignment that starts at `text`: a comma before another assignment, or
 * the NUL. */
const char *assignment_end(const char *text);

/* Where the assignments of a list go, and the words of the message if they can't go
 * there. */
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

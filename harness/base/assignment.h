#ifndef TIDEMARK_HARNESS_ASSIGNMENT_H
#define TIDEMARK_HARNESS_ASSIGNMENT_H

#include <stddef.h>

struct reason;

/*
 * NAME=VALUE lists on the command line, such as the settings of --allocator. Commas
 * separate the assignments. A value may hold commas, too: a comma starts a new assignment
 * only if NAME= follows it (a letter or _, then letters, digits and _).
 */

/* The end of the assignment that starts at `text`: the comma before the next assignment,
 * or the NUL. */
const char *assignment_end(const char *text);

/* The array that receives the assignments of a list, and the words for the message if a
 * list does not fit or is malformed. */
struct assignment_target {
    const char *kind, *name; /* the owner, as the message names it: "allocator", "mine" */
    const char *form, *what; /* "ENV=VALUE", "settings" */
    char *texts;             /* an array of `max` texts, each of `size` bytes */
    size_t size;
    unsigned max, *count;
};

/* Appends each assignment of the list. -EINVAL or -E2BIG with `reason`; what came before
 * the fault stays appended. */
int assignment_append(const struct assignment_target *target, const char *list,
                      struct reason *reason);

#endif

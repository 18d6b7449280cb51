#ifndef TIDEMARK_HARNESS_GUARDTREES_H
#define TIDEMARK_HARNESS_GUARDTREES_H

#include <limits.h>
#include <stddef.h>

struct guard_file;
struct reason;

/*
 * Two commits of the repository that the harness runs in, checked out side by side into
 * git work trees. Their paths have the same length, so paths make no difference between
 * the sides. The caller should choose a place outside the repository: inside, a program
 * that looks for packages in the folders above would find those of the repository.
 */
enum { GUARD_BASE, GUARD_HEAD, GUARD_SIDES };

extern const char *const guardtrees_names[GUARD_SIDES]; /* "base", "head" */

struct guard_tree {
    char commit[72];       /* in full */
    char root[PATH_MAX];   /* the work tree's folder; "": there is none */
    char folder[PATH_MAX]; /* the counterpart of the current folder, in this tree */
};

struct guard_trees {
    char place[PATH_MAX - 64];
    struct guard_tree at[GUARD_SIDES];
};

/*
 * Checks two commits out below a new folder in `parent`. No hook of the repository runs.
 * -errno with `reason`; -EINVAL if one of `commits` does not name a commit.
 */
int guardtrees_make(struct guard_trees *ret, const char *parent,
                    const char *const commits[GUARD_SIDES], struct reason *reason);

/* Removes the work trees and their folder. -EIO with `reason` if something is left, such
 * as another user's files. */
int guardtrees_remove(const struct guard_trees *trees, struct reason *reason);

/*
 * Runs each "setup" command of the scenarios in `folder`, which messages call `where`. A
 * command that several scenarios share runs once. Output goes to the descriptor `output`.
 * -errno with `reason`: -EIO if a command failed, with the end of its output; -EINTR if
 * `*stop` was set.
 */
int guardtrees_set_up(const struct guard_file *file, const char *folder,
                      const char *where, int output, const volatile int *stop,
                      struct reason *reason);

#endif

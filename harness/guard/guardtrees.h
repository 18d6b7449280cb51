#ifndef TIDEMARK_HARNESS_GUARDTREES_H
#define TIDEMARK_HARNESS_GUARDTREES_H

#include <limits.h>
#include <stddef.h>

struct guard_file;
struct reason;

/*
 * Two commits of the repository that the harness runs in, checked out side by side into
 * git work trees. Their paths have the same length. The trees lie outside the repository:
 * inside, a program that looks for packages in the folders above would find those of the
 * repository.
 */
enum { GUARD_BASE, GUARD_HEAD, GUARD_SIDES };

extern const char *const guardtrees_names[GUARD_SIDES]; /* "base", "head" */

struct guard_tree {
    char commit[72];       /* in full */
    char root[PATH_MAX];   /* of the work tree; "": there is none */
    char folder[PATH_MAX]; /* in it, the folder that corresponds to the one we are in */
};

struct guard_trees {
    char place[PATH_MAX - 64];
    struct guard_tree at[GUARD_SIDES];
};

/*
 * Checks them out below a new folder in `parent`. No hook of the repository runs. -errno
 * with `reason`: -EINVAL where a name is no commit.
 */
int guardtrees_make(struct guard_trees *ret, const char *parent,
                    const char *const commits[GUARD_SIDES], struct reason *reason);

void guardtrees_remove(struct guard_trees *trees);

/*
 * Runs each command of the scenarios' "setup" once, in `folder`; `where` names it in
 * messages. What they print goes to the file `output`. -EIO with `reason`, which has the
 * last words; -EINTR once `*stop` is set.
 */
int guardtrees_set_up(const struct guard_file *file, const char *folder,
                      const char *where, int output, const volatile int *stop,
                      struct reason *reason);

#endif

#ifndef TIDEMARK_HARNESS_COMPOSED_H
#define TIDEMARK_HARNESS_COMPOSED_H

#include <limits.h>
#include <stdbool.h>

struct reason;

/*
 * A tool that runs others' programs, among which may be `tidemark transplant`: the folder
 * in which that tells its verdicts (transplant/verdict.h) and keeps its copies. Who runs
 * a program makes one, puts `variable` into the program's environment, and reads the
 * verdicts before it believes any figure of that program's.
 */
struct composed {
    char folder[PATH_MAX - 128];
    char *variable; /* "NAME=FOLDERS", of all outer tools, too */
};

/* In $TMPDIR; without one in /var/tmp or /tmp. -errno with `reason`. */
int composed_begin(struct composed *ret, struct reason *reason);

/* Why patched copies may not be in the folder; 0, or -EINVAL with `reason`. */
int composed_check_folder(const char *folder, struct reason *reason);

/* One line of the file; the texts are valid during the call. */
struct composed_verdict {
    const char *id, *pid, *verdict, *path, *why;
};

typedef void composed_on_verdict(void *context, const struct composed_verdict *verdict);

/* Whether a line by itself says that something was not transplanted; then in words. */
bool composed_is_fault(const struct composed_verdict *verdict, struct reason *ret_why);

/*
 * Calls `on_verdict`, if it is not NULL, with each line. 0 where everything that was to
 * be transplanted was; -ENOTSUP with `why` where something was not, or that cannot be
 * known.
 */
int composed_read(const struct composed *composed, composed_on_verdict *on_verdict,
                  void *context, struct reason *why);

/* Removes the folder with what is in it. */
void composed_finish(struct composed *composed);

#endif

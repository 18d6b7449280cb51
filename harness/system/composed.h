#ifndef TIDEMARK_HARNESS_COMPOSED_H
#define TIDEMARK_HARNESS_COMPOSED_H

#include <limits.h>
#include <stdbool.h>

struct reason;

/*
 * For a command that runs programs, among which may be `tidemark transplant`. It is the
 * folder into which transplant writes its verdicts (transplant/verdict.h) and its copies.
 * The command makes the folder, puts `variable` into the program's environment, and reads
 * the verdicts before it believes any figure of that program.
 */
struct composed {
    char folder[PATH_MAX - 128];
    char *variable; /* "NAME=FOLDERS", of all outer tools, too */
};

/* In $TMPDIR; without one in /var/tmp or /tmp. -errno with `reason`. */
int composed_begin(struct composed *ret, struct reason *reason);

/* Whether patched copies may lie in the folder: 0, or -EINVAL with the `reason` against
 * it. */
int composed_check_folder(const char *folder, struct reason *reason);

/* One line of the file; the texts are valid during the call. */
struct composed_verdict {
    const char *id, *pid, *verdict, *path, *why;
};

typedef void composed_on_verdict(void *context, const struct composed_verdict *verdict);

/* Whether a line by itself says that something was not transplanted; then in words. */
bool composed_is_fault(const struct composed_verdict *verdict, struct reason *ret_why);

/*
 * Calls `on_verdict`, if it is not NULL, with each line. 0 if everything that should have
 * been transplanted was. -ENOTSUP with `why` if something was not, or if that cannot be
 * known.
 */
int composed_read(const struct composed *composed, composed_on_verdict *on_verdict,
                  void *context, struct reason *why);

/* Removes the folder with what is in it. */
void composed_finish(struct composed *composed);

#endif

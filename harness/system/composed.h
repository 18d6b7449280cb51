#ifndef TIDEMARK_HARNESS_COMPOSED_H
#define TIDEMARK_HARNESS_COMPOSED_H

#include <limits.h>
#include <stdbool.h>

struct reason;

/*
 * The folder for the verdicts of transplants inside a measured program. A command may run
 * `tidemark transplant` without knowing it. So it makes this folder, puts `variable` into
 * the program's environment, and reads the verdicts before it believes any figure of that
 * program. Each transplant writes its verdicts (transplant/verdict.h) and its patched
 * copies into the folder.
 */
struct composed {
    char folder[PATH_MAX - 128];
    char *variable; /* "NAME=FOLDERS": this folder, then those of all outer tools */
};

/* Makes the folder in $TMPDIR. Without TMPDIR, it tries /var/tmp, then /tmp. -errno with
 * `reason`. */
int composed_begin(struct composed *ret, struct reason *reason);

/*
 * Whether patched copies may lie in the folder. 0, or -EINVAL with the `reason` why not.
 */
int composed_check_folder(const char *folder, struct reason *reason);

/* One line of the file. The texts are valid only during the call. */
struct composed_verdict {
    const char *id, *pid, *verdict, *path, *why;
};

typedef void composed_on_verdict(void *context, const struct composed_verdict *verdict);

/* Whether a line by itself says that something was not transplanted. If so, `ret_why`
 * says what and why. */
bool composed_is_fault(const struct composed_verdict *verdict, struct reason *ret_why);

/*
 * Calls `on_verdict`, if it is not NULL, with each line. Returns 0 if everything that
 * should have been transplanted was. -ENOTSUP with `why` if something was not, or if the
 * file does not tell.
 */
int composed_read(const struct composed *composed, composed_on_verdict *on_verdict,
                  void *context, struct reason *why);

/* Removes the folder and everything in it. */
void composed_finish(struct composed *composed);

#endif

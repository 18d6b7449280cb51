#ifndef TIDEMARK_TRANSPLANT_PROBE_H
#define TIDEMARK_TRANSPLANT_PROBE_H

#include <stdbool.h>

struct functions;
struct shims;

/* The library's real dlopen(), since another one stands before it. */
typedef void *probe_opener(const char *path, int mode);

/*
 * Whether the functions that were found do what an allocator does, and nobody reaches
 * them by a name. They are called in a process of their own, on the library as it is. 0,
 * or -EINVAL with `ret_why` (a constant text).
 */
int probe_check(const char *path, const struct shims *shims, const char **ret_why);

/*
 * Gives functions that may be an allocator's (candidates.h) their kinds, by what they do
 * (behaviour.h), and leaves those that are one's. Likewise in a process of its own. 0, or
 * -EINVAL with `ret_why`.
 */
int probe_search(const char *path, struct functions *functions, const char **ret_why);

/*
 * Loads a copy in which the functions are replaced: its constructors have to come
 * through, and none of them may come to its own allocator. Likewise.
 */
int probe_load(const char *path, const struct functions *functions, const char **ret_why);

struct probe_host {
    probe_opener *open, *open_copy; /* as it is; as a copy that is watched */
    bool (*is_mixed)(void);         /* whether that copy's own allocator was at work */
};

/* Is such a process, if the environment says so, and never returns then. */
void probe_be(const struct probe_host *host);

#endif

#ifndef TIDEMARK_TRANSPLANT_PROBE_H
#define TIDEMARK_TRANSPLANT_PROBE_H

#include <stdbool.h>

struct functions;

/* The real dlopen(). This library stands before it with its own. */
typedef void *probe_opener(const char *path, int mode);

/*
 * Tries the functions (behaviour.h) of the unpatched library in a process of its own:
 * finds the kinds of candidates (candidates.h), or checks those of shims (shims.h).
 * Removes those without a kind. No name may lead to any of them. Returns 0, or -EINVAL
 * with `ret_why` (a constant text).
 */
int probe_search(const char *path, struct functions *functions, const char **ret_why);

/*
 * Loads a copy with the functions replaced, in a process of its own. Its constructors
 * must succeed, and must not reach its own allocator. Returns 0, or -EINVAL with
 * `ret_why`.
 */
int probe_load(const char *path, const struct functions *functions, const char **ret_why);

struct probe_host {
    probe_opener *open, *open_copy; /* load a library as it is; load a watched copy */
    bool (*is_mixed)(void); /* whether the own allocator of that copy was at work */
};

/* If the environment asks for it, this process becomes a probing process and does not
 * return. */
void probe_be(const struct probe_host *host);

#endif

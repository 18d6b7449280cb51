#ifndef TIDEMARK_TRANSPLANT_PROBE_H
#define TIDEMARK_TRANSPLANT_PROBE_H

struct shims;

/* The library's real dlopen(), since another one stands before it. */
typedef void *probe_opener(const char *path, int mode);

/*
 * Whether the functions that were found do what an allocator does. They are called in a
 * forked child, on the library as it is. 0, or -EINVAL with `ret_why` (a constant text).
 */
int probe_check(const char *path, const struct shims *shims, probe_opener *opener,
                const char **ret_why);

#endif

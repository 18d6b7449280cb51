#ifndef TIDEMARK_TRANSPLANT_BEHAVIOUR_H
#define TIDEMARK_TRANSPLANT_BEHAVIOUR_H

#include <stdbool.h>
#include <stddef.h>

#include "functions.h"

/*
 * Finds out what functions do by calling them. Each question runs in a fork of this
 * process that can do nothing but ask for memory. It is ended after 1 s of processor
 * time, or after 10 s. A function that crashes, hangs or does something else gets no
 * kind.
 *
 * `functions` are candidates (candidates.h), those with most calls first. `base` is the
 * address at which their file was loaded. Sets the kind of each. A function that only
 * calls known ones, such as one that drops a box, stays KIND_NONE: it reaches the new
 * allocator anyway. Returns 0, or -ENOSYS if this system cannot confine a process
 * (seccomp).
 */
int behaviour_tell(struct functions *functions, size_t base);

/*
 * Whether the functions of shims (shims.h) behave as their kinds say. They are called in
 * this process: if they crash or hang, it does.
 */
bool behaviour_is_of_shims(const struct functions *functions, size_t base);

#endif

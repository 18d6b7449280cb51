#ifndef TIDEMARK_TRANSPLANT_BEHAVIOUR_H
#define TIDEMARK_TRANSPLANT_BEHAVIOUR_H

#include <stddef.h>

#include "functions.h"

/*
 * Tells what functions do by calling them, each time in a fork of this process that can
 * do nothing but ask for memory, and is ended after 1 s of work or 10 s. A function that
 * crashes, hangs or does something else is none of the kinds.
 *
 * `functions` are candidates (candidates.h), the ones with most calls first; `base` is
 * where their file was loaded. Gives each its kind. Those that only lead to others, such
 * as a function that drops a box, stay without one: they reach the new allocator anyway.
 * 0; -ENOSYS where this system cannot confine a process (seccomp).
 */
int behaviour_tell(struct functions *functions, size_t base);

#endif

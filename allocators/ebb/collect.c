/* Giving memory back at once, because the program asked. */
#include <malloc.h>

#include "api.h"
#include "ebb.h"
#include "heap.h"
#include "options.h"
#include "reclaim.h"

#ifndef EBB_EMBED
EBB_EXPORT int EBB_NAME(malloc_trim)(size_t pad);
EBB_EXPORT int EBB_NAME(mallopt)(int parameter, int value);
#endif

EBB_EXPORT size_t ebb_collect(void) {
    if (heap_init() != 0 || options_get()->reclaim == RECLAIM_OFF)
        return 0;
    return reclaim_all();
}

#ifndef EBB_EMBED
/* pad is a wish about the top of brk's heap, which there is none of. */
int EBB_NAME(malloc_trim)(size_t pad) {
    (void)pad;
    return ebb_collect() > 0;
}

/* Every parameter of glibc's is about something that there isn't here: arenas, brk's
 * heap, lists of free blocks. Accepted, as glibc accepts what has no effect; others are
 * not. */
int EBB_NAME(mallopt)(int parameter, int value) {
    (void)value;
    return (parameter >= M_ARENA_MAX && parameter <= M_TRIM_THRESHOLD) ||
           parameter == M_MXFAST;
}
#endif

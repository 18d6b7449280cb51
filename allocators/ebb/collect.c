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
/* `pad` is about the top of brk's heap, which ebb does not have. */
int EBB_NAME(malloc_trim)(size_t pad) {
    (void)pad;
    return ebb_collect() > 0;
}

/* glibc's parameters are about things that ebb does not have: arenas, brk's heap, lists
 * of free blocks. ebb accepts them, as glibc accepts parameters without effect. It does
 * not accept others. */
int EBB_NAME(mallopt)(int parameter, int value) {
    (void)value;
    return (parameter >= M_ARENA_MAX && parameter <= M_TRIM_THRESHOLD) ||
           parameter == M_MXFAST;
}
#endif

/* Giving memory back at once, because the program asked. */
#include "api.h"

#include "ebb.h"
#include "heap.h"
#include "options.h"
#include "reclaim.h"

EBB_EXPORT int EBB_NAME(malloc_trim)(size_t pad);

EBB_EXPORT size_t ebb_collect(void) {
    if (heap_init() != 0 || options_get()->reclaim == RECLAIM_OFF)
        return 0;
    return reclaim_all();
}

/* pad is a wish about the top of brk's heap, which there is none of. */
int EBB_NAME(malloc_trim)(size_t pad) {
    (void)pad;
    return ebb_collect() > 0;
}

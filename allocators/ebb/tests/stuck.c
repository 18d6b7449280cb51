/* Free slices that are locked can't be given back and are set aside. They must not count
 * as memory that the program leaves unused, or the reclaimer would take as much of what
 * the program uses again and again. There is no reclaimer here; the test makes its looks
 * at free slices. */
#include <sys/mman.h>

#include "check.h"
#include "ebb.h"
#include "slice.h"
#include "types.h"

enum { SLICES = 256 };

int main(void) {
    unsigned char *locked = malloc(SLICES * SLICE_SIZE);
    CHECK(locked != NULL);
    if (mlock(locked, SLICES * SLICE_SIZE) != 0) {
        dprintf(1, "skipped: this process may not lock so much\n");
        return 77;
    }
    free(locked);
    slice_unused(); /* each look begins anew */
    CHECK(slice_unused() >= SLICES);
    ebb_collect();
    slice_unused();
    size_t unused = slice_unused();
    if (unused > 0)
        dprintf(2, "%zu slices count as unused, %d are locked\n", unused, SLICES);
    CHECK(unused == 0);
    return 0;
}

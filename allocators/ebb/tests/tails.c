/* What lies behind the ends of large blocks, and was written to before, does not pile up
 * until the reclaimer comes, which has no part in this: a memory limit does not wait for
 * it.
 *
 * usage: tails; with EBB_RECLAIM=off the control, where it has to stay */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "resident.h"

enum {
    COUNT = 1000,
    WHOLE = 2 * 65536, /* of slices */
    PART = 70000,      /* rounds up to 18 pages of the 32 */
    /* What run.c lets be: as much as 16 MiB, or an eighth of the heap; and the rest. */
    MORE = 24 << 20,
};

static char *blocks[COUNT];

static void make(size_t size) {
    for (int i = 0; i < COUNT; i++) {
        CHECK((blocks[i] = malloc(size)) != NULL);
        memset(blocks[i], 1, size);
    }
}

static void drop(void) {
    for (int i = 0; i < COUNT; i++)
        free(blocks[i]);
}

int main(void) {
    limit_time(60);
    const char *reclaim = getenv("EBB_RECLAIM");
    bool stays = reclaim != NULL && strcmp(reclaim, "off") == 0;
    if (!stays && getenv("EBB_RECLAIM_DELAY_MS") == NULL) {
        setenv("EBB_RECLAIM_DELAY_MS", "3600000", 1);
        execl("/proc/self/exe", "tails", (char *)NULL);
        CHECK(!"runs itself again");
    }
    size_t before = resident();
    make(WHOLE);
    drop();
    make(PART);
    size_t held = resident() - before;
    dprintf(1, "%zu MiB are held, %zu are in use\n", held >> 20,
            (size_t)COUNT * PART >> 20);
    CHECK((held > (size_t)COUNT * PART + MORE) == stays);
    for (int i = 0; i < COUNT; i++)
        CHECK(blocks[i][0] == 1 && blocks[i][PART - 1] == 1);
    drop();
    return 0;
}

/* Holes behind huge pages while the process is busy: they stay where they are less than
 * an eighth of a region, and go where they are more. The reclaimer's steps are taken by
 * hand, with ebb's parts linked in: EBB_RECLAIM=manual. */
#include <string.h>

#include "account.h"
#include "reclaim.h"
#include "resident.h"

enum {
    COUNT = 200000,
    SIZE = 512,
    HOLE = 64, /* neighbouring blocks that are freed, of FEW or MANY: eight pages */
    FEW = 1024,
    MANY = 256,
    LOOKS = 6,
};

static char *blocks[COUNT];

static bool never(void) {
    return false;
}

/* Two ticks, before each of which this thread's cache has changed, so that it is busy. */
static void look(void) {
    static void *block;
    for (int i = 0; i < TICKS_PER_DELAY; i++) {
        free(block);
        memset(block = malloc(1000 + (size_t)i * 100), 1, 100);
        struct reclaim_view view;
        reclaim_tick(&view, never);
        CHECK(!view.quiet);
    }
}

/* HOLE of so many neighbours. */
static void make_holes(int of) {
    for (int i = 0; i < COUNT; i++)
        if (i % of < HOLE) {
            free(blocks[i]);
            blocks[i] = NULL;
        }
}

/* Makes holes, and looks; returns the bytes that went. */
static size_t give_back(int of) {
    make_holes(of);
    size_t before = resident();
    for (int i = 0; i < LOOKS; i++)
        look();
    size_t after = resident(), gone = before > after ? before - after : 0;
    dprintf(1, "%d of %d are free: %zu MiB went, %zu MiB of huge pages are left\n", HOLE,
            of, gone >> 20, account_number("huge_page_bytes") >> 20);
    return gone;
}

int main(void) {
    warm_memory();
    reclaim_begin();
    for (int i = 0; i < COUNT; i++)
        memset(blocks[i] = malloc(SIZE), 1, SIZE);
    size_t huge = account_number("huge_page_bytes");
    if (huge < (size_t)COUNT * SIZE / 2) {
        dprintf(1, "skipped: the kernel had no huge pages for most of it\n");
        return 77;
    }
    CHECK(give_back(FEW) <= 4 << 20);
    CHECK(account_number("huge_page_bytes") + (4 << 20) >= huge);
    CHECK(give_back(MANY) >= (size_t)COUNT * SIZE / 8);
    CHECK(account_number("huge_page_bytes") < huge / 4);
    return 0;
}

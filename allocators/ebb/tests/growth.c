/* Holes behind huge pages: kept while the heap grows, given back once it has stopped. The
 * reclaimer's steps are taken by hand, with ebb's parts linked in: EBB_RECLAIM=manual. */
#include <string.h>

#include "account.h"
#include "reclaim.h"
#include "resident.h"

enum {
    COUNT = 200000,
    SIZE = 500,
    KEPT_OF = 100, /* one of so many stays */
    LOOKS = 6,
    GROWTH = 8 << 20, /* between two looks; 100 MiB are there */
    HUGE_PAGE = 2 << 20,
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
        memset(block = malloc(100 + (size_t)i * 100), 1, 100);
        struct reclaim_view view;
        reclaim_tick(&view, never);
        CHECK(!view.quiet);
    }
}

static void grow(size_t bytes) {
    enum { BLOCK = 1000 };
    for (size_t i = 0; i < bytes / BLOCK; i++)
        memset(malloc(BLOCK), 1, BLOCK);
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
    for (int i = 0; i < COUNT; i++)
        if (i % KEPT_OF != 0)
            free(blocks[i]);
    size_t before = resident();
    for (int i = 0; i < LOOKS; i++) {
        grow(GROWTH);
        look();
    }
    CHECK(account_number("huge_page_bytes") >= huge);
    CHECK(resident() >= before);
    before = resident();
    for (int i = 0; i < LOOKS; i++)
        look();
    size_t holes = COUNT / KEPT_OF * ((size_t)(KEPT_OF - 1) * SIZE - 2 * 4096);
    dprintf(1, "huge pages %zu MiB, then %zu; %zu MiB went, of %zu\n", huge >> 20,
            account_number("huge_page_bytes") >> 20, (before - resident()) >> 20,
            holes >> 20);
    CHECK(account_number("huge_page_bytes") < huge / 2);
    CHECK(before - resident() >= holes);
    return 0;
}

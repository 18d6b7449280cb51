/* Holes behind huge pages while the process is busy: they stay where they are less than
 * an eighth of a region, and go where they are more. The reclaimer's steps are taken by
 * hand, with ebb's parts linked in: EBB_RECLAIM=manual. The argument is the case. */
#include <string.h>

#include "account.h"
#include "reclaim.h"
#include "resident.h"

enum {
    HEAP_MIB = 96,
    BLOCKS_MAX = 200000,
    HOLE = 64, /* neighbouring blocks that are freed at a time */
    LOOKS = 6,
    SLACK_MIB = 4, /* what the rest of the process may add or lose */
};

static char *blocks[BLOCKS_MAX];
static size_t count, huge_mib; /* of the heap that make_heap() made */
static size_t changing; /* what the next look() frees in each second slab; 0: nothing */

static bool never(void) {
    return false;
}

/* Two ticks, before each of which this thread's cache has changed, so that it is busy. */
static void look(void) {
    static void *block;
    for (size_t i = changing; changing > 0 && i < count; i += 256) {
        free(blocks[i]);
        blocks[i] = NULL;
    }
    changing += changing > 0;
    for (int i = 0; i < TICKS_PER_DELAY; i++) {
        free(block);
        memset(block = malloc(1000 + (size_t)i * 100), 1, 100);
        struct reclaim_view view;
        reclaim_tick(&view, never);
        CHECK(!view.quiet);
    }
}

/* Of blocks of this size, which lie one behind the other. */
static void make_heap(size_t size) {
    count = ((size_t)HEAP_MIB << 20) / size;
    CHECK(count <= BLOCKS_MAX);
    for (size_t i = 0; i < count; i++)
        memset(blocks[i] = malloc(size), 1, size);
    huge_mib = account_number("huge_page_bytes") >> 20;
    if (huge_mib < HEAP_MIB / 2) {
        dprintf(1, "skipped: the kernel had no huge pages for most of it\n");
        exit(77);
    }
}

/* HOLE of so many neighbours. */
static void make_holes(size_t of) {
    for (size_t i = 0; i < count; i++)
        if (i % of < HOLE) {
            free(blocks[i]);
            blocks[i] = NULL;
        }
}

/* The MiB that looks give back. */
static size_t give_back(void) {
    size_t before = resident();
    for (int i = 0; i < LOOKS; i++)
        look();
    size_t after = resident(), gone = before > after ? before - after : 0;
    dprintf(1, "%zu MiB went, %zu MiB of huge pages are left\n", gone >> 20,
            account_number("huge_page_bytes") >> 20);
    return gone >> 20;
}

static void everything_stays(void) {
    CHECK(give_back() <= SLACK_MIB);
    CHECK((account_number("huge_page_bytes") >> 20) + SLACK_MIB >= huge_mib);
}

static void at_least_goes(size_t mib) {
    CHECK(give_back() + SLACK_MIB >= mib);
    CHECK(account_number("huge_page_bytes") >> 20 < huge_mib / 4);
}

/* A region has 6 or 7 holes of eight pages where HOLE of 640 neighbours are free, and 10
 * or 11 of at least seven where HOLE of 384 are. An eighth of it is 64 pages. */
static void holes(size_t of, bool stay) {
    make_heap(512);
    make_holes(of);
    if (stay)
        everything_stays();
    else
        at_least_goes(HEAP_MIB * HOLE / of);
}

/* Half of the blocks are free, but a page holds eight of them: only where neighbours are
 * free too, a whole page can go, and at first these are a thirty-second of all. */
static void scattered(void) {
    make_heap(512);
    for (size_t i = 0; i < count; i++)
        if (i % 2 == 0 || i % 512 < 16)
            free(blocks[i]);
    everything_stays();
    for (size_t i = 0; i < count; i++)
        if (i % 2 != 0 && i % 512 >= 16 && i % 256 < HOLE)
            free(blocks[i]);
    at_least_goes(HEAP_MIB * HOLE / 256);
}

/* An eighth and more of every slab is free, but each second slab changes from look to
 * look: what stays unused is less than an eighth, until that ends. */
static void changes(void) {
    make_heap(512);
    for (size_t i = 0; i < count; i++)
        if (i % 128 < 24) {
            free(blocks[i]);
            blocks[i] = NULL;
        }
    changing = 128 + 64; /* 128 blocks are a slab */
    everything_stays();
    changing = 0;
    at_least_goes(HEAP_MIB * 24 / 128);
}

/* Nothing is free, but a quarter of each slab lies behind its last block. */
static void slab_ends(void) {
    make_heap(24576);
    at_least_goes(HEAP_MIB / 3); /* two blocks of 24 KiB in 64 */
}

static void run_ends(bool stay) {
    if (stay) {
        make_heap(120 << 10); /* in 128 KiB: a sixteenth */
        everything_stays();
    } else {
        make_heap(100 << 10); /* almost a quarter */
        at_least_goes(HEAP_MIB * 28 / 100);
    }
}

int main(int argc, char **argv) {
    const char *wanted = argc > 1 ? argv[1] : "";
    warm_memory();
    reclaim_begin();
    if (strcmp(wanted, "below") == 0)
        holes(640, true);
    else if (strcmp(wanted, "above") == 0)
        holes(384, false);
    else if (strcmp(wanted, "scattered") == 0)
        scattered();
    else if (strcmp(wanted, "changes") == 0)
        changes();
    else if (strcmp(wanted, "slab_ends") == 0)
        slab_ends();
    else if (strcmp(wanted, "short_run_ends") == 0)
        run_ends(true);
    else if (strcmp(wanted, "long_run_ends") == 0)
        run_ends(false);
    else if (strcmp(wanted, "never_idle") == 0)
        holes(640, false); /* without membarrier nothing is spared */
    else
        return 2;
    return 0;
}

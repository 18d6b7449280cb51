/* Memory that can't be given back, because it is locked: the program works, everything
 * else goes, and the reclaimer sleeps instead of trying for ever.
 *
 * usage: locked all     mlockall, before and after the heap has grown
 *        locked page    one locked page in a block that is freed */
#include <string.h>
#include <sys/mman.h>

#include "account.h"
#include "child.h"
#include "resident.h"

enum {
    BLOCKS = 20000,
    KEPT_EVERY = 50,
    LARGE = 4 << 20,
    HUGE = 2 << 20,
    PAGE = 4096,
    PATIENCE_MS = 8000
};

static unsigned char *blocks[BLOCKS];

static size_t size_of(int i) {
    return i % 100 == 0 ? 100000 : 1 + (size_t)i * 31 % 1500;
}

static void fill(void) {
    for (int i = 0; i < BLOCKS; i++) {
        CHECK((blocks[i] = calloc(1, size_of(i))) != NULL);
        for (size_t at = 0; at < size_of(i); at++)
            CHECK(blocks[i][at] == 0);
        memset(blocks[i], 1 + i % 255, size_of(i));
    }
}

static void thin_out(void) {
    for (int i = 0; i < BLOCKS; i++)
        if (i % KEPT_EVERY != 0)
            free(blocks[i]);
}

static void check_and_free_kept(void) {
    for (int i = 0; i < BLOCKS; i += KEPT_EVERY) {
        for (size_t at = 0; at < size_of(i); at++)
            CHECK(blocks[i][at] == 1 + i % 255);
        free(blocks[i]);
    }
}

static void expect_sleep(void) {
    if (account_comes_to_say("reclaimer", "asleep", PATIENCE_MS))
        return;
    dprintf(2, "the reclaimer is %s\n",
            account_says("reclaimer", "none") ? "not there" : "still awake");
    CHECK(!"the reclaimer sleeps");
}

static void lock_all(void) {
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
        dprintf(1, "skipped: this process may not lock its memory\n");
        _exit(77);
    }
}

static void all(void) {
    for (int round = 0; round < 2; round++) {
        if (round == 0)
            lock_all(); /* the heap grows within the locked address space */
        fill();
        thin_out();
        expect_sleep();
        ebb_collect();
        check_and_free_kept();
        expect_sleep();
    }
    /* Unlocked, what stayed is given back once there is reason to look again. */
    CHECK(munlockall() == 0);
    fill();
    size_t full = resident();
    thin_out();
    check_and_free_kept();
    for (int ms = 0; ms < PATIENCE_MS && resident() > full / 2; ms += 20)
        usleep(20000);
    CHECK(resident() <= full / 2);
    expect_sleep();
}

static void page(void) {
    memset(blocks, 0, sizeof blocks);
    free(malloc(2 * LARGE)); /* untouched: for the reclaimer */
    size_t empty = resident();
    unsigned char *large = malloc(LARGE);
    CHECK(large != NULL);
    memset(large, 7, LARGE);
    /* low in what would be given back in one piece, so that the rest lies behind it */
    unsigned char *locked = large + HUGE - (uintptr_t)large % HUGE + PAGE;
    if (mlock(locked, PAGE) != 0) {
        dprintf(1, "skipped: this process may not lock a page\n");
        _exit(77);
    }
    fill();
    thin_out();
    check_and_free_kept();
    free(large);
    size_t allowed = empty + (512 << 10), now = 0;
    for (int ms = 0; ms < PATIENCE_MS && (now = resident()) > allowed; ms += 20)
        usleep(20000);
    if (now > allowed)
        dprintf(2, "%zu KiB stay for one locked page\n", (now - empty) >> 10);
    CHECK(now <= allowed);
    expect_sleep();
    large = calloc(1, LARGE); /* and is not taken for zero */
    for (int at = 0; at < LARGE; at++)
        CHECK(large[at] == 0);
    free(large);
    fill();
    thin_out();
    check_and_free_kept();
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    limit_time(100);
    if (strcmp(argv[1], "all") == 0)
        all();
    else if (strcmp(argv[1], "page") == 0)
        page();
    else
        CHECK(!"usage: locked all|page");
    return 0;
}

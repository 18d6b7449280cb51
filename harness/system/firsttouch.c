/* See firsttouch.h. */
#include "firsttouch.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "clock.h"
#include "stats.h"

enum { PAGE = 4096, PIECE = 2 << 20, PIECES = FIRST_TOUCH_MIB / 2 };

/* Nanoseconds that each piece takes, a byte in each page. */
static void touch(volatile char *memory, double *ret_ns) {
    for (size_t piece = 0; piece < PIECES; piece++) {
        uint64_t before = clock_now_ns();
        for (size_t i = 0; i < PIECE; i += PAGE)
            memory[piece * PIECE + i] = 1;
        ret_ns[piece] = (double)(clock_now_ns() - before);
    }
}

static bool is_huge(char *memory) {
    unsigned char resident[PIECE / PAGE] = {0};
    *(volatile char *)memory = 1;
    return mincore(memory, PIECE, resident) == 0 && (resident[PIECE / PAGE - 1] & 1);
}

/* Room for the pieces, and one more to try, from a multiple of a huge page. */
enum { ROOM = PIECES + 2 };

/* Median over the pieces, in microseconds; 0 where huge pages are not to be had. */
static double measure(char *mapping, bool huge) {
    char *memory = mapping + (PIECE - (uintptr_t)mapping % PIECE) % PIECE;
    double ns[PIECES];
    bool can = madvise(mapping, (size_t)ROOM * PIECE,
                       huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) == 0;
    if (huge && (!can || !is_huge(memory)))
        return 0;
    touch(memory + (huge ? PIECE : 0), ns);
    return stats_median(ns, PIECES) / 1000;
}

/* Both at once, so that neither gets the memory that the other has just used. */
int first_touch_measure(struct first_touch *ret) {
    size_t bytes = (size_t)ROOM * PIECE;
    char *mapping = mmap(NULL, 2 * bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED)
        return -errno;
    ret->page_us = measure(mapping, false) / ((double)PIECE / PAGE);
    ret->huge_page_us = measure(mapping + bytes, true);
    munmap(mapping, 2 * bytes);
    return 0;
}

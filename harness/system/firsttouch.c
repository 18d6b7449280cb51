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

/* Median over the pieces, in microseconds; 0 where huge pages are not to be had. */
static int measure(bool huge, double *ret_us) {
    /* one more: to begin at a multiple of a huge page, and to try one */
    size_t bytes = (PIECES + 2) * (size_t)PIECE;
    char *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED)
        return -errno;
    char *memory = mapping + (PIECE - (uintptr_t)mapping % PIECE) % PIECE;
    bool can = madvise(mapping, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) == 0;
    double ns[PIECES];
    *ret_us = 0;
    if (!huge || (can && is_huge(memory))) {
        touch(memory + (huge ? PIECE : 0), ns);
        *ret_us = stats_median(ns, PIECES) / 1000;
    }
    munmap(mapping, bytes);
    return 0;
}

int first_touch_measure(struct first_touch *ret) {
    int error = measure(false, &ret->page_us);
    ret->page_us /= (double)PIECE / PAGE;
    return error ? error : measure(true, &ret->huge_page_us);
}

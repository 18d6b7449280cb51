/*
 * Measures what a program holds while it runs, call by call, so that a test can compare a
 * replay with the program itself. Bytes held are the sum of malloc_usable_size(). The C
 * library's own account stands beside them: it also counts calls that are not seen here.
 * recorder.c has the functions that replace malloc's; this file replaces its buffer.c.
 *
 * When the process exits, METER_OUT gets a line for each of at most INTERVALS intervals
 * of the run: number of the last call, fewest and most bytes held, bytes in use by
 * malloc's own account, bytes that malloc has obtained from the system.
 */
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"

enum { INTERVALS = 2048 };

struct interval {
    uint64_t calls;
    int64_t least, most;
    size_t used, obtained;
};

/* The lock protects everything: a meter may be slow. */
static struct {
    uint64_t calls, every; /* calls of an interval; doubled when the table is full */
    int64_t held;
    struct interval now, past[INTERVALS];
    size_t count;
} meter = {.every = 16};
static atomic_flag lock = ATOMIC_FLAG_INIT;
static const char *path;
static pid_t owner; /* a forked child writes nothing */

/* Merges each two intervals into one. */
static void halve(void) {
    for (size_t i = 0; i < INTERVALS / 2; i++) {
        const struct interval *first = &meter.past[2 * i], *second = first + 1;
        struct interval both = *second;
        both.least = first->least < both.least ? first->least : both.least;
        both.most = first->most > both.most ? first->most : both.most;
        meter.past[i] = both;
    }
    meter.count = INTERVALS / 2;
    meter.every *= 2;
}

static void end_interval(void) {
    struct mallinfo2 info = mallinfo2();
    meter.now.calls = meter.calls;
    meter.now.used = info.uordblks + info.hblkhd;
    meter.now.obtained = info.arena + info.hblkhd;
    if (meter.count == INTERVALS)
        halve();
    meter.past[meter.count++] = meter.now;
    meter.now.least = meter.now.most = meter.held;
}

/* recorder.c calls it before a block is freed or moved, and after it was obtained. */
void buffer_note(enum raw_op op, const void *block, size_t size, unsigned align_log2) {
    (void)align_log2;
    static __thread size_t moving; /* bytes that the current realloc took from `held` */
    if (!path)
        return;
    size_t bytes = malloc_usable_size((void *)block);
    while (atomic_flag_test_and_set(&lock))
        ;
    meter.held +=
        op == RAW_FREE || op == RAW_REALLOC_FROM ? -(int64_t)bytes : (int64_t)bytes;
    if (op == RAW_REALLOC_FROM)
        moving = bytes;
    else if (op == RAW_REALLOC_TO && !block && size)
        meter.held += (int64_t)moving; /* it failed */
    if (op != RAW_REALLOC_FROM) {
        if (meter.held < meter.now.least)
            meter.now.least = meter.held;
        if (meter.held > meter.now.most)
            meter.now.most = meter.held;
        if (++meter.calls % meter.every == 0)
            end_interval();
    }
    atomic_flag_clear(&lock);
}

void buffer_open(char **envp) {
    for (; *envp; envp++)
        if (strncmp(*envp, "METER_OUT=", 10) == 0)
            path = *envp + 10;
    owner = getpid();
}

__attribute__((destructor)) static void finish(void) {
    FILE *out = path && owner == getpid() ? fopen(path, "w") : NULL;
    path = NULL;
    if (!out)
        return;
    for (size_t i = 0; i < meter.count; i++)
        fprintf(out, "%lu %ld %ld %zu %zu\n", meter.past[i].calls, meter.past[i].least,
                meter.past[i].most, meter.past[i].used, meter.past[i].obtained);
    fclose(out);
}

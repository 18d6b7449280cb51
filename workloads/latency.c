#include "latency.h"

#include <stdlib.h>
#include <time.h>

#include "histogram.h"
#include "memory.h"
#include "say.h"

enum call { MALLOC, REALLOC, FREE, CALLS };

static const char *const names[CALLS] = {
    [MALLOC] = "malloc", [REALLOC] = "realloc", [FREE] = "free"};

struct histograms {
    struct histogram of[CALLS];
};

static struct histograms *all; /* by thread; each thread writes only its own */
static unsigned count;
static uint64_t clock_ns; /* what one reading of the clock costs */

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t measure_clock(void) {
    enum { READINGS = 20000 };
    struct histogram *passed = memory_map(sizeof *passed);
    uint64_t before = now_ns();
    for (int i = 0; i < READINGS; i++) {
        uint64_t now = now_ns();
        histogram_add(passed, now - before);
        before = now_ns(); /* again, to leave out histogram_add() */
    }
    uint64_t median = histogram_quantile(passed, 0.5);
    memory_unmap(passed, sizeof *passed);
    return median;
}

void latency_setup(unsigned threads) {
    count = threads + 1;
    all = memory_map(count * sizeof *all);
    clock_ns = measure_clock();
}

static void add(unsigned thread, enum call call, uint64_t from, uint64_t to) {
    uint64_t passed = to - from;
    histogram_add(&all[thread].of[call], passed > clock_ns ? passed - clock_ns : 0);
}

void *latency_malloc(unsigned thread, size_t size) {
    uint64_t from = now_ns();
    void *block = malloc(size);
    uint64_t to = now_ns();
    add(thread, MALLOC, from, to);
    return block;
}

void *latency_realloc(unsigned thread, void *block, size_t size) {
    uint64_t from = now_ns();
    void *moved = realloc(block, size);
    uint64_t to = now_ns();
    add(thread, REALLOC, from, to);
    return moved;
}

void latency_free(unsigned thread, void *block) {
    uint64_t from = now_ns();
    free(block);
    uint64_t to = now_ns();
    add(thread, FREE, from, to);
}

void latency_forget(void) {
    for (unsigned i = 0; all != NULL && i < count; i++)
        all[i] = (struct histograms){0};
}

static void report_call(enum call call, struct histogram *sum) {
    *sum = (struct histogram){0};
    for (unsigned i = 0; i < count; i++)
        histogram_merge(sum, &all[i].of[call]);
    say("latency call=%s count=%llu clock=%llu p50=%llu p99=%llu p999=%llu p9999=%llu "
        "max=%llu over1us=%llu over10us=%llu over100us=%llu over1ms=%llu over10ms=%llu",
        names[call], (unsigned long long)sum->total, (unsigned long long)clock_ns,
        (unsigned long long)histogram_quantile(sum, 0.5),
        (unsigned long long)histogram_quantile(sum, 0.99),
        (unsigned long long)histogram_quantile(sum, 0.999),
        (unsigned long long)histogram_quantile(sum, 0.9999), (unsigned long long)sum->max,
        (unsigned long long)histogram_from(sum, 1000),
        (unsigned long long)histogram_from(sum, 10000),
        (unsigned long long)histogram_from(sum, 100000),
        (unsigned long long)histogram_from(sum, 1000000),
        (unsigned long long)histogram_from(sum, 10000000));
}

void latency_report(void) {
    struct histogram *sum = memory_map(sizeof *sum);
    for (int call = 0; call < CALLS; call++)
        report_call((enum call)call, sum);
    memory_unmap(sum, sizeof *sum);
}

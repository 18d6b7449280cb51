/* Profiles: a trace made by hand, whose every figure is known; the model of places. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "placement.h"
#include "profile.h"
#include "profile_figures.h"
#include "trace.h"

enum { ROUNDS = 1000, PAUSE = 200 };

/*
 * Thread 0 makes, in each of 1,000 rounds, a 40-byte object that it frees at once, a
 * 16,368-byte one that grows from 100 and that thread 1 frees after the peak, and a
 * 200-byte one that is still there at idle. 200 more of the first lie between the last
 * round and the frees, so that nothing else is short-lived.
 */
static struct trace make(void) {
    struct trace trace;
    assert_int_equal(trace_allocate(&trace, ROUNDS * 6 + PAUSE * 2 + 1), 0);
    trace.objects = 1 + 2 * ROUNDS;
    trace.threads = 2;
    struct trace_record *at = trace.records;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t stays = 1 + 2 * i, large = stays + 1;
        *at++ = (struct trace_record){.op = TRACE_MALLOC, .object = 0, .size = 40};
        *at++ = (struct trace_record){.op = TRACE_FREE, .object = 0};
        *at++ = (struct trace_record){.op = TRACE_CALLOC, .object = stays, .size = 200};
        *at++ = (struct trace_record){.op = TRACE_MALLOC, .object = large, .size = 100};
        *at++ =
            (struct trace_record){.op = TRACE_REALLOC, .object = large, .size = 16368};
    }
    for (uint32_t i = 0; i < PAUSE; i++) {
        *at++ = (struct trace_record){.op = TRACE_MALLOC, .object = 0, .size = 40};
        *at++ = (struct trace_record){.op = TRACE_FREE, .object = 0};
    }
    for (uint32_t i = 0; i < ROUNDS; i++)
        *at++ = (struct trace_record){.op = TRACE_FREE, .object = 2 + 2 * i, .thread = 1};
    *at++ = (struct trace_record){.op = TRACE_IDLE};
    assert_ptr_equal(at, trace.records + trace.count);
    return trace;
}

static void counts_what_is_there(void **state) {
    (void)state;
    struct trace trace = make();
    struct profile p;
    assert_int_equal(profile_make(&trace, &p), 0);
    assert_int_equal(p.allocated.objects, 3 * ROUNDS + PAUSE);
    assert_int_equal(p.allocated.bytes, 340 * ROUNDS + 40 * PAUSE);
    assert_int_equal(p.calloced.objects, ROUNDS);
    assert_int_equal(p.sizes[3].objects, ROUNDS + PAUSE); /* <= 64 */
    assert_int_equal(p.sizes[4].objects, ROUNDS);         /* <= 128 */
    assert_int_equal(p.sizes[5].objects, ROUNDS);         /* <= 256 */
    assert_int_equal(p.reallocs, ROUNDS);
    assert_int_equal(p.growing, ROUNDS);
    assert_int_equal(p.freed.objects, 2 * ROUNDS + PAUSE);
    assert_int_equal(p.remote.objects, ROUNDS);
    assert_int_equal(p.remote.bytes, 16368 * ROUNDS);
    assert_int_equal(p.lives[0], ROUNDS + PAUSE);
    assert_int_equal(p.fates[PROFILE_SHORT].objects, ROUNDS + PAUSE);
    assert_int_equal(p.fates[PROFILE_PHASE].objects, 0);
    assert_int_equal(p.fates[PROFILE_BUILD].bytes, 16368 * ROUNDS);
    assert_int_equal(p.fates[PROFILE_OUTLIVES].bytes, 200 * ROUNDS);
    assert_int_equal(p.peak.bytes, (200 + 16368) * ROUNDS + 40);
    assert_int_equal(p.survivors.objects, ROUNDS);
    assert_int_equal(p.thread_allocations[0], 3 * ROUNDS + PAUSE);
    assert_int_equal(p.thread_frees[1], ROUNDS);
    assert_int_equal(p.live[PROFILE_POINTS - 1], 200 * ROUNDS);
    /* 200 bytes lie in blocks of 224: 292 in a slab, which is 16 pages less 128 bytes. */
    assert_int_equal(p.pages[0], 3 * 16 + (124 * 224 + 4095) / 4096);
    assert_int_equal(p.pages[1], 4);
    profile_finish(&p);
    trace_free(&trace);
}

static void only_large_shares_can_differ(void **state) {
    (void)state;
    struct profile_figure a = {.kind = FIGURE_SHARE, .value = 8}, b = a;
    b.value = 9.9;
    assert_false(profile_figures_differ(&a, &b));
    b.value = 10.1;
    assert_true(profile_figures_differ(&a, &b));
    b.value = 5.9;
    assert_true(profile_figures_differ(&a, &b));
    a.value = 0; /* nothing there and something here */
    assert_true(profile_figures_differ(&a, &b));
    a.value = 1;
    b.value = 4.9; /* neither holds 5 % */
    assert_false(profile_figures_differ(&a, &b));
    a.kind = b.kind = FIGURE_NUMBER;
    b.value = 1000;
    assert_false(profile_figures_differ(&a, &b));
}

/* Five objects of 4 GiB less a byte do not fit into the model. */
static void a_trace_that_is_too_large_is_told_from_a_lack_of_memory(void **state) {
    (void)state;
    struct trace trace;
    struct profile p;
    assert_int_equal(trace_allocate(&trace, 5), 0);
    trace.objects = 5;
    trace.threads = 1;
    for (uint32_t i = 0; i < 5; i++)
        trace.records[i] =
            (struct trace_record){.op = TRACE_MALLOC, .object = i, .size = UINT32_MAX};
    assert_int_equal(profile_make(&trace, &p), -EFBIG);
    trace_free(&trace);
}

static void places_are_the_lowest_free(void **state) {
    (void)state;
    struct placement *placement = placement_create(4096);
    for (uint32_t i = 0; i < 4096; i++) /* 64 a page */
        assert_int_equal(placement_put(placement, i, 64), 0);
    assert_int_equal(placement_pages(placement, 0), 64);
    assert_int_equal(placement_pages(placement, 4), 4);
    for (uint32_t i = 0; i < 4096; i++)
        if (i % 64)
            placement_take(placement, i);
    assert_int_equal(placement_pages(placement, 0), 64); /* one object on each */
    for (uint32_t i = 1; i < 64; i++)
        assert_int_equal(placement_put(placement, i, 60), 0);
    assert_int_equal(placement_pages(placement, 0), 64); /* all on the first page */
    assert_int_equal(placement_resize(placement, 1, 64), 0);
    assert_int_equal(placement_pages(placement, 0), 64);
    assert_int_equal(placement_resize(placement, 1, 200000), 0); /* 49 pages of a run */
    assert_int_equal(placement_pages(placement, 0), 64 + 49);
    placement_take(placement, 1);
    for (uint32_t i = 0; i < 4096; i += 64)
        placement_take(placement, i);
    assert_int_equal(placement_pages(placement, 0), 1);
    placement_destroy(placement);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_is_there),
        cmocka_unit_test(only_large_shares_can_differ),
        cmocka_unit_test(a_trace_that_is_too_large_is_told_from_a_lack_of_memory),
        cmocka_unit_test(places_are_the_lowest_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Lifetimes of a trace's objects: what their new numbers keep, and whom they let go on.
 */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "lifetimes.h"
#include "memory.h"

enum { THREADS = 3, LIVE = 50, RECORDS = 20000, WINDOW = 500, KINDS = 1000 };

static uint8_t kinds[KINDS]; /* by new number, of the last that was separated */

static const uint8_t lane_of[THREADS] = {0, 1, 2};
static const uint8_t one_lane[THREADS] = {0, 0, 0};

/* Calls by chance, with numbers that are used again last in, first out, as the recorder
 * gives them. */
static struct trace make_trace(void) {
    struct trace trace;
    assert_int_equal(trace_allocate(&trace, RECORDS), 0);
    uint32_t live[LIVE], spare[LIVE], count = 0, spares = 0;
    srand(7);
    for (size_t i = 0; i < RECORDS; i++) {
        struct trace_record *record = &trace.records[i];
        record->thread = (uint16_t)(rand() % THREADS);
        int die = rand() % 5;
        if (count == 0 || (count < LIVE && die < 2)) {
            record->op = TRACE_MALLOC;
            record->object = spares > 0 ? spare[--spares] : trace.objects++;
            record->size = (uint32_t)i;
            live[count++] = record->object;
        } else if (die < 4) {
            uint32_t which = (uint32_t)rand() % count;
            record->op = TRACE_FREE;
            record->object = spare[spares++] = live[which];
            live[which] = live[--count];
        } else {
            record->op = TRACE_REALLOC;
            record->object = live[(uint32_t)rand() % count];
            record->size = (uint32_t)i;
        }
    }
    trace.count = RECORDS;
    trace.threads = THREADS;
    trace.sample = trace.time_unit_ns = 1;
    return trace;
}

/* Every seventh object is of the second kind. */
static void separate(struct trace *trace, const uint8_t *lanes, unsigned count) {
    uint8_t *kind_of = memory_map(trace->objects + (size_t)1);
    for (uint32_t i = 0; i < trace->objects; i++)
        kind_of[i] = i % 7 == 0;
    kind_of = lifetimes_separate(trace, lanes, count, WINDOW, kind_of);
    memcpy(kinds, kind_of, trace->objects < KINDS ? trace->objects : KINDS);
    memory_unmap(kind_of, trace->objects + (size_t)1);
}

/* Allocations of a number that another lane has freed, at most `window` records ago. */
static size_t count_waits(const struct trace *trace, size_t window) {
    size_t waits = 0;
    size_t *freed = calloc(trace->objects, sizeof *freed);
    uint16_t *by = calloc(trace->objects, sizeof *by);
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_record *record = &trace->records[i];
        if (record->op == TRACE_FREE) {
            freed[record->object] = i + 1;
            by[record->object] = record->thread;
        } else if (record->op == TRACE_MALLOC && freed[record->object] > 0) {
            waits += by[record->object] != record->thread &&
                     i + 1 - freed[record->object] <= window;
        }
    }
    free(freed);
    free(by);
    return waits;
}

static void nobody_waits_for_an_unrelated_free(void **state) {
    (void)state;
    struct trace trace = make_trace();
    assert_true(count_waits(&trace, WINDOW) > RECORDS / 10); /* the control */
    separate(&trace, lane_of, THREADS);
    assert_int_equal(count_waits(&trace, WINDOW), 0);
    assert_true(trace.objects < LIVE + 2 * WINDOW);
    trace_free(&trace);
}

static void calls_and_lifetimes_stay(void **state) {
    (void)state;
    struct trace before = make_trace(), after = make_trace();
    separate(&after, lane_of, THREADS);
    struct trace_fault fault;
    assert_int_equal(trace_check(&after, "after", &fault), 0);
    uint32_t current[LIVE]; /* the new number, by the old one */
    for (size_t i = 0; i < RECORDS; i++) {
        const struct trace_record *old = &before.records[i], *new = &after.records[i];
        assert_int_equal(old->op, new->op);
        assert_int_equal(old->size, new->size);
        assert_int_equal(old->thread, new->thread);
        if (old->op == TRACE_MALLOC)
            current[old->object] = new->object;
        assert_int_equal(current[old->object], new->object);
        assert_int_equal(kinds[new->object], old->object % 7 == 0);
    }
    trace_free(&before);
    trace_free(&after);
}

static void one_worker_needs_no_more_numbers(void **state) {
    (void)state;
    struct trace trace = make_trace();
    uint32_t objects = trace.objects;
    separate(&trace, one_lane, 1);
    assert_int_equal(trace.objects, objects);
    trace_free(&trace);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_waits_for_an_unrelated_free),
        cmocka_unit_test(calls_and_lifetimes_stay),
        cmocka_unit_test(one_worker_needs_no_more_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

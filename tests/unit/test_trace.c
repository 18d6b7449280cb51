/* Traces: what is written is read again; every fault is told with its place. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "file.h"
#include "trace.h"

enum {
    RECORDS = 100000,
    OBJECTS = 1000,
    THREADS = 3,
    IDLE_AT = 49000, /* in place of a resize, which nothing lacks */
};

static char path[] = "/tmp/tidemark-trace-XXXXXX";

/* Objects come and go in turn: each is allocated, resized and freed, by three threads. */
static struct trace make(void) {
    static const enum trace_op first[] = {TRACE_MALLOC, TRACE_CALLOC, TRACE_ALIGNED};
    struct trace trace;
    assert_int_equal(trace_allocate(&trace, RECORDS), 0);
    trace.objects = OBJECTS;
    trace.threads = THREADS;
    trace.sample = 16;
    trace.time_unit_ns = 100;
    for (uint32_t i = 0; i < RECORDS; i++) {
        uint32_t turn = i / OBJECTS;
        enum trace_op op = turn % 3 == 0   ? first[turn / 3 % 3]
                           : turn % 3 == 1 ? TRACE_REALLOC
                                           : TRACE_FREE;
        trace.records[i] = (struct trace_record){
            .time_ns = (uint64_t)i * 700,
            .object = i * 7 % OBJECTS,
            .size = op == TRACE_FREE ? 0 : i * 2654435761U,
            .thread = (uint16_t)(i % 11 % THREADS),
            .op = (uint8_t)op,
            .align_log2 = op == TRACE_ALIGNED ? 6 : 0,
        };
    }
    trace.records[IDLE_AT] = (struct trace_record){
        .time_ns = (uint64_t)IDLE_AT * 700, .thread = 1, .op = TRACE_IDLE};
    return trace;
}

static void write_sound(void) {
    struct trace_fault fault;
    struct trace trace = make();
    assert_int_equal(trace_write(path, &trace, 3, &fault), 0);
    trace_free(&trace);
}

static void is_read_again(void **state) {
    (void)state;
    struct trace_fault fault;
    struct trace expected = make(), trace;
    write_sound();
    assert_int_equal(trace_read(path, TRACE_WHOLE, &trace, &fault), 0);
    assert_int_equal(trace.count, RECORDS);
    assert_int_equal(trace.objects, OBJECTS);
    assert_int_equal(trace.threads, THREADS);
    assert_int_equal(trace.sample, 16);
    assert_true(trace.is_complete);
    for (size_t i = 0; i < RECORDS; i++)
        assert_memory_equal(&trace.records[i], &expected.records[i],
                            sizeof expected.records[i]);
    trace_free(&trace);
    trace_free(&expected);
}

/* Writes a sound file, then changes it: cut at `length`, byte `at` set to `value`. */
static void damage(size_t length, size_t at, int value) {
    char *bytes;
    size_t whole;
    write_sound();
    assert_int_equal(file_read(path, &bytes, &whole), 0);
    if (value >= 0)
        bytes[at] = (char)value;
    FILE *file = fopen(path, "w");
    fwrite(bytes, 1, length < whole ? length : whole, file);
    fclose(file);
    free(bytes);
}

static void is_refused(enum trace_need need, const char *why) {
    struct trace_fault fault = {"nothing"};
    struct trace trace;
    assert_int_equal(trace_read(path, need, &trace, &fault), -EINVAL);
    if (!strstr(fault.text, why) || !strstr(fault.text, path))
        fail_msg("\"%s\" lacks \"%s\" or the path", fault.text, why);
}

static void damaged_files_are_refused(void **state) {
    (void)state;
    damage(SIZE_MAX, 0, 'x');
    is_refused(TRACE_WHOLE, "is not a trace");
    damage(20, 0, -1);
    is_refused(TRACE_WHOLE, "is not a trace");
    damage(0, 0, -1);
    is_refused(TRACE_WHOLE, "it is empty");
    damage(SIZE_MAX, 8, 2);
    is_refused(TRACE_WHOLE, "version 2; this program reads version 1");
    damage(SIZE_MAX, 12, 0);
    is_refused(TRACE_WHOLE, "its head is damaged");
    damage(SIZE_MAX, 32, 7);
    is_refused(TRACE_WHOLE, "the head of chunk 0 (byte 32) is damaged");
    damage(SIZE_MAX, 32 + 32 + 100, 0);
    is_refused(TRACE_WHOLE, "chunk 0 (from record 0) is damaged");
    damage(SIZE_MAX, 32 + 16, 1); /* the order of its first record */
    is_refused(TRACE_WHOLE, "damaged");
}

static void an_unfinished_file_has_a_prefix(void **state) {
    (void)state;
    struct trace_fault fault;
    struct trace trace, expected = make();
    damage(SIZE_MAX, 0, -1);
    char *bytes;
    size_t whole;
    assert_int_equal(file_read(path, &bytes, &whole), 0);
    free(bytes);
    damage(whole - 40, 0, -1); /* the end, and a piece of the last chunk */
    is_refused(TRACE_WHOLE, "is truncated");
    assert_int_equal(trace_read(path, TRACE_PREFIX, &trace, &fault), 0);
    assert_false(trace.is_complete);
    assert_true(trace.count > 0 && trace.count < RECORDS);
    for (size_t i = 0; i < trace.count; i++)
        assert_memory_equal(&trace.records[i], &expected.records[i],
                            sizeof expected.records[i]);
    trace_free(&trace);
    trace_free(&expected);
}

/* One record of a sound trace is changed: the writer refuses, as the reader would. */
static void check_record(size_t at, struct trace_record record, const char *why) {
    struct trace_fault fault = {"nothing"};
    struct trace trace = make();
    trace.records[at] = record;
    assert_int_equal(trace_write(path, &trace, 3, &fault), -EINVAL);
    if (!strstr(fault.text, why))
        fail_msg("\"%s\" lacks \"%s\"", fault.text, why);
    trace_free(&trace);
}

static void faulty_records_are_named(void **state) {
    (void)state;
    check_record(0, (struct trace_record){.op = TRACE_FREE, .object = 5, .thread = 2},
                 "record 0 (free of object 5 by thread 2): the object is not live");
    check_record(1, (struct trace_record){.op = TRACE_MALLOC, .object = 0},
                 "record 1 (malloc of object 0 by thread 0): the object is live already");
    check_record(2, (struct trace_record){.op = TRACE_MALLOC, .object = OBJECTS},
                 "record 2 (malloc of object 1000 by thread 0): its object's number");
    check_record(3, (struct trace_record){.op = TRACE_MALLOC, .thread = THREADS},
                 "its thread's number is too large");
    check_record(4, (struct trace_record){.op = TRACE_OPS}, "its operation is unknown");
    check_record(
        5, (struct trace_record){.op = TRACE_ALIGNED, .object = 35, .align_log2 = 31},
        "its alignment is too large");
    check_record(IDLE_AT, (struct trace_record){.op = TRACE_IDLE, .object = OBJECTS},
                 "record 49000 (idle of object 1000 by thread 0): it names an object");
}

/* Writing takes memory by the calls, not by the threads that made them. */
static void many_threads_take_little_memory(void **state) {
    (void)state;
    enum { MANY = 1 << 16, ROOM = 1 << 30 };
    struct rlimit before, limit;
    struct trace_fault fault = {"nothing"};
    struct trace trace;
    assert_int_equal(trace_allocate(&trace, MANY), 0);
    trace.objects = trace.threads = MANY;
    for (uint32_t i = 0; i < MANY; i++)
        trace.records[i] = (struct trace_record){
            .op = TRACE_MALLOC, .object = i, .size = i, .thread = (uint16_t)i};
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    limit = (struct rlimit){ROOM, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    int error = trace_write(path, &trace, 3, &fault);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    if (error)
        fail_msg("%s", fault.text);
    trace_free(&trace);
    assert_int_equal(trace_read(path, TRACE_WHOLE, &trace, &fault), 0);
    assert_int_equal(trace.records[MANY - 1].thread, MANY - 1);
    trace_free(&trace);
}

static void missing_files_are_told(void **state) {
    (void)state;
    struct trace_fault fault;
    struct trace trace;
    assert_int_equal(trace_read("/nonexistent/t", TRACE_WHOLE, &trace, &fault), -ENOENT);
    assert_non_null(strstr(fault.text, "/nonexistent/t: No such file"));
}

int main(void) {
    close(mkstemp(path));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_read_again),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(an_unfinished_file_has_a_prefix),
        cmocka_unit_test(faulty_records_are_named),
        cmocka_unit_test(many_threads_take_little_memory),
        cmocka_unit_test(missing_files_are_told),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}

/* The small parts of watch: sets of addresses, /proc/PID/stat, quiescence, and who is
 * lost. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "procstat.h"
#include "ranges.h"
#include "watchmeter.h"

static void ranges_join_what_they_meet(void **state) {
    (void)state;
    struct ranges ranges = {0};
    assert_int_equal(ranges_add(&ranges, 100, 200), 0);
    assert_int_equal(ranges_add(&ranges, 300, 400), 0);
    assert_int_equal(ranges_add(&ranges, 10, 20), 0);
    assert_int_equal(ranges.count, 3);
    assert_int_equal(ranges_add(&ranges, 200, 250), 0); /* touches the second */
    assert_int_equal(ranges.count, 3);
    assert_int_equal(ranges.at[1].end, 250);
    assert_int_equal(ranges_add(&ranges, 150, 350), 0); /* bridges two */
    assert_int_equal(ranges.count, 2);
    assert_int_equal(ranges.at[1].start, 100);
    assert_int_equal(ranges.at[1].end, 400);
    assert_int_equal(ranges_add(&ranges, 0, 1000), 0); /* swallows all */
    assert_int_equal(ranges.count, 1);
    assert_int_equal(ranges_add(&ranges, 5, 5), 0); /* nothing */
    assert_int_equal(ranges.count, 1);
    ranges_finish(&ranges);
}

static void ranges_meet_only_inside(void **state) {
    (void)state;
    struct ranges ranges = {0};
    assert_false(ranges_meet(&ranges, 0, 1000));
    for (uint64_t i = 1; i <= 100; i++)
        assert_int_equal(ranges_add(&ranges, i * 100, i * 100 + 50), 0);
    assert_int_equal(ranges.count, 100);
    assert_false(ranges_meet(&ranges, 0, 100));
    assert_true(ranges_meet(&ranges, 0, 101));
    assert_true(ranges_meet(&ranges, 149, 150));
    assert_false(ranges_meet(&ranges, 150, 200));
    assert_true(ranges_meet(&ranges, 150, 201));
    assert_true(ranges_meet(&ranges, 10049, 20000));
    assert_false(ranges_meet(&ranges, 10050, 20000));
    ranges_finish(&ranges);
}

static const char stat_line[] =
    "4711 (a) name (b)) S 17 4711 4711 0 -1 4194304 120 9 0 0 30 12 5 3 20 0 4 0 987654 "
    "1000 200 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 "
    "768\n";

static void stat_with_brackets_in_the_name(void **state) {
    (void)state;
    struct procstat stat;
    assert_int_equal(procstat_parse(stat_line, &stat), 0);
    assert_int_equal(stat.pid, 4711);
    assert_int_equal(stat.parent, 17);
    assert_string_equal(stat.name, "a) name (b)");
    assert_int_equal(stat.cpu_ticks, 30 + 12 + 5 + 3);
    assert_int_equal(stat.start_ticks, 987654);
    assert_int_equal(stat.threads, 4);
    assert_int_equal(stat.status, 768);
    assert_false(procstat_is_zombie(&stat));
}

static void cut_stat_is_an_error(void **state) {
    (void)state;
    size_t needed = (size_t)(strstr(stat_line, "987654") - stat_line);
    for (size_t cut = 0; cut <= needed; cut++) {
        char text[sizeof stat_line];
        struct procstat stat = {.pid = 77};
        memcpy(text, stat_line, cut);
        text[cut] = '\0';
        assert_int_equal(procstat_parse(text, &stat), -EBADMSG);
        assert_int_equal(stat.pid, 77);
    }
}

/* Samples every 250 ms; `ticks` are used in each. */
static void let_pass(struct watch_quiet *quiet, double seconds, uint64_t ticks) {
    uint64_t last_ns = 0, used = 0;
    if (quiet->count) {
        size_t newest = (quiet->count - 1) % WATCH_QUIET_SAMPLES;
        last_ns = quiet->at[newest].at_ns;
        used = quiet->at[newest].cpu_ticks;
    }
    for (int i = 0; i < (int)(seconds * 4); i++)
        watchquiet_add(quiet, last_ns += NS_PER_S / 4, used += ticks);
}

static void quiet_only_after_quiet_seconds(void **state) {
    (void)state;
    struct watch_quiet quiet = {0};
    uint64_t busy = (uint64_t)sysconf(_SC_CLK_TCK) / 4; /* one core */
    assert_false(watchquiet_is(&quiet, 5, 3));
    let_pass(&quiet, 2, 0);
    assert_false(watchquiet_is(&quiet, 5, 3)); /* not long enough to tell */
    let_pass(&quiet, 2, 0);
    assert_true(watchquiet_is(&quiet, 5, 3));
    let_pass(&quiet, 10, busy);
    assert_false(watchquiet_is(&quiet, 5, 3));
    let_pass(&quiet, 2, 0);
    assert_false(watchquiet_is(&quiet, 5, 3));
    assert_true(watchquiet_is(&quiet, 5, 1.5));
    let_pass(&quiet, 2, 0);
    assert_true(watchquiet_is(&quiet, 5, 3));
    let_pass(&quiet, 1000, 0); /* the ring goes round */
    assert_true(watchquiet_is(&quiet, 5, 3));
    assert_false(watchquiet_is(&quiet, 5, 200)); /* further back than is kept */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_join_what_they_meet),
        cmocka_unit_test(ranges_meet_only_inside),
        cmocka_unit_test(stat_with_brackets_in_the_name),
        cmocka_unit_test(cut_stat_is_an_error),
        cmocka_unit_test(quiet_only_after_quiet_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

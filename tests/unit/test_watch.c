/* The small parts of watch: sets of addresses, what /proc says, quiescence. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "mappings.h"
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

static void ranges_keep_what_both_have(void **state) {
    (void)state;
    struct ranges own = {0}, others = {0};
    ranges_add(&own, 100, 200);
    ranges_add(&own, 300, 400);
    ranges_add(&own, 500, 600);
    ranges_add(&others, 150, 350); /* cuts two, and leaves the third out */
    ranges_keep(&own, &others);
    assert_int_equal(own.count, 2);
    assert_int_equal(own.at[0].start, 150);
    assert_int_equal(own.at[0].end, 200);
    assert_int_equal(own.at[1].start, 300);
    assert_int_equal(own.at[1].end, 350);
    ranges_finish(&others);
    ranges_keep(&own, &others);
    assert_int_equal(own.count, 0);
    ranges_finish(&own);
}

static void ranges_cover_only_what_is_whole(void **state) {
    (void)state;
    struct ranges ranges = {0};
    assert_false(ranges_cover(&ranges, 0, 1));
    ranges_add(&ranges, 100, 200);
    ranges_add(&ranges, 300, 400);
    assert_true(ranges_cover(&ranges, 100, 200));
    assert_true(ranges_cover(&ranges, 399, 400));
    assert_true(ranges_cover(&ranges, 300, 301));
    assert_false(ranges_cover(&ranges, 99, 200));
    assert_false(ranges_cover(&ranges, 200, 300));
    assert_false(ranges_cover(&ranges, 150, 350));
    assert_false(ranges_cover(&ranges, 400, 401));
    ranges_finish(&ranges);
}

/* A cut smaps must not become a smaller sum. */
static void cut_smaps_is_an_error(void **state) {
    (void)state;
    static const char whole[] = "7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n"
                                "Rss:                   4 kB\n"
                                "VmFlags: rd wr mr mw me nr \n"
                                "7f0000002000-7f0000003000 r-xp 00001000 fe:00 7 /a b\n"
                                "Rss:                   8 kB\n";
    struct mappings mappings;
    assert_int_equal(mappings_parse(strdup(whole), &mappings), 0);
    assert_int_equal(mappings.count, 2);
    assert_int_equal(mappings.at[0].rss, 4096);
    assert_true(mappings.at[0].no_reserve);
    assert_true(mapping_is_anonymous(&mappings.at[0]));
    assert_int_equal(mappings.at[1].rss, 8192);
    assert_string_equal(mappings.at[1].name, "/a b");
    assert_true(mappings.at[1].executable);
    assert_false(mapping_is_anonymous(&mappings.at[1]));
    mappings_finish(&mappings);
    char *cut = strndup(whole, sizeof whole - 3);
    assert_int_equal(mappings_parse(cut, &mappings), -EBADMSG);
    free(cut);
    char empty[] = "";
    assert_int_equal(mappings_parse(empty, &mappings), -ENODATA);
    char garbage[] = "nothing of the kind\n";
    assert_int_equal(mappings_parse(garbage, &mappings), -EBADMSG);
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

/* Samples every `interval_ms`; `ticks` are used in each. */
static void let_pass(struct watch_quiet *quiet, double seconds, unsigned interval_ms,
                     uint64_t ticks) {
    for (int i = 0; i < (int)(seconds * 1000 / interval_ms); i++)
        watchquiet_add(quiet, quiet->newest.at_ns + interval_ms * NS_PER_MS,
                       quiet->newest.cpu_ticks + ticks);
}

static void quiet_only_after_quiet_seconds(void **state) {
    (void)state;
    struct watch_quiet quiet;
    uint64_t busy = (uint64_t)sysconf(_SC_CLK_TCK) / 4; /* one core */
    watchquiet_begin(&quiet, 5, 3);
    assert_false(watchquiet_is(&quiet));
    let_pass(&quiet, 2, 250, 0);
    assert_false(watchquiet_is(&quiet)); /* not long enough to tell */
    let_pass(&quiet, 2, 250, 0);
    assert_true(watchquiet_is(&quiet));
    let_pass(&quiet, 10, 250, busy);
    assert_false(watchquiet_is(&quiet));
    let_pass(&quiet, 2, 250, 0);
    assert_false(watchquiet_is(&quiet));
    let_pass(&quiet, 2, 250, 0);
    assert_true(watchquiet_is(&quiet));
    let_pass(&quiet, 1000, 250, 0); /* the ring goes round */
    assert_true(watchquiet_is(&quiet));
}

/* The shortest interval and the longest time of --until-quiet, and what lies between. */
static void quiet_is_in_reach_at_any_interval(void **state) {
    (void)state;
    static const unsigned intervals[] = {10, 11, 100, 250, 5000, 60000};
    static const double times[] = {0.5, 3, 6, 60};
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        for (size_t t = 0; t < sizeof times / sizeof times[0]; t++) {
            struct watch_quiet quiet;
            double longer = times[t] * 1.02 + 2 * intervals[i] / 1000.0;
            watchquiet_begin(&quiet, 5, times[t]);
            uint64_t busy = 1 + intervals[i] * (uint64_t)sysconf(_SC_CLK_TCK) / 1000;
            let_pass(&quiet, 200, intervals[i], busy);
            assert_false(watchquiet_is(&quiet));
            let_pass(&quiet, times[t] * 0.9, intervals[i], 0);
            if (times[t] * 1000 > intervals[i])
                assert_false(watchquiet_is(&quiet));
            let_pass(&quiet, longer, intervals[i], 0);
            assert_true(watchquiet_is(&quiet));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_join_what_they_meet),
        cmocka_unit_test(ranges_meet_only_inside),
        cmocka_unit_test(ranges_keep_what_both_have),
        cmocka_unit_test(ranges_cover_only_what_is_whole),
        cmocka_unit_test(cut_smaps_is_an_error),
        cmocka_unit_test(stat_with_brackets_in_the_name),
        cmocka_unit_test(cut_stat_is_an_error),
        cmocka_unit_test(quiet_only_after_quiet_seconds),
        cmocka_unit_test(quiet_is_in_reach_at_any_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The small parts of watch: sets of addresses, what /proc says, quiescence. */
#include "cmocka_all.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "freeport.h"
#include "mappings.h"
#include "procfile.h"
#include "procstat.h"
#include "ranges.h"
#include "reason.h"
#include "watchmeter.h"
#include "watchrecord.h"
#include "watchspec.h"
#include "watchtree.h"

static void ranges_join_what_they_meet(void **state) {
    (void)state;
    struct ranges ranges = {0};
    ranges_add(&ranges, 100, 200);
    ranges_add(&ranges, 300, 400);
    ranges_add(&ranges, 10, 20);
    assert_int_equal(ranges.count, 3);
    ranges_add(&ranges, 200, 250); /* touches the second */
    assert_int_equal(ranges.count, 3);
    assert_int_equal(ranges.at[1].end, 250);
    ranges_add(&ranges, 150, 350); /* bridges two */
    assert_int_equal(ranges.count, 2);
    assert_int_equal(ranges.at[1].start, 100);
    assert_int_equal(ranges.at[1].end, 400);
    ranges_add(&ranges, 0, 1000); /* swallows all */
    assert_int_equal(ranges.count, 1);
    ranges_add(&ranges, 5, 5); /* nothing */
    assert_int_equal(ranges.count, 1);
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

/* Samples every `interval_ms`; `busy` is the share of a core that is used. */
static void let_pass(json_t *samples, double seconds, unsigned interval_ms, double busy) {
    for (int i = 0; i < (int)(seconds * 1000 / interval_ms); i++) {
        const json_t *last = json_array_get(samples, json_array_size(samples) - 1);
        double at_ms = json_number_value(json_array_get(last, WATCH_COLUMN_MS)),
               cpu_ms = json_number_value(json_array_get(last, WATCH_COLUMN_CPU_MS));
        uint64_t used_ms = (uint64_t)(cpu_ms + busy * interval_ms);
        watchrecord_add_sample(samples, at_ms + interval_ms, &(struct footprint){0},
                               used_ms * (uint64_t)sysconf(_SC_CLK_TCK) / 1000);
    }
}

static json_t *begin_samples(void) {
    json_t *samples = json_array();
    watchrecord_add_sample(samples, 0, &(struct footprint){0}, 0);
    return samples;
}

static void quiet_only_after_quiet_seconds(void **state) {
    (void)state;
    struct watch_quiet quiet = {5, 3, 0};
    json_t *samples = begin_samples();
    assert_false(watchquiet_is(&quiet, samples));
    let_pass(samples, 2, 250, 0);
    assert_false(watchquiet_is(&quiet, samples)); /* not long enough to tell */
    let_pass(samples, 2, 250, 0);
    assert_true(watchquiet_is(&quiet, samples));
    let_pass(samples, 10, 250, 1);
    assert_false(watchquiet_is(&quiet, samples));
    let_pass(samples, 2, 250, 0);
    assert_false(watchquiet_is(&quiet, samples));
    let_pass(samples, 2, 250, 0);
    assert_true(watchquiet_is(&quiet, samples));
    let_pass(samples, 1000, 250, 0);
    assert_true(watchquiet_is(&quiet, samples));
    json_decref(samples);
}

/* The shortest interval and the longest time of --until-quiet, and what lies between. */
static void quiet_is_in_reach_at_any_interval(void **state) {
    (void)state;
    static const unsigned intervals[] = {10, 11, 100, 250, 5000, 60000};
    static const double times[] = {0.5, 3, 6, 60};
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        for (size_t t = 0; t < sizeof times / sizeof times[0]; t++) {
            struct watch_quiet quiet = {5, times[t], 0};
            json_t *samples = begin_samples();
            double longer = times[t] * 1.02 + 2 * intervals[i] / 1000.0;
            let_pass(samples, 200, intervals[i], 1);
            assert_false(watchquiet_is(&quiet, samples));
            let_pass(samples, times[t] * 0.9, intervals[i], 0);
            if (times[t] * 1000 > intervals[i])
                assert_false(watchquiet_is(&quiet, samples));
            let_pass(samples, longer, intervals[i], 0);
            assert_true(watchquiet_is(&quiet, samples));
            json_decref(samples);
        }
    }
}

/* A machine whose processors have been busy for so many ticks, all in all. */
static void play_machine(const char *folder, unsigned long busy) {
    char path[300];
    snprintf(path, sizeof path, "%s/stat", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "cpu %lu 0 7 900 50 3 0 400 0 0\ncpu0 1 1 1\n", busy);
    fclose(file);
}

static void wait_for_a_stretch(void) {
    struct timespec time = {WATCH_MACHINE_S, 100000000};
    nanosleep(&time, NULL);
}

static void uses_processor(double seconds) {
    clock_t until = clock() + (clock_t)(seconds * CLOCKS_PER_SEC);
    while (clock() < until)
        ;
}

/* What the machine did, less what the program, its driver and the watcher did; neither
 * waiting for input nor what the host takes counts. */
static void others_are_what_is_left_of_the_machine(void **state) {
    (void)state;
    char folder[] = "/tmp/test-watch-XXXXXX", path[300];
    const char *root = procfile_root();
    const unsigned long tick = (unsigned long)sysconf(_SC_CLK_TCK);
    struct watch_process rows[] = {
        {.pid = 1, .alive = true, .part = WATCH_PROGRAM, .cpu_ticks = 5},
        {.pid = 2, .alive = true, .part = WATCH_DRIVER},
        {.pid = 3, .alive = true, .part = WATCH_STRANGER}};
    struct watch_tree tree = {.at = rows, .count = 3};
    struct watch_machine machine;
    assert_non_null(mkdtemp(folder));
    procfile_set_root(folder);

    /* two processors' worth, of which half is the program's and a quarter the driver's */
    play_machine(folder, 1000);
    watchmachine_begin(&machine, &tree);
    uint64_t from = clock_now_ns();
    wait_for_a_stretch();
    play_machine(folder, 1000 + 4 * tick);
    rows[0].cpu_ticks += 2 * tick;
    rows[1].cpu_ticks += tick;
    rows[2].cpu_ticks += tick; /* a stranger is somebody else */
    machine.others_work = watchmachine_next(&machine, &tree);
    double span_s = (double)(clock_now_ns() - from) / NS_PER_S;
    assert_true(fabs(machine.others_work * span_s - 1) < 0.1);
    assert_true(isnan(machine.others_idle));

    /* the watcher's own: nobody else did anything */
    uses_processor(1.2);
    play_machine(folder, 1000 + 4 * tick + tick);
    machine.others_idle = watchmachine_next(&machine, &tree);
    assert_true(machine.others_idle == 0);
    /* and that half a second of somebody else's is not nothing */
    wait_for_a_stretch();
    play_machine(folder, 1000 + 5 * tick + tick / 2 + tick / 4);
    machine.others_idle = watchmachine_next(&machine, &tree);
    assert_true(machine.others_idle > 0.1);

    /* too short, or not to be read: not known */
    machine.others_idle = watchmachine_next(&machine, &tree);
    assert_true(isnan(machine.others_idle));
    snprintf(path, sizeof path, "%s/stat", folder);
    unlink(path);
    wait_for_a_stretch();
    machine.others_idle = watchmachine_next(&machine, &tree);
    assert_true(isnan(machine.others_idle));
    rmdir(folder);
    procfile_set_root(root);
}

/* A port that is found can be listened on, and while somebody does is not found again. */
static void a_free_port_is_free(void **state) {
    (void)state;
    enum { MANY = 50 };
    int fds[MANY];
    unsigned ports[MANY];
    for (int i = 0; i < MANY; i++) {
        ports[i] = freeport_find();
        assert_true(ports[i] > 1024 && ports[i] < 32768);
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((in_port_t)ports[i]),
                                      .sin_addr = {htonl(INADDR_LOOPBACK)}};
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fds[i], (struct sockaddr *)&address, sizeof address), 0);
        assert_int_equal(listen(fds[i], 1), 0);
        for (int j = 0; j < i; j++)
            assert_int_not_equal(ports[i], ports[j]);
    }
    for (int i = 0; i < MANY; i++)
        close(fds[i]);
}

static void interrupt(int number) {
    (void)number;
}

/* A program that cannot be executed is one also if signals interrupt the wait for it. */
static void a_failed_start_is_told_despite_signals(void **state) {
    (void)state;
    struct sigaction handled = {.sa_handler = interrupt}, before;
    struct itimerval often = {{0, 1500}, {0, 1500}}, never = {{0, 0}, {0, 0}};
    int failed = 0;
    sigaction(SIGALRM, &handled, &before);
    setitimer(ITIMER_REAL, &often, NULL);
    for (int i = 0; i < 200; i++) {
        struct child child;
        struct reason reason;
        char *argv[] = {"/nonexistent", NULL};
        failed += child_start(&child, argv, environ, -1, &reason) == -ENOENT;
    }
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_int_equal(failed, 200);
}

/* Long texts that differ only at their end are told apart. */
static void long_options_stay_different(void **state) {
    (void)state;
    char one[1000], other[1000];
    memset(one, 'x', sizeof one - 1);
    one[sizeof one - 1] = '\0';
    memcpy(other, one, sizeof one);
    other[sizeof other - 2] = 'y';
    uint64_t hashes[2];
    for (int i = 0; i < 2; i++) {
        struct watch_spec spec = {.until = WATCH_UNTIL_DRIVEN, .driver = i ? other : one};
        struct plan_workload workload = {0};
        watchspec_to_options(&spec, &workload);
        hashes[i] = watchspec_hash(&workload);
        assert_int_equal(workload.option_count, 3);
        assert_memory_equal(workload.options[1], "drive=xxx", 9);
        assert_int_equal(strlen(workload.options[1]), sizeof workload.options[1] - 1);
    }
    assert_int_not_equal(hashes[0], hashes[1]);
}

/* No checkpoint is left out without a word. */
static void a_plan_has_room_for_all_checkpoints_or_refuses(void **state) {
    (void)state;
    struct plan *plan = calloc(1, sizeof *plan);
    struct watch_spec spec = {.idle_count = WATCH_IDLES_MAX};
    struct reason reason = {""};
    int error = 0, specs = 0;
    for (; !error; specs++) {
        for (size_t i = 0; i < spec.idle_count; i++)
            spec.idle_s[i] = specs * 100 + (int)i + 1;
        error = watchspec_plan_checkpoints(&spec, plan, &reason);
        if (!error) /* they are there already */
            assert_int_equal(watchspec_plan_checkpoints(&spec, plan, &reason), 0);
    }
    assert_int_equal(error, -E2BIG);
    assert_int_equal(specs, 1 + (PLAN_CHECKPOINTS_MAX - 1) / WATCH_IDLES_MAX);
    assert_non_null(strstr(reason.text, "idle@204s"));
    free(plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_join_what_they_meet),
        cmocka_unit_test(ranges_keep_what_both_have),
        cmocka_unit_test(ranges_cover_only_what_is_whole),
        cmocka_unit_test(cut_smaps_is_an_error),
        cmocka_unit_test(stat_with_brackets_in_the_name),
        cmocka_unit_test(cut_stat_is_an_error),
        cmocka_unit_test(quiet_only_after_quiet_seconds),
        cmocka_unit_test(quiet_is_in_reach_at_any_interval),
        cmocka_unit_test(others_are_what_is_left_of_the_machine),
        cmocka_unit_test(a_free_port_is_free),
        cmocka_unit_test(a_failed_start_is_told_despite_signals),
        cmocka_unit_test(long_options_stay_different),
        cmocka_unit_test(a_plan_has_room_for_all_checkpoints_or_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

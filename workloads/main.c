/*
 * What all workloads share: main() finds the workload by its name, sets it up, runs its
 * builds, and reports by docs/protocol.md. WORKLOADS_DEF names the list of workloads, so
 * that the tests can build a second program from a list of their own.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "collect.h"
#include "heap.h"
#include "heap_record.h"
#include "idle.h"
#include "latency.h"
#include "options.h"
#include "pages.h"
#include "say.h"
#include "workload.h"

/* This program runs all kinds alike; only the harness tells them apart. */
#define CONTROL(name, summary) WORKLOAD(name, summary)
#define EXTRA(name, summary) WORKLOAD(name, summary)
#define EXTRA_CONTROL(name, summary) WORKLOAD(name, summary)

#define WORKLOAD(name, summary) extern const struct workload wl_##name;
#include WORKLOADS_DEF
#undef WORKLOAD

static const struct {
    const struct workload *workload;
    const char *summary;
} registry[] = {
#define WORKLOAD(name, summary) {&wl_##name, summary},
#include WORKLOADS_DEF
#undef WORKLOAD
};

enum { WORKLOADS = sizeof registry / sizeof registry[0] };

/* Clock and usage at one instant, or between two: nanoseconds, and page faults. */
struct usage {
    int64_t wall, user, sys, minor_faults, major_faults;
};

static const struct workload *workload;
static int memory_run; /* the harness answers at checkpoints, and wants page floors */
static struct usage excluded; /* spent in checkpoints and gaps, not on the work */

static int64_t of_timeval(struct timeval t) {
    return (int64_t)t.tv_sec * 1000000000 + t.tv_usec * 1000;
}

static struct usage usage_now(void) {
    struct timespec now;
    struct rusage used;
    clock_gettime(CLOCK_MONOTONIC, &now);
    getrusage(RUSAGE_SELF, &used);
    return (struct usage){(int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
                          of_timeval(used.ru_utime), of_timeval(used.ru_stime),
                          used.ru_minflt, used.ru_majflt};
}

static void add_difference(struct usage *sum, const struct usage *from,
                           const struct usage *to) {
    sum->wall += to->wall - from->wall;
    sum->user += to->user - from->user;
    sum->sys += to->sys - from->sys;
    sum->minor_faults += to->minor_faults - from->minor_faults;
    sum->major_faults += to->major_faults - from->major_faults;
}

/* What the work has used since `start`. `excluded_then` is what `excluded` was then. */
static struct usage usage_since(const struct usage *start,
                                const struct usage *excluded_then) {
    struct usage now = usage_now(), used = {0};
    add_difference(&used, start, &now);
    add_difference(&used, &excluded, excluded_then);
    return used;
}

/* In memory runs only: in a timed run, counting would take time from the work. Counting
 * takes memory, too, so the harness reads the footprint before it. */
static struct pages_census take_census(void) {
    say_and_wait("census");
    return pages_count(workload->visit);
}

static void checkpoint(const char *name) {
    if (!memory_run)
        return;
    struct usage before = usage_now();
    struct pages_census census = take_census();
    say_and_wait("checkpoint name=%s live=%llu held=%lld floor=%llu objects=%llu", name,
                 (unsigned long long)census.live, (long long)heap_total().held,
                 (unsigned long long)census.floor, (unsigned long long)census.objects);
    struct usage after = usage_now();
    add_difference(&excluded, &before, &after);
}

void run_peak(const struct run *run) {
    if (run->build == run->builds)
        checkpoint("peak");
}

/* Idles before a build if the workload has a gap there. Returns milliseconds, or 0. */
static unsigned idle_before(const struct run *run) {
    unsigned ms = workload->gap ? workload->gap(run) : 0;
    if (ms == 0)
        return 0;
    if (run->scale < 1) /* runs at a small scale must be short */
        ms = (unsigned)(ms * run->scale) + 1;
    struct usage before = usage_now();
    struct timespec rest = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&rest, NULL);
    struct pages_census census = {0};
    if (memory_run)
        census = take_census();
    say_and_wait("gap n=%u idle=%u live=%llu floor=%llu", run->build - 1, ms,
                 (unsigned long long)census.live, (unsigned long long)census.floor);
    struct usage after = usage_now();
    add_difference(&excluded, &before, &after);
    return ms;
}

static void run_builds(struct run *run) {
    for (run->build = 1; run->build <= run->builds; run->build++) {
        unsigned idle_ms = idle_before(run);
        struct usage start = usage_now(), excluded_then = excluded;
        workload->build(run);
        struct usage used = usage_since(&start, &excluded_then);
        char idle[32] = "";
        if (idle_ms)
            snprintf(idle, sizeof idle, " idle=%u", idle_ms);
        say("build n=%u wall=%lld user=%lld sys=%lld minflt=%lld%s", run->build,
            (long long)used.wall, (long long)used.user, (long long)used.sys,
            (long long)used.minor_faults, idle);
    }
}

static void check_block(void *context, const void *block, size_t size, uint32_t stamp) {
    (void)context;
    heap_check(block, size, stamp);
}

static void run_work(struct run *run) {
    struct usage start = usage_now(), nothing = {0};
    run_builds(run);
    struct usage used = usage_since(&start, &nothing);
    workload->visit(check_block,
                    NULL); /* survivors must be intact, and count in the checksum */
    struct heap_counters total = heap_total();
    say("result checksum=%016llx ops=%llu wall=%lld user=%lld sys=%lld minflt=%lld "
        "majflt=%lld",
        (unsigned long long)total.checksum, (unsigned long long)total.calls,
        (long long)used.wall, (long long)used.user, (long long)used.sys,
        (long long)used.minor_faults, (long long)used.major_faults);
    checkpoint("end");
}

static void drop_block(void *context, const void *block, size_t size, uint32_t stamp) {
    (void)context;
    heap_free((void *)block, size, stamp);
}

/* A recorded program drops its results on its main thread, after its work: so do we. */
static void finish_record(const struct run *run, const char *path) {
    heap_record_idle(run->threads);
    workload->visit(drop_block, NULL);
    heap_record_write(path);
}

static void open_report(const char *report) {
    if (!report)
        return;
    int fd;
    if (strncmp(report, "fd:", 3) == 0) {
        char *end;
        fd = (int)strtol(report + 3, &end, 10);
        if (end == report + 3 || *end || fcntl(fd, F_GETFD) < 0)
            say_usage("--report=%s names no open descriptor", report);
        memory_run = 1;
        say_set_waiting(1);
    } else if ((fd = open(report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) < 0) {
        say_usage("cannot write the report %s", report);
    }
    say_set_report(fd);
}

static void run(const struct options *options) {
    struct run run = {.threads = options->threads,
                      .scale = options->scale,
                      .builds = options->builds,
                      .survivors = options->survivors,
                      .seed = options->seed};
    say("hello protocol=1 workload=%s threads=%u scale=%g builds=%u survivors=%g "
        "seed=%llu "
        "page=%ld",
        workload->name, run.threads, run.scale, run.builds, run.survivors,
        (unsigned long long)run.seed, sysconf(_SC_PAGESIZE));
    say("allocator malloc=%s collect=%s", collect_malloc_path(), collect_name());
    heap_setup(run.threads);
    heap_use_counters(run.threads);
    if (options->latency)
        heap_measure_latency();
    run.pool = pool_start(run.threads);
    workload->setup(&run);
    checkpoint("start");
    excluded = (struct usage){0};
    if (options->record)
        heap_record_start(run.threads + 1);
    run_work(&run);
    if (options->record)
        finish_record(&run, options->record);
    if (options->latency)
        latency_report();
    if (memory_run)
        idle_run(options->idle, run.pool);
    say("done");
}

static const struct workload *find(const char *name) {
    for (int i = 0; i < WORKLOADS; i++)
        if (strcmp(registry[i].workload->name, name) == 0)
            return registry[i].workload;
    say_usage("there is no workload \"%s\"; `tidemark-workload --list` lists them", name);
}

int main(int argc, char **argv) {
    if (argc < 2)
        say_usage("usage: tidemark-workload NAME [options], or --list; NAME --help lists "
                  "the options");
    if (strcmp(argv[1], "--list") == 0) {
        for (int i = 0; i < WORKLOADS; i++)
            say("%s\t%s", registry[i].workload->name, registry[i].summary);
        return 0;
    }
    workload = find(argv[1]);
    if (argc == 3 && strcmp(argv[2], "--help") == 0) {
        options_help(workload);
        return 0;
    }
    struct options options;
    options_parse(&options, workload, argc - 2, argv + 2);
    open_report(options.report);
    collect_setup();
    run(&options);
    return 0;
}

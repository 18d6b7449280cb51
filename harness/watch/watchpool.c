#include "watchpool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "freememory.h"
#include "heap.h"
#include "reason.h"
#include "watch.h"

enum { LOOK_MS = 200 }; /* how often available memory and `*stop` are checked */

/* A watcher, as the pool knows it. */
struct watcher {
    const struct watch_job *job;
    pid_t pid;
    int news;     /* the end of the pipe that the pool reads from */
    FILE *record; /* a memory file, into which the watcher writes the record */
    bool is_idle;
    uint64_t others_worked_ns; /* how long others worked while it was idle */
    unsigned most_at_once;     /* programs that ran at once, itself included */
};

/* The watchers that run now. */
struct crew {
    struct watch_pool *pool;
    const volatile int *stop;
    struct watcher at[WATCHPOOL_LIMIT_MAX];
    size_t count;
    uint64_t tallied_ns; /* when tally() was last called */
    bool told_to_end;
};

uint64_t watchpool_reserve(void) {
    const uint64_t most = (uint64_t)2 << 30;
    uint64_t share = total_memory() / 8;
    return share < most ? share : most;
}

/* ---- in the watcher ---- */

/* The whole life of a forked watcher. If the pool dies, SIGTERM reaches the watcher,
 * which then ends what it has started. */
_Noreturn static void watch_apart(const struct watch_job *job, const volatile int *stop,
                                  pid_t parent, int news, FILE *out) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    json_t *record = watch_run(job->spec, job->subject, job->round, news, stop);
    bool is_written = json_dumpf(record, out, JSON_COMPACT) == 0 && fflush(out) == 0;
    _exit(is_written ? 0 : 1);
}

/* ---- in the pool ---- */

static int start(struct crew *crew, const struct watch_job *job, struct reason *reason) {
    int ends[2];
    pid_t parent = getpid();
    FILE *record = fdopen(memfd_create("record", MFD_CLOEXEC), "w+");
    if (!record || pipe2(ends, O_CLOEXEC) < 0) {
        reason_set(reason, "cannot make a pipe to a watcher: %s", strerror(errno));
        if (record)
            fclose(record);
        return -EIO;
    }
    fflush(NULL); /* otherwise both processes would write what is buffered */
    pid_t pid = fork();
    if (pid == 0)
        watch_apart(job, crew->stop, parent, ends[1], record);
    close(ends[1]);
    if (pid < 0) {
        reason_set(reason, "cannot start a watcher: %s", strerror(errno));
        close(ends[0]);
        fclose(record);
        return -EIO;
    }
    crew->at[crew->count++] =
        (struct watcher){.job = job, .pid = pid, .news = ends[0], .record = record};
    return 0;
}

static bool one_is_busy(const struct crew *crew) {
    for (size_t i = 0; i < crew->count; i++)
        if (!crew->at[i].is_idle)
            return true;
    return false;
}

static bool may_start(const struct crew *crew, const struct watch_job *job) {
    const struct watch_pool *pool = crew->pool;
    if (crew->count == 0)
        return true;
    for (size_t i = 0; i < crew->count; i++)
        if (!crew->at[i].job->overlaps)
            return false;
    if (!job->overlaps || one_is_busy(crew) || crew->count >= pool->idle_limit ||
        crew->count >= WATCHPOOL_LIMIT_MAX)
        return false;
    uint64_t room = pool->largest_peak + pool->largest_peak / 2 + pool->reserve;
    return available_memory() >= room;
}

/* Updates, for each watcher, how long others worked while its program was idle, and how
 * many ran at once. */
static void tally(struct crew *crew) {
    uint64_t now = clock_now_ns(), passed = now - crew->tallied_ns;
    bool busy = one_is_busy(crew);
    for (size_t i = 0; i < crew->count; i++) {
        struct watcher *watcher = &crew->at[i];
        if (watcher->is_idle && busy)
            watcher->others_worked_ns += passed;
        if (watcher->most_at_once < crew->count)
            watcher->most_at_once = (unsigned)crew->count;
    }
    crew->tallied_ns = now;
}

static void note_peak(struct watch_pool *pool, uint64_t bytes) {
    if (bytes > pool->largest_peak)
        pool->largest_peak = bytes;
}

/* Reads news of a watcher. True at the end of its pipe, or on an error. */
static bool hear(struct crew *crew, struct watcher *watcher) {
    struct watch_news news;
    ssize_t n = read(watcher->news, &news, sizeof news);
    if (n < 0 && errno == EINTR)
        return false;
    if (n != sizeof news)
        return true;
    watcher->is_idle = news.is_idle;
    note_peak(crew->pool, news.peak);
    return false;
}

/* Hands on the record of a watcher that has ended, unless the pool ends with an `error`.
 * Returns that error, or one of its own if there is no record. */
static int take_result(struct crew *crew, struct watcher *watcher, int error,
                       struct reason *reason) {
    int status = 0;
    char how[96];
    close(watcher->news);
    while (waitpid(watcher->pid, &status, 0) < 0 && errno == EINTR)
        ;
    rewind(watcher->record);
    json_t *record = error ? NULL : json_loadf(watcher->record, 0, NULL);
    fclose(watcher->record);
    if (record) {
        note_peak(crew->pool, (uint64_t)json_integer_value(json_object_get(
                                  json_object_get(record, "peak"), "footprint")));
        json_object_set_new(record, "overlap",
                            json_pack("{s:i, s:f}", "programs",
                                      (int)watcher->most_at_once, "others_worked_s",
                                      (double)watcher->others_worked_ns / NS_PER_S));
        return crew->pool->takes(crew->pool->context, watcher->job, record, reason);
    }
    if (error)
        return error;
    child_describe_status(status, how, sizeof how);
    reason_set(reason,
               "the watcher of round %u of %s, %s %s without a record; its program may "
               "still be running: end it",
               watcher->job->round, watcher->job->subject->cell.workload->name,
               watcher->job->subject->cell.variant->name, how);
    return -EIO;
}

/* Sends SIGTERM to all watchers, once. Each ends what it has started, and then itself. */
static void tell_to_end(struct crew *crew) {
    for (size_t i = 0; !crew->told_to_end && i < crew->count; i++)
        kill(crew->at[i].pid, SIGTERM);
    crew->told_to_end = true;
}

/* Waits until a watcher tells something, and takes the results of those that have ended.
 * After an error it drops their records. */
static int step(struct crew *crew, int error, struct reason *reason) {
    struct pollfd fds[WATCHPOOL_LIMIT_MAX];
    for (size_t i = 0; i < crew->count; i++)
        fds[i] = (struct pollfd){.fd = crew->at[i].news, .events = POLLIN};
    int ready = poll(fds, crew->count, LOOK_MS);
    tally(crew);
    size_t kept = 0;
    for (size_t i = 0; i < crew->count; i++) {
        struct watcher *watcher = &crew->at[i];
        if (ready > 0 && fds[i].revents && hear(crew, watcher))
            error = take_result(crew, watcher, error, reason);
        else
            crew->at[kept++] = *watcher;
    }
    crew->count = kept;
    return error;
}

int watchpool_run(struct watch_pool *pool, const struct watch_job *jobs, size_t count,
                  const volatile int *stop, struct reason *reason) {
    struct crew *crew = heap_new(1, sizeof *crew);
    size_t next = 0;
    int error = 0;
    crew->pool = pool;
    crew->stop = stop;
    crew->tallied_ns = clock_now_ns();
    while (crew->count > 0 || (!error && !*stop && next < count)) {
        bool more = !error && !*stop && next < count;
        if (more && may_start(crew, &jobs[next])) {
            const struct watch_job *job = &jobs[next++];
            bool alone = !job->overlaps || pool->idle_limit == 1 || count == 1;
            pool->starts(pool->context, job);
            if (alone) { /* without a fork, since nothing else is watched meanwhile */
                json_t *record = watch_run(job->spec, job->subject, job->round, -1, stop);
                error = pool->takes(pool->context, job, record, reason);
            } else {
                error = start(crew, job, reason);
            }
        } else {
            error = step(crew, error, reason);
        }
        if (error || *stop)
            tell_to_end(crew);
    }
    free(crew);
    return !error && *stop ? -EINTR : error;
}

#include "watchpool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "freememory.h"
#include "reason.h"
#include "watch.h"

enum {
    LOOK_MS = 200, /* how often available memory and `*stop` are checked */
    READ_BYTES = 65536,
};

/* A watcher, as the pool knows it. */
struct watcher {
    const struct watch_job *job;
    pid_t pid;
    int fd;      /* the end of the pipe that the pool reads from */
    char *words; /* what was read of it and is not a whole line yet; owned */
    size_t length, capacity;
    bool is_idle;
    uint64_t others_worked_ns; /* how long others worked while it was idle */
    unsigned most_at_once;     /* programs that ran at once, itself included */
    json_t *record;            /* NULL: not received yet */
    int error;                 /* 0, or the -errno of an "error" line */
    struct reason why;         /* of the error */
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

static void tell(void *context, bool is_idle, uint64_t peak) {
    int fd = *(int *)context;
    if (is_idle)
        dprintf(fd, "idle %" PRIu64 "\n", peak);
    else
        dprintf(fd, "busy\n");
}

/* The whole life of a forked watcher. If the pool dies, SIGTERM reaches the watcher,
 * which then ends what it has started. */
_Noreturn static void watch_apart(const struct watch_job *job, const volatile int *stop,
                                  pid_t parent, int fd) {
    struct watch_listener listener = {tell, &fd};
    struct reason why = {""};
    json_t *record = NULL;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    int error =
        watch_run(job->spec, job->subject, job->round, &listener, stop, &record, &why);
    char *text = error ? NULL : json_dumps(record, JSON_COMPACT);
    if (text)
        dprintf(fd, "record %s\n", text);
    else
        dprintf(fd, "error %d %s\n", error ? -error : ENOMEM,
                error ? why.text : "out of memory");
    _exit(0);
}

/* ---- in the pool ---- */

static int start(struct crew *crew, const struct watch_job *job, struct reason *reason) {
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) < 0) {
        int error = -errno;
        reason_set(reason, "cannot make a pipe: %s", strerror(-error));
        return error;
    }
    fflush(NULL); /* otherwise both processes would write what is buffered */
    pid_t pid = fork();
    if (pid == 0)
        watch_apart(job, crew->stop, parent, ends[1]);
    close(ends[1]);
    if (pid < 0) {
        int error = -errno;
        close(ends[0]);
        reason_set(reason, "cannot start a watcher: %s", strerror(-error));
        return error;
    }
    crew->at[crew->count++] = (struct watcher){.job = job, .pid = pid, .fd = ends[0]};
    return 0;
}

static bool one_is_busy(const struct crew *crew) {
    for (size_t i = 0; i < crew->count; i++)
        if (!crew->at[i].is_idle)
            return true;
    return false;
}

static bool all_overlap(const struct crew *crew) {
    for (size_t i = 0; i < crew->count; i++)
        if (!crew->at[i].job->overlaps)
            return false;
    return true;
}

static bool may_start(const struct crew *crew, const struct watch_job *job) {
    const struct watch_pool *pool = crew->pool;
    if (crew->count == 0)
        return true;
    if (!job->overlaps || !all_overlap(crew) || one_is_busy(crew) ||
        crew->count >= pool->idle_limit || crew->count >= WATCHPOOL_LIMIT_MAX)
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

static void note_peak(struct watch_pool *pool, json_int_t bytes) {
    if (bytes > 0 && (uint64_t)bytes > pool->largest_peak)
        pool->largest_peak = (uint64_t)bytes;
}

static void take_line(struct crew *crew, struct watcher *watcher, char *line) {
    uint64_t peak;
    char *text;
    if (sscanf(line, "idle %" SCNu64, &peak) == 1) {
        watcher->is_idle = true;
        note_peak(crew->pool, (json_int_t)peak);
    } else if (strcmp(line, "busy") == 0) {
        watcher->is_idle = false;
    } else if (strncmp(line, "record ", 7) == 0) {
        watcher->record = json_loads(line + 7, 0, NULL);
    } else if (strncmp(line, "error ", 6) == 0) {
        watcher->error = -(int)strtol(line + 6, &text, 10);
        reason_set(&watcher->why, "%s", text);
    }
}

static void take_lines(struct crew *crew, struct watcher *watcher) {
    char *start = watcher->words, *end;
    while (
        (end = memchr(start, '\n', watcher->length - (size_t)(start - watcher->words)))) {
        *end = '\0';
        take_line(crew, watcher, start);
        start = end + 1;
    }
    watcher->length -= (size_t)(start - watcher->words);
    memmove(watcher->words, start, watcher->length);
}

/* Reads what a watcher wrote. True at the end of its pipe, or on an error. */
static bool hear(struct crew *crew, struct watcher *watcher) {
    if (watcher->capacity - watcher->length < READ_BYTES) {
        char *roomy = realloc(watcher->words, 2 * watcher->capacity + READ_BYTES);
        if (!roomy)
            return true;
        watcher->words = roomy;
        watcher->capacity = 2 * watcher->capacity + READ_BYTES;
    }
    ssize_t n = read(watcher->fd, watcher->words + watcher->length, READ_BYTES);
    if (n < 0 && errno == EINTR)
        return false;
    if (n <= 0)
        return true;
    watcher->length += (size_t)n;
    take_lines(crew, watcher);
    return false;
}

/* Takes the record of a watcher that has ended, or the reason why there is none. Frees
 * what the watcher holds. */
static int take_result(struct crew *crew, struct watcher *watcher,
                       struct reason *reason) {
    int status = 0;
    char how[96];
    close(watcher->fd);
    free(watcher->words);
    while (waitpid(watcher->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (watcher->record) {
        note_peak(crew->pool,
                  json_integer_value(json_object_get(
                      json_object_get(watcher->record, "peak"), "footprint")));
        json_object_set_new(watcher->record, "overlap",
                            json_pack("{s:i, s:f}", "programs",
                                      (int)watcher->most_at_once, "others_worked_s",
                                      (double)watcher->others_worked_ns / NS_PER_S));
        return crew->pool->takes(crew->pool->context, watcher->job, watcher->record,
                                 reason);
    }
    if (watcher->error) {
        *reason = watcher->why;
        return watcher->error;
    }
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

/* Waits until a watcher writes something, and takes the results of those that have ended.
 * After an error it drops their records. */
static int step(struct crew *crew, int error, struct reason *reason) {
    struct pollfd fds[WATCHPOOL_LIMIT_MAX];
    for (size_t i = 0; i < crew->count; i++)
        fds[i] = (struct pollfd){.fd = crew->at[i].fd, .events = POLLIN};
    int ready = poll(fds, crew->count, LOOK_MS);
    tally(crew);
    size_t kept = 0;
    for (size_t i = 0; i < crew->count; i++) {
        struct watcher *watcher = &crew->at[i];
        struct reason ignored;
        bool over = ready > 0 && fds[i].revents && hear(crew, watcher);
        if (!over) {
            crew->at[kept++] = *watcher;
            continue;
        }
        if (error) {
            json_decref(watcher->record);
            watcher->record = NULL;
        }
        int result = take_result(crew, watcher, error ? &ignored : reason);
        if (!error)
            error = result;
    }
    crew->count = kept;
    return error;
}

/* Watches in this process, without a fork, since nothing else is watched meanwhile. */
static int watch_here(struct watch_pool *pool, const struct watch_job *job,
                      const volatile int *stop, struct reason *reason) {
    json_t *record;
    int error =
        watch_run(job->spec, job->subject, job->round, NULL, stop, &record, reason);
    return error ? error : pool->takes(pool->context, job, record, reason);
}

int watchpool_run(struct watch_pool *pool, const struct watch_job *jobs, size_t count,
                  const volatile int *stop, struct reason *reason) {
    struct crew *crew = calloc(1, sizeof *crew);
    size_t next = 0;
    int error = 0;
    if (!crew) {
        reason_set(reason, "out of memory");
        return -ENOMEM;
    }
    crew->pool = pool;
    crew->stop = stop;
    crew->tallied_ns = clock_now_ns();
    while (crew->count > 0 || (!error && !*stop && next < count)) {
        bool more = !error && !*stop && next < count;
        if (more && may_start(crew, &jobs[next])) {
            const struct watch_job *job = &jobs[next++];
            bool alone = !job->overlaps || pool->idle_limit == 1 || count == 1;
            pool->starts(pool->context, job);
            error =
                alone ? watch_here(pool, job, stop, reason) : start(crew, job, reason);
        } else {
            error = step(crew, error, reason);
        }
        if (error || *stop)
            tell_to_end(crew);
    }
    free(crew);
    return !error && *stop ? -EINTR : error;
}

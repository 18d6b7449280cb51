/* docs/protocol.md describes the lines that the workload writes. */
#include "memcell.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "procfile.h"
#include "protocol.h"
#include "reading.h"
#include "reason.h"
#include "record.h"

enum {
    ACTIVE_SAMPLE_MS = 50, /* for the peak, in case the kernel's cannot serve */
    LEAVING_LIMIT_S = 20,  /* to free and exit after the idle period */
};

uint64_t memcell_next_sample_ms(uint64_t previous_ms, uint64_t idle_ms) {
    static const struct {
        uint64_t until_ms, step_ms;
    } steps[] = {{100, 50},     {200, 100},    {1000, 200},       {3000, 500},
                 {10000, 1000}, {30000, 2500}, {UINT64_MAX, 5000}};
    size_t i = 0;
    while (previous_ms >= steps[i].until_ms)
        i++;
    uint64_t next = previous_ms + steps[i].step_ms;
    return next < idle_ms ? next : idle_ms;
}

__attribute__((format(printf, 3, 4))) static void
fail(struct memcell *m, const char *fault, const char *format, ...) {
    struct reason reason;
    va_list args;
    va_start(args, format);
    reason_vset(&reason, format, args);
    va_end(args);
    record_fault(m->record, fault, "%s", reason.text);
    m->state = MEMCELL_OVER;
}

/* Whether the workload still works, is idle or leaves: there was no fault, and its end of
 * the socket is open. */
static bool goes_on(const struct memcell *m) {
    return m->state < MEMCELL_ENDING;
}

static void append_to(struct memcell *m, const char *list, json_t *value) {
    json_array_append_new(json_object_get(m->record, list), value);
}

/* The socket is closed or the memory is gone: the process has ended or is about to end.
 * Other cells must not miss their samples meanwhile, so nothing waits for that here. */
static void on_end_of_file(struct memcell *m) {
    int handle = child_open_handle(&m->child);
    if (handle < 0) {
        fail(m, "harness", "cannot wait for the workload: %s", strerror(-handle));
        return;
    }
    close(m->fd);
    m->fd = handle;
    m->phase = m->state;
    m->state = MEMCELL_ENDING;
    m->due_ns = clock_now_ns() + LEAVING_LIMIT_S * NS_PER_S;
}

/* ---- the peak between two samples ---- */

/*
 * The kernel keeps a peak of the resident set. Without the most that files have held,
 * that peak can serve as a footprint as long as there is one process, and none of its
 * memory is swapped out or marked as free.
 */
static void watch_kept_peak(struct memcell *m) {
    const struct footprint *f = &m->last;
    uint64_t file =
        f->rss > f->pss_anon + f->pss_shmem ? f->rss - f->pss_anon - f->pss_shmem : 0;
    if (f->processes != 1 || f->swap_pss > 0 || f->lazyfree > 0)
        m->peak_is_clean = false;
    if (file > m->most_file)
        m->most_file = file;
}

/* Makes the kernel start a new peak. */
static void reset_kept_peak(struct memcell *m) {
    m->most_file = 0;
    m->peak_is_clean = m->said_start && procfile_reset_peak(m->child.pid) == 0;
}

/* Turns the kernel's peak into a footprint. Page tables are those of now: they hardly
 * ever shrink. */
static void note_kept_peak(struct memcell *m) {
    if (!m->peak_is_clean || m->last.peak_rss < m->most_file)
        return;
    uint64_t bytes = m->last.peak_rss - m->most_file + m->last.page_tables;
    if (bytes > m->peak_kept)
        m->peak_kept = bytes;
}

/* ---- sampling ---- */

/*
 * Reads the footprint into m->last. A process without memory (ESRCH, ENODATA) is about to
 * end. Then the fault is how it ended, not that its memory could not be read.
 */
static bool sample(struct memcell *m) {
    struct reason why = {""};
    struct footprint now;
    int error = footprint_read(m->child.pid, &now, &why);
    /* without a /proc there is no entry either (-ENOENT), though the process lives */
    if (error == -ESRCH || error == -ENODATA || (error && child_has_ended(&m->child)))
        on_end_of_file(m);
    else if (error)
        fail(m, "unreadable", "%s", why.text);
    if (error)
        return false;
    m->last = now;
    uint64_t bytes = footprint_bytes(&now);
    if (bytes > m->peak_sampled)
        m->peak_sampled = bytes;
    if (now.peak_rss > m->peak_rss)
        m->peak_rss = now.peak_rss;
    watch_kept_peak(m);
    return true;
}

static bool sample_phase_end(struct memcell *m) {
    if (!sample(m))
        return false;
    note_kept_peak(m);
    return true;
}

static void send_go(struct memcell *m) {
    static const char go[] = "go\n";
    if (send(m->fd, go, sizeof go - 1, MSG_NOSIGNAL) < 0 && errno != EPIPE &&
        errno != ECONNRESET) /* these two: it has died, and end of file will tell how */
        fail(m, "harness", "cannot write to the workload: %s", strerror(errno));
}

/* The workload is about to count its blocks, and takes memory for that. */
static void on_census(struct memcell *m, const struct protocol_line *line) {
    (void)line;
    if (!sample_phase_end(m))
        return;
    m->in_census = true;
    send_go(m);
}

/* At a checkpoint or gap the footprint from before its census counts. */
static bool sample_before_census(struct memcell *m) {
    bool sampled = m->in_census || sample_phase_end(m);
    m->in_census = false;
    return sampled;
}

/* Lets the workload continue after a checkpoint or a gap. */
static void end_stop(struct memcell *m) {
    if (!goes_on(m))
        return;
    reset_kept_peak(m);
    send_go(m);
}

static void sample_idle(struct memcell *m) {
    if (!sample(m))
        return;
    json_t *entry = record_footprint(&m->last);
    double at_ms = (double)(clock_now_ns() - m->idle_from_ns) / NS_PER_MS;
    json_object_set_new(entry, "due_ms", json_integer((json_int_t)m->next_sample_ms));
    json_object_set_new(entry, "ms", json_real(at_ms));
    append_to(m, "samples", entry);
}

static void sample_active(struct memcell *m) {
    if (m->said_start && !m->in_census && sample(m))
        append_to(m, "active",
                  json_pack("[f, I]",
                            (double)(clock_now_ns() - m->started_ns) / NS_PER_MS,
                            (json_int_t)footprint_bytes(&m->last)));
    if (goes_on(m))
        m->due_ns = clock_now_ns() + ACTIVE_SAMPLE_MS * NS_PER_MS;
}

static void on_hello(struct memcell *m, const struct protocol_line *line) {
    uint64_t version;
    if (!protocol_number(line, "protocol", &version) || version != PROTOCOL_VERSION) {
        fail(m, "garbage", "it does not speak version %d of docs/protocol.md",
             PROTOCOL_VERSION);
        return;
    }
    m->said_hello = true;
}

static void on_allocator(struct memcell *m, const struct protocol_line *line) {
    const char *loaded = protocol_get(line, "malloc"),
               *call = protocol_get(line, "collect");
    const struct variant *variant = m->cell.variant;
    if (!loaded || !call) {
        fail(m, "garbage", "its \"allocator\" line lacks malloc= or collect=");
        return;
    }
    json_object_set_new(m->record, "malloc", json_string(loaded));
    if (!variant_provides(variant, loaded)) {
        char errors[300];
        child_errors(&m->child, errors, sizeof errors);
        fail(m, "not-loaded", "malloc comes from %s, not from %s%s%s", loaded,
             variant->library, *errors ? "; the loader says: " : "", errors);
    } else if (m->cell.idle == IDLE_COLLECT && strcmp(call, "none") == 0) {
        fail(m, "no-collect",
             "no call is known that makes this allocator give memory back; leave it out, "
             "or leave collect out of --idle-drivers");
    }
}

static void on_checkpoint(struct memcell *m, const struct protocol_line *line) {
    static const char *const numbers[] = {"live", "held", "floor", "objects", NULL};
    const char *name = protocol_get(line, "name");
    json_t *entry = json_object();
    if (!name || !protocol_numbers_to_json(line, numbers, entry)) {
        json_decref(entry);
        fail(m, "garbage", "a \"checkpoint\" line lacks its name or a number");
        return;
    }
    json_object_set_new(entry, "name", json_string(name));
    long long live = json_integer_value(json_object_get(entry, "live"));
    long long held = json_integer_value(json_object_get(entry, "held"));
    if (live != held)
        fail(m, "leak",
             "at %s it holds %lld bytes, but its own tables list %lld: it leaked %lld",
             name, held, live, held - live);
    else if (sample_before_census(m))
        json_object_set_new(entry, "memory", record_footprint(&m->last));
    m->said_start |= strcmp(name, "start") == 0;
    m->said_end |= strcmp(name, "end") == 0;
    append_to(m, "checkpoints", entry);
    end_stop(m);
}

static void on_work(struct memcell *m, const struct protocol_line *line) {
    const char *lacks = record_take_line(m->record, line);
    if (lacks)
        fail(m, "garbage", "%s", lacks);
    m->said_result |= strcmp(line->verb, "result") == 0;
}

/* Takes the footprint at the end of an idle gap between two builds. */
static void on_gap(struct memcell *m, const struct protocol_line *line) {
    static const char *const numbers[] = {"n", "idle", "live", "floor", NULL};
    json_t *entry = json_object();
    if (!protocol_numbers_to_json(line, numbers, entry))
        fail(m, "garbage", "a \"gap\" line lacks a number");
    else if (sample_before_census(m))
        json_object_set_new(entry, "memory", record_footprint(&m->last));
    append_to(m, "gaps", entry);
    end_stop(m);
}

/* Reads what the tree has run so far. A failure is not a fault of the cell, since old
 * kernels do not say it. */
static bool read_activity(struct memcell *m, struct activity *ret) {
    struct reason ignored;
    return footprint_read_activity(m->child.pid, ret, &ignored) == 0;
}

/* Records what the process tree ran between the second sample of the idle period (at 50
 * ms) and the last one, which is now. */
static void note_idle_activity(struct memcell *m) {
    struct activity now;
    if (!m->knows_activity || !read_activity(m, &now))
        return;
    json_object_set_new(
        m->record, "idle_activity",
        json_pack("{s:I, s:I, s:I}", "cpu_ns",
                  (json_int_t)(now.cpu_ns - m->activity_at_idle.cpu_ns), "wakeups",
                  (json_int_t)(now.wakeups - m->activity_at_idle.wakeups), "minor_faults",
                  (json_int_t)(now.minor_faults - m->activity_at_idle.minor_faults)));
}

static void on_idle(struct memcell *m, const struct protocol_line *line) {
    const char *driver = protocol_get(line, "driver"), *call = protocol_get(line, "call");
    if (!m->said_start || !m->said_result || !m->said_end) {
        fail(m, "incomplete", "it went idle before it reported start, result and end");
        return;
    }
    if (!driver || strcmp(driver, plan_idle_name((enum idle_driver)m->cell.idle)) != 0) {
        fail(m, "garbage", "it idles as \"%s\", but %s was asked for",
             driver ? driver : "", plan_idle_name((enum idle_driver)m->cell.idle));
        return;
    }
    if (call)
        json_object_set_new(m->record, "collect_call", json_string(call));
    m->idle_from_ns = clock_now_ns();
    m->active_ns = m->idle_from_ns - m->started_ns;
    m->state = MEMCELL_IDLE;
    m->next_sample_ms = 0;
    m->due_ns = m->idle_from_ns;
}

static void on_done(struct memcell *m, const struct protocol_line *line) {
    (void)line;
    m->said_done = true;
}

static void on_line(struct memcell *m, const char *text) {
    static const struct {
        const char *verb;
        void (*take)(struct memcell *m, const struct protocol_line *line);
    } verbs[] = {
        {"hello", on_hello},           {"allocator", on_allocator}, {"census", on_census},
        {"checkpoint", on_checkpoint}, {"build", on_work},          {"gap", on_gap},
        {"result", on_work},           {"idle", on_idle},           {"done", on_done}};
    struct protocol_line line;
    if (!protocol_parse(text, &line)) {
        fail(m, "garbage", RECORD_GARBAGE, text);
        return;
    }
    if (!m->said_hello && strcmp(line.verb, "hello") != 0)
        fail(m, "garbage", "it printed \"%.60s\" before its \"hello\"", text);
    for (size_t i = 0; goes_on(m) && i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(line.verb, verbs[i].verb) == 0)
            verbs[i].take(m, &line);
}

/* The process has ended. Only after its idle period, and when it has said so, is that no
 * fault. */
static void on_end(struct memcell *m) {
    static const char *const during[] = {"while it worked", "while it was idle",
                                         "while it was exiting"};
    int status;
    if (child_wait(&m->child, clock_now_ns() + NS_PER_S, NULL, &status) < 0)
        return; /* memcell_on_deadline() ends it */
    m->child.pid = 0;
    if (m->phase == MEMCELL_LEAVING && m->said_done && status == 0) {
        m->state = MEMCELL_OVER;
        return;
    }
    char how[96], errors[400];
    child_describe_status(status, how, sizeof how);
    child_errors(&m->child, errors, sizeof errors);
    const char *fault = WIFSIGNALED(status)   ? "crashed"
                        : WEXITSTATUS(status) ? "failed"
                                              : "incomplete";
    fail(m, fault, "it %s %s%s%s", how, during[m->phase], *errors ? ": " : "", errors);
}

static void take_lines(struct memcell *m) {
    char *start = m->buffer, *end;
    while (goes_on(m) &&
           (end = memchr(start, '\n', m->buffered - (size_t)(start - m->buffer)))) {
        *end = '\0';
        on_line(m, start);
        start = end + 1;
    }
    m->buffered -= (size_t)(start - m->buffer);
    memmove(m->buffer, start, m->buffered);
    if (goes_on(m) && m->buffered == sizeof m->buffer)
        fail(m, "garbage", "it printed %zu bytes without a line end", m->buffered);
}

void memcell_on_readable(struct memcell *m) {
    if (m->state == MEMCELL_ENDING) {
        on_end(m);
        return;
    }
    ssize_t n = read(m->fd, m->buffer + m->buffered, sizeof m->buffer - m->buffered);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) { /* a reset connection is a dead process, too */
        on_end_of_file(m);
        return;
    }
    m->buffered += (size_t)n;
    take_lines(m);
}

static void on_idle_deadline(struct memcell *m) {
    sample_idle(m);
    if (!goes_on(m))
        return;
    if (m->next_sample_ms > 0 && !m->knows_activity) /* by now it waits in read(2) */
        m->knows_activity = read_activity(m, &m->activity_at_idle);
    if (m->next_sample_ms >= m->plan->idle_ms) {
        note_idle_activity(m);
        m->state = MEMCELL_LEAVING;
        m->due_ns = clock_now_ns() + LEAVING_LIMIT_S * NS_PER_S;
        send_go(m);
        return;
    }
    m->next_sample_ms = memcell_next_sample_ms(m->next_sample_ms, m->plan->idle_ms);
    m->due_ns = m->idle_from_ns + m->next_sample_ms * NS_PER_MS;
}

void memcell_on_deadline(struct memcell *m) {
    uint64_t active_until_ns = m->started_ns + m->plan->timeout_s * NS_PER_S;
    if (m->state == MEMCELL_ACTIVE && clock_now_ns() >= active_until_ns)
        fail(m, "hung", RECORD_HUNG, m->plan->timeout_s);
    else if (m->state == MEMCELL_ACTIVE)
        sample_active(m);
    else if (m->state == MEMCELL_IDLE)
        on_idle_deadline(m);
    else if (m->state == MEMCELL_LEAVING)
        fail(m, "hung", "it did not end within %d s after its idle period",
             LEAVING_LIMIT_S);
    else if (m->state == MEMCELL_ENDING)
        fail(m, "hung", "it was exiting but did not end within %d s", LEAVING_LIMIT_S);
}

bool memcell_is_active(const struct memcell *m) {
    return m->state == MEMCELL_ACTIVE ||
           (m->state == MEMCELL_ENDING && m->phase == MEMCELL_ACTIVE);
}

uint64_t memcell_peak(const struct memcell *m) {
    return m->peak_kept > m->peak_sampled ? m->peak_kept : m->peak_sampled;
}

static int start_process(struct memcell *m) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
        int error = -errno;
        fail(m, "harness", "cannot make a socket: %s", strerror(-error));
        return error;
    }
    struct command command;
    char report[16];
    snprintf(report, sizeof report, "fd:%d", CHILD_REPORT_FD);
    struct reason why;
    int error = command_build(&command, m->plan, &m->cell, report, &why);
    if (!error)
        error = child_start(&m->child, command.argv, command.envp, ends[1], &why);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        fail(m, "not-started", "%s", why.text);
        return error;
    }
    m->fd = ends[0];
    return 0;
}

void memcell_start(struct memcell *ret, const struct plan *plan, const struct cell *cell,
                   unsigned round) {
    static const char *const lists[] = {"builds", "gaps", "checkpoints", "active",
                                        "samples"};
    *ret = (struct memcell){.plan = plan, .cell = *cell, .fd = -1};
    ret->record = record_new(cell, round);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        json_object_set_new(ret->record, lists[i], json_array());
    ret->started_ns = clock_now_ns();
    if (start_process(ret) == 0)
        ret->due_ns = ret->started_ns + ACTIVE_SAMPLE_MS * NS_PER_MS;
}

json_t *memcell_finish(struct memcell *m) {
    bool started = m->fd >= 0;
    if (started && m->child.pid > 0)
        child_kill(&m->child);
    if (started) {
        child_finish(&m->child);
        close(m->fd);
    }
    json_t *record = m->record;
    m->record = NULL;
    if (m->state != MEMCELL_OVER) {
        json_decref(record);
        return NULL;
    }
    record_settle(record);
    json_object_set_new(record, "active_ms", json_real((double)m->active_ns / NS_PER_MS));
    json_object_set_new(record, "peak_footprint",
                        json_integer((json_int_t)memcell_peak(m)));
    json_object_set_new(record, "peak_sampled",
                        json_integer((json_int_t)m->peak_sampled));
    json_object_set_new(record, "peak_rss", json_integer((json_int_t)m->peak_rss));
    if (!record_has_failed(record))
        json_object_set_new(record, "derived", reading_derived_to_json(record));
    return record;
}

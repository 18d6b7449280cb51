/*
 * One loop, follow(), waits for the program's output and for the next sample. Each on_...
 * function handles one kind of event.
 */
#include "watch.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attribution.h"
#include "child.h"
#include "childenv.h"
#include "clock.h"
#include "composed.h"
#include "footprint.h"
#include "freeport.h"
#include "heap.h"
#include "reason.h"
#include "record.h"
#include "watchoutput.h"
#include "watchrecord.h"
#include "watchtree.h"

enum {
    LEAVING_MS = 5000,  /* time to end after SIGTERM, and again after SIGKILL */
    LOOK_MS = 1000,     /* how often we look for executable memory */
    NEAR_PEAK_MIB = 32, /* keep_near_peak() ignores smaller footprints */
    REAP_MS = 10,       /* between two looks at a tree that should end */
    CALM_MS = 1000,     /* between samples of an idle program, while others may work */
};

enum phase {
    PHASE_WORK,
    PHASE_IDLE,
    PHASE_OVER,
};

struct watch {
    const struct watch_spec *spec;
    const struct watch_subject *subject;
    int news;       /* receives the news; -1: no other program works meanwhile */
    bool told_idle; /* what the news last said */
    char port[40];  /* "TIDEMARK_PORT=NUMBER" */
    struct watch_tree tree;
    struct child child;       /* pid 0: none, or not started yet */
    struct composed composed; /* the folder for verdicts of a transplant inside it */
    bool is_composed;         /* `composed` is valid; never for an attached process */
    struct watch_output out, errors;
    enum phase phase;
    /* the start; the end of the work (0: not yet); when the next sample is due */
    uint64_t started_ns, idle_from_ns, due_ns;
    size_t next_idle;             /* index into the spec's `idle_s` */
    bool marked[WATCH_MARKS_MAX]; /* which of the spec's marks were reached */
    bool until_met, ready;        /* the work has ended; the line for the driver came */
    struct footprint last;        /* sum over the tree in the last sample */
    struct watch_peak peak;
    struct watch_cost cost;
    struct watch_quiet quiet, calm; /* calm: by the limits for the news */
    struct watch_machine machine;
    json_t *samples, *checkpoints;
    json_t *near_peak; /* the attribution that keep_near_peak() kept; NULL: none yet */
    uint64_t near_peak_footprint;
    /* when the last sample began, look() was last called, and near_peak was made */
    uint64_t sampled_ns, looked_ns, near_peak_ns;
    bool has_library;    /* a process had the preloaded library mapped */
    char port_line[200]; /* a line of output that said that a port is in use; "": none */
    const char *fault;   /* NULL: none */
    struct reason why;   /* of the fault */
};

__attribute__((format(printf, 3, 4))) static void fail(struct watch *w, const char *fault,
                                                       const char *format, ...) {
    if (w->fault)
        return; /* the first fault is the cause */
    va_list args;
    va_start(args, format);
    reason_vset(&w->why, format, args);
    va_end(args);
    w->fault = fault;
    w->phase = PHASE_OVER;
}

/* Fails if the program's output said that a port is in use. Called before another fault
 * is told: this one then is its cause. */
static void fail_if_port_in_use(struct watch *w) {
    if (w->port_line[0])
        fail(w, "port-in-use",
             "a port that it wants is in use: \"%s\"; end the process that listens there "
             "(`ss -ltnp` names it), or give the program another port%s",
             w->port_line,
             w->news >= 0 ? ": $" WATCH_PORT " is a free one for each round. An earlier "
                            "round of this run may be idle on that port; with "
                            "--idle-limit=1 (guard: without \"overlap\") none is"
                          : "");
}

static double ms_since_start(const struct watch *w) {
    return (double)(clock_now_ns() - w->started_ns) / NS_PER_MS;
}

/* ---- sampling ---- */

/*
 * Reads the memory of all living processes into `last`. If a living process cannot be
 * read, the round fails, because the sum would lack it.
 */
static void read_memory(struct watch *w) {
    struct footprint sum = {0};
    for (size_t i = 0; i < w->tree.count; i++) {
        struct watch_process *process = &w->tree.at[i];
        struct footprint memory;
        struct reason why = {""};
        if (!watchtree_is_living(process))
            continue;
        int error = footprint_read_process(process->pid, &memory, &why);
        if (!error) {
            footprint_add(&sum, &memory);
            watchtree_note_memory(process, &memory);
        } else if (!footprint_has_ended(error)) {
            fail(w, "unreadable", "%s", why.text);
        }
    }
    w->last = sum;
}

/* Notes the executable memory of all living processes, and looks for the preloaded
 * library in them. */
static void look(struct watch *w) {
    for (size_t i = 0; i < w->tree.count; i++)
        if (watchtree_is_living(&w->tree.at[i]))
            attribution_look(w->tree.at[i].pid, &w->tree.at[i].executable,
                             w->subject->library, &w->has_library);
    w->looked_ns = clock_now_ns();
}

/* Whose the memory is now; NULL if a process could not be read. The caller owns it. */
static json_t *attribute(struct watch *w) {
    struct attribution attribution = {0};
    if (w->looked_ns < w->sampled_ns) /* otherwise it has looked in this sample */
        look(w);
    int error = 0;
    for (size_t i = 0; !error && i < w->tree.count; i++) {
        struct watch_process *process = &w->tree.at[i];
        struct reason why;
        if (!watchtree_is_living(process))
            continue;
        error = attribution_add_process(&attribution, process->pid, &process->executable,
                                        &why);
        if (footprint_has_ended(error))
            error = 0;
        else if (error)
            fail(w, "unreadable", "%s", why.text);
    }
    json_t *json = error ? NULL : attribution_to_json(&attribution);
    attribution_finish(&attribution);
    return json;
}

/*
 * Keeps an attribution near the peak. We cannot know beforehand which sample will be the
 * highest. So this makes one each time that the footprint has grown by a tenth.
 */
static void keep_near_peak(struct watch *w) {
    uint64_t footprint = footprint_bytes(&w->last);
    if (footprint < ((uint64_t)NEAR_PEAK_MIB << 20) ||
        footprint < w->near_peak_footprint + w->near_peak_footprint / 10)
        return;
    json_t *now = attribute(w);
    if (!now)
        return;
    json_decref(w->near_peak);
    w->near_peak = now;
    w->near_peak_ns = clock_now_ns();
    w->near_peak_footprint = footprint;
}

static void sample(struct watch *w) {
    uint64_t from = w->sampled_ns = clock_now_ns();
    double at_ms = ms_since_start(w);
    int error = watchtree_scan(&w->tree);
    if (error)
        fail(w, "unreadable", "cannot look through /proc: %s", strerror(-error));
    read_memory(w);
    watchtree_reap(&w->tree);
    watchrecord_add_sample(w->samples, at_ms, &w->last, w->tree.cpu_ticks);
    watchpeak_add(&w->peak, at_ms, &w->last);
    if (from - w->looked_ns >= LOOK_MS * NS_PER_MS ||
        (w->subject->library && !w->has_library))
        look(w);
    keep_near_peak(w);
    watchcost_add(&w->cost, clock_now_ns() - from);
}

/* Fails because of the program's end. The reason says how the first process ended (if
 * known), before what it ended too early ("": not too early), and its last line of
 * errors. */
static void fail_as_ended(struct watch *w, const char *fault, const char *missed) {
    const struct watch_process *process = watchtree_root(&w->tree);
    const char *words = w->errors.last;
    char how[96] = "ended";
    fail_if_port_in_use(w);
    if (process && process->has_status)
        child_describe_status(process->status, how, sizeof how);
    fail(w, fault, "it %s%s%s%s%s", how, *missed ? " before " : "", missed,
         *words ? ": " : "", words);
}

/*
 * Takes a sample, and records it as a checkpoint with the memory of each process. If the
 * tree has ended, that is a fault, not a checkpoint of 0 bytes. Returns the checkpoint;
 * NULL after a fault.
 */
static json_t *checkpoint(struct watch *w, const char *name) {
    sample(w);
    if (!w->fault && w->last.processes == 0) {
        char missed[WATCH_NAME_MAX + 40];
        snprintf(missed, sizeof missed, "its memory at \"%s\" was read", name);
        fail_as_ended(w, "ended", missed);
    }
    if (w->fault)
        return NULL;
    double at_ms = ms_since_start(w);
    uint64_t from = clock_now_ns();
    bool has_just_attributed = w->near_peak_ns >= w->sampled_ns;
    json_t *whose = has_just_attributed ? json_incref(w->near_peak) : attribute(w);
    json_t *json = watchrecord_checkpoint(name, at_ms, &w->last, &w->tree, whose);
    json_array_append_new(w->checkpoints, json);
    watchcost_add(&w->cost, clock_now_ns() - from);
    return json;
}

/* Sets when the next sample is due. `from`: when the last one began. If that one took
 * long, the pause after it is at least as long. */
static void set_due(struct watch *w, uint64_t from) {
    bool rarely = w->told_idle && w->spec->interval_ms < CALM_MS;
    uint64_t interval_ms = rarely ? CALM_MS : w->spec->interval_ms;
    uint64_t now = clock_now_ns(), next = from + interval_ms * NS_PER_MS;
    if (now + (now - from) > next) {
        next = now + (now - from);
        w->cost.stretched++;
    }
    w->due_ns = next;
}

/* ---- what happens ---- */

static void go_idle(struct watch *w) {
    checkpoint(w, WATCH_END);
    if (w->fault)
        return;
    w->idle_from_ns = clock_now_ns();
    w->machine.others_work = watchmachine_next(&w->machine, &w->tree);
    w->phase = w->spec->idle_count == 0 ? PHASE_OVER : PHASE_IDLE;
}

static void start_driver(struct watch *w) {
    struct child driver;
    if (!w->spec->driver || w->tree.driver)
        return;
    char *argv[] = {"sh", "-c", (char *)w->spec->driver, NULL}; /* nothing writes to it */
    struct child_streams streams = {-1, STDERR_FILENO, STDERR_FILENO, w->subject->folder};
    struct reason why;
    char *added[] = {w->port, w->tree.driver_mark, NULL};
    char **envp = childenv_make_from(w->subject->envp, added);
    if (child_start_on(&driver, argv, envp, &streams, &why) < 0)
        fail(w, "drive", "%s", why.text);
    else
        w->tree.driver = driver.pid;
    free(envp);
}

static bool matches(const regex_t *pattern, const char *line) {
    return regexec(pattern, line, 0, NULL, 0) == 0;
}

/* Whether a line says that a port is in use, in the words of Node.js, Python, Go and the
 * C library, or of Vite and similar tools. */
static bool says_port_in_use(const char *line) {
    const char *port = strcasestr(line, "port ");
    return strcasestr(line, "EADDRINUSE") || strcasestr(line, "address already in use") ||
           (port && isdigit((unsigned char)port[5]) && strcasestr(port, " in use"));
}

static void on_line(void *context, const char *line) {
    struct watch *w = context;
    const struct watch_spec *spec = w->spec;
    if (w->phase == PHASE_OVER)
        return; /* the program is being ended; this line says nothing about its work */
    if (!w->port_line[0] && says_port_in_use(line)) {
        snprintf(w->port_line, sizeof w->port_line, "%s", line);
        if (spec->needs_port || (w->news >= 0 && spec->driver))
            fail_if_port_in_use(w);
    }
    for (size_t i = 0; i < spec->mark_count; i++) {
        if (w->marked[i] || spec->marks[i].by_time ||
            !matches(&spec->marks[i].pattern, line))
            continue;
        w->marked[i] = true;
        checkpoint(w, spec->marks[i].name);
    }
    if (spec->ready_text && !w->ready && matches(&spec->ready_pattern, line)) {
        w->ready = true;
        start_driver(w);
    }
    if (spec->until == WATCH_UNTIL_OUTPUT && matches(&spec->until_pattern, line))
        w->until_met = true;
}

static void read_output(struct watch *w) {
    watchoutput_read(&w->out);
    watchoutput_read(&w->errors);
}

/* Fails because the work has not ended by its time limit. */
static void fail_as_late(struct watch *w) {
    const char *words = w->errors.last[0] ? w->errors.last : w->out.last;
    double timeout_s = w->spec->timeout_s;
    bool waits_for_line =
        w->spec->until == WATCH_UNTIL_OUTPUT || (w->spec->ready_text && !w->ready);
    fail_if_port_in_use(w);
    if (w->tree.driver && w->spec->until == WATCH_UNTIL_DRIVEN)
        fail(w, "drive",
             "the drive command did not end within %g s (--timeout, timeout_s)",
             timeout_s);
    else if (waits_for_line && !*words)
        fail(w, "silent",
             "it printed nothing in %g s (--timeout, timeout_s), so the expected "
             "line cannot have come; does it write to a file, or buffer output "
             "that does not go to a terminal?",
             timeout_s);
    else if (waits_for_line)
        fail(w, "hung",
             "its work did not end within %g s (--timeout, timeout_s): no line "
             "matched; its last line is \"%s\"",
             timeout_s, words);
    else
        fail(w, "hung", "its work did not end within %g s (--timeout, timeout_s)",
             timeout_s);
}

/* Records the checkpoints by time that are due, and checks the time limit of the work. */
static void on_clock(struct watch *w) {
    const struct watch_spec *spec = w->spec;
    double now_s = ms_since_start(w) / 1000;
    for (size_t i = 0; i < spec->mark_count; i++) {
        if (w->marked[i] || !spec->marks[i].by_time || now_s < spec->marks[i].at_s ||
            watchtree_alive(&w->tree) == 0)
            continue;
        w->marked[i] = true;
        checkpoint(w, spec->marks[i].name);
    }
    if (w->phase == PHASE_WORK && now_s > spec->timeout_s)
        fail_as_late(w);
}

static void on_end_of_tree(struct watch *w) {
    read_output(w); /* its last lines may still be in the pipe */
    const struct watch_process *process = watchtree_root(&w->tree);
    if (w->phase == PHASE_IDLE)
        fail_as_ended(w, "ended", "its idle period was over");
    else if (w->spec->until != WATCH_UNTIL_EXIT)
        fail_as_ended(w, "ended",
                      w->until_met ? "its memory at \"" WATCH_END "\" was read"
                                   : "the end of its work was seen");
    else if (process && process->has_status && process->status != 0)
        fail_as_ended(w, WIFSIGNALED(process->status) ? "crashed" : "failed", "");
    w->phase = PHASE_OVER;
}

/* Whether the drive command has ended. Fails if it did not end well. */
static bool driver_has_ended(struct watch *w) {
    const struct watch_process *driver =
        w->tree.driver ? watchtree_find(&w->tree, w->tree.driver) : NULL;
    if (!driver || !driver->has_status)
        return false;
    char how[96];
    child_describe_status(driver->status, how, sizeof how);
    if (driver->status != 0)
        fail(w, "drive", "the drive command %s", how);
    return true;
}

/* When the next idle checkpoint is due. */
static uint64_t idle_due_ns(const struct watch *w) {
    return w->idle_from_ns + (uint64_t)(w->spec->idle_s[w->next_idle] * (double)NS_PER_S);
}

/* Called after a sample: checks whether the work, the idle period or the whole tree has
 * ended. */
static void look_around(struct watch *w) {
    const struct watch_spec *spec = w->spec;
    on_clock(w);
    if (w->phase == PHASE_OVER)
        return;
    if (watchtree_alive(&w->tree) == 0) {
        on_end_of_tree(w);
        return;
    }
    if (w->phase == PHASE_WORK) {
        if ((spec->until == WATCH_UNTIL_DRIVEN && driver_has_ended(w)) ||
            (spec->until == WATCH_UNTIL_QUIET && watchquiet_is(&w->quiet, w->samples)))
            w->until_met = true;
        if (w->until_met && w->phase == PHASE_WORK)
            go_idle(w);
        return;
    }
    uint64_t now = clock_now_ns();
    while (w->phase == PHASE_IDLE && now >= idle_due_ns(w)) {
        char name[WATCH_NAME_MAX];
        uint64_t late_ns = clock_now_ns() - idle_due_ns(w);
        watchspec_idle_name(spec->idle_s[w->next_idle], name, sizeof name);
        json_t *json = checkpoint(w, name);
        if (json)
            json_object_set_new(json, "late_ms", json_real((double)late_ns / NS_PER_MS));
        if (w->phase == PHASE_IDLE && ++w->next_idle == spec->idle_count)
            w->phase = PHASE_OVER;
    }
}

/* Milliseconds until the next sample or idle checkpoint is due, rounded up. */
static int wait_ms(const struct watch *w) {
    uint64_t now = clock_now_ns(), due = w->due_ns;
    if (w->phase == PHASE_IDLE) {
        uint64_t idle = idle_due_ns(w);
        due = idle < due ? idle : due;
    }
    return due > now ? (int)((due - now) / NS_PER_MS) + 1 : 0;
}

/* Whether the program is idle in the sense of struct watch_news. */
static bool is_calm(struct watch *w) {
    for (size_t i = 0; i < w->spec->mark_count; i++)
        if (!w->marked[i])
            return false;
    return w->phase == PHASE_IDLE && watchquiet_is(&w->calm, w->samples);
}

static void tell(struct watch *w) {
    struct watch_news news = {w->news >= 0 && is_calm(w), w->peak.footprint};
    if (news.is_idle != w->told_idle && write(w->news, &news, sizeof news) < 0)
        fail(w, "interrupted", "the pool of watchers has gone: %s", strerror(errno));
    w->told_idle = news.is_idle;
}

static void follow(struct watch *w, const volatile int *stop) {
    while (w->phase != PHASE_OVER) {
        struct pollfd streams[] = {
            {.fd = watchoutput_fd(&w->out), .events = POLLIN},
            {.fd = watchoutput_fd(&w->errors), .events = POLLIN},
            {.fd = watchoutput_through(&w->out), .events = POLLOUT},
            {.fd = watchoutput_through(&w->errors), .events = POLLOUT},
            {.fd = w->tree.exits.fd, .events = POLLIN}};
        if (poll(streams, sizeof streams / sizeof streams[0], wait_ms(w)) > 0) {
            watchtree_read_exits(&w->tree);
            read_output(w);
        }
        if (*stop) {
            fail(w, "interrupted", "the watcher was interrupted");
        } else if (w->until_met && w->phase == PHASE_WORK) {
            look_around(w); /* the checkpoint at the end of the work is taken at once */
        } else if (wait_ms(w) == 0) {
            uint64_t from = clock_now_ns();
            sample(w);
            look_around(w);
            tell(w);
            set_due(w, from);
        }
    }
}

/* ---- beginning and end ---- */

/* Starts the program, with a folder for the verdicts of a transplant inside it. */
static int start_program(struct watch *w, struct reason *why) {
    bool hide = w->spec->hide_output;
    int out = -1, errors = -1, error = composed_begin(&w->composed, why);
    if (error)
        return error;
    w->is_composed = true;
    error = watchoutput_open(&w->out, hide ? -1 : STDOUT_FILENO, on_line, w, &out);
    if (!error)
        error =
            watchoutput_open(&w->errors, hide ? -1 : STDERR_FILENO, on_line, w, &errors);
    if (error) {
        reason_set(why, "cannot make a pipe: %s", strerror(-error));
    } else {
        struct child_streams streams = {isatty(STDIN_FILENO) ? -1 : STDIN_FILENO, out,
                                        errors, w->subject->folder};
        char *added[] = {w->composed.variable, w->port, NULL};
        char **envp = childenv_make_from(w->subject->envp, added);
        error = child_start_on(&w->child, w->subject->argv, envp, &streams, why);
        free(envp);
    }
    if (out >= 0)
        close(out);
    if (errors >= 0)
        close(errors);
    return error;
}

static void start(struct watch *w) {
    struct reason why = {""};
    pid_t pid = w->subject->pid;
    /* Orphans of the program and the driver become our children, so we see them end. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int error = watchtree_begin(&w->tree, getpid(), pid == 0);
    if (error)
        fail(w, "unreadable", "cannot look through /proc: %s", strerror(-error));
    w->started_ns = clock_now_ns();
    watchmachine_begin(&w->machine, &w->tree);
    /* 0 if no port is free: then the program could not listen on another port either */
    snprintf(w->port, sizeof w->port, WATCH_PORT "=%u", freeport_find());
    if (!pid && !w->fault && start_program(w, &why) < 0)
        fail(w, "not-started", "%s", why.text);
    if (w->fault)
        return;
    error = watchtree_add_root(&w->tree, pid ? pid : w->child.pid);
    if (error) /* our own child is readable even if it has ended: we have not reaped it */
        fail(w, pid ? "not-started" : "unreadable", "cannot read process %d: %s",
             pid ? (int)pid : (int)w->child.pid, strerror(-error));
    if (pid) { /* its earlier CPU time is not of this round */
        watchtree_scan(&w->tree);
        watchmachine_begin(&w->machine, &w->tree);
    }
    if (!w->fault && !w->spec->ready_text)
        start_driver(w);
    w->until_met = w->spec->until == WATCH_UNTIL_NOW;
    w->due_ns = w->started_ns;
}

/*
 * Follows a tree that should end. Scans it again and again, and calls `end` after each
 * scan. Returns whether the tree ended within `limit_ms`.
 */
static bool end_within(struct watch *w, unsigned limit_ms,
                       void (*end)(struct watch_tree *)) {
    uint64_t limit = clock_now_ns() + limit_ms * NS_PER_MS;
    for (;;) {
        read_output(w);
        watchtree_scan(&w->tree);
        end(&w->tree);
        watchtree_reap(&w->tree);
        if (!watchtree_any_left(&w->tree))
            return true;
        if (clock_now_ns() >= limit)
            return false;
        poll(NULL, 0, REAP_MS);
    }
}

/*
 * Ends the processes that we started, and only those: first by SIGTERM, then by SIGKILL.
 * A process that is left would disturb the next round.
 */
static void end_programs(struct watch *w) {
    w->phase = PHASE_OVER;
    if (w->child.pid && !watchtree_root(&w->tree)) { /* we could not read it in /proc */
        child_kill(&w->child);
        return;
    }
    if (!end_within(w, LEAVING_MS, watchtree_ask_to_end) &&
        !end_within(w, LEAVING_MS, watchtree_kill))
        fail(w, "not-ended",
             "processes that it started are still alive after SIGKILL; end them before "
             "the next measurement");
}

/* Reads the verdicts of transplants inside the program. Called after all processes have
 * ended, so that no verdict is missing. */
static void check_composed(struct watch *w) {
    struct reason why;
    if (!w->is_composed)
        return;
    if (composed_read(&w->composed, NULL, NULL, &why) < 0)
        fail(w, "not-transplanted", "%s", why.text);
    composed_finish(&w->composed);
}

static json_t *make_record(struct watch *w, unsigned round) {
    json_t *record =
        watchrecord_make(&w->subject->cell, round, w->samples, w->checkpoints, &w->tree,
                         &w->peak, &w->cost, w->started_ns);
    if (w->fault)
        record_fault(record, w->fault, "%s", w->why.text);
    record_settle(record);
    watchrecord_add_machine(record, &w->machine);
    if (!w->fault)
        watchrecord_add_unreached(record, w->spec, w->marked);
    if (w->near_peak)
        json_object_set(json_object_get(record, "peak"), "attribution", w->near_peak);
    uint64_t ended_ns = w->idle_from_ns;
    if (w->spec->until == WATCH_UNTIL_EXIT && !w->fault)
        ended_ns = w->started_ns + w->cost.wall_ns;
    if (ended_ns)
        json_object_set_new(record, "work_s",
                            json_real((double)(ended_ns - w->started_ns) / NS_PER_S));
    return record;
}

json_t *watch_run(const struct watch_spec *spec, const struct watch_subject *subject,
                  unsigned round, int news, const volatile int *stop) {
    struct watch *w = heap_new(1, sizeof *w);
    w->spec = spec;
    w->subject = subject;
    w->news = news;
    w->out.fd = w->errors.fd = w->out.through = w->errors.through = -1;
    w->samples = json_array();
    w->checkpoints = json_array();
    watchcost_begin(&w->cost);
    w->quiet = (struct watch_quiet){spec->quiet_percent, spec->quiet_s, 0};
    w->calm = (struct watch_quiet){WATCH_CALM_PERCENT, WATCH_CALM_S, 0};
    start(w);
    follow(w, stop);
    if (w->idle_from_ns)
        w->machine.others_idle = watchmachine_next(&w->machine, &w->tree);
    watchcost_end(&w->cost, clock_now_ns() - w->started_ns);
    w->cost.held_up_ns =
        watchoutput_held_up_ns(&w->out) + watchoutput_held_up_ns(&w->errors);
    end_programs(w);
    watchoutput_drain(&w->out, stop);
    watchoutput_drain(&w->errors, stop);
    if (w->subject->library && !w->has_library)
        fail(w, "not-loaded", "no process was seen with %s", w->subject->library);
    check_composed(w);
    watchtree_settle(&w->tree);
    json_t *record = make_record(w, round);
    json_decref(w->samples);
    json_decref(w->checkpoints);
    json_decref(w->near_peak);
    watchoutput_close(&w->out);
    watchoutput_close(&w->errors);
    watchtree_finish(&w->tree);
    free(w);
    return record;
}

#include "watchtree.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "heap.h"
#include "procfile.h"
#include "procstat.h"

enum {
    PENDING_MAX = 65536,
    CLOCK_SLACK_MS = 50, /* start times have a resolution of 10 ms; exits are read late */
    KILLS_AT_ONCE = 64,  /* times that the watcher's children are read, some 20 us each */
};

/* An exit of a process that is not known yet. The process may be one of the tree, or any
 * other on the machine. */
struct watch_exit {
    struct exit_note note;
    struct watch_span at;
};

/* a - b, and 0 instead of a negative number. */
static uint64_t less(uint64_t a, uint64_t b) {
    return a > b ? a - b : 0;
}

/* Converts a start time to the clock of clock_now_ns(): the process started within this
 * tick. */
static struct watch_span born_in(uint64_t start_ticks) {
    const uint64_t tick_ns = NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
    struct timespec since_boot;
    clock_gettime(CLOCK_BOOTTIME, &since_boot);
    uint64_t now_boot =
        (uint64_t)since_boot.tv_sec * NS_PER_S + (uint64_t)since_boot.tv_nsec;
    uint64_t from = less(clock_now_ns(), less(now_boot, start_ticks * tick_ns));
    return (struct watch_span){from, from + tick_ns};
}

/* newest() and older() walk through the rows of a number's bucket, which also has rows of
 * other numbers. NULL: no more. */
static struct watch_process *newest(const struct watch_tree *tree, pid_t pid) {
    size_t row = tree->newest[(size_t)pid % WATCH_BUCKETS];
    return row ? &tree->at[row - 1] : NULL;
}

static struct watch_process *older(const struct watch_tree *tree,
                                   const struct watch_process *process) {
    return process->older ? &tree->at[process->older - 1] : NULL;
}

struct watch_process *watchtree_find(const struct watch_tree *tree, pid_t pid) {
    struct watch_process *last = NULL;
    for (struct watch_process *p = newest(tree, pid); p; p = older(tree, p)) {
        if (p->pid == pid && p->alive)
            return p;
        if (p->pid == pid && !last)
            last = p;
    }
    return last;
}

const struct watch_process *watchtree_root(const struct watch_tree *tree) {
    for (size_t i = 0; i < tree->count; i++)
        if (tree->at[i].part == WATCH_PROGRAM)
            return &tree->at[i];
    return NULL;
}

/* ---- who is who ---- */

/* What one source reports of one process. */
struct sighting {
    pid_t pid, parent;
    pid_t group;          /* process group; 0: not reported */
    uint64_t start_ticks; /* since boot; 0: not reported */
    struct watch_span born;
    struct watch_span at; /* the time of the report: `parent` was its parent then */
    const char *name;
};

/* Whether two spans overlap, with some slack. */
static bool meet(struct watch_span a, struct watch_span b) {
    const uint64_t slack = CLOCK_SLACK_MS * NS_PER_MS;
    return a.from_ns <= b.to_ns + slack && b.from_ns <= a.to_ns + slack;
}

/* Whether the report is of this process. Start times from /proc are exact. A note of an
 * exit has none, so the time of birth is estimated from it. */
static bool is_same(const struct watch_process *process, const struct sighting *s) {
    if (process->pid != s->pid)
        return false;
    if (process->start_ticks && s->start_ticks)
        return process->start_ticks == s->start_ticks;
    return meet(process->born, s->born);
}

static struct watch_process *find_same(const struct watch_tree *tree,
                                       const struct sighting *s) {
    for (struct watch_process *p = newest(tree, s->pid); p; p = older(tree, p))
        if (is_same(p, s))
            return p;
    return NULL;
}

/* The process that had this number at that time; NULL: unknown. */
static const struct watch_process *find_at(const struct watch_tree *tree, pid_t pid,
                                           struct watch_span at) {
    for (struct watch_process *p = newest(tree, pid); p; p = older(tree, p)) {
        struct watch_span life = {p->born.from_ns,
                                  p->ended_ns ? p->ended_ns : UINT64_MAX / 2};
        if (p->pid == pid && meet(life, at))
            return p;
    }
    return NULL;
}

/* Whether a group is the driver's own, or a living process of the driver leads it. A
 * browser, for example, leads a group and orphans some of its processes at once. */
static bool is_drivers_group(const struct watch_tree *tree, pid_t group) {
    const struct watch_process *leader = group ? watchtree_find(tree, group) : NULL;
    return group == tree->driver ||
           (leader && leader->alive && leader->part == WATCH_DRIVER);
}

/* Whether the process has the driver's mark in its environment. This also recognises
 * processes that left all groups of the driver. False for a zombie: it has no environment
 * any more. */
static bool has_drivers_mark(const struct watch_tree *tree, pid_t pid) {
    char *text;
    size_t length;
    bool found = false;
    if (procfile_read(pid, "environ", &text, &length) < 0)
        return false;
    for (const char *entry = text; !found && entry < text + length;
         entry += strlen(entry) + 1)
        found = strcmp(entry, tree->driver_mark) == 0;
    free(text);
    return found;
}

/*
 * Whether an unknown process belongs to the tree, and to which part. A process belongs to
 * the part of its parent. A child of the watcher is the driver's command or an orphan. An
 * orphan is the driver's if it is in a group of the driver, or has the driver's mark, or
 * if the watcher did not start the program and so does not adopt the program's orphans.
 */
static bool belongs(const struct watch_tree *tree, const struct sighting *s,
                    enum watch_part *ret) {
    if (s->pid == tree->watcher)
        return false;
    if (s->parent == tree->watcher) {
        bool is_drivers =
            tree->driver && (s->pid == tree->driver || is_drivers_group(tree, s->group) ||
                             !tree->is_own || has_drivers_mark(tree, s->pid));
        *ret = tree->begins ? WATCH_STRANGER : is_drivers ? WATCH_DRIVER : WATCH_PROGRAM;
        return true;
    }
    const struct watch_process *parent = find_at(tree, s->parent, s->at);
    if (parent)
        *ret = parent->part;
    return parent != NULL;
}

static struct watch_process *add(struct watch_tree *tree, const struct sighting *s,
                                 enum watch_part part) {
    tree->at = heap_resize(tree->at, tree->count + 1, sizeof *tree->at);
    struct watch_process *process = &tree->at[tree->count++];
    size_t *bucket = &tree->newest[(size_t)s->pid % WATCH_BUCKETS];
    *process = (struct watch_process){.pid = s->pid,
                                      .parent = s->parent,
                                      .born = s->born,
                                      .part = part,
                                      .older = *bucket};
    *bucket = tree->count;
    snprintf(process->name, sizeof process->name, "%s", s->name);
    return process;
}

/* Finds the row of the process in a report, or adds one if the process belongs to the
 * tree. NULL: the process is outside the tree. */
static struct watch_process *merge(struct watch_tree *tree, const struct sighting *s) {
    enum watch_part part;
    struct watch_process *process = find_same(tree, s);
    if (!process && !belongs(tree, s, &part))
        return NULL;
    if (!process)
        process = add(tree, s, part);
    if (!process->start_ticks)
        process->start_ticks = s->start_ticks;
    if (s->born.from_ns > process->born.from_ns && s->born.from_ns < process->born.to_ns)
        process->born.from_ns = s->born.from_ns;
    if (s->born.to_ns < process->born.to_ns && s->born.to_ns > process->born.from_ns)
        process->born.to_ns = s->born.to_ns;
    return process;
}

/* ---- /proc ---- */

static struct sighting sighting_of(const struct procstat *stat) {
    uint64_t now = clock_now_ns();
    return (struct sighting){.pid = stat->pid,
                             .parent = stat->parent,
                             .group = stat->group,
                             .start_ticks = stat->start_ticks,
                             .born = born_in(stat->start_ticks),
                             .at = {now, now},
                             .name = stat->name};
}

static void update(struct watch_process *process, const struct procstat *stat) {
    snprintf(process->name, sizeof process->name, "%s", stat->name); /* exec changes it */
    process->cpu_ticks = stat->cpu_ticks;
    process->alive = true;
    if (!procstat_is_zombie(stat))
        return;
    process->zombie = true;
    if (!process->ended_ns)
        process->ended_ns = clock_now_ns();
    if (!process->has_status) {
        process->has_status = true;
        process->status = stat->status;
    }
}

/* Takes what /proc says of a process over into its row. NULL: it is outside the tree. */
static struct watch_process *see(struct watch_tree *tree, const struct procstat *stat) {
    struct sighting s = sighting_of(stat);
    struct watch_process *process = merge(tree, &s);
    if (process)
        update(process, stat);
    return process;
}

static bool is_listed(const struct watch_process *process, const struct procstat *list,
                      size_t count) {
    for (size_t i = 0; i < count; i++)
        if (list[i].pid == process->pid && list[i].start_ticks == process->start_ticks)
            return true;
    return false;
}

/*
 * Adds up the CPU time of the living processes and of those that the watcher waited for.
 * If a parent waits for its child, the kernel adds the child's time to the parent's. So
 * the sum contains short-lived children, too. If the parent does not wait, the child's
 * time is lost and the sum falls. Then `cpu_ticks` stays as it is.
 */
static void add_up_cpu(struct watch_tree *tree) {
    uint64_t sum = tree->reaped_ticks;
    for (size_t i = 0; i < tree->count; i++)
        if (tree->at[i].part == WATCH_PROGRAM && tree->at[i].alive)
            sum += tree->at[i].cpu_ticks;
    if (sum > tree->summed_ticks)
        tree->cpu_ticks += sum - tree->summed_ticks;
    tree->summed_ticks = sum;
}

int watchtree_scan(struct watch_tree *tree) {
    watchtree_read_exits(tree);
    struct procstat *list;
    size_t count;
    int error = procstat_list(&list, &count);
    if (error)
        return error;
    for (size_t i = 0; i < tree->count; i++) {
        struct watch_process *process = &tree->at[i];
        if (!process->alive || is_listed(process, list, count))
            continue;
        process->alive = process->zombie = false;
        if (!process->ended_ns)
            process->ended_ns = clock_now_ns();
    }
    size_t before;
    do { /* a child may come before its parent in the list */
        before = tree->count;
        for (size_t i = 0; i < count; i++)
            see(tree, &list[i]);
    } while (tree->count > before);
    free(list);
    add_up_cpu(tree);
    return 0;
}

int watchtree_begin(struct watch_tree *ret, pid_t watcher, bool is_own) {
    *ret = (struct watch_tree){
        .watcher = watcher, .is_own = is_own, .begins = true, .exits = {.fd = -1}};
    snprintf(ret->driver_mark, sizeof ret->driver_mark, "TIDEMARK_DRIVER_OF=%d",
             (int)watcher);
    int error = watchtree_scan(ret);
    ret->begins = false;
    ret->drained_ns = clock_now_ns();
    ret->accounting = exits_open(&ret->exits) == 0;
    return error;
}

int watchtree_add_root(struct watch_tree *tree, pid_t pid) {
    struct procstat stat;
    int error = procstat_read(pid, &stat);
    if (error)
        return error;
    struct sighting s = sighting_of(&stat);
    struct watch_process *process = add(tree, &s, WATCH_PROGRAM);
    process->start_ticks = stat.start_ticks;
    update(process, &stat);
    return 0;
}

/* ---- the kernel's accounting ---- */

/* Takes an exit over into the table. False if the process is not known to belong to the
 * tree. */
static bool take_exit(struct watch_tree *tree, const struct watch_exit *exit) {
    const struct exit_note *note = &exit->note;
    struct sighting s = {.pid = note->pid,
                         .parent = note->parent,
                         .born = {less(exit->at.from_ns, note->lived_ns),
                                  less(exit->at.to_ns, note->lived_ns)},
                         .at = exit->at,
                         .name = note->name};
    struct watch_process *process = merge(tree, &s);
    if (!process || process->accounted)
        return process != NULL;
    process->accounted = process->has_status = true;
    process->status = note->status;
    if (!process->ended_ns)
        process->ended_ns = exit->at.to_ns;
    if (note->peak_rss > process->peak_rss)
        process->peak_rss = note->peak_rss;
    return true;
}

/* Keeps the note of an unknown process. The process may still turn out to belong to the
 * tree: its parent may be unknown, too, until the parent ends. */
static void on_exit_note(void *context, const struct exit_note *note) {
    struct watch_tree *tree = context;
    struct watch_exit exit = {*note, {tree->drained_ns, clock_now_ns()}};
    if (take_exit(tree, &exit))
        return;
    if (tree->pending_count == PENDING_MAX) {
        tree->forgotten++;
        return;
    }
    tree->pending =
        heap_resize(tree->pending, tree->pending_count + 1, sizeof *tree->pending);
    tree->pending[tree->pending_count++] = exit;
}

void watchtree_read_exits(struct watch_tree *tree) {
    if (!tree->accounting)
        return;
    uint64_t from = clock_now_ns();
    exits_read(&tree->exits, on_exit_note, tree);
    tree->drained_ns = from;
}

/* Children often end before their parents, so several passes may be needed. */
static void take_pending(struct watch_tree *tree) {
    size_t left;
    do {
        left = tree->pending_count;
        tree->pending_count = 0;
        for (size_t i = 0; i < left; i++)
            if (!take_exit(tree, &tree->pending[i]))
                tree->pending[tree->pending_count++] = tree->pending[i];
    } while (tree->pending_count < left);
}

void watchtree_settle(struct watch_tree *tree) {
    watchtree_read_exits(tree);
    take_pending(tree);
    for (size_t i = 0; i < tree->count; i++) {
        struct watch_process *process = &tree->at[i];
        if (!process->accounted && process->rusage_rss > process->peak_rss)
            process->peak_rss = process->rusage_rss;
    }
}

/* ---- waiting ---- */

static uint64_t ticks_of(const struct rusage *usage) {
    uint64_t microseconds =
        (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
        (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
    return microseconds * (uint64_t)sysconf(_SC_CLK_TCK) / 1000000;
}

static void apply_wait(struct watch_tree *tree, struct watch_process *process, int status,
                       const struct rusage *usage) {
    process->has_status = true;
    process->status = status;
    process->rusage_rss = (uint64_t)usage->ru_maxrss * 1024;
    if (process->part == WATCH_PROGRAM)
        tree->reaped_ticks += ticks_of(usage);
    process->alive = process->zombie = false;
    if (!process->ended_ns)
        process->ended_ns = clock_now_ns();
}

void watchtree_reap(struct watch_tree *tree) {
    for (;;) {
        struct watch_process *process = NULL;
        struct procstat stat;
        struct rusage usage;
        siginfo_t info = {0};
        int status;
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
            return;
        if (procstat_read(info.si_pid, &stat) ==
            0) /* its name and birth, before it goes */
            process = see(tree, &stat);
        if (wait4(info.si_pid, &status, WNOHANG, &usage) == info.si_pid && process)
            apply_wait(tree, process, status, &usage);
    }
}

/* ---- what is asked of it ---- */

bool watchtree_is_living(const struct watch_process *process) {
    return process->part == WATCH_PROGRAM && process->alive && !process->zombie;
}

size_t watchtree_alive(const struct watch_tree *tree) {
    size_t alive = 0;
    for (size_t i = 0; i < tree->count; i++)
        alive += watchtree_is_living(&tree->at[i]);
    return alive;
}

/* Whether the watcher started the process, directly or not, and it lives. */
static bool is_ours(const struct watch_tree *tree, const struct watch_process *process) {
    bool is_ours =
        process->part == WATCH_DRIVER || (process->part == WATCH_PROGRAM && tree->is_own);
    return is_ours && process->alive && !process->zombie;
}

/* The watcher is a subreaper, so every orphan is its child. If the watcher has no child,
 * no process is left. */
bool watchtree_any_left(const struct watch_tree *tree) {
    siginfo_t info;
    bool has_strangers = false;
    for (size_t i = 0; i < tree->count; i++) {
        if (is_ours(tree, &tree->at[i]))
            return true;
        has_strangers |= tree->at[i].part == WATCH_STRANGER && tree->at[i].alive;
    }
    return !has_strangers && waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void watchtree_note_memory(struct watch_process *process,
                           const struct footprint *memory) {
    process->last_footprint = footprint_bytes(memory);
    if (process->last_footprint > process->peak_footprint)
        process->peak_footprint = process->last_footprint;
    if (memory->peak_rss > process->peak_rss)
        process->peak_rss = memory->peak_rss;
}

static void send_signal(struct watch_process *process, int signal) {
    struct procstat stat;
    if (procstat_read(process->pid, &stat) < 0 ||
        stat.start_ticks != process->start_ticks)
        return;
    process->was_ended = true;
    kill(process->pid, signal);
}

void watchtree_ask_to_end(struct watch_tree *tree) {
    bool is_first = tree->asked_ns == 0;
    if (is_first)
        tree->asked_ns = clock_now_ns();
    for (size_t i = 0; i < tree->count; i++) {
        struct watch_process *process = &tree->at[i];
        bool was_overlooked = process->born.to_ns <= tree->asked_ns;
        if (is_ours(tree, process) && !process->was_ended && (is_first || was_overlooked))
            send_signal(process, SIGTERM);
    }
}

/*
 * Kills the children that the watcher has at this moment, except strangers. Some
 * processes fork and end faster than a scan of /proc. Such a process is a child of the
 * watcher while it lives. The kernel does not use a child's number again before the
 * watcher has waited for it, so no other process is hit.
 */
static void kill_children(const struct watch_tree *tree) {
    char name[48], *text;
    snprintf(name, sizeof name, "task/%d/children", (int)tree->watcher);
    if (procfile_read(tree->watcher, name, &text, NULL) < 0)
        return;
    char *rest = text;
    for (long pid; (pid = strtol(rest, &rest, 10)) > 0;) {
        const struct watch_process *process = watchtree_find(tree, (pid_t)pid);
        if (!process || !process->alive || process->part != WATCH_STRANGER)
            kill((pid_t)pid, SIGKILL);
    }
    free(text);
}

void watchtree_kill(struct watch_tree *tree) {
    for (size_t i = 0; i < tree->count; i++)
        if (is_ours(tree, &tree->at[i]))
            send_signal(&tree->at[i], SIGKILL);
    for (int i = 0; i < KILLS_AT_ONCE; i++)
        kill_children(tree);
}

uint64_t watchtree_sum_of_peaks(const struct watch_tree *tree) {
    uint64_t sum = 0;
    for (size_t i = 0; i < tree->count; i++)
        if (tree->at[i].part == WATCH_PROGRAM)
            sum += tree->at[i].peak_rss;
    return sum;
}

void watchtree_finish(struct watch_tree *tree) {
    for (size_t i = 0; i < tree->count; i++)
        ranges_finish(&tree->at[i].executable);
    if (tree->accounting)
        exits_close(&tree->exits);
    free(tree->at);
    free(tree->pending);
    *tree = (struct watch_tree){0};
}

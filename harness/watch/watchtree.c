/* See watchtree.h. */
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
#include "procstat.h"

enum {
    PENDING_MAX = 65536,
    CLOCK_SLACK_MS = 50, /* start times have a resolution of 10 ms, exits are read late */
};

/* An exit of a process that is not known: of ours, perhaps, or of anybody's. */
struct watch_exit {
    struct exit_note note;
    uint64_t at_ns;
    bool taken;
};

/* The array, moved where it had no room for one more entry; NULL without memory. */
static void *make_room(void *array, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity)
        return array;
    size_t larger = *capacity ? 2 * *capacity : 64;
    void *moved = realloc(array, larger * size);
    if (moved)
        *capacity = larger;
    return moved;
}

/* When it started, on the clock of clock_now_ns(). */
static uint64_t born_ns(uint64_t start_ticks) {
    struct timespec since_boot;
    clock_gettime(CLOCK_BOOTTIME, &since_boot);
    uint64_t now_boot =
        (uint64_t)since_boot.tv_sec * NS_PER_S + (uint64_t)since_boot.tv_nsec;
    uint64_t start = start_ticks * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
    uint64_t age = now_boot > start ? now_boot - start : 0, now = clock_now_ns();
    return now > age ? now - age : 0;
}

struct watch_process *watchtree_find(const struct watch_tree *tree, pid_t pid) {
    struct watch_process *last = NULL;
    for (size_t i = tree->count; i > 0; i--) {
        struct watch_process *process = &tree->at[i - 1];
        if (process->pid == pid && process->alive)
            return process;
        if (process->pid == pid && !last)
            last = process;
    }
    return last;
}

static struct watch_process *add(struct watch_tree *tree, pid_t pid, pid_t parent,
                                 bool counted, enum watch_source source) {
    struct watch_process *roomy =
        make_room(tree->at, tree->count, &tree->capacity, sizeof *tree->at);
    if (!roomy)
        return NULL;
    tree->at = roomy;
    struct watch_process *process = &tree->at[tree->count++];
    *process = (struct watch_process){
        .pid = pid, .parent = parent, .counted = counted, .source = source};
    return process;
}

static void update(struct watch_process *process, const struct procstat *stat) {
    snprintf(process->name, sizeof process->name, "%s", stat->name); /* exec changes it */
    process->cpu_ticks = stat->cpu_ticks;
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

static struct watch_process *add_seen(struct watch_tree *tree,
                                      const struct procstat *stat, bool counted,
                                      enum watch_source source) {
    struct watch_process *process = add(tree, stat->pid, stat->parent, counted, source);
    if (!process)
        return NULL;
    process->alive = true;
    process->start_ticks = stat->start_ticks;
    process->born_ns = born_ns(stat->start_ticks);
    update(process, stat);
    return process;
}

int watchtree_begin(struct watch_tree *ret, pid_t watcher) {
    *ret = (struct watch_tree){.watcher = watcher};
    ret->accounting = exits_open(&ret->exits) == 0;
    return 0;
}

int watchtree_add_root(struct watch_tree *tree, pid_t pid, bool counted) {
    struct procstat stat;
    int error = procstat_read(pid, &stat);
    if (error)
        return error;
    return add_seen(tree, &stat, counted, WATCH_SEEN) ? 0 : -ENOMEM;
}

/* ---- the kernel's accounting ---- */

static void apply_exit(struct watch_process *process, const struct exit_note *note,
                       uint64_t at_ns) {
    process->accounted = process->has_status = true;
    process->status = note->status;
    if (!process->ended_ns)
        process->ended_ns = at_ns;
    if (note->peak_rss > process->peak_rss)
        process->peak_rss = note->peak_rss;
}

/* A known process ends; one that is not known waits until watchtree_settle(). */
static void take_exit(void *context, const struct exit_note *note) {
    struct watch_tree *tree = context;
    struct watch_process *process = watchtree_find(tree, note->pid);
    uint64_t now = clock_now_ns();
    if (process && !process->accounted) {
        apply_exit(process, note, now);
        return;
    }
    struct watch_exit *roomy = NULL;
    if (tree->pending_count < PENDING_MAX)
        roomy = make_room(tree->pending, tree->pending_count, &tree->pending_capacity,
                          sizeof *tree->pending);
    if (!roomy) {
        tree->forgotten++;
        return;
    }
    tree->pending = roomy;
    tree->pending[tree->pending_count++] =
        (struct watch_exit){.note = *note, .at_ns = now};
}

static uint64_t exit_born_ns(const struct watch_exit *exit) {
    return exit->at_ns > exit->note.lived_ns ? exit->at_ns - exit->note.lived_ns : 0;
}

/* Its parent, where that is of the tree and lived when this was born. */
static const struct watch_process *parent_of(const struct watch_tree *tree,
                                             const struct watch_exit *exit) {
    const uint64_t slack = CLOCK_SLACK_MS * NS_PER_MS;
    for (size_t i = tree->count; i > 0; i--) {
        const struct watch_process *process = &tree->at[i - 1];
        if (process->pid == exit->note.parent &&
            process->born_ns <= exit_born_ns(exit) + slack &&
            (!process->ended_ns || process->ended_ns + slack >= exit_born_ns(exit)))
            return process;
    }
    return NULL;
}

/* Adds what is a child of the tree; returns 1 where it did, 0 or -ENOMEM. */
static int adopt_exit(struct watch_tree *tree, struct watch_exit *exit) {
    const struct watch_process *parent = parent_of(tree, exit);
    bool is_orphan = tree->watcher && exit->note.parent == tree->watcher;
    if (exit->taken || (!parent && !is_orphan))
        return 0;
    bool counted = is_orphan || parent->counted;
    struct watch_process *process =
        add(tree, exit->note.pid, exit->note.parent, counted, WATCH_ACCOUNTED);
    if (!process)
        return -ENOMEM;
    snprintf(process->name, sizeof process->name, "%s", exit->note.name);
    process->born_ns = exit_born_ns(exit);
    apply_exit(process, &exit->note, exit->at_ns);
    exit->taken = true;
    return 1;
}

void watchtree_read_exits(struct watch_tree *tree) {
    if (tree->accounting)
        exits_read(&tree->exits, take_exit, tree);
}

int watchtree_exits_fd(const struct watch_tree *tree) {
    return tree->accounting ? tree->exits.fd : -1;
}

int watchtree_settle(struct watch_tree *tree) {
    watchtree_read_exits(tree);
    /* Children end before their parents, so several passes may be needed. */
    for (int added = 1; added > 0;) {
        added = 0;
        for (size_t i = 0; i < tree->pending_count; i++) {
            int result = adopt_exit(tree, &tree->pending[i]);
            if (result < 0)
                return result;
            added += result;
        }
    }
    for (size_t i = 0; i < tree->count; i++) {
        struct watch_process *process = &tree->at[i];
        if (!process->accounted && process->rusage_rss > process->peak_rss)
            process->peak_rss = process->rusage_rss;
    }
    return 0;
}

/* ---- /proc ---- */

static struct watch_process *find_same(const struct watch_tree *tree,
                                       const struct procstat *stat) {
    for (size_t i = tree->count; i > 0; i--)
        if (tree->at[i - 1].pid == stat->pid &&
            tree->at[i - 1].start_ticks == stat->start_ticks)
            return &tree->at[i - 1];
    return NULL;
}

/* Whether an unknown process belongs to the tree, and is counted. */
static bool belongs(const struct watch_tree *tree, const struct procstat *stat,
                    bool *ret_counted) {
    if (tree->watcher && stat->parent == tree->watcher) {
        *ret_counted = stat->pid != tree->driver;
        return true;
    }
    const struct watch_process *parent = watchtree_find(tree, stat->parent);
    if (!parent || !parent->alive)
        return false;
    *ret_counted = parent->counted;
    return true;
}

/* Known ones are brought up to date; of the others children may come before parents. */
static int take_list(struct watch_tree *tree, const struct procstat *list, size_t count,
                     bool *seen) {
    for (bool added = true; added;) {
        added = false;
        for (size_t i = 0; i < count; i++) {
            bool counted;
            if (seen[i])
                continue;
            struct watch_process *process = find_same(tree, &list[i]);
            if (process) {
                update(process, &list[i]);
                process->alive = seen[i] = true;
            } else if (belongs(tree, &list[i], &counted)) {
                if (!add_seen(tree, &list[i], counted, WATCH_SEEN))
                    return -ENOMEM;
                added = seen[i] = true;
            }
        }
    }
    return 0;
}

static bool is_listed(const struct watch_process *process, const struct procstat *list,
                      size_t count) {
    for (size_t i = 0; i < count; i++)
        if (list[i].pid == process->pid && list[i].start_ticks == process->start_ticks)
            return true;
    return false;
}

/*
 * The time of a child goes over to its parent when that waits for it, so the sum over the
 * living, and over those that we waited for, only grows, short children included. Where a
 * parent does not wait, a child's time is lost and the sum falls: no time passed then.
 */
static void add_up_cpu(struct watch_tree *tree) {
    uint64_t sum = tree->reaped_ticks;
    for (size_t i = 0; i < tree->count; i++)
        if (tree->at[i].counted && tree->at[i].alive)
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
    bool *seen = calloc(count + 1, sizeof *seen);
    error = seen ? take_list(tree, list, count, seen) : -ENOMEM;
    free(seen);
    free(list);
    add_up_cpu(tree);
    return error;
}

/* ---- waiting ---- */

/* The zombie's name and birth are read before it is gone. */
static int note_zombie(struct watch_tree *tree, pid_t pid) {
    struct procstat stat;
    if (procstat_read(pid, &stat) < 0 || find_same(tree, &stat))
        return 0;
    return add_seen(tree, &stat, pid != tree->driver, WATCH_REAPED) ? 0 : -ENOMEM;
}

static uint64_t ticks_of(const struct rusage *usage) {
    uint64_t microseconds =
        (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
        (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
    return microseconds * (uint64_t)sysconf(_SC_CLK_TCK) / 1000000;
}

int watchtree_reap(struct watch_tree *tree) {
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
            return 0;
        int error = note_zombie(tree, info.si_pid);
        if (error)
            return error;
        int status;
        struct rusage usage;
        if (wait4(info.si_pid, &status, WNOHANG, &usage) != info.si_pid)
            continue;
        struct watch_process *process = watchtree_find(tree, info.si_pid);
        if (!process)
            continue;
        process->has_status = true;
        process->status = status;
        process->rusage_rss = (uint64_t)usage.ru_maxrss * 1024;
        if (process->counted)
            tree->reaped_ticks += ticks_of(&usage);
        process->alive = process->zombie = false;
        if (!process->ended_ns)
            process->ended_ns = clock_now_ns();
    }
}

/* ---- what is asked of it ---- */

size_t watchtree_alive(const struct watch_tree *tree) {
    size_t alive = 0;
    for (size_t i = 0; i < tree->count; i++)
        alive += tree->at[i].counted && tree->at[i].alive && !tree->at[i].zombie;
    return alive;
}

bool watchtree_any_alive(const struct watch_tree *tree) {
    for (size_t i = 0; i < tree->count; i++)
        if (tree->at[i].alive && !tree->at[i].zombie)
            return true;
    return false;
}

void watchtree_note_memory(struct watch_process *process,
                           const struct footprint *memory) {
    process->last_footprint = footprint_bytes(memory);
    if (process->last_footprint > process->peak_footprint)
        process->peak_footprint = process->last_footprint;
    if (memory->peak_rss > process->peak_rss)
        process->peak_rss = memory->peak_rss;
}

void watchtree_signal(struct watch_tree *tree, int signal) {
    for (size_t i = 0; i < tree->count; i++) {
        struct watch_process *process = &tree->at[i];
        struct procstat stat;
        if (!process->alive || process->zombie)
            continue;
        if (procstat_read(process->pid, &stat) < 0 ||
            stat.start_ticks != process->start_ticks)
            continue;
        process->was_ended = true;
        kill(process->pid, signal);
    }
}

uint64_t watchtree_sum_of_peaks(const struct watch_tree *tree) {
    uint64_t sum = 0;
    for (size_t i = 0; i < tree->count; i++)
        if (tree->at[i].counted)
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

#include "runner.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "clock.h"
#include "freememory.h"
#include "heap.h"
#include "memcell.h"
#include "reason.h"
#include "record.h"
#include "schedule.h"
#include "settings.h"
#include "singlecell.h"

enum {
    IDLE_LIMIT_MAX = 256,
    FIRST_PEAK = 512 << 20, /* what a cell may need before one has been measured */
    CONDITION_ATTEMPTS = 8, /* to measure a cell on memory in its condition */
    SHORT_ATTEMPTS = 2,     /* of these without a ballast, if the cell is short */
    LASTING_MS = 1000,      /* memory is kept warm for a workload that runs longer */
};

/* One cell of one round, still to be measured. */
struct job {
    struct cell cell;
    unsigned round;
};

struct job_list {
    struct job *jobs;
    size_t count;
};

/*
 * Cells that are compared with each other run one after the other where their time
 * counts: the speed of a machine changes within seconds (docs/measuring.md).
 */
static void bring_together(const struct plan *plan, const struct cell *cells,
                           size_t count, size_t *order) {
    size_t groups[count + 1];
    for (size_t i = 0; i < count; i++)
        groups[i] = ((size_t)(cells[i].workload - plan->workloads) << 16) +
                    ((size_t)cells[i].threads << 8) + cells[i].memory;
    schedule_bring_together(groups, count, order);
}

/* All jobs of a kind on memory in a condition, in the order of the schedule, without
 * those that are recorded. */
static struct job_list list_jobs(const struct runner *runner, enum cell_kind kind,
                                 enum memory_condition memory) {
    const struct plan *plan = runner->plan;
    struct cell *cells;
    size_t count = plan_cells(plan, kind, &cells);
    unsigned rounds = plan_rounds(plan, kind);
    struct job_list list = {heap_new(rounds * count, sizeof(struct job)), 0};
    size_t *order = heap_new(count, sizeof *order);
    for (unsigned round = 1; round <= rounds; round++) {
        schedule_order(plan->seed, kind, round, count, order);
        if (plan_is_conditioned(kind))
            bring_together(plan, cells, count, order);
        for (size_t i = 0; i < count; i++) {
            struct job job = {cells[order[i]], round};
            if (job.cell.memory == memory &&
                !journal_has(runner->journal, &job.cell, round))
                list.jobs[list.count++] = job;
        }
    }
    free(order);
    free(cells);
    return list;
}

void runner_count(const struct plan *plan, const struct journal *journal,
                  size_t *ret_total, size_t *ret_ok) {
    *ret_total = *ret_ok = 0;
    for (enum cell_kind kind = 0; kind < CELL_KINDS; kind++) {
        struct cell *cells;
        size_t count = plan_cells(plan, kind, &cells);
        for (size_t i = 0; i < count; i++)
            for (unsigned round = 1; round <= plan_rounds(plan, kind); round++) {
                *ret_total += 1;
                *ret_ok += journal_has(journal, &cells[i], round);
            }
        free(cells);
    }
}

/* Shows which job comes now; `left_s` is negative if nothing is known about it. */
static void show(struct runner *runner, const struct job *job, size_t done, size_t total,
                 double left_s) {
    const struct cell *cell = &job->cell;
    bool is_memory = cell->kind == CELL_MEMORY;
    char what[160];
    snprintf(what, sizeof what, "%s%s round %u/%u: %s on %s%s%s",
             cell->memory == MEMORY_COLD ? "cold " : "", plan_kind_name(cell->kind),
             job->round, plan_rounds(runner->plan, cell->kind), cell->workload->name,
             cell->variant->name, is_memory ? ", " : "",
             is_memory ? plan_idle_name((enum idle_driver)cell->idle) : "");
    progress_show(runner->progress, what, done, total, left_s);
}

/* Journals a cell and says so if it failed. */
static int record(struct runner *runner, json_t *entry, struct reason *reason) {
    const char *fault = record_text(entry, "fault");
    if (*fault) {
        runner->failed++;
        progress_say(runner->progress, "FAILED %s: %s: %s", record_text(entry, "key"),
                     fault, record_text(entry, "reason"));
    }
    return journal_append(runner->journal, entry, reason);
}

/* ---- settings ---- */

/*
 * Fails a job whose settings did not take effect. Asks the allocator for them once in a
 * session, and journals the outcome. 1: the job was failed; 0: it can be measured; -errno
 * if that could not be recorded.
 */
static int fail_if_refused(struct runner *runner, const struct job *job,
                           struct reason *reason) {
    const struct variant *variant = job->cell.variant;
    struct runner_settings *known =
        &runner->settings[variant - runner->plan->variants.at];
    int error = 0;
    if (!known->asked && variant->check_count) {
        int refused = settings_check(variant, &known->reason);
        error = journal_append(
            runner->journal, settings_to_json(variant, refused, &known->reason), reason);
    }
    known->asked = true;
    if (error || !known->reason.text[0])
        return error;
    json_t *entry = record_new(&job->cell, job->round);
    record_fault(entry, "setting", "%s", known->reason.text);
    error = record(runner, entry, reason);
    return error ? error : 1;
}

/* ---- memory rounds ---- */

struct memory_phase {
    struct runner *runner;
    struct job_list jobs;
    size_t next, finished;
    size_t running; /* cells in `slots` */
    struct memcell *slots[IDLE_LIMIT_MAX];
    uint64_t largest_peak;
    uint64_t active_ns, measured; /* for the estimate of what is left */
};

static bool one_is_active(const struct memory_phase *phase) {
    for (size_t i = 0; i < phase->running; i++)
        if (memcell_is_active(phase->slots[i]))
            return true;
    return false;
}

/*
 * The next cell starts when none is active, a place is free, and there is memory for
 * twice the largest peak so far. If nothing runs, it starts in any case, since there is
 * nothing to wait for.
 */
static bool may_start(const struct memory_phase *phase) {
    if (phase->next == phase->jobs.count)
        return false;
    if (phase->running == 0)
        return true;
    unsigned limit = phase->runner->plan->idle_limit;
    if (one_is_active(phase) || phase->running >= limit ||
        phase->running >= IDLE_LIMIT_MAX)
        return false;
    uint64_t peak = phase->largest_peak ? phase->largest_peak : FIRST_PEAK;
    return available_memory() > 2 * peak;
}

static int start_next(struct memory_phase *phase, struct reason *reason) {
    double each_s = (double)phase->active_ns / NS_PER_S / (double)phase->measured,
           left_s = each_s * (double)(phase->jobs.count - phase->next) +
                    (double)phase->runner->plan->idle_ms / 1000;
    const struct job *job = &phase->jobs.jobs[phase->next++];
    show(phase->runner, job, phase->finished, phase->jobs.count,
         phase->measured ? left_s : -1);
    int refused = fail_if_refused(phase->runner, job, reason);
    if (refused) {
        phase->finished++;
        return refused < 0 ? refused : 0;
    }
    struct memcell *memcell = heap_new(1, sizeof *memcell);
    memcell_start(memcell, phase->runner->plan, &job->cell, job->round);
    phase->slots[phase->running++] = memcell;
    return 0;
}

/* Waits for the next event and hands it to its cell. */
static void step(struct memory_phase *phase) {
    struct pollfd fds[IDLE_LIMIT_MAX];
    uint64_t due = UINT64_MAX;
    for (size_t i = 0; i < phase->running; i++) {
        fds[i] = (struct pollfd){.fd = phase->slots[i]->fd, .events = POLLIN};
        if (phase->slots[i]->due_ns < due)
            due = phase->slots[i]->due_ns;
    }
    uint64_t now = clock_now_ns();
    uint64_t wait_ms = due > now ? (due - now + NS_PER_MS - 1) / NS_PER_MS : 0;
    int ready = poll(fds, phase->running, wait_ms < 200 ? (int)wait_ms : 200);
    for (size_t i = 0; i < phase->running; i++) {
        struct memcell *memcell = phase->slots[i];
        if (ready > 0 && fds[i].revents && memcell->state != MEMCELL_OVER)
            memcell_on_readable(memcell);
        if (memcell->state != MEMCELL_OVER && memcell->due_ns <= clock_now_ns())
            memcell_on_deadline(memcell);
    }
}

/* Takes the cells that are over out of their slots and into the journal. */
static int collect_finished(struct memory_phase *phase, struct reason *reason) {
    for (size_t i = 0; i < phase->running;) {
        struct memcell *memcell = phase->slots[i];
        if (memcell->state != MEMCELL_OVER) {
            i++;
            continue;
        }
        phase->slots[i] = phase->slots[--phase->running];
        phase->active_ns += memcell->active_ns;
        phase->measured++;
        phase->finished++;
        if (memcell_peak(memcell) > phase->largest_peak)
            phase->largest_peak = memcell_peak(memcell);
        json_t *entry = memcell_finish(memcell);
        free(memcell);
        int error = record(phase->runner, entry, reason);
        if (error)
            return error;
    }
    return 0;
}

static void drop_running(struct memory_phase *phase) {
    for (size_t i = 0; i < phase->running; i++) {
        json_decref(memcell_finish(phase->slots[i]));
        free(phase->slots[i]);
    }
    phase->running = 0;
}

static int run_memory_rounds(struct runner *runner, struct reason *reason) {
    struct memory_phase phase = {.runner = runner,
                                 .jobs = list_jobs(runner, CELL_MEMORY, MEMORY_ANY)};
    int error = 0;
    while (!error && (phase.next < phase.jobs.count || phase.running > 0)) {
        while (!error && may_start(&phase))
            error = start_next(&phase, reason);
        if (!error)
            step(&phase);
        if (!error && *runner->stop)
            error = -EINTR;
        int recording = collect_finished(&phase, reason);
        if (recording)
            error = recording;
    }
    drop_running(&phase);
    free(phase.jobs.jobs);
    return error;
}

/* ---- rounds of the other kinds: one cell at a time ---- */

static int measure_once(struct runner *runner, const struct job *job,
                        struct child_use *ret_use, json_t **ret_entry,
                        struct reason *reason) {
    return singlecell_run(runner->plan, &job->cell, job->round, runner->folder,
                          runner->stop, ret_use, ret_entry, reason);
}

/*
 * Whether memory was in its condition until the end of the cell that was just measured. A
 * failed cell is not checked. On warm memory, a cell that turns out to run for over a
 * second is measured again, since memory was not prepared for that.
 */
static bool had_its_memory(struct runner *runner, const struct job *job,
                           const json_t *entry, const struct child_use *use,
                           uint64_t took_ns) {
    bool *lasts = &runner->lasts[job->cell.workload - runner->plan->workloads];
    bool lasted = *lasts;
    if (record_has_failed(entry))
        return true;
    *lasts |= took_ns > LASTING_MS * NS_PER_MS;
    return conditioning_held(&runner->conditioning, job->cell.memory, use) &&
           (lasted == *lasts || job->cell.memory == MEMORY_COLD);
}

/*
 * Measures a cell on memory in its condition. Measures again if a look before or after
 * found memory in another condition. After CONDITION_ATTEMPTS the cell fails.
 */
static int measure_on(struct runner *runner, const struct job *job,
                      struct child_use *ret_use, json_t **ret_entry,
                      struct reason *reason) {
    struct conditioning *c = &runner->conditioning;
    enum memory_condition memory = job->cell.memory;
    const bool *lasts = &runner->lasts[job->cell.workload - runner->plan->workloads];
    json_t *entry = NULL;
    unsigned attempts = 0;
    bool fits = false;
    uint64_t conditioning_ns = 0;
    while (!fits && attempts < CONDITION_ATTEMPTS) {
        attempts++;
        uint64_t began_ns = clock_now_ns();
        /* Some hosts take memory back within less than a second, now and then. So the
         * later attempts keep it warm even for a short run. */
        bool keep = *lasts || attempts > SHORT_ATTEMPTS;
        bool prepared = conditioning_prepare(c, memory, keep);
        uint64_t started_ns = clock_now_ns(), ended_ns = started_ns;
        int error = *runner->stop ? -EINTR : 0;
        if (!error && prepared) {
            json_decref(entry);
            entry = NULL;
            error = measure_once(runner, job, ret_use, &entry, reason);
            ended_ns = clock_now_ns();
        }
        if (error) {
            json_decref(entry);
            return error;
        }
        fits = prepared &&
               had_its_memory(runner, job, entry, ret_use, ended_ns - started_ns);
        conditioning_ns += started_ns - began_ns + (clock_now_ns() - ended_ns);
    }
    if (!entry)
        entry = record_new(&job->cell, job->round);
    if (!fits) {
        char why[600];
        conditioning_describe(c, memory, why, sizeof why);
        record_fault(entry, "memory-condition", "%s", why);
    }
    json_object_set_new(entry, "first_touch", conditioning_to_json(c));
    json_object_set_new(entry, "conditioning_s",
                        json_real((double)conditioning_ns / NS_PER_S));
    json_object_set_new(entry, "attempts", json_integer(attempts));
    *ret_entry = entry;
    return 0;
}

/* Measures and records one cell, which may fail. */
static int run_single(struct runner *runner, const struct job *job,
                      struct reason *reason) {
    int refused = fail_if_refused(runner, job, reason);
    if (refused)
        return refused < 0 ? refused : 0;
    json_t *entry;
    struct child_use use;
    int error = (job->cell.memory == MEMORY_ANY ? measure_once : measure_on)(
        runner, job, &use, &entry, reason);
    return error ? error : record(runner, entry, reason);
}

static int run_single_rounds(struct runner *runner, enum cell_kind kind,
                             enum memory_condition memory, struct reason *reason) {
    struct job_list list = list_jobs(runner, kind, memory);
    int error = 0;
    if (list.count && memory != MEMORY_ANY)
        error = conditioning_begin(&runner->conditioning, runner->stop, reason);
    uint64_t started = clock_now_ns();
    for (size_t i = 0; !error && i < list.count; i++) {
        double seconds = (double)(clock_now_ns() - started) / NS_PER_S;
        show(runner, &list.jobs[i], i, list.count,
             i ? seconds / (double)i * (double)(list.count - i) : -1);
        error = *runner->stop ? -EINTR : run_single(runner, &list.jobs[i], reason);
    }
    conditioning_end(&runner->conditioning);
    free(list.jobs);
    return error;
}

int runner_run(struct runner *runner, struct reason *reason) {
    int error = run_memory_rounds(runner, reason);
    for (enum cell_kind kind = CELL_TIMED; !error && kind < CELL_KINDS; kind++)
        for (int memory = 0; !error && memory < MEMORY_CONDITIONS; memory++)
            error =
                run_single_rounds(runner, kind, (enum memory_condition)memory, reason);
    return error;
}

#include "watchrecord.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "record.h"

static const char *const columns[] = {
    "ms",        "footprint", "rss",       "pss",         "pss_anon",
    "lazyfree",  "swap_pss",  "pss_shmem", "page_tables", "pss_file",
    "anon_huge", "processes", "cpu_ms"};
_Static_assert(sizeof columns / sizeof columns[0] == WATCH_COLUMN_CPU_MS + 1,
               "CPU time is the last");

static json_t *size(uint64_t bytes) {
    return json_integer((json_int_t)bytes);
}

/* A process may have any name. One that is not UTF-8 becomes "?". */
static json_t *text_or_unknown(const char *text) {
    json_t *json = json_string(text);
    return json ? json : json_string("?");
}

void watchrecord_add_sample(json_t *samples, double at_ms, const struct footprint *memory,
                            uint64_t cpu_ticks) {
    const uint64_t sizes[] = {
        footprint_bytes(memory), memory->rss,      memory->pss,       memory->pss_anon,
        memory->lazyfree,        memory->swap_pss, memory->pss_shmem, memory->page_tables,
        memory->pss_file,        memory->anon_huge};
    json_t *sample = json_array();
    json_array_append_new(sample, json_real(at_ms));
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        json_array_append_new(sample, size(sizes[i]));
    json_array_append_new(sample, json_integer((json_int_t)memory->processes));
    json_array_append_new(
        sample,
        json_integer((json_int_t)(cpu_ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK))));
    json_array_append_new(samples, sample);
}

json_t *watchrecord_checkpoint(const char *name, double at_ms,
                               const struct footprint *memory,
                               const struct watch_tree *tree, json_t *attribution) {
    json_t *processes = json_array();
    for (size_t i = 0; i < tree->count; i++) {
        const struct watch_process *process = &tree->at[i];
        if (watchtree_is_living(process))
            json_array_append_new(processes,
                                  json_pack("{s:i, s:o, s:o}", "pid", (int)process->pid,
                                            "name", text_or_unknown(process->name),
                                            "footprint", size(process->last_footprint)));
    }
    return json_pack("{s:s, s:f, s:o, s:o, s:o*}", "name", name, "ms", at_ms, "memory",
                     record_footprint(memory), "processes", processes, "attribution",
                     attribution);
}

/* Milliseconds since the start of the round. Negative for a process that is older. */
static double since(uint64_t at_ns, uint64_t started_ns) {
    return ((double)at_ns - (double)started_ns) / NS_PER_MS;
}

/* Whether the peak is only an upper bound: it is ru_maxrss, since the kernel's accounting
 * gave no exact peak and no sample was higher. */
static bool peak_is_bound(const struct watch_process *process) {
    return !process->accounted && process->rusage_rss &&
           process->rusage_rss == process->peak_rss;
}

static json_t *process_to_json(const struct watch_process *process, uint64_t started_ns) {
    json_t *json = json_pack(
        "{s:i, s:i, s:f, s:o, s:o, s:o, s:b, s:o}", "pid", (int)process->pid, "parent",
        (int)process->parent, "born_ms", since(process->born.to_ns, started_ns),
        "peak_rss", size(process->peak_rss), "peak_footprint",
        size(process->peak_footprint), "last_footprint", size(process->last_footprint),
        "peak_is_bound", peak_is_bound(process), "name", text_or_unknown(process->name));
    if (process->ended_ns)
        json_object_set_new(json, "ended_ms",
                            json_real(since(process->ended_ns, started_ns)));
    if (process->was_ended)
        json_object_set_new(json, "ended_by_watch", json_true());
    if (process->has_status && process->ended_ns) {
        bool by_signal = WIFSIGNALED(process->status);
        json_object_set_new(json, by_signal ? "signal" : "exit",
                            json_integer(by_signal ? WTERMSIG(process->status)
                                                   : WEXITSTATUS(process->status)));
    }
    return json;
}

static json_t *processes_to_json(const struct watch_tree *tree, uint64_t started_ns) {
    json_t *list = json_array();
    for (size_t i = 0; i < tree->count; i++)
        if (tree->at[i].part == WATCH_PROGRAM)
            json_array_append_new(list, process_to_json(&tree->at[i], started_ns));
    return list;
}

static json_t *cost_to_json(const struct watch_cost *cost, size_t samples) {
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:i, s:i}", "cpu_ms", 1000 * cost->cpu_s,
                     "sampling_ms", (double)cost->sampling_ns / NS_PER_MS,
                     "longest_sample_ms", (double)cost->longest_ns / NS_PER_MS, "wall_ms",
                     (double)cost->wall_ns / NS_PER_MS, "output_held_up_ms",
                     (double)cost->held_up_ns / NS_PER_MS, "samples", (int)samples,
                     "stretched", (int)cost->stretched);
}

/* NULL if it is NAN: unknown. */
static json_t *known(double value) {
    return isnan(value) ? NULL : json_real(value);
}

void watchrecord_add_machine(json_t *record, const struct watch_machine *machine) {
    json_object_set_new(record, "machine",
                        json_pack("{s:i, s:o*, s:o*}", "processors",
                                  (int)sysconf(_SC_NPROCESSORS_ONLN), "others_work",
                                  known(machine->others_work), "others_idle",
                                  known(machine->others_idle)));
}

void watchrecord_add_unreached(json_t *record, const struct watch_spec *spec,
                               const bool marked[WATCH_MARKS_MAX]) {
    json_t *names = json_array();
    for (size_t i = 0; i < spec->mark_count; i++)
        if (!marked[i])
            json_array_append_new(names, json_string(spec->marks[i].name));
    if (json_array_size(names))
        json_object_set(record, "unreached", names);
    json_decref(names);
}

static json_t *column_names(void) {
    json_t *names = json_array();
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        json_array_append_new(names, json_string(columns[i]));
    return names;
}

json_t *watchrecord_make(const struct cell *cell, unsigned round, json_t *samples,
                         json_t *checkpoints, const struct watch_tree *tree,
                         const struct watch_peak *peak, const struct watch_cost *cost,
                         uint64_t started_ns) {
    char hash[20];
    snprintf(hash, sizeof hash, "%016" PRIx64, watchspec_hash(cell->workload));
    json_t *peaks =
        json_pack("{s:f, s:o, s:o, s:o, s:o, s:o}", "at_ms", peak->at_ms, "footprint",
                  size(peak->footprint), "rss", size(peak->rss), "pss", size(peak->pss),
                  "memory", record_footprint(&peak->memory), "sum_of_process_peaks",
                  size(watchtree_sum_of_peaks(tree)));
    json_t *accounting =
        json_pack("{s:b, s:i, s:i}", "exits", tree->accounting, "lost",
                  (int)tree->exits.lost, "forgotten", (int)tree->forgotten);
    json_t *record = record_new(cell, round);
    json_object_update_new(
        record, json_pack("{s:s, s:o, s:o, s:o, s:O, s:O, s:o, s:o}", "checksum", hash,
                          "peak", peaks, "accounting", accounting, "sample_columns",
                          column_names(), "samples", samples, "checkpoints", checkpoints,
                          "processes", processes_to_json(tree, started_ns), "overhead",
                          cost_to_json(cost, json_array_size(samples))));
    return record;
}

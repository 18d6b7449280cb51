#include "record.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "footprint.h"
#include "plan.h"
#include "protocol.h"
#include "reason.h"

const char *const latency_call_names[LATENCY_CALLS] = {"malloc", "realloc", "free"};

const char *const latency_figure_names[LATENCY_FIGURES + 1] = {
    "count",   "clock",    "p50",       "p99",     "p999",     "p9999", "max",
    "over1us", "over10us", "over100us", "over1ms", "over10ms", NULL};

json_t *record_new(const struct cell *cell, unsigned round) {
    char key[PLAN_KEY_MAX];
    plan_cell_key(cell, round, key, sizeof key);
    json_t *record =
        json_pack("{s:s, s:s, s:i, s:s, s:s, s:i}", "key", key, "kind",
                  cell->checkpoint ? "watch" : plan_kind_name(cell->kind), "round",
                  (int)round, "workload", cell->workload->name, "variant",
                  cell->variant->name, "threads", (int)cell->threads);
    if (cell->kind == CELL_MEMORY && !cell->checkpoint)
        json_object_set_new(record, "idle",
                            json_string(plan_idle_name((enum idle_driver)cell->idle)));
    if (cell->memory != MEMORY_ANY)
        json_object_set_new(record, "memory",
                            json_string(plan_memory_name(cell->memory)));
    return record;
}

void record_fault(json_t *record, const char *fault, const char *format, ...) {
    if (record_has_failed(record))
        return;
    struct reason reason;
    va_list args;
    va_start(args, format);
    reason_vset(&reason, format, args);
    va_end(args);
    json_object_set_new(record, "status", json_string("failed"));
    json_object_set_new(record, "fault", json_string(fault));
    json_object_set_new(record, "reason", json_string(reason.text));
}

bool record_has_failed(const json_t *record) {
    return json_object_get(record, "fault") != NULL;
}

void record_settle(json_t *record) {
    if (!record_has_failed(record))
        json_object_set_new(record, "status", json_string("ok"));
}

void record_take_use(json_t *record, const struct child_use *use) {
    if (use->max_rss == 0)
        return;
    json_object_set_new(record, "max_rss", json_integer((json_int_t)use->max_rss));
    json_object_set_new(record, "minor_faults",
                        json_integer((json_int_t)use->minor_faults));
}

json_t *record_footprint(const struct footprint *f) {
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i}",
                     "footprint", (json_int_t)footprint_bytes(f), "rss",
                     (json_int_t)f->rss, "pss", (json_int_t)f->pss, "pss_anon",
                     (json_int_t)f->pss_anon, "lazyfree", (json_int_t)f->lazyfree,
                     "swap_pss", (json_int_t)f->swap_pss, "pss_shmem",
                     (json_int_t)f->pss_shmem, "page_tables", (json_int_t)f->page_tables,
                     "pss_file", (json_int_t)f->pss_file, "anon_huge",
                     (json_int_t)f->anon_huge, "processes", (int)f->processes);
}

const char *record_text(const json_t *record, const char *name) {
    const char *text = json_string_value(json_object_get(record, name));
    return text ? text : "";
}

json_t *record_real(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

bool record_is_ok(const json_t *record) {
    return strcmp(record_text(record, "status"), "ok") == 0;
}

static bool take_result(json_t *record, const struct protocol_line *line) {
    static const char *const numbers[] = {"ops",    "wall",   "user", "sys",
                                          "minflt", "majflt", NULL};
    json_t *work = json_object();
    const char *checksum = protocol_get(line, "checksum");
    if (!checksum || !protocol_numbers_to_json(line, numbers, work)) {
        json_decref(work);
        return false;
    }
    json_object_set_new(record, "checksum", json_string(checksum));
    json_object_set_new(record, "work", work);
    return true;
}

/* The lines that a record lists. */
static const char *const build_numbers[] = {"n", "wall", "user", "sys", "minflt", NULL};
static const char *const case_numbers[] = {"pairs", "cpu", "loop", NULL};
static const struct listed {
    const char *verb, *list;
    const char *name; /* of the text that a line has; NULL: none */
    const char *const *numbers;
    const char *lacks;
} listed[] = {
    {"build", "builds", NULL, build_numbers, "a \"build\" line lacks a number"},
    /* the time of one loop of `micro` */
    {"case", "cases", "name", case_numbers, "a \"case\" line lacks its name or a number"},
    {"latency", "latency", "call", latency_figure_names,
     "a \"latency\" line lacks its call or a number"},
};

/* Appends a line's numbers and text to its list. Makes the list if need be. */
static bool take_entry(json_t *record, const struct listed *to,
                       const struct protocol_line *line) {
    const char *text = to->name ? protocol_get(line, to->name) : "";
    json_t *entry = json_object(), *entries = json_object_get(record, to->list);
    uint64_t idle_ms;
    if (!text || !protocol_numbers_to_json(line, to->numbers, entry)) {
        json_decref(entry);
        return false;
    }
    if (to->name)
        json_object_set_new(entry, to->name, json_string(text));
    if (protocol_number(line, "idle", &idle_ms)) /* the gap before a build */
        json_object_set_new(entry, "idle", json_integer((json_int_t)idle_ms));
    if (!entries)
        json_object_set_new(record, to->list, entries = json_array());
    json_array_append_new(entries, entry);
    return true;
}

const char *record_take_line(json_t *record, const struct protocol_line *line) {
    if (strcmp(line->verb, "result") == 0 && !take_result(record, line))
        return "its \"result\" line lacks the checksum or a number";
    for (size_t i = 0; i < sizeof listed / sizeof listed[0]; i++)
        if (strcmp(line->verb, listed[i].verb) == 0 &&
            !take_entry(record, &listed[i], line))
            return listed[i].lacks;
    return NULL;
}

#include "report_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "stats.h"

/* ---- the table ---- */

static void add_row(struct table *table, const struct group *g, const char *variant) {
    static const enum memory_condition conditions[] = {MEMORY_WARM, MEMORY_COLD};
    double wall[2] = {0};
    if (table_add_row(table) < 0)
        return;
    table_set(table, 0, "%s", variant);
    for (size_t i = 0; i < 2; i++) {
        const struct summary_row *row = summary_find_series(
            g->summary, MEASURE_TIME, conditions[i], g->workload, variant, g->threads);
        if (!row || row->rounds == 0) {
            report_set_missing(table, 1 + 2 * i, row);
            continue;
        }
        wall[i] = row->at[MEASURE_TIME];
        table_set(table, 1 + 2 * i, "%.0f", row->at[MEASURE_TIME] * 1000);
        form_set_verdict(table, 2 + 2 * i, &row->versus[MEASURE_TIME]);
    }
    if (wall[0] > 0 && wall[1] > 0)
        table_set(table, 5, "%.2f", wall[1] / wall[0]);
}

static struct table *make_table(const struct group *g) {
    static const char *const header[] = {"allocator", "warm ms", NULL,
                                         "cold ms",   NULL,      "cold / warm"};
    struct table *table = table_new(sizeof header / sizeof header[0], header);
    table_set(table, 2, "warm / %s", g->plan->reference);
    table_set(table, 4, "cold / %s", g->plan->reference);
    for (size_t v = 0; v < g->plan->variants.count; v++)
        if (g->plan->variants.at[v].status == VARIANT_OK)
            add_row(table, g, g->plan->variants.at[v].name);
    return table;
}

void report_memory(const struct form *form, const struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    if (plan_has_warm_and_cold(plan) && plan->timed_rounds)
        report_each_group(form, summary, "time on warm and on cold memory", make_table);
}

/* ---- what first touches say ---- */

struct touches {
    /* The first touch before each cell: of a page, and of a huge page. */
    double *us, *huge_us;
    size_t count, huge_count, again, failed, kept; /* kept: warm, by a ballast */
    double ballast_cpu_s, kept_wall_s;
};

static void add_touch(struct touches *t, const struct reading *r) {
    t->failed += strcmp(r->fault, "memory-condition") == 0;
    t->again += r->at[MEASURE_ATTEMPTS] > 1;
    if (r->at[MEASURE_TOUCH] > 0)
        t->us[t->count++] = r->at[MEASURE_TOUCH];
    if (r->at[MEASURE_TOUCH_HUGE] > 0)
        t->huge_us[t->huge_count++] = r->at[MEASURE_TOUCH_HUGE];
    if (isnan(r->at[MEASURE_BALLAST_CPU]) || isnan(r->at[MEASURE_TIME]))
        return;
    t->kept++;
    t->ballast_cpu_s += r->at[MEASURE_BALLAST_CPU];
    t->kept_wall_s += r->at[MEASURE_TIME];
}

static void print_touches(const struct form *form, const struct touches *t,
                          enum memory_condition memory) {
    form_bullet(form);
    fprintf(form->out,
            "Timed on %s memory: just before, the first touch of a page took %.3g us",
            plan_memory_name(memory), stats_median(t->us, t->count));
    if (t->huge_count)
        fprintf(form->out, ", that of a huge page %.3g us",
                stats_median(t->huge_us, t->huge_count));
    fprintf(form->out,
            " (medians of %zu runs). %zu runs were repeated, since a check before or "
            "after found memory in another condition; %zu failed.",
            t->count, t->again, t->failed);
    if (t->kept)
        fprintf(form->out,
                " During %zu runs, which took over a second, a thread kept memory warm. "
                "It used %.1f %% of a processor.",
                t->kept, 100 * t->ballast_cpu_s / t->kept_wall_s);
    fputc('\n', form->out);
}

/* Adds all readings of a kind whose cells began on such memory. */
static void add_touches(struct touches *t, const struct summary *summary,
                        enum cell_kind kind, enum memory_condition memory) {
    const struct result *result = summary->result;
    for (size_t i = 0; i < summary->counts[kind]; i++) {
        const struct cell *cell = &summary->rows[kind][i].cell;
        for (unsigned round = 1; round <= plan_rounds(&result->plan, kind); round++) {
            const struct reading *reading = result_reading(result, cell, round);
            if (reading && cell->memory == memory)
                add_touch(t, reading);
        }
    }
}

static void print_point(const struct form *form, const struct summary *summary,
                        enum memory_condition memory) {
    size_t room = summary->result->reading_count;
    struct touches t = {.us = heap_new(room, sizeof *t.us),
                        .huge_us = heap_new(room, sizeof *t.huge_us)};
    add_touches(&t, summary, CELL_TIMED, memory);
    add_touches(&t, summary, CELL_LATENCY, memory);
    if (t.count)
        print_touches(form, &t, memory);
    free(t.us);
    free(t.huge_us);
}

void report_memory_points(const struct form *form, const struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    if (plan->memory[MEMORY_WARM])
        print_point(form, summary, MEMORY_WARM);
    if (plan->memory[MEMORY_COLD])
        print_point(form, summary, MEMORY_COLD);
    if (plan->memory_alike) {
        form_bullet(form);
        fputs("Cold memory was asked for, but this machine has none: each touch of free "
              "memory cost the same. So there is only one condition.\n",
              form->out);
    }
    if (plan->memory[MEMORY_ANY] && (plan->timed_rounds || plan->latency_rounds)) {
        form_bullet(form);
        fputs("Timed on memory as it happened to be: on a virtual machine whose host "
              "takes free memory back, times depend on what ran before.\n",
              form->out);
    }
}

/* See memory_table.h. */
#include "memory_table.h"

#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "report_group.h"

/* ---- the table ---- */

static void add_row(struct table *table, const struct group *g, const char *variant) {
    static const enum memory_condition conditions[] = {MEMORY_WARM, MEMORY_COLD};
    double wall[2] = {0};
    if (table_add_row(table) < 0)
        return;
    table_set(table, 0, "%s", variant);
    for (size_t i = 0; i < 2; i++) {
        const struct summary_timed *row = summary_find_timed_on(
            g->summary, g->workload, variant, g->threads, conditions[i]);
        if (!row || row->rounds == 0) {
            table_set(table, 1 + 2 * i, row && row->fault.failed ? "failed" : "-");
            continue;
        }
        wall[i] = row->wall;
        table_set(table, 1 + 2 * i, "%.0f", row->wall * 1000);
        form_set_verdict(table, 2 + 2 * i, &row->wall_versus);
    }
    if (wall[0] > 0 && wall[1] > 0)
        table_set(table, 5, "%.2f", wall[1] / wall[0]);
}

static void print_table(const struct form *form, const struct group *g) {
    char warm[64], cold[64];
    snprintf(warm, sizeof warm, "warm / %.48s", g->plan->reference);
    snprintf(cold, sizeof cold, "cold / %.48s", g->plan->reference);
    const char *const header[] = {"allocator", "warm ms", warm,
                                  "cold ms",   cold,      "cold / warm"};
    struct table *table = malloc(sizeof *table);
    if (!table)
        return;
    table_begin(table, sizeof header / sizeof header[0], header);
    for (size_t v = 0; v < g->plan->variants.count; v++)
        if (g->plan->variants.at[v].status == VARIANT_OK)
            add_row(table, g, g->plan->variants.at[v].name);
    form_table(form, table);
    free(table);
}

void memory_table(const struct form *form, const struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    if (plan_has_warm_and_cold(plan) && plan->timed_rounds)
        report_each_group(form, summary, "time on warm and on cold memory", print_table);
}

/* ---- what first touches say ---- */

struct touches {
    double *us, *huge_us; /* before each cell: of a page, of a huge page */
    size_t count, huge_count, again, failed, kept; /* kept: warm, by a ballast */
    double ballast_cpu_s, kept_wall_s;
};

static void add_touch(struct touches *t, const json_t *record) {
    double attempts = 1, us = 0;
    const json_t *before =
        json_object_get(json_object_get(record, "first_touch"), "before");
    t->failed += strcmp(record_text(record, "fault"), "memory-condition") == 0;
    record_number(record, "attempts", &attempts);
    t->again += attempts > 1;
    if (record_number(before, "page_us", &us) && us > 0)
        t->us[t->count++] = us;
    if (record_number(before, "huge_page_us", &us) && us > 0)
        t->huge_us[t->huge_count++] = us;
    const json_t *ballast =
        json_object_get(json_object_get(record, "first_touch"), "ballast");
    double cpu_s, wall_s;
    if (record_number(ballast, "cpu_s", &cpu_s) &&
        record_number(record, "wall_s", &wall_s)) {
        t->kept++;
        t->ballast_cpu_s += cpu_s;
        t->kept_wall_s += wall_s;
    }
}

static void print_touches(const struct form *form, const struct touches *t,
                          enum memory_condition memory) {
    form_bullet(form);
    fprintf(form->out,
            "Timed on %s memory: right before, the first touch of a page took "
            "%.3g us",
            plan_memory_name(memory), stats_median(t->us, t->count));
    if (t->huge_count)
        fprintf(form->out, ", of a huge page %.3g us",
                stats_median(t->huge_us, t->huge_count));
    fprintf(form->out,
            " (medians of %zu runs); %zu were made again since a look before or after "
            "said otherwise, %zu failed.",
            t->count, t->again, t->failed);
    if (t->kept)
        fprintf(form->out,
                " For %zu, which ran for over a second, a thread kept memory warm, at "
                "%.1f %% of a processor.",
                t->kept, 100 * t->ballast_cpu_s / t->kept_wall_s);
    fputc('\n', form->out);
}

static void print_point(const struct form *form, const struct summary *summary,
                        enum memory_condition memory) {
    const json_t *records = summary->result->records;
    size_t room = json_array_size(records) + 1;
    struct touches t = {.us = calloc(room, sizeof *t.us),
                        .huge_us = calloc(room, sizeof *t.huge_us)};
    size_t i;
    json_t *record;
    json_array_foreach((json_t *)records, i, record) {
        if (t.us && t.huge_us &&
            strcmp(record_text(record, "memory"), plan_memory_name(memory)) == 0)
            add_touch(&t, record);
    }
    if (t.count)
        print_touches(form, &t, memory);
    free(t.us);
    free(t.huge_us);
}

void memory_points(const struct form *form, const struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    if (plan->memory[MEMORY_WARM])
        print_point(form, summary, MEMORY_WARM);
    if (plan->memory[MEMORY_COLD])
        print_point(form, summary, MEMORY_COLD);
    if (plan->memory_alike) {
        form_bullet(form);
        fputs(
            "Cold memory was asked for, but this machine has none: all free memory that "
            "was touched cost the same, so that there is one condition.\n",
            form->out);
    }
    if (plan->memory[MEMORY_ANY] && (plan->timed_rounds || plan->latency_rounds)) {
        form_bullet(form);
        fputs("Timed on memory as it came: on a virtual machine whose host takes free "
              "memory back, times depend on what ran before.\n",
              form->out);
    }
}

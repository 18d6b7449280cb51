#include "watchreport.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "attributionreport.h"
#include "form.h"
#include "heap.h"
#include "record.h"
#include "report.h"
#include "table.h"
#include "units.h"
#include "watchrows.h"

enum {
    FIGURES = PLAN_CHECKPOINTS_MAX + 1, /* footprints: the peak and each checkpoint */
    BESIDE = 5,                         /* the other columns of the table of memory */
    PROCESS_ROWS = 24,
    HELD_UP_TOLD_S = 1, /* the report mentions output that was held up this long */
    LATE_MS = 1000,     /* the report mentions an instant that was read later than this */
};

static_assert(FIGURES + BESIDE <= TABLE_COLUMNS_MAX, "no checkpoint is left out");

/* the report mentions it if others kept more processors than this busy */
static const double busy_processors = 0.2;

static double number_of(const json_t *object, const char *name) {
    return json_number_value(json_object_get(object, name));
}

/* A column of the table: a measure at a checkpoint. */
struct figure {
    enum measure measure;
    unsigned idle; /* index into the plan's checkpoints */
};

/* What is printed, and how. */
struct report {
    struct form form;
    const struct summary *summary;
    struct watch_rows rows;
    struct figure figures[FIGURES]; /* the footprints that any row has, the peak first */
    size_t figure_count;
    struct table *table; /* for one table after the other */
};

static double figure_of(const struct report *r, size_t row, const struct figure *figure) {
    return watchrows_figure(r->summary, &r->rows.at[row].cells[figure->idle],
                            figure->measure);
}

static void add_figure_if_known(struct report *r, enum measure measure, unsigned idle) {
    const struct figure figure = {measure, idle};
    for (size_t i = 0; i < r->rows.count; i++)
        if (!isnan(figure_of(r, i, &figure))) {
            r->figures[r->figure_count++] = figure;
            return;
        }
}

/* Adds the figures' titles to a table's header. */
static void set_titles(const struct report *r, const char **header) {
    for (size_t f = 0; f < r->figure_count; f++)
        header[f] = r->figures[f].measure == MEASURE_PEAK
                        ? measures[MEASURE_PEAK].label
                        : plan_idle_of(&r->summary->result->plan, r->figures[f].idle);
}

/* ---- memory ---- */

static void set_memory(const struct report *r, size_t row) {
    const struct summary_row *cells = r->rows.at[row].cells;
    struct table *table = r->table;
    size_t all = cells->rounds + cells->fault.failed, count = r->figure_count;
    table_set(table, 0, "%s", r->rows.at[row].name);
    table_set(table, 1, cells->fault.failed ? "%zu of %zu" : "%zu", cells->rounds, all);
    double work_s = watchrows_figure(r->summary, cells, MEASURE_WORK_TIME);
    table_set(table, 2, isnan(work_s) ? "-" : "%.1f", work_s);
    for (size_t f = 0; f < count; f++)
        form_set_mib(table, 3 + f, figure_of(r, row, &r->figures[f]));
    form_set_mib(table, 3 + count, watchrows_figure(r->summary, cells, MEASURE_PEAK_RSS));
    form_set_mib(table, 4 + count,
                 watchrows_figure(r->summary, cells, MEASURE_SUM_OF_PEAKS));
}

static void print_memory(const struct report *r) {
    const char *header[TABLE_COLUMNS_MAX] = {"footprint, MiB", "rounds", "work s"};
    set_titles(r, header + 3);
    header[3 + r->figure_count] = "peak RSS";
    header[4 + r->figure_count] = "Σ of peaks";
    table_begin(r->table, 5 + r->figure_count, header);
    for (size_t i = 0; i < r->rows.count; i++)
        if (table_add_row(r->table) == 0)
            set_memory(r, i);
    form_heading(&r->form, "Memory of the process tree");
    form_table(&r->form, r->table);
    fputs("\n"
          "peak: the highest sum over the tree at one instant. Σ of peaks: the sum of "
          "the processes' own\n"
          "RSS peaks, even if these came at different times. It is an upper bound, in "
          "which shared pages\n"
          "count several times.\n",
          r->form.out);
}

/* ---- what a setting did ---- */

static void set_effect(struct table *table, size_t column,
                       const struct summary_row *cells, const struct figure *figures,
                       size_t count) {
    size_t of[VERDICT_INCONCLUSIVE + 1] = {0};
    for (size_t f = 0; f < count; f++)
        of[cells[figures[f].idle].versus[figures[f].measure].verdict]++;
    size_t better = of[VERDICT_BETTER], worse = of[VERDICT_WORSE];
    if (better || worse)
        table_set(table, column, "%s%s%s", better ? "less" : "",
                  better && worse ? " and " : "", worse ? "more" : "");
    else if (of[VERDICT_INCONCLUSIVE])
        table_set(table, column, "inconclusive");
    else
        table_set(table, column, of[VERDICT_SAME] ? "changed nothing" : "-");
}

static void print_effects(const struct report *r) {
    const struct plan *plan = &r->summary->result->plan;
    const char *header[TABLE_COLUMNS_MAX] = {"setting", "effect"};
    set_titles(r, header + 2);
    table_begin(r->table, 2 + r->figure_count, header);
    for (size_t i = 0; i < r->rows.count; i++) {
        const struct summary_row *cells = r->rows.at[i].cells;
        if (strcmp(cells->cell.variant->name, plan->reference) == 0 ||
            table_add_row(r->table) < 0)
            continue;
        table_set(r->table, 0, "%s", r->rows.at[i].name);
        set_effect(r->table, 1, cells, r->figures, r->figure_count);
        for (size_t f = 0; f < r->figure_count; f++)
            form_set_verdict(r->table, 2 + f,
                             &cells[r->figures[f].idle].versus[r->figures[f].measure]);
    }
    if (r->table->rows == 1)
        return;
    form_heading(&r->form, "Setting and effect: ratio of footprints");
    form_table(&r->form, r->table);
    fprintf(r->form.out,
            "\nEach is compared with %s%s. Ratio by the mean of logarithms, pair by\n"
            "pair within a round, with its 95 %% interval; \"changed nothing\": every\n"
            "interval lies within %.0f %%.\n",
            plan->reference, plan->workload_count > 1 ? " of the same program" : "",
            100 * plan->memory_tolerance);
}

/* ---- processes ---- */

static int by_peak(const void *a, const void *b) {
    const json_t *x = *(const json_t *const *)a, *y = *(const json_t *const *)b;
    double p = number_of(x, "peak_rss"), q = number_of(y, "peak_rss");
    return (p < q) - (p > q);
}

static void set_end(struct table *table, size_t column, const json_t *process) {
    const json_t *code = json_object_get(process, "exit"),
                 *signal = json_object_get(process, "signal");
    if (json_is_true(json_object_get(process, "ended_by_watch")))
        table_set(table, column, "ended by watch");
    else if (signal)
        table_set(table, column, "signal %d", (int)json_integer_value(signal));
    else if (code)
        table_set(table, column, "exit %d", (int)json_integer_value(code));
    else if (json_object_get(process, "ended_ms"))
        table_set(table, column, "not known");
    else
        table_set(table, column, "lives");
}

static void set_process(struct table *table, const json_t *process) {
    bool sampled = number_of(process, "peak_footprint") > 0;
    table_set(table, 0, "%s", record_text(process, "name"));
    table_set(table, 1, "%d", (int)number_of(process, "pid"));
    table_set(table, 2, "%.2f", number_of(process, "born_ms") / 1000);
    if (json_object_get(process, "ended_ms"))
        table_set(table, 3, "%.2f", number_of(process, "ended_ms") / 1000);
    else
        table_set(table, 3, "-");
    set_end(table, 4, process);
    table_set(table, 5, "%s%.1f",
              json_is_true(json_object_get(process, "peak_is_bound")) ? "<= " : "",
              number_of(process, "peak_rss") / MIB);
    form_set_mib(table, 6, sampled ? number_of(process, "peak_footprint") : NAN);
    form_set_mib(table, 7, sampled ? number_of(process, "last_footprint") : NAN);
}

static void say_who_is_missing(const struct form *form, const json_t *record) {
    const json_t *accounting = json_object_get(record, "accounting");
    bool dropped = number_of(accounting, "lost") > 0,
         forgotten = number_of(accounting, "forgotten") > 0;
    if (!json_is_true(json_object_get(accounting, "exits")))
        fputs("\n"
              "The watcher could not use the kernel's accounting of exits, which takes "
              "CAP_NET_ADMIN and Linux\n"
              "5.19. So there is no row of a process that lived between two samples and "
              "whose own parent waited\n"
              "for it; the peak of the largest counts in its parent's row.\n",
              form->out);
    else if (dropped || forgotten)
        fprintf(form->out, "\n%s: very short processes may be missing.\n",
                dropped ? "The kernel dropped some of its accounting of exits"
                        : "So many other processes of the machine ended that the watcher "
                          "could not keep all exits");
}

static void print_processes(const struct form *form, const json_t *record,
                            struct table *table) {
    static const char *const header[] = {"process", "pid",      "born s", "ended s",
                                         "how",     "peak RSS", "peak",   "last"};
    const json_t *list = json_object_get(record, "processes");
    size_t count = json_array_size(list);
    const json_t **sorted = heap_new(count, sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        sorted[i] = json_array_get(list, i);
    qsort(sorted, count, sizeof *sorted, by_peak);
    table_begin(table, sizeof header / sizeof header[0], header);
    double rest = 0;
    for (size_t i = 0; i < count; i++) {
        if (i < PROCESS_ROWS && table_add_row(table) == 0)
            set_process(table, sorted[i]);
        else
            rest += number_of(sorted[i], "peak_rss");
    }
    form_table(form, table);
    if (count > PROCESS_ROWS)
        fprintf(form->out, "\n... and %zu smaller ones, %.1f MiB of RSS peaks together\n",
                count - PROCESS_ROWS, rest / MIB);
    say_who_is_missing(form, record);
    free(sorted);
}

/* ---- how it was measured ---- */

/* Adds one to the count of each checkpoint that a round did not reach. */
static void count_unreached(json_t *counts, const json_t *record) {
    const json_t *list = json_object_get(record, "unreached");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        json_int_t before = json_integer_value(json_object_get(counts, name));
        json_object_set_new(counts, name, json_integer(before + 1));
    }
}

static void say_what_was_unreached(const struct report *r, json_t *counts,
                                   size_t rounds) {
    const char *name;
    json_t *count;
    json_object_foreach(counts, name, count)
        fprintf(r->form.out,
                "NOT REACHED: the checkpoint \"%s\", in %d of %zu rounds: check its "
                "--checkpoint or --at.\n",
                name, (int)json_integer_value(count), rounds);
}

/* What else happened on the machine, over all good rounds. */
struct circumstances {
    size_t rounds, instants, late, busy_work, busy_idle;
    double latest_ms, others_work, others_idle, others_worked_s, programs, processors;
    const char *latest_key, *latest_name;
};

static void add_instants(struct circumstances *c, const json_t *record) {
    const json_t *list = json_object_get(record, "checkpoints");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *checkpoint = json_array_get(list, i);
        double late_ms = number_of(checkpoint, "late_ms");
        if (!json_object_get(checkpoint, "late_ms"))
            continue;
        c->instants++;
        c->late += late_ms > LATE_MS;
        if (late_ms < c->latest_ms)
            continue;
        c->latest_ms = late_ms;
        c->latest_key = record_text(record, "key");
        c->latest_name = record_text(checkpoint, "name");
    }
}

static void add_round(struct circumstances *c, const json_t *record) {
    const json_t *machine = json_object_get(record, "machine"),
                 *overlap = json_object_get(record, "overlap");
    double work = number_of(machine, "others_work"),
           idle = number_of(machine, "others_idle");
    c->rounds++;
    c->busy_work += work > busy_processors;
    c->busy_idle += idle > busy_processors;
    c->others_work = fmax(c->others_work, work);
    c->others_idle = fmax(c->others_idle, idle);
    c->processors = fmax(c->processors, number_of(machine, "processors"));
    c->programs = fmax(c->programs, number_of(overlap, "programs"));
    c->others_worked_s = fmax(c->others_worked_s, number_of(overlap, "others_worked_s"));
    add_instants(c, record);
}

static void say_how_late(const struct report *r, const struct circumstances *c) {
    if (c->late)
        fprintf(r->form.out,
                "LATE: %zu of %zu idle instants were looked at more than %d ms late, the "
                "latest %.1f s\n(%s, %s): these figures were read later than their names "
                "say.\n",
                c->late, c->instants, LATE_MS, c->latest_ms / 1000, c->latest_key,
                c->latest_name);
    else if (c->instants)
        fprintf(
            r->form.out,
            "Every idle instant was looked at when it was due, at most %.0f ms late.\n",
            ceil(c->latest_ms));
}

static void say_how_busy(const struct report *r, const struct circumstances *c) {
    if (c->busy_work)
        fprintf(r->form.out,
                "BUSY: in %zu of %zu rounds something else took up to %.1f of %.0f "
                "processors while the program worked:\nthat may have changed peak and "
                "times.\n",
                c->busy_work, c->rounds, c->others_work, c->processors);
    if (c->busy_idle)
        fprintf(r->form.out,
                "In %zu of %zu rounds something else took up to %.1f of %.0f processors "
                "while the program was idle.\n",
                c->busy_idle, c->rounds, c->others_idle, c->processors);
}

static void print_circumstances(const struct report *r) {
    const json_t *records = json_object_get(r->summary->result->root, "records");
    json_t *unreached = json_object();
    struct circumstances c = {0};
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *record = json_array_get(records, i);
        if (!record_is_ok(record))
            continue;
        add_round(&c, record);
        count_unreached(unreached, record);
    }
    fputc('\n', r->form.out);
    say_what_was_unreached(r, unreached, c.rounds);
    json_decref(unreached);
    if (c.programs > 1)
        fprintf(r->form.out,
                "Idle periods overlapped: up to %.0f programs at once; while one was "
                "idle others worked for up to %.0f s.\n",
                c.programs, c.others_worked_s);
    say_how_late(r, &c);
    say_how_busy(r, &c);
}

/* ---- the whole ---- */

static void print_overhead(const struct form *form, const json_t *record) {
    const json_t *cost = json_object_get(record, "overhead");
    double wall_ms = number_of(cost, "wall_ms"), samples = number_of(cost, "samples");
    fprintf(form->out,
            "\n"
            "Watching took %.0f ms of CPU (%.1f %% of a core), %.0f samples of %.1f ms "
            "on average,\n"
            "the longest %.1f ms; %.0f samples were delayed by that. The program may "
            "wait while its memory is read.\n",
            number_of(cost, "cpu_ms"),
            wall_ms > 0 ? 100 * number_of(cost, "cpu_ms") / wall_ms : 0, samples,
            samples > 0 ? number_of(cost, "sampling_ms") / samples : 0,
            number_of(cost, "longest_sample_ms"), number_of(cost, "stretched"));
    double held_up_s = number_of(cost, "output_held_up_ms") / 1000;
    if (held_up_s >= HELD_UP_TOLD_S)
        fprintf(form->out,
                "The program's output was held up for %.1f s, since nobody read the "
                "watcher's output. The program may have waited.\n",
                held_up_s);
}

static void print_sentences(const struct report *r) {
    const json_t *records = json_object_get(r->summary->result->root, "records");
    fputc('\n', r->form.out);
    for (size_t i = 0; i < r->rows.count; i++)
        attributionreport_sentences(&r->form, records, r->rows.at[i].record,
                                    r->rows.at[i].name);
}

static void print_faults(const struct report *r) {
    const json_t *records = json_object_get(r->summary->result->root, "records");
    if (r->summary->failed == 0)
        return;
    form_heading(&r->form, "What went wrong");
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *record = json_array_get(records, i);
        if (!json_object_get(record, "fault"))
            continue;
        form_bullet(&r->form);
        fprintf(r->form.out, "FAILED %s: %s: %s\n", record_text(record, "key"),
                record_text(record, "fault"), record_text(record, "reason"));
    }
}

static void print_details(const struct report *r) {
    for (size_t i = 0; i < r->rows.count; i++) {
        const struct watch_row *row = &r->rows.at[i];
        char title[PLAN_CELL_NAME_MAX + 40];
        if (!row->record)
            continue;
        attributionreport_tables(&r->form, row->record, row->name, r->rows.count > 1,
                                 r->table);
        snprintf(title, sizeof title, "Processes: %s", row->name);
        form_fold(&r->form, title);
        print_processes(&r->form, row->record, r->table);
        print_overhead(&r->form, row->record);
        form_unfold(&r->form);
    }
}

static void print_plots(const struct report *r) {
    for (size_t i = 0; i < r->rows.count; i++)
        if (r->rows.at[i].samples)
            fprintf(r->form.out, "\n![%s: footprint over time](plots/watch-%zu.svg)\n",
                    r->rows.at[i].name, i + 1);
    if (r->rows.count > 1)
        fputs("\n![footprint over time](plots/watch-all.svg)\n", r->form.out);
}

static void print_all(const struct summary *summary, struct form form, bool with_plots) {
    struct report r = {.form = form,
                       .summary = summary,
                       .rows = watchrows_make(summary),
                       .table = heap_new(1, sizeof *r.table)};
    add_figure_if_known(&r, MEASURE_PEAK, 0);
    for (unsigned i = 0; i < summary->result->plan.checkpoint_count; i++)
        add_figure_if_known(&r, MEASURE_FOOTPRINT, i);
    if (form.markdown)
        fputs("## tidemark: a program watched\n", form.out);
    print_memory(&r);
    print_sentences(&r);
    print_effects(&r);
    print_circumstances(&r);
    print_faults(&r);
    print_details(&r);
    if (with_plots)
        print_plots(&r);
    if (form.markdown) {
        form_fold(&form, "Environment");
        report_environment(&form, summary->result);
        form_unfold(&form);
    }
    free(r.table);
    watchrows_finish(&r.rows);
}

void watchreport_terminal(const struct summary *summary, FILE *out) {
    print_all(summary, (struct form){out, false}, false);
}

void watchreport_markdown(const struct summary *summary, FILE *out) {
    print_all(summary, (struct form){out, true}, false);
}

void watchreport_with_plots(const struct summary *summary, FILE *out) {
    print_all(summary, (struct form){out, true}, true);
}

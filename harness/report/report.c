#include "report.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "file.h"
#include "plot.h"
#include "reason.h"
#include "report_parts.h"
#include "text.h"

/* ---- one workload at one number of threads ---- */

/* Sets a figure of a memory cell in MiB, or says why there is none. */
static void set_mib(struct table *table, size_t column, const struct summary_row *row,
                    enum measure measure) {
    if (row && !isnan(row->at[measure]))
        form_set_mib(table, column, row->at[measure]);
    else
        report_set_missing(table, column, row);
}

static void set_time(struct table *table, size_t column, const struct summary_row *row) {
    if (row && row->rounds)
        table_set(table, column, "%.0f", row->at[MEASURE_TIME] * 1000);
    else
        report_set_missing(table, column, row);
}

/* What the process holds beside its baseline, as a multiple of the page floor. */
static void set_over_floor(struct table *table, size_t column,
                           const struct summary_row *row) {
    if (!row || row->rounds == 0 || !(row->at[MEASURE_FLOOR] > 0))
        table_set(table, column, "-");
    else
        table_set(table, column, "%.2f",
                  (row->at[MEASURE_FOOTPRINT] - row->at[MEASURE_BASELINE]) /
                      row->at[MEASURE_FLOOR]);
}

static void add_main_row(struct table *table, const struct group *g,
                         const struct variant *variant) {
    const struct summary_row *dead = group_memory(g, variant, IDLE_DEAD);
    const struct summary_row *collect = group_memory(g, variant, IDLE_COLLECT);
    const struct summary_row *any = group_any(g, variant);
    const struct summary_row *timed = group_timed(g, variant);
    if (!any) /* then it says that they failed */
        any = dead ? dead : collect;
    if (table_add_row(table) < 0)
        return;
    table_set(table, 0, "%s", variant->name);
    set_time(table, 1, timed);
    if (timed)
        form_set_verdict(table, 2, &timed->versus[MEASURE_TIME]);
    set_mib(table, 3, any, MEASURE_PEAK);
    set_mib(table, 4, any, MEASURE_LIVE);
    set_mib(table, 5, any, MEASURE_FLOOR);
    set_mib(table, 6, dead, MEASURE_FOOTPRINT);
    /* Retained can be a little below 0: report_caveats() says why. */
    form_set_mib(table, 7, dead ? summary_retained(dead) : NAN);
    set_over_floor(table, 8, dead);
    if (dead)
        form_set_verdict(table, 9, &dead->versus[MEASURE_FOOTPRINT]);
    set_mib(table, 10, collect, MEASURE_FOOTPRINT);
    set_over_floor(table, 11, collect);
}

static struct table *make_main_table(const struct group *g) {
    static const char *const header[] = {"allocator", "time ms",    NULL, "peak",
                                         "live",      "page floor", NULL, "retained",
                                         "x floor",   NULL,         NULL, "x floor"};
    struct table *table = table_new(sizeof header / sizeof header[0], header);
    double idle_s = (double)g->plan->idle_ms / 1000;
    table_set(table, 2, "time / %s", g->plan->reference);
    table_set(table, 6, "dead %g s", idle_s);
    table_set(table, 9, "dead / %s", g->plan->reference);
    table_set(table, 10, "collect %g s", idle_s);
    for (size_t v = 0; v < g->plan->variants.count; v++)
        if (g->plan->variants.at[v].status == VARIANT_OK)
            add_main_row(table, g, &g->plan->variants.at[v]);
    return table;
}

static void add_decomposition_row(struct table *table, const struct group *g,
                                  const struct summary_row *row) {
    form_set_mib(table, 2, row->at[MEASURE_FOOTPRINT]);
    form_set_mib(table, 3, row->at[MEASURE_BASELINE]);
    form_set_mib(table, 4, row->at[MEASURE_LIVE]);
    form_set_mib(table, 5, summary_sparse(row));
    form_set_mib(table, 6, summary_retained(row));
    form_set_mib(table, 7, row->at[MEASURE_FLOOR]);
    form_set_mib(table, 8, row->at[MEASURE_END]);
    form_set_mib(table, 9, summary_idle_at(g->summary, &row->cell, 1000));
    form_set_mib(table, 10, row->at[MEASURE_ANON_HUGE]);
}

static struct table *make_decomposition(const struct group *g) {
    static const char *const header[] = {
        "allocator",  "idle",       "footprint", "= baseline", "+ live",    "+ sparse",
        "+ retained", "page floor", "at t = 0",  "after 1 s",  "huge pages"};
    return report_by_driver(g, sizeof header / sizeof header[0], header,
                            add_decomposition_row);
}

/* Whether the plan measures any figure of the main tables. */
static bool has_main_figures(const struct plan *plan) {
    return plan->memory_rounds > 0 || plan->timed_rounds > 0;
}

/* ---- all workloads together ---- */

struct series {
    struct measure_series_id id;
    char label[64];
};

/* Whether a measure has a column: it decides, or some cell has a figure of it. (Few
 * workloads have a wake penalty.) */
static bool is_anywhere(const struct summary *summary, enum measure measure) {
    enum cell_kind kind = measure_kind(measure);
    for (size_t i = 0; i < summary->counts[kind]; i++)
        if (!isnan(summary->rows[kind][i].at[measure]))
            return true;
    return measures[measure].decides;
}

/* Lists the series that decide, or the others; at most `most`. */
static size_t list_series(const struct summary *summary, bool decides, struct series *ret,
                          size_t most) {
    const struct plan *plan = &summary->result->plan;
    size_t count = 0;
    for (struct measure_series_id s = MEASURE_BEGIN; measure_next(plan, &s);)
        if (measures[s.measure].decides == decides && is_anywhere(summary, s.measure) &&
            count < most) {
            measure_series_label(plan, s.measure, s.slot, ret[count].label,
                                 sizeof ret[count].label);
            ret[count++].id = s;
        }
    return count;
}

static void add_overall_row(struct table *table, const struct summary_overall *row,
                            const struct series *series, size_t count) {
    if (table_add_row(table) < 0)
        return;
    table_set(table, 0, "%s", row->variant->name);
    table_set(table, 1, "%u", row->threads);
    for (size_t i = 0; i < count; i++)
        form_set_verdict(table, 2 + i,
                         &row->versus[series[i].id.measure][series[i].id.slot]);
}

static void print_overall(const struct form *form, const struct summary *summary,
                          bool decides) {
    enum { FIXED = 2, MOST = TABLE_COLUMNS_MAX - FIXED };
    const struct plan *plan = &summary->result->plan;
    struct series series[MOST];
    char title[160];
    static const char *const header[TABLE_COLUMNS_MAX] = {"allocator", "threads"};
    size_t count = list_series(summary, decides, series, MOST);
    if (summary_workloads(plan) < 2 || count == 0)
        return;
    snprintf(title, sizeof title, "All %zu workloads together, relative to %.48s%s",
             summary_workloads(plan), plan->reference,
             decides ? "" : ": measures that do not decide");
    form_heading(form, title);
    struct table *table = table_new(FIXED + count, header);
    for (size_t i = 0; i < count; i++)
        table_set(table, FIXED + i, "%s", series[i].label);
    for (size_t i = 0; i < summary->overall_count; i++)
        if (strcmp(summary->overall[i].variant->name, plan->reference) != 0)
            add_overall_row(table, &summary->overall[i], series, count);
    form_end_table(form, table);
}

/* Adds the row of a variant in a group: each figure with its comparison. */
static void add_beside_row(struct table *table, const struct group *g,
                           const struct variant *variant, const struct series *series,
                           size_t count) {
    if (variant->status != VARIANT_OK || table_add_row(table) < 0)
        return;
    table_set(table, 0, "%s", variant->name);
    for (size_t i = 0; i < count; i++) {
        enum measure m = series[i].id.measure;
        const struct summary_row *row = summary_find_series(
            g->summary, m, series[i].id.slot, g->workload, variant->name, g->threads);
        char value[64];
        if (!row || row->rounds == 0 || isnan(row->at[m])) {
            report_set_missing(table, 1 + 2 * i, row);
            continue;
        }
        measure_format_figure(m, row->at[m], value, sizeof value);
        table_set(table, 1 + 2 * i, "%s", value);
        form_set_verdict(table, 2 + 2 * i, &row->versus[m]);
    }
}

static struct table *make_beside(const struct group *g) {
    enum { MOST = (TABLE_COLUMNS_MAX - 1) / 2 };
    struct series series[MOST];
    static const char *const header[TABLE_COLUMNS_MAX] = {"allocator"};
    size_t count = list_series(g->summary, false, series, MOST);
    struct table *table = count ? table_new(1 + 2 * count, header) : NULL;
    for (size_t i = 0; i < count; i++) {
        table_set(table, 1 + 2 * i, "%s", series[i].label);
        table_set(table, 2 + 2 * i, "/ %s", g->plan->reference);
    }
    for (size_t v = 0; v < g->plan->variants.count; v++)
        add_beside_row(table, g, &g->plan->variants.at[v], series, count);
    return table;
}

/* ---- the answer in words ---- */

/* The row with the lowest figure of a series among those that were measured. The A/A row
 * does not compete. */
static const struct summary_row *lowest(const struct group *g, enum measure measure,
                                        unsigned slot) {
    const struct summary_row *best = NULL;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const char *name = g->plan->variants.at[v].name;
        const struct summary_row *row =
            summary_find_series(g->summary, measure, slot, g->workload, name, g->threads);
        if (row && row->rounds && strcmp(name, g->plan->again) != 0 &&
            (!best || row->at[measure] < best->at[measure]))
            best = row;
    }
    return best;
}

/* Whether it gave back more than a tenth of the excess by itself. */
static bool gave_back(const struct summary_row *row) {
    double could = summary_excess(row);
    return could > 0 && row->at[MEASURE_END] - row->at[MEASURE_FOOTPRINT] > could / 10;
}

static void print_who_gave_back(const struct form *form, const struct group *g) {
    size_t measured = 0, gave = 0;
    char names[VARIANTS_MAX * (sizeof g->plan->variants.at[0].name + 2)];
    *names = '\0';
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct variant *variant = &g->plan->variants.at[v];
        const struct summary_row *row = group_memory(g, variant, IDLE_DEAD);
        if (!row || row->rounds == 0 || strcmp(variant->name, g->plan->again) == 0)
            continue;
        measured++;
        if (!gave_back(row))
            continue;
        text_append(names, sizeof names, "%s%s", gave++ ? ", " : "", variant->name);
    }
    if (measured && gave == 0)
        fprintf(form->out,
                " None of the %zu allocators gave back a tenth of the memory by itself.",
                measured);
    else if (measured)
        fprintf(form->out, " These gave memory back by themselves: %s (%zu of %zu).",
                names, gave, measured);
}

static void print_in_short(const struct form *form, const struct group *g) {
    const struct summary_row *dead = lowest(g, MEASURE_FOOTPRINT, IDLE_DEAD);
    const struct summary_row *collect = lowest(g, MEASURE_FOOTPRINT, IDLE_COLLECT);
    const struct summary_row *fast =
        lowest(g, MEASURE_TIME, plan_main_memory(g->plan, CELL_TIMED));
    form_bullet(form);
    fprintf(form->out, "%s, %u thread%s:", g->workload, REPORT_THREADS(g->threads));
    if (fast)
        fprintf(form->out, " fastest %s (%.0f ms).", fast->cell.variant->name,
                fast->at[MEASURE_TIME] * 1000);
    if (dead)
        fprintf(form->out,
                " After %g s of dead idle the lowest footprint is %s's, %.0f MiB; of "
                "that %.1f MiB are live, on pages of %.1f MiB.",
                (double)g->plan->idle_ms / 1000, dead->cell.variant->name,
                dead->at[MEASURE_FOOTPRINT] / MIB, dead->at[MEASURE_LIVE] / MIB,
                dead->at[MEASURE_FLOOR] / MIB);
    if (dead)
        print_who_gave_back(form, g);
    if (collect)
        fprintf(form->out, " After one collect call the lowest is %s's, %.0f MiB.",
                collect->cell.variant->name, collect->at[MEASURE_FOOTPRINT] / MIB);
    fputc('\n', form->out);
}

/* ---- the verdict in a line ---- */

/* The variant with the lowest ratio to the reference, at the first number of threads. */
static const struct summary_overall *best_of(const struct summary *summary,
                                             const struct measure_series_id *of) {
    const struct plan *plan = &summary->result->plan;
    const struct summary_overall *best = NULL;
    for (size_t i = 0; i < summary->overall_count; i++) {
        const struct summary_overall *row = &summary->overall[i];
        const char *name = row->variant->name;
        const struct judgement *versus = &row->versus[of->measure][of->slot];
        if (row->threads == plan->threads[0] && versus->verdict != VERDICT_NONE &&
            strcmp(name, plan->reference) != 0 && strcmp(name, plan->again) != 0 &&
            (!best || versus->ratio < best->versus[of->measure][of->slot].ratio))
            best = row;
    }
    return best;
}

/* Prints "fastest ebb, time x 0.62 (better)". False if nothing was compared. */
static bool print_best(const struct form *form, const struct summary *summary,
                       struct measure_series_id of, const char *before, const char *what,
                       const char *measure) {
    const struct summary_overall *best = best_of(summary, &of);
    if (!best)
        return false;
    const struct judgement *versus = &best->versus[of.measure][of.slot];
    fprintf(form->out, "%s%s ", before, what);
    if (versus->ratio >= 1)
        fprintf(form->out, "%s itself", summary->result->plan.reference);
    else
        fprintf(form->out, "%s, %s x %.2f (%s)", best->variant->name, measure,
                versus->ratio, verdict_name(versus->verdict));
    return true;
}

/* Prints the first line of the report to paste. It answers: should one switch, and what
 * does that cost? */
static void print_headline(const struct form *form, const struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    char before[160];
    snprintf(before, sizeof before,
             "**%zu workload%s, %u thread%s, against %.48s: ", summary_workloads(plan),
             summary_workloads(plan) == 1 ? "" : "s", REPORT_THREADS(plan->threads[0]),
             plan->reference);
    struct measure_series_id time = {MEASURE_TIME, plan_main_memory(plan, CELL_TIMED)};
    struct measure_series_id dead = {MEASURE_FOOTPRINT, IDLE_DEAD};
    bool any = print_best(form, summary, time, before, "fastest", "time");
    any |= print_best(form, summary, dead, any ? "; " : before,
                      "least left after dead idle", "footprint");
    if (summary->failed)
        fprintf(form->out, "%s%zu measurements FAILED", any ? "; " : "**",
                summary->failed);
    if (any || summary->failed)
        fputs(".**\n\n", form->out);
}

/* ---- the whole ---- */

static void print_in_short_of_all(const struct form *form,
                                  const struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    form_heading(form, "In short");
    for (size_t w = 0; has_main_figures(plan) && w < plan->workload_count; w++)
        for (size_t t = 0; t < plan->thread_counts; t++)
            print_in_short(form, &(struct group){summary, plan, plan->workloads[w].name,
                                                 plan->threads[t]});
    report_points(form, summary);
}

static void print_legend(const struct form *form, const struct plan *plan) {
    fprintf(form->out,
            "\n"
            "Footprints are in MiB: anonymous and shared memory, swap and page tables, "
            "without pages marked as free.\n"
            "`x floor` is (footprint - baseline) / page floor. Ratios are to %s, of "
            "pairs within rounds: mean of logarithms [95 %% interval]; over all "
            "workloads, of their geometric mean.\n"
            "`same`: within %g %% (time) or %g %% (memory). Below 1 is better. Profile "
            "%s: %u memory and %u timed rounds, scale %g.\n",
            plan->reference, 100 * plan->time_tolerance, 100 * plan->memory_tolerance,
            plan->profile, plan->memory_rounds, plan->timed_rounds, plan->scale);
}

static void print_main_tables(const struct form *form, const struct summary *summary) {
    if (has_main_figures(&summary->result->plan))
        report_each_group(form, summary, "", make_main_table);
    report_memory(form, summary);
    report_each_group(form, summary,
                      "ns of CPU time per pair of malloc and free, without the empty "
                      "loop's",
                      report_micro);
}

static void print_of_commands(const struct form *form, const struct summary *summary) {
    report_commands(form, summary);
    report_points(form, summary);
    report_cost(form, summary);
}

void report_terminal(const struct summary *summary, FILE *out) {
    struct form form = {out, false};
    if (plan_is_of_commands(&summary->result->plan)) {
        print_of_commands(&form, summary);
        return;
    }
    print_main_tables(&form, summary);
    print_overall(&form, summary, true);
    print_overall(&form, summary, false);
    report_gaps(&form, summary);
    report_sharing(&form, summary);
    report_rankings(&form, summary);
    report_latency(&form, summary);
    report_syscalls(&form, summary);
    report_counts(&form, summary);
    print_legend(&form, &summary->result->plan);
    print_in_short_of_all(&form, summary);
    report_cost(&form, summary);
}

static void print_libraries(const struct form *form, const struct plan *plan) {
    static const char *const header[] = {"allocator", "version", "bytes", "SHA-256",
                                         "from"};
    struct table *table = table_new(sizeof header / sizeof header[0], header);
    for (size_t v = 0; v < plan->variants.count; v++) {
        const struct variant *variant = &plan->variants.at[v];
        if (table_add_row(table) < 0)
            break;
        table_set(table, 0, "%s", variant->name);
        table_set(table, 1, "%s", variant->version);
        table_set(table, 2, "%llu", (unsigned long long)variant->bytes);
        table_set(table, 3, "%s", variant->sha256);
        table_set(table, 4, "%s",
                  variant->status == VARIANT_OK ? variant->source
                                                : variant_status_name(variant->status));
    }
    form_end_table(form, table);
    fputc('\n', form->out);
    for (size_t v = 0; v < plan->variants.count; v++)
        for (unsigned i = 0; i < plan->variants.at[v].env_count; i++)
            fprintf(form->out, "- setting of %s: `%s`\n", plan->variants.at[v].name,
                    plan->variants.at[v].env[i]);
}

void report_environment(const struct form *form, const struct result *result) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)result->environment, name, value)
        fprintf(form->out, "- %s: %s\n", name, json_string_value(value));
    fprintf(form->out, "- schedule seed: %llu\n- workload seed: %llu\n",
            (unsigned long long)result->plan.seed,
            (unsigned long long)result->plan.workload_seed);
}

void report_markdown(const struct summary *summary, FILE *out) {
    struct form form = {out, true};
    if (plan_is_of_commands(&summary->result->plan)) {
        print_of_commands(&form, summary);
        report_environment(&form, summary->result);
        return;
    }
    print_headline(&form, summary);
    fputs("## What each allocator leaves behind\n", out);
    print_overall(&form, summary, true);
    fputc('\n', out);
    plot_link(summary, true, out);
    print_in_short_of_all(&form, summary);
    form_fold(
        &form,
        "More plots: each workload, over idle time, composition, what the process does");
    plot_link(summary, false, out);
    form_unfold(&form);
    form_fold(&form, "All tables");
    print_main_tables(&form, summary);
    report_gaps(&form, summary);
    report_sharing(&form, summary);
    report_rankings(&form, summary);
    print_legend(&form, &summary->result->plan);
    form_unfold(&form);
    form_fold(&form, "Measures that are judged but do not decide");
    print_overall(&form, summary, false);
    report_each_group(&form, summary, "measures that do not decide", make_beside);
    form_unfold(&form);
    form_fold(&form, "What the footprints consist of");
    report_each_group(&form, summary, "decomposition, MiB", make_decomposition);
    form_unfold(&form);
    form_fold(&form, "What comes back, and when; what the process did meanwhile");
    report_each_group(&form, summary, "return, MiB", report_return_figures);
    form_unfold(&form);
    form_fold(&form, "Where the time goes: user and system time, page faults");
    report_each_group(&form, summary, "time", report_where_time_goes);
    form_unfold(&form);
    if (summary->result->plan.latency_rounds) {
        form_fold(&form, "How long single calls take");
        report_latency(&form, summary);
        form_unfold(&form);
    }
    if (summary->result->plan.syscall_rounds) {
        form_fold(&form, "System calls");
        report_syscalls(&form, summary);
        form_unfold(&form);
    }
    if (summary->result->plan.instruction_rounds) {
        form_fold(&form, "Counts: instructions, system calls, page faults");
        report_counts(&form, summary);
        form_unfold(&form);
    }
    form_fold(&form, "Inconclusive comparisons");
    report_undecided(&form, summary);
    form_unfold(&form);
    form_fold(&form, "Caveats, and what the run cost");
    report_caveats(&form, summary);
    form_unfold(&form);
    form_fold(&form, "Libraries and environment");
    print_libraries(&form, &summary->result->plan);
    report_environment(&form, summary->result);
    form_unfold(&form);
}

int report_write(const struct summary *summary,
                 void (*print)(const struct summary *summary, FILE *out),
                 const char *folder, struct reason *reason) {
    char path[PATH_MAX];
    struct file_draft draft;
    snprintf(path, sizeof path, "%s/" RESULT_REPORT, folder);
    int error = file_draft_begin(&draft, path, reason);
    if (error)
        return error;
    print(summary, draft.out);
    return file_draft_write(&draft, 0, reason);
}

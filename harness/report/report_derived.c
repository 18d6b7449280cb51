#include "report_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ranking.h"
#include "stats.h"

/* ---- the idle period ---- */

/* "2.5 s", or "> 25 s" where it did not happen within the window. */
static void set_instant(struct table *table, size_t column, double seconds,
                        const struct plan *plan) {
    if (isnan(seconds))
        table_set(table, column, "-");
    else if (isinf(seconds))
        table_set(table, column, "> %g s", (double)plan->idle_ms / 1000);
    else
        table_set(table, column, "%g s", round(seconds * 1000) / 1000);
}

static void add_return_row(struct table *table, const struct group *g,
                           const struct summary_row *row) {
    form_set_mib(table, 2, summary_excess(row));
    set_instant(table, 3, row->at[MEASURE_T50], g->plan);
    set_instant(table, 4, row->at[MEASURE_T90], g->plan);
    form_set_mib(table, 5, row->at[MEASURE_RESIDUAL]);
    table_set(table, 6, "%.0f", row->at[MEASURE_AREA] / MIB);
    if (isnan(row->at[MEASURE_IDLE_WAKEUPS]))
        return;
    table_set(table, 7, "%.1f", row->at[MEASURE_IDLE_CPU] / 1e6);
    table_set(table, 8, "%.0f", row->at[MEASURE_IDLE_WAKEUPS]);
}

struct table *report_return_figures(const struct group *g) {
    static const char *const header[] = {"allocator", "idle",   "excess at end of work",
                                         "t50",       "t90",    "residual",
                                         "MiB x s",   "CPU ms", "wake-ups"};
    return report_by_driver(g, sizeof header / sizeof header[0], header, add_return_row);
}

/* ---- where the time goes ---- */

static void add_time_row(struct table *table, const struct summary_row *row,
                         const struct summary_row *reference) {
    static const enum measure shown[] = {MEASURE_TIME, MEASURE_USER, MEASURE_SYSTEM,
                                         MEASURE_FAULTS};
    if (!row || table_add_row(table) < 0)
        return;
    table_set(table, 0, "%s", row->cell.variant->name);
    if (row->rounds == 0) {
        report_set_missing(table, 1, row);
        return;
    }
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        double value = row->at[shown[i]];
        double other = reference ? reference->at[shown[i]] : 0;
        table_set(table, 1 + 2 * i, "%.0f",
                  measures[shown[i]].unit == UNIT_SECONDS ? 1000 * value : value);
        /* a reference of 0 has no ratios */
        table_set(table, 2 + 2 * i, other > 0 ? "%.2f" : "-", value / other);
    }
    if (!isnan(row->at[MEASURE_OPS_A_SECOND]))
        table_set(table, 9, "%.2f", row->at[MEASURE_OPS_A_SECOND] / 1e6);
    table_set(table, 10, "%zu of %zu", row->outliers, row->rounds);
}

struct table *report_where_time_goes(const struct group *g) {
    static const char *const header[] = {
        "allocator", "wall ms",     "ratio", "user ms", "ratio",   "system ms",
        "ratio",     "page faults", "ratio", "M ops/s", "outliers"};
    const struct summary_row *reference =
        group_timed(g, variant_find(&g->plan->variants, g->plan->reference));
    struct table *table = table_new(sizeof header / sizeof header[0], header);
    for (size_t v = 0; v < g->plan->variants.count; v++)
        add_time_row(table, group_timed(g, &g->plan->variants.at[v]), reference);
    return table;
}

/* ---- gaps between builds ---- */

static bool has_gaps(const struct summary_row *row) {
    return row->rounds && (row->ratchet_rounds || row->at[MEASURE_WAKE_PENALTY] > 0);
}

static bool any_has_gaps(const struct summary *summary) {
    for (size_t i = 0; i < summary->counts[CELL_MEMORY]; i++)
        if (has_gaps(&summary->rows[CELL_MEMORY][i]))
            return true;
    return false;
}

/* Sets which runs a time comes from, and the condition of memory in them. Memory runs
 * have none: while one cell works, others are idle and hold memory. */
static void set_origin(struct table *table, size_t column, const struct cell *cell) {
    table_set(table, column, "%s, %s", plan_kind_name(cell->kind),
              cell->memory == MEMORY_ANY ? "unconditioned"
                                         : plan_memory_name(cell->memory));
}

/* Sets "WORKLOAD, N threads" and the variant in the first two columns. */
static void name_row(struct table *table, const struct cell *cell) {
    table_set(table, 0, "%s, %u thread%s%s", cell->workload->name,
              REPORT_THREADS(cell->threads), cell->memory == MEMORY_COLD ? ", cold" : "");
    table_set(table, 1, "%s", cell->variant->name);
}

static void add_gaps_row(struct table *table, const struct summary *summary,
                         const struct summary_row *row) {
    const struct cell *cell = &row->cell;
    if (!has_gaps(row) || table_add_row(table) < 0)
        return;
    struct group group = {summary, &summary->result->plan, cell->workload->name,
                          cell->threads};
    const struct summary_row *wake = group_wake(&group, cell->variant, row);
    name_row(table, cell);
    table_set(table, 2, "%s", plan_idle_name((enum idle_driver)cell->idle));
    if (wake) {
        table_set(table, 3, "%.2f", wake->at[MEASURE_WAKE_PENALTY]);
        table_set(table, 4, "%+.0f", wake->at[MEASURE_WAKE_FAULTS]);
        set_origin(table, 5, &wake->cell);
    }
    if (row->ratchet_rounds > 0 && row->ratchet_rounds < STATS_INTERVAL_MIN)
        table_set(table, 6, "%+.2f (%zu rounds)", row->at[MEASURE_RATCHET] / MIB,
                  row->ratchet_rounds);
    else if (row->ratchet_rounds > 0)
        table_set(table, 6, "%+.2f [%+.2f, %+.2f]", row->at[MEASURE_RATCHET] / MIB,
                  row->ratchet_low / MIB, row->ratchet_high / MIB);
}

static void set_left(struct table *table, size_t column, const struct result *result,
                     const struct cell *cell, size_t index) {
    double left = result_median_of(result, cell, reading_gap_left, &index);
    double floor = result_median_of(result, cell, reading_gap_floor, &index);
    if (!isnan(left) && floor > 0)
        table_set(table, column, "%.1f (%.2f)", left / MIB, left / floor);
    else
        form_set_mib(table, column, left);
}

/*
 * What was left at the end of each idle gap of a workload, in MiB. Each gap is a row. It
 * has the live bytes and the page floor of the first allocator, then the footprint of
 * each allocator without its baseline. The figure in brackets is that footprint divided
 * by the allocator's own page floor. All figures are medians over the rounds, of the
 * first idle driver that was measured. NULL if there are no gaps.
 */
static struct table *make_left(const struct group *g) {
    enum { FIXED = 3 };
    const char *header[TABLE_COLUMNS_MAX] = {"after build", "live", "page floor"};
    const struct cell *cells[TABLE_COLUMNS_MAX - FIXED];
    const struct result *result = g->summary->result;
    size_t count = 0, gap = 0;
    for (size_t v = 0; v < g->plan->variants.count; v++) {
        const struct summary_row *row = group_any(g, &g->plan->variants.at[v]);
        if (row && count < TABLE_COLUMNS_MAX - FIXED) {
            header[FIXED + count] = row->cell.variant->name;
            cells[count++] = &row->cell;
        }
    }
    struct table *table = count ? table_new(FIXED + count, header) : NULL;
    for (;; gap++) {
        double build =
            table ? result_median_of(result, cells[0], reading_gap_build, &gap) : NAN;
        if (isnan(build) || table_add_row(table) < 0)
            break;
        table_set(table, 0, "%.0f", build);
        form_set_mib(table, 1,
                     result_median_of(result, cells[0], reading_gap_live, &gap));
        form_set_mib(table, 2,
                     result_median_of(result, cells[0], reading_gap_floor, &gap));
        for (size_t i = 0; i < count; i++)
            set_left(table, FIXED + i, result, cells[i], gap);
    }
    if (gap)
        return table;
    free(table);
    return NULL;
}

void report_gaps(const struct form *form, const struct summary *summary) {
    static const char *const header[] = {"workload",        "allocator",    "idle",
                                         "wake penalty",    "extra faults", "in runs",
                                         "MiB more a build"};
    if (!any_has_gaps(summary))
        return;
    form_heading(form, "Builds after an idle gap (wake penalty), and growth with every "
                       "build (ratchet)");
    struct table *table = table_new(sizeof header / sizeof header[0], header);
    for (size_t i = 0; i < summary->counts[CELL_MEMORY]; i++)
        add_gaps_row(table, summary, &summary->rows[CELL_MEMORY][i]);
    form_end_table(form, table);
    report_each_group(
        form, summary,
        "left after each idle gap, MiB without the baseline (over its page floor)",
        make_left);
}

/* ---- threads ---- */

/* Sets "12.3 (x1.90)": a peak in MiB, and the sharing factor. */
static void set_factor(struct table *table, size_t column, double peak, double factor) {
    if (isnan(factor))
        form_set_mib(table, column, peak);
    else
        table_set(table, column, "%.1f (x%.2f)", peak / MIB, factor);
}

static void add_sharing_row(struct table *table, const struct summary *summary,
                            const char *workload, const struct variant *variant) {
    struct group group = {summary, &summary->result->plan, workload, 0};
    if (variant->status != VARIANT_OK || table_add_row(table) < 0)
        return;
    table_set(table, 0, "%s", workload);
    table_set(table, 1, "%s", variant->name);
    for (size_t t = 0; t < group.plan->thread_counts; t++) {
        group.threads = group.plan->threads[t];
        set_factor(table, 2 + t, group_peak(&group, variant),
                   group_sharing(&group, variant));
    }
}

void report_sharing(const struct form *form, const struct summary *summary) {
    static const char *const header[2 + PLAN_THREADS_MAX] = {"workload", "allocator"};
    const struct plan *plan = &summary->result->plan;
    if (!group_has_sharing(plan))
        return;
    form_heading(form, "Peak without baseline by number of threads, MiB (sharing factor: "
                       "over that of one thread)");
    struct table *table = table_new(2 + plan->thread_counts, header);
    for (size_t t = 0; t < plan->thread_counts; t++)
        table_set(table, 2 + t, "%u thread%s", REPORT_THREADS(plan->threads[t]));
    for (size_t w = 0; w < plan->workload_count; w++)
        for (size_t v = 0; v < plan->variants.count; v++)
            add_sharing_row(table, summary, plan->workloads[w].name,
                            &plan->variants.at[v]);
    form_end_table(form, table);
}

/* ---- bundle and the recorded program ---- */

static void print_ranking(const struct form *form, const struct ranking *ranking) {
    static const char *const header[] = {"allocator", "MiB in " RANKING_WORKLOAD, "rank",
                                         "MiB in " RANKING_RECORDED, "rank"};
    char title[160];
    snprintf(title, sizeof title,
             "%s by " RANKING_WORKLOAD " and " RANKING_RECORDED
             ", %u thread%s: Spearman's rho %.2f over %zu allocators",
             ranking->figure == RANKING_IDLE ? "Dead footprint" : "Peak",
             REPORT_THREADS(ranking->threads), ranking->rho, ranking->count);
    form_heading(form, title);
    struct table *table = table_new(sizeof header / sizeof header[0], header);
    for (size_t i = 0; i < ranking->count && table_add_row(table) == 0; i++) {
        table_set(table, 0, "%s", ranking->variants[i]->name);
        form_set_mib(table, 1, ranking->ours[i]);
        table_set(table, 2, "%g", ranking->our_ranks[i]);
        form_set_mib(table, 3, ranking->theirs[i]);
        table_set(table, 4, "%g", ranking->their_ranks[i]);
    }
    form_end_table(form, table);
}

void report_rankings(const struct form *form, const struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    struct ranking ranking;
    for (size_t t = 0; t < plan->thread_counts; t++)
        for (int figure = 0; figure < RANKING_FIGURES; figure++)
            if (ranking_make(summary, (enum ranking_figure)figure, plan->threads[t],
                             &ranking))
                print_ranking(form, &ranking);
}

/* ---- single calls ---- */

/* Sets a time in ns, or in us from 10 us on, so that the columns can be read. */
static void set_ns(struct table *table, size_t column, double ns) {
    if (ns < 10000)
        table_set(table, column, "%.0f ns", ns);
    else
        table_set(table, column, "%.0f us", ns / 1000);
}

static void add_latency_row(struct table *table, const struct summary_row *row,
                            const struct summary_call *call) {
    if (table_add_row(table) < 0)
        return;
    name_row(table, &row->cell);
    table_set(table, 2, "%s", latency_call_names[call - row->calls]);
    if (row->rounds == 0) {
        report_set_missing(table, 3, row);
        return;
    }
    table_set(table, 3, "%.0f", call->figure[LATENCY_COUNT]);
    for (size_t i = LATENCY_P50; i <= LATENCY_MAX; i++)
        set_ns(table, 4 + i - LATENCY_P50, call->figure[i]);
    set_ns(table, 9, call->figure[LATENCY_CLOCK]);
}

/* Adds the row with the histogram of the same call. */
static void add_decades_row(struct table *table, const struct summary_row *row,
                            const struct summary_call *call) {
    if (row->rounds == 0 || table_add_row(table) < 0)
        return;
    name_row(table, &row->cell);
    table_set(table, 2, "%s", latency_call_names[call - row->calls]);
    for (size_t i = 0; i < LATENCY_DECADES; i++)
        table_set(table, 3 + i, "%.0f", call->figure[LATENCY_OVER + i]);
}

typedef void add_row(struct table *, const struct summary_row *,
                     const struct summary_call *);

/* Of each workload, ordered so that the allocators stand below each other. */
static void print_latency_tables(const struct form *form, const struct summary *summary,
                                 size_t columns, const char *const *header,
                                 add_row *add) {
    const struct plan *plan = &summary->result->plan;
    for (size_t w = 0; w < plan->workload_count; w++) {
        struct table *table = table_new(columns, header);
        for (size_t t = 0; t < plan->thread_counts; t++)
            for (size_t call = 0; call < LATENCY_CALLS; call++)
                for (size_t i = 0; i < summary->counts[CELL_LATENCY]; i++) {
                    const struct summary_row *row = &summary->rows[CELL_LATENCY][i];
                    if (row->cell.workload == &plan->workloads[w] &&
                        row->cell.threads == plan->threads[t] &&
                        (row->calls[call].rounds || (row->rounds == 0 && call == 0)))
                        add(table, row, &row->calls[call]);
                }
        form_end_table(form, table);
        fputc('\n', form->out);
    }
}

void report_latency(const struct form *form, const struct summary *summary) {
    static const char *const header[] = {"workload", "allocator", "call",  "calls",
                                         "p50",      "p99",       "p99.9", "p99.99",
                                         "max",      "clock"};
    static const char *const decades[] = {"workload", "allocator", "call",    ">= 1 us",
                                          ">= 10 us", ">= 100 us", ">= 1 ms", ">= 10 ms"};
    if (summary->result->plan.latency_rounds == 0)
        return;
    form_heading(form, "Single calls (medians over the rounds, max of all; the clock's "
                       "cost is subtracted)");
    print_latency_tables(form, summary, sizeof header / sizeof header[0], header,
                         add_latency_row);
    form_heading(form, "How many single calls took longer (sums over the rounds)");
    print_latency_tables(form, summary, sizeof decades / sizeof decades[0], decades,
                         add_decades_row);
}

/* ---- system calls ---- */

static void add_syscalls_row(struct table *table, const struct summary_row *row) {
    if (table_add_row(table) < 0)
        return;
    name_row(table, &row->cell);
    if (row->syscall_rounds == 0) {
        report_set_missing(table, 2, row);
        return;
    }
    double others = row->syscalls[0];
    table_set(table, 2, "%.0f", row->syscalls[0]);
    for (size_t i = 0; i < SYSCALLS_COLUMNS; i++) {
        table_set(table, 3 + i, "%.0f", row->syscalls[1 + i]);
        others -= row->syscalls[1 + i];
    }
    table_set(table, 3 + SYSCALLS_COLUMNS, "%.0f", others);
}

void report_syscalls(const struct form *form, const struct summary *summary) {
    const char *header[4 + SYSCALLS_COLUMNS] = {"workload", "allocator", "all"};
    if (summary->result->plan.syscall_rounds == 0)
        return;
    for (size_t i = 0; i < SYSCALLS_COLUMNS; i++)
        header[3 + i] = syscalls_columns[i];
    header[3 + SYSCALLS_COLUMNS] = "others";
    form_heading(form, "System calls a build (of the whole process, its start included; "
                       "medians over the rounds)");
    struct table *table = table_new(4 + SYSCALLS_COLUMNS, header);
    for (size_t i = 0; i < summary->counts[CELL_SYSCALLS]; i++)
        add_syscalls_row(table, &summary->rows[CELL_SYSCALLS][i]);
    form_end_table(form, table);
}

/* ---- counts ---- */

static void set_instructions(struct table *table, const struct summary *summary,
                             const struct summary_row *row) {
    const struct plan *plan = &summary->result->plan;
    double values[plan->instruction_rounds + 1];
    size_t n = result_values(summary->result, &row->cell, MEASURE_INSTRUCTIONS, values);
    double median = stats_sort(values, n);
    struct cell cell = row->cell;
    cell.variant = variant_find(&plan->variants, plan->reference);
    const struct summary_row *reference = summary_find(summary, &cell);
    table_set(table, 2, "%.1f", median);
    table_set(table, 3, "%.2f %%", 100 * (values[n - 1] - values[0]) / median);
    if (reference && reference->rounds)
        table_set(table, 4, "%.3f", median / reference->at[MEASURE_INSTRUCTIONS]);
}

/* A plan with instructions has system calls, too (request.c). */
static void add_counts_row(struct table *table, const struct summary *summary,
                           const struct summary_row *row) {
    struct cell cell = row->cell;
    cell.kind = CELL_SYSCALLS;
    const struct summary_row *syscalls = summary_find(summary, &cell);
    if (table_add_row(table) < 0)
        return;
    name_row(table, &row->cell);
    if (isnan(row->at[MEASURE_INSTRUCTIONS]))
        report_set_missing(table, 2, row);
    else
        set_instructions(table, summary, row);
    if (syscalls && syscalls->syscall_rounds) {
        table_set(table, 5, "%.0f", syscalls->syscalls[0]);
        table_set(table, 6, "%.0f", syscalls->at[MEASURE_FAULTS_A_BUILD]);
    }
}

void report_counts(const struct form *form, const struct summary *summary) {
    static const char *const header[] = {"workload",
                                         "allocator",
                                         "instructions an operation",
                                         "spread",
                                         "ratio",
                                         "system calls a build",
                                         "page faults a build"};
    const struct plan *plan = &summary->result->plan;
    if (plan->instruction_rounds == 0)
        return;
    form_heading(form,
                 "Counts (of the whole process, its start included; spread: highest "
                 "less lowest of the rounds)");
    struct table *table = table_new(sizeof header / sizeof header[0], header);
    for (size_t i = 0; i < summary->counts[CELL_INSTRUCTIONS]; i++)
        add_counts_row(table, summary, &summary->rows[CELL_INSTRUCTIONS][i]);
    form_end_table(form, table);
}

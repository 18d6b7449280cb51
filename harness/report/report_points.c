#include "report_parts.h"

#include <math.h>
#include <string.h>

/* Adds one comparison to the counts, if there was one. */
static void count_one(const struct judgement *versus, enum verdict verdict, size_t *count,
                      size_t *all) {
    *all += versus->verdict != VERDICT_NONE;
    *count += versus->verdict == verdict;
}

/* Counts the cells' comparisons that decide, of a variant ("": of all), and how many of
 * them have this verdict. */
static size_t count_cells(const struct summary *summary, const char *variant,
                          enum verdict verdict, size_t *ret_all) {
    size_t count = 0;
    *ret_all = 0;
    for (enum measure m = 0; m < MEASURES; m++) {
        enum cell_kind kind = measure_kind(m);
        for (size_t i = 0; measures[m].decides && i < summary->counts[kind]; i++) {
            const struct summary_row *row = &summary->rows[kind][i];
            if (!*variant || strcmp(row->cell.variant->name, variant) == 0)
                count_one(&row->versus[m], verdict, &count, ret_all);
        }
    }
    return count;
}

static void print_again(const struct form *form, const struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    size_t all, same = count_cells(summary, plan->again, VERDICT_SAME, &all);
    size_t all_overall = 0, same_overall = 0;
    if (!plan->again[0])
        return;
    for (size_t i = 0; i < summary->overall_count; i++) {
        const struct summary_overall *row = &summary->overall[i];
        for (struct measure_series_id s = MEASURE_BEGIN; measure_next(plan, &s);)
            if (measures[s.measure].decides &&
                strcmp(row->variant->name, plan->again) == 0)
                count_one(&row->versus[s.measure][s.slot], VERDICT_SAME, &same_overall,
                          &all_overall);
    }
    form_bullet(form);
    fprintf(form->out,
            "A/A check (%s against itself): `same` in %zu of %zu comparisons over all "
            "workloads, and in %zu of %zu cell by cell",
            plan->reference, same_overall, all_overall, same, all);
    if (same < all)
        fputs("; treat a difference as large as the A/A row's as noise", form->out);
    fputs(".\n", form->out);
}

/* Says what an inconclusive comparison could have shown, and how many pairs would decide
 * it. */
static void add_undecided(struct table *table, const struct plan *plan,
                          const struct summary_row *row, enum measure measure) {
    const struct judgement *versus = &row->versus[measure];
    char label[64];
    if (versus->verdict != VERDICT_INCONCLUSIVE || table_add_row(table) < 0)
        return;
    measure_series_label(plan, measure, measure_slot_of(measure, &row->cell), label,
                         sizeof label);
    table_set(table, 0, "%s on %s, %u thread%s", row->cell.workload->name,
              row->cell.variant->name, REPORT_THREADS(row->cell.threads));
    table_set(table, 1, "%s", label);
    form_set_verdict(table, 2, versus);
    if (isfinite(versus->smallest_visible))
        table_set(table, 3, "%.0f %%", 100 * versus->smallest_visible);
    table_set(table, 4, "%zu", versus->n);
    table_set(table, 5, "%zu", versus->rounds_needed);
}

static void print_undecided_count(const struct form *form,
                                  const struct summary *summary) {
    size_t all, count = count_cells(summary, "", VERDICT_INCONCLUSIVE, &all);
    if (count == 0)
        return;
    form_bullet(form);
    fprintf(form->out,
            "%zu comparisons are inconclusive. The report's folded table says what "
            "change each could have shown, and how many pairs would decide it.\n",
            count);
}

void report_undecided(const struct form *form, const struct summary *summary) {
    static const char *const header[] = {"comparison",       "of",    "ratio",
                                         "visible change >", "pairs", "would take about"};
    size_t all, count = count_cells(summary, "", VERDICT_INCONCLUSIVE, &all);
    const size_t most = TABLE_ROWS_MAX - 1;
    if (count == 0) {
        fputs("None.\n", form->out);
        return;
    }
    struct table *table = table_new(sizeof header / sizeof header[0], header);
    for (enum measure m = 0; m < MEASURES; m++) {
        enum cell_kind kind = measure_kind(m);
        for (size_t i = 0; measures[m].decides && i < summary->counts[kind]; i++)
            add_undecided(table, &summary->result->plan, &summary->rows[kind][i], m);
    }
    form_end_table(form, table);
    if (count > most)
        fprintf(form->out, "\nand %zu more.\n", count - most);
}

static void print_fault(const struct form *form, const struct cell *cell,
                        const struct summary_fault *fault, unsigned rounds) {
    if (fault->failed == 0)
        return;
    form_bullet(form);
    fprintf(form->out, "FAILED %s on %s, %u thread%s, %s: %s in %zu of %u rounds: %s\n",
            cell->workload->name, cell->variant->name, REPORT_THREADS(cell->threads),
            cell->kind == CELL_MEMORY     ? plan_idle_name((enum idle_driver)cell->idle)
            : cell->memory == MEMORY_COLD ? plan_memory_name(cell->memory)
                                          : plan_kind_name(cell->kind),
            fault->fault, fault->failed, rounds, fault->reason);
}

static void print_faults(const struct form *form, const struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    for (enum cell_kind kind = 0; kind < CELL_KINDS; kind++)
        for (size_t i = 0; i < summary->counts[kind]; i++)
            print_fault(form, &summary->rows[kind][i].cell, &summary->rows[kind][i].fault,
                        plan_rounds(plan, kind));
    for (size_t v = 0; v < plan->variants.count; v++) {
        const struct variant *variant = &plan->variants.at[v];
        if (variant->status == VARIANT_OK)
            continue;
        form_bullet(form);
        fprintf(form->out, "not measured: %s is %s%s%s\n", variant->name,
                variant_status_name(variant->status), variant->detail[0] ? ": " : "",
                variant->detail);
    }
    if (summary->missing) {
        form_bullet(form);
        fprintf(form->out,
                "INCOMPLETE: %zu measurements of the plan are missing; `tidemark run "
                "--resume=FOLDER` with this run's folder measures them.\n",
                summary->missing);
    }
}

/* Prints list items about the run as a whole. */
void report_points(const struct form *form, const struct summary *summary) {
    report_memory_points(form, summary);
    print_again(form, summary);
    print_undecided_count(form, summary);
    print_faults(form, summary);
}

/* Prints the runner's own cost: how long the run took, over how long it had to take. A
 * session that was killed did not record how long it took. */
void report_cost(const struct form *form, const struct summary *summary) {
    const struct result *result = summary->result;
    double idle_s = result->plan.memory_rounds ? (double)result->plan.idle_ms / 1000 : 0;
    double needed = summary->active_s + idle_s;
    form_bullet(form);
    if (!result->complete || needed <= 0 || result->wall_s < needed)
        fprintf(form->out, "The runner's own cost is not known: %s.\n",
                result->complete ? "the run's time was not recorded, or only in part"
                                 : "the run is not complete");
    else
        fprintf(form->out,
                "The run took %.0f s; its active time is %.0f s and one idle period %.0f "
                "s: wall / (active + one idle period) = %.2f.\n",
                result->wall_s, summary->active_s, idle_s, result->wall_s / needed);
}

/* Prints which settings were read back, and which could not be. */
static void print_settings(const struct form *form, const struct variant *variant) {
    if (variant->check_count) {
        form_bullet(form);
        fprintf(form->out,
                "%s: each cell asked the allocator for its settings. They had to be",
                variant->name);
        for (unsigned i = 0; i < variant->check_count; i++)
            fprintf(form->out, "%s `%s`", i ? "," : "", variant->checks[i]);
        fputs("; otherwise the cell failed.\n", form->out);
    }
    if (variant->unchecked) {
        form_bullet(form);
        fprintf(form->out,
                "%u settings of %s were passed on as they were named. Nothing verifies "
                "that they took effect.\n",
                variant->unchecked, variant->name);
    }
}

void report_caveats(const struct form *form, const struct summary *summary) {
    const struct plan *plan = &summary->result->plan;
    static const char *const fixed[] = {
        "Each footprint belongs to its idle window. An allocator that starts to purge "
        "later looks as if it never did.",
        "Dead idle is the hardest case, since every thread is parked. An allocator that "
        "purges only inside its calls can purge only in an application that calls it "
        "while idle.",
        "`collect` is one call from the main thread. Whether that reaches other threads' "
        "heaps depends on the allocator.",
        "The page floor counts every page on which a live byte lies, even if nobody ever "
        "wrote the page. So retained can be a little below 0.",
        "Synthetic workloads show mechanisms. Decide by measuring your own program.",
    };
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        form_bullet(form);
        fprintf(form->out, "%s\n", fixed[i]);
    }
    for (size_t v = 0; v < plan->variants.count; v++) {
        const struct variant *variant = &plan->variants.at[v];
        print_settings(form, variant);
    }
    report_cost(form, summary);
}

#include "compare_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare_parts.h"
#include "form.h"
#include "heap.h"
#include "table.h"
#include "text.h"

void compare_format_ratio(const struct comparison *c, char *buffer, size_t size) {
    if (!isfinite(c->judged.high))
        snprintf(buffer, size, "%.3f [too few %s]", c->judged.ratio,
                 c->paired ? "pairs" : "rounds");
    else
        snprintf(buffer, size, "%.3f [%.3f, %.3f]", c->judged.ratio, c->judged.low,
                 c->judged.high);
}

static void format_medians(const struct comparison *c, char *buffer, size_t size) {
    if (c->is_related)
        snprintf(buffer, size, "%.3f -> %.3f x controls", c->median_a, c->median_b);
    else
        measure_format_change(c->measure, c->median_a, c->median_b, buffer, size);
}

/* The largest change among those that decide and have this verdict. Totals come first, so
 * a total wins over a cell with an equal change. */
static const struct comparison *largest(const struct compare_result *result,
                                        enum verdict verdict) {
    const struct comparison *best = NULL;
    for (size_t i = 0; i < result->count; i++) {
        const struct comparison *c = &result->comparisons[i];
        if (c->judged.verdict == verdict && c->decides &&
            (!best || fabs(log(c->judged.ratio)) > fabs(log(best->judged.ratio))))
            best = c;
    }
    return best;
}

static void change_headline(const struct compare_result *result, enum verdict verdict,
                            const char *word, char *buffer, size_t size) {
    const struct comparison *c = largest(result, verdict);
    char name[160], medians[64];
    plan_cell_name(c->workload, c->variant, c->threads, name, sizeof name);
    format_medians(c, medians, sizeof medians);
    snprintf(buffer, size, "%s: %s: %s %+.1f %% [%+.1f, %+.1f] (%s)", word, name,
             c->label, 100 * (c->judged.ratio - 1), 100 * (c->judged.low - 1),
             100 * (c->judged.high - 1), medians);
    size_t more = compare_count(result, verdict) - 1;
    if (more)
        text_append(buffer, size, ", and %zu more", more);
}

static void blind_headline(const struct comparison *c, char *buffer, size_t size) {
    char name[160], least[32] = "any change";
    plan_cell_name(c->workload, c->variant, c->threads, name, sizeof name);
    if (isfinite(c->judged.smallest_visible))
        snprintf(least, sizeof least, "%.1f %%", 100 * c->judged.smallest_visible);
    snprintf(buffer, size,
             "COULD NOT HAVE SEEN IT: %s: %s: these rounds could not have shown less "
             "than %s, but %g %% is demanded; run more rounds, or give another --detect",
             name, c->label, least, 100 * c->detect);
}

static void moved_headline(const struct compare_result *result, char *buffer,
                           size_t size) {
    const struct compare_control *control = result->controls;
    while (!control->moved || !measure_decides(control->measure))
        control++;
    snprintf(buffer, size,
             "THE MACHINE CHANGED: %s of what is the same on both sides changed together "
             "by %+.1f %%, so there is no verdict on it",
             control->label, 100 * (control->drift - 1));
}

/* The change that the least sensitive of the inconclusive comparisons would have shown; 0
 * if there are none. */
static double worst_visible(const struct compare_result *result) {
    double worst = 0;
    for (size_t i = 0; i < result->count; i++)
        if (result->comparisons[i].judged.verdict == VERDICT_INCONCLUSIVE &&
            result->comparisons[i].decides)
            worst = fmax(worst, result->comparisons[i].judged.smallest_visible);
    return worst;
}

void compare_headline(const struct compare_result *result, char *buffer, size_t size) {
    const struct comparison *blind = compare_blind(result);
    size_t on_trial = compare_on_trial(result);
    size_t better = compare_count(result, VERDICT_BETTER);
    size_t open = compare_count(result, VERDICT_INCONCLUSIVE);
    if (compare_count(result, VERDICT_WORSE)) {
        change_headline(result, VERDICT_WORSE, "WORSE", buffer, size);
        if (better)
            text_append(buffer, size, "; %zu better", better);
    } else if (result->failures.count) {
        snprintf(buffer, size, "FAILED: %s%s", result->failures.at[0].text,
                 result->failures.count > 1 ? ", and more" : "");
    } else if (on_trial == 0) {
        snprintf(buffer, size,
                 "NOTHING COMPARED: everything was left out, for the reasons listed");
    } else if (compare_machine_moved(result)) {
        moved_headline(result, buffer, size);
    } else if (blind) {
        blind_headline(blind, buffer, size);
    } else if (better) {
        change_headline(result, VERDICT_BETTER, "BETTER", buffer, size);
        text_append(buffer, size, "; nothing is worse, %zu inconclusive", open);
    } else if (open == 0) {
        snprintf(buffer, size,
                 on_trial == 1 ? "SAME: the only comparison lies within its tolerance"
                               : "SAME: all %zu comparisons lie within their tolerance",
                 on_trial);
    } else {
        snprintf(buffer, size,
                 "NO CHANGE SEEN: %zu of %zu comparisons same, %zu inconclusive; the "
                 "least sensitive of these would have shown %.0f %%",
                 compare_count(result, VERDICT_SAME), on_trial, open,
                 100 * worst_visible(result));
    }
}

/* Whether it is about a figure of a watched program that neither side has: both medians
 * are no more than what cannot be told from nothing. */
static bool is_nothing(const struct comparison *c) {
    enum measure measure;
    if (c->decides || !measure_of_series(c->measure, &measure) || c->is_related)
        return false;
    double least = measures[measure].least;
    return measures[measure].watched && c->median_a <= least && c->median_b <= least;
}

static void set_visible(struct table *table, size_t column, const struct comparison *c) {
    if (c->is_control)
        return;
    if (isinf(c->judged.smallest_visible))
        table_set(table, column, "none");
    else
        table_set(table, column, "> %.1f %%", 100 * c->judged.smallest_visible);
    if (c->judged.verdict == VERDICT_INCONCLUSIVE)
        table_set(table, column + 1, "%zu", c->judged.rounds_needed);
}

static void set_row(struct table *table, const struct comparison *c) {
    char name[160], text[64];
    plan_cell_name(c->workload, c->variant, c->threads, name, sizeof name);
    table_set(table, 0, "%s", name);
    table_set(table, 1, "%s", c->label);
    format_medians(c, text, sizeof text);
    table_set(table, 2, "%s", text);
    compare_format_ratio(c, text, sizeof text);
    table_set(table, 3, "%s", text);
    table_set(table, 4, "%s%s%s",
              c->is_control ? "control" : verdict_name(c->judged.verdict),
              c->judged.disputed ? ", not by ranks" : "",
              c->decides || c->is_control ? "" : " (decides nothing)");
    table_set(table, 5, c->judged.p_adjusted < 0.001 ? "%.0e" : "%.3f",
              c->judged.p_adjusted);
    if (c->paired)
        table_set(table, 6, "%zu pairs", c->n_a);
    else
        table_set(table, 6, "%zu, %zu", c->n_a, c->n_b);
    set_visible(table, 7, c);
}

void compare_print_table(const struct compare_result *result, enum compare_filter filter,
                         const struct form *form) {
    static const char *const header[] = {"comparison", "of",      "medians",
                                         "ratio",      "verdict", "p (Holm)",
                                         "rounds",     "visible", "decided by"};
    struct table *table = heap_new(1, sizeof *table);
    table_begin(table, sizeof header / sizeof header[0], header);
    for (size_t i = 0; i < result->count; i++) {
        const struct comparison *c = &result->comparisons[i];
        if (is_nothing(c) || !(filter & 1 << c->judged.verdict))
            continue;
        if (table_add_row(table) < 0) { /* a table has a limit: continue in another */
            form_table(form, table);
            fputc('\n', form->out);
            table_begin(table, sizeof header / sizeof header[0], header);
            table_add_row(table);
        }
        set_row(table, c);
    }
    if (table->rows > 1)
        form_table(form, table);
    free(table);
}

static void print_list(const char *title, const struct compare_notes *notes,
                       const struct form *form) {
    if (notes->count == 0)
        return;
    fprintf(form->out, "\n%s\n%s", title, form->markdown ? "\n" : "");
    for (size_t i = 0; i < notes->count; i++) {
        form_bullet(form);
        fprintf(form->out, "%s\n", notes->at[i].text);
    }
}

void compare_print_notes(const struct compare_result *result, const struct form *form) {
    print_list("Failed in the second:", &result->failures, form);
    print_list("The environments differ, so only times are compared, as ratios to the "
               "reference of the same run:",
               &result->differences, form);
}

void compare_print_left_out(const struct compare_result *result,
                            const struct form *form) {
    print_list("Left out:", &result->left_out, form);
}

static void print_control(const struct compare_control *control, FILE *out) {
    if (control->count < CONTROLS_LEAST)
        fprintf(out,
                "%zu cell%s of what did not change. That is too few to show by how much "
                "two runs of the same program differ; the tolerance has to cover that.",
                control->count, control->count == 1 ? "" : "s");
    else
        fprintf(out,
                "%zu cells of what did not change. Together they differ by %+.1f %%, "
                "which is subtracted from every change. Each differs by %.1f %% beyond "
                "what its rounds explain, which is added to the errors.",
                control->count, 100 * (control->drift - 1),
                100 * expm1(control->between));
}

static void print_controls(const struct compare_result *result, const struct form *form) {
    FILE *out = form->out;
    size_t cells = 0;
    for (size_t i = 0; i < result->control_count; i++)
        cells += result->controls[i].count;
    if (cells == 0)
        fputs(
            "\nNothing is known to be the same on both sides. So nothing shows by how "
            "much two runs of the same program differ; the tolerance has to cover that.",
            out);
    for (size_t i = 0; cells && i < result->control_count; i++) {
        fprintf(out, "%s%s: ", form->markdown ? "\n<sub>" : "\n",
                result->controls[i].label);
        print_control(&result->controls[i], out);
        fputs(form->markdown ? "</sub>" : "", out);
    }
    fputc('\n', out);
}

void compare_print_method(const struct compare_result *result, const struct form *form) {
    if (!result->same_run)
        print_controls(result, form);
    fprintf(form->out,
            "\n"
            "%s%s. Ratio: second / first [95 %% interval]; below 1 is better. It comes "
            "from means of logarithms and Student's t, with variances drawn towards "
            "those of the measure's other cells. Times of two runs are divided by the "
            "mean of what did not change (x controls).\n"
            "A change counts if p <= 0.05 after Holm's correction over all totals, or "
            "all cells, that are on trial, and if it is larger than the tolerance. same: "
            "the whole interval lies within the tolerance. Controls are the same on both "
            "sides. `not by ranks`: a rank test alone would not show the change.\n"
            "visible: the smallest change that these rounds would have shown nine times "
            "in ten. decided by: about how many rounds would decide it "
            "(`docs/verdicts.md`).%s\n",
            form->markdown ? "<sub>" : "",
            result->same_run ? "One run: pairs within rounds"
                             : "Two runs, whose rounds are not paired",
            form->markdown ? "</sub>" : "");
}

/* For a pull request: shows what changed, and folds the rest away. */
static void print_markdown(const struct compare_result *result, const char *headline,
                           const struct form *form) {
    fprintf(form->out, "**%s**\n\n", headline);
    compare_print_table(result, COMPARE_CHANGED, form);
    compare_print_notes(result, form);
    compare_print_left_out(result, form);
    if (compare_count(result, VERDICT_INCONCLUSIVE)) {
        form_fold(form, "Inconclusive, and what would decide it");
        compare_print_table(result, COMPARE_OPEN, form);
        form_unfold(form);
    }
    form_fold(form, "Every comparison, and the method");
    compare_print_table(result, COMPARE_ALL, form);
    compare_print_method(result, form);
    form_unfold(form);
}

void compare_print(const struct compare_result *result, const char *headline,
                   const struct form *form) {
    char own[512];
    compare_headline(result, own, sizeof own);
    headline = headline ? headline : own;
    if (form->markdown) {
        print_markdown(result, headline, form);
        return;
    }
    fprintf(form->out, "%s\n\n", headline);
    compare_print_table(result, COMPARE_ALL, form);
    compare_print_notes(result, form);
    compare_print_left_out(result, form);
    compare_print_method(result, form);
}

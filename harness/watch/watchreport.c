/* See watchreport.h. */
#include "watchreport.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "attributionreport.h"
#include "file.h"
#include "form.h"
#include "reason.h"
#include "result.h"
#include "table.h"
#include "watchsummary.h"

#define MIB (1024.0 * 1024.0)

enum {
    CHECKPOINT_COLUMNS = TABLE_COLUMNS_MAX - 5, /* those after which the table is cut */
    PROCESS_ROWS = 24,
    HELD_UP_TOLD_S = 1,
};

static const char *text_of(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static double number_of(const json_t *object, const char *name) {
    return json_number_value(json_object_get(object, name));
}

static void name_row(const struct watch_summary *summary, const struct watch_row *row,
                     char *buffer, size_t size) {
    bool is_only_program = true;
    for (size_t i = 0; i < summary->rows; i++)
        is_only_program &= strcmp(summary->row[i].label, row->label) == 0;
    if (is_only_program && summary->rows > 1)
        snprintf(buffer, size, "%s", row->setting);
    else if (strcmp(row->setting, "as is") == 0)
        snprintf(buffer, size, "%s", row->label);
    else
        snprintf(buffer, size, "%s, %s", row->label, row->setting);
}

static size_t shown_figures(const struct watch_summary *summary) {
    return summary->figures < CHECKPOINT_COLUMNS ? summary->figures : CHECKPOINT_COLUMNS;
}

/* ---- memory ---- */

static void set_figure(struct table *table, size_t column, double bytes) {
    if (bytes < 0)
        table_set(table, column, "-");
    else
        form_set_mib(table, column, bytes);
}

static void print_memory(const struct form *form, const struct watch_summary *summary,
                         struct table *table) {
    const char *header[TABLE_COLUMNS_MAX] = {"footprint, MiB", "rounds", "work s"};
    size_t columns = 3, figures = shown_figures(summary);
    for (size_t f = 0; f < figures; f++)
        header[columns++] = summary->name[f];
    header[columns++] = "peak RSS";
    header[columns++] = "Σ of peaks";
    table_begin(table, columns, header);
    for (size_t i = 0; i < summary->rows; i++) {
        const struct watch_row *row = &summary->row[i];
        char name[TABLE_TEXT_MAX];
        if (table_add_row(table) < 0)
            break;
        name_row(summary, row, name, sizeof name);
        table_set(table, 0, "%s", name);
        table_set(table, 1, row->good == row->rounds ? "%zu" : "%zu of %zu", row->good,
                  row->rounds);
        if (row->work_ms < 0)
            table_set(table, 2, "-");
        else
            table_set(table, 2, "%.1f", row->work_ms / 1000);
        for (size_t f = 0; f < figures; f++)
            set_figure(table, 3 + f, row->figure[f]);
        set_figure(table, 3 + figures, row->peak_rss);
        set_figure(table, 4 + figures, row->sum_of_peaks);
    }
    form_heading(form, "Memory of the process tree");
    form_table(form, table);
    fputs("\npeak: the highest sum over the tree at one instant. Σ of peaks: the sum of "
          "the "
          "processes' own\nRSS peaks, whenever each was: an upper bound, in which shared "
          "pages count several times.\n",
          form->out);
}

/* ---- what a setting did ---- */

static void set_effect(struct table *table, size_t column,
                       const struct watch_summary *summary, const struct watch_row *row) {
    if (watchsummary_changed_nothing(summary, row)) {
        table_set(table, column, "changed nothing");
        return;
    }
    size_t better = 0, worse = 0, open = 0;
    for (size_t f = 0; f < summary->figures; f++) {
        better += row->versus[f].verdict == VERDICT_BETTER;
        worse += row->versus[f].verdict == VERDICT_WORSE;
        open += row->versus[f].verdict == VERDICT_INCONCLUSIVE;
    }
    if (better || worse)
        table_set(table, column, "%s%s%s", better ? "less" : "",
                  better && worse ? " and " : "", worse ? "more" : "");
    else if (open)
        table_set(table, column, "inconclusive");
    else
        table_set(table, column, "-");
}

static void print_effects(const struct form *form, const struct watch_summary *summary,
                          struct table *table) {
    const char *header[TABLE_COLUMNS_MAX] = {"setting", "effect"};
    size_t figures = shown_figures(summary);
    for (size_t f = 0; f < figures; f++)
        header[2 + f] = summary->name[f];
    table_begin(table, 2 + figures, header);
    for (size_t i = 0; i < summary->rows; i++) {
        const struct watch_row *row = &summary->row[i];
        char name[TABLE_TEXT_MAX];
        if (row->reference == i || table_add_row(table) < 0)
            continue;
        name_row(summary, row, name, sizeof name);
        table_set(table, 0, "%s", name);
        set_effect(table, 1, summary, row);
        for (size_t f = 0; f < figures; f++)
            form_set_verdict(table, 2 + f, &row->versus[f]);
    }
    if (table->rows == 1)
        return;
    form_heading(form, "Setting and effect: ratio of footprints");
    form_table(form, table);
    fprintf(
        form->out,
        "\nA setting against the same program as is, a program against the first. "
        "Ratio by the mean of logarithms,\npair by pair within a round, with its 95 %% "
        "interval; \"changed nothing\": every interval lies\nwithin %.0f %%.\n",
        100 * WATCH_TOLERANCE);
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
    table_set(table, 0, "%s", text_of(process, "name"));
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
    set_figure(table, 6, sampled ? number_of(process, "peak_footprint") : -1);
    set_figure(table, 7, sampled ? number_of(process, "last_footprint") : -1);
}

static void say_who_is_missing(const struct form *form, const json_t *record) {
    const json_t *accounting = json_object_get(record, "accounting");
    if (!json_is_true(json_object_get(accounting, "exits")))
        fputs(
            "\nThe kernel's accounting of exits was not open to the watcher (it takes "
            "CAP_NET_ADMIN and Linux\n5.19): processes that lived between two samples "
            "and were waited for by a parent of their own have\nno row; the peak of the "
            "largest is in its parent's.\n",
            form->out);
    else if (number_of(accounting, "lost") + number_of(accounting, "forgotten") > 0)
        fputs(
            "\nThe kernel dropped some of its accounting of exits: very short processes "
            "may be missing.\n",
            form->out);
}

static void print_processes(const struct form *form, const struct watch_row *row,
                            struct table *table) {
    static const char *const header[] = {"process", "pid",      "born s", "ended s",
                                         "how",     "peak RSS", "peak",   "last"};
    const json_t *list = json_object_get(row->shown, "processes");
    size_t count = json_array_size(list);
    const json_t **sorted = calloc(count + 1, sizeof *sorted);
    if (!sorted)
        return;
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
    say_who_is_missing(form, row->shown);
    free(sorted);
}

/* ---- the whole ---- */

static void print_overhead(const struct form *form, const json_t *record) {
    const json_t *cost = json_object_get(record, "overhead");
    double wall_ms = number_of(cost, "wall_ms"), samples = number_of(cost, "samples");
    fprintf(
        form->out,
        "\nWatching took %.0f ms of CPU (%.1f %% of a core), %.0f samples of %.1f ms "
        "on average,\nthe longest %.1f ms; %.0f were put off for that. While memory is "
        "read the program may wait.\n",
        number_of(cost, "cpu_ms"),
        wall_ms > 0 ? 100 * number_of(cost, "cpu_ms") / wall_ms : 0, samples,
        samples > 0 ? number_of(cost, "sampling_ms") / samples : 0,
        number_of(cost, "longest_sample_ms"), number_of(cost, "stretched"));
    double held_up_s = number_of(cost, "output_held_up_ms") / 1000;
    if (held_up_s >= HELD_UP_TOLD_S)
        fprintf(form->out,
                "The program's output was held up for %.1f s, as nobody read the "
                "watcher's: it may have waited.\n",
                held_up_s);
}

static void print_sentences(const struct form *form,
                            const struct watch_summary *summary) {
    fputc('\n', form->out);
    for (size_t i = 0; i < summary->rows; i++) {
        char name[TABLE_TEXT_MAX];
        name_row(summary, &summary->row[i], name, sizeof name);
        attributionreport_sentence(form, summary->row[i].shown, name);
    }
}

static void print_faults(const struct form *form, const struct watch_summary *summary) {
    if (summary->failed == 0)
        return;
    form_heading(form, "What went wrong");
    for (size_t i = 0; i < json_array_size(summary->records); i++) {
        const json_t *record = json_array_get(summary->records, i);
        if (!json_object_get(record, "fault"))
            continue;
        form_bullet(form);
        fprintf(form->out, "FAILED %s: %s: %s\n", text_of(record, "key"),
                text_of(record, "fault"), text_of(record, "reason"));
    }
}

static void print_attribution(const struct form *form, const struct watch_row *row,
                              const char *name, bool is_one_of_many,
                              struct table *table) {
    char title[TABLE_TEXT_MAX + 40];
    snprintf(title, sizeof title, "Whose memory: %s", name);
    if (is_one_of_many)
        form_fold(form, title);
    else
        form_heading(form, title);
    attributionreport_tables(form, row->shown, table);
    if (is_one_of_many)
        form_unfold(form);
}

static void print_details(const struct form *form, const struct watch_summary *summary,
                          struct table *table) {
    for (size_t i = 0; i < summary->rows; i++) {
        const struct watch_row *row = &summary->row[i];
        char name[TABLE_TEXT_MAX], title[TABLE_TEXT_MAX + 40];
        name_row(summary, row, name, sizeof name);
        if (attributionreport_has(row->shown))
            print_attribution(form, row, name, summary->rows > 1, table);
        snprintf(title, sizeof title, "Processes: %s", name);
        form_fold(form, title);
        print_processes(form, row, table);
        print_overhead(form, row->shown);
        form_unfold(form);
    }
}

static void print_all(const struct form *form, const struct watch_summary *summary) {
    struct table *table = malloc(sizeof *table);
    if (!table)
        return;
    print_memory(form, summary, table);
    print_sentences(form, summary);
    print_effects(form, summary, table);
    print_faults(form, summary);
    print_details(form, summary, table);
    free(table);
}

void watchreport_terminal(const struct watch_summary *summary, FILE *out) {
    print_all(&(struct form){out, false}, summary);
}

static void print_plots(FILE *out, const struct watch_summary *summary) {
    for (size_t i = 0; i < summary->rows; i++)
        fprintf(out, "\n![%s, %s: footprint over time](plots/watch-%zu.svg)\n",
                summary->row[i].label, summary->row[i].setting, i + 1);
    if (summary->rows > 1)
        fputs("\n![footprint over time](plots/watch-all.svg)\n", out);
}

static void print_environment(const struct form *form, const json_t *environment) {
    const char *name;
    json_t *value;
    form_fold(form, "Environment");
    json_object_foreach((json_t *)environment, name, value)
        fprintf(form->out, "- %s: %s\n", name, json_string_value(value));
    form_unfold(form);
}

int watchreport_write(const struct watch_summary *summary, const json_t *environment,
                      const char *folder, struct reason *reason) {
    char path[PATH_MAX], *text = NULL;
    size_t length;
    snprintf(path, sizeof path, "%s/" RESULT_REPORT, folder);
    FILE *out = open_memstream(&text, &length);
    if (!out) {
        reason_set(reason, "out of memory while writing %s", path);
        return -ENOMEM;
    }
    struct form form = {out, true};
    fputs("## tidemark: a program watched\n", out);
    print_all(&form, summary);
    print_plots(out, summary);
    print_environment(&form, environment);
    int error = fclose(out) == 0 ? file_replace(path, text, length, reason) : -ENOMEM;
    free(text);
    return error;
}

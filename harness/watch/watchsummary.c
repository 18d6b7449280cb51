/* See watchsummary.h. */
#include "watchsummary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

enum { ROUNDS_MAX = 256 };

static const char *text_of(const json_t *record, const char *name) {
    const char *text = json_string_value(json_object_get(record, name));
    return text ? text : "";
}

static bool is_good(const json_t *record) {
    return strcmp(text_of(record, "status"), "ok") == 0;
}

const json_t *watchsummary_checkpoint(const json_t *record, const char *name) {
    const json_t *list = json_object_get(record, "checkpoints");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *checkpoint = json_array_get(list, i);
        if (strcmp(text_of(checkpoint, "name"), name) == 0)
            return checkpoint;
    }
    return NULL;
}

/* A record's footprint at a checkpoint, or its peak; < 0: it has none. */
static double figure_of(const json_t *record, const char *name) {
    const json_t *memory =
        strcmp(name, WATCH_PEAK) == 0
            ? json_object_get(record, "peak")
            : json_object_get(watchsummary_checkpoint(record, name), "memory");
    const json_t *bytes = json_object_get(memory, "footprint");
    return bytes ? json_number_value(bytes) : -1;
}

static int find_figure(const struct watch_summary *summary, const char *name) {
    for (size_t i = 0; i < summary->figures; i++)
        if (strcmp(summary->name[i], name) == 0)
            return (int)i;
    return -1;
}

/* The checkpoints of all records, in the order of the first that has them. */
static int collect_names(struct watch_summary *summary) {
    strcpy(summary->name[summary->figures++], WATCH_PEAK);
    for (size_t r = 0; r < json_array_size(summary->records); r++) {
        const json_t *list =
            json_object_get(json_array_get(summary->records, r), "checkpoints");
        for (size_t i = 0; i < json_array_size(list); i++) {
            const char *name = text_of(json_array_get(list, i), "name");
            if (find_figure(summary, name) >= 0)
                continue;
            if (summary->figures == WATCH_FIGURES_MAX)
                return -E2BIG;
            strncpy(summary->name[summary->figures++], name, WATCH_NAME_MAX - 1);
        }
    }
    return 0;
}

static struct watch_row *find_row(struct watch_summary *summary, const char *label,
                                  const char *setting) {
    for (size_t i = 0; i < summary->rows; i++)
        if (strcmp(summary->row[i].label, label) == 0 &&
            strcmp(summary->row[i].setting, setting) == 0)
            return &summary->row[i];
    return NULL;
}

/* Rows in the order of their first records; rounds run in random order, but the records
 * of the first round are sorted by the caller's list of subjects (see "subject"). */
static int collect_rows(struct watch_summary *summary) {
    for (size_t wanted = 0; summary->rows < WATCH_ROWS_MAX; wanted++) {
        bool any = false;
        for (size_t r = 0; r < json_array_size(summary->records); r++) {
            const json_t *record = json_array_get(summary->records, r);
            if ((size_t)json_integer_value(json_object_get(record, "subject")) != wanted)
                continue;
            any = true;
            const char *label = text_of(record, "label"),
                       *setting = text_of(record, "setting");
            struct watch_row *row = find_row(summary, label, setting);
            if (!row) {
                row = &summary->row[summary->rows++];
                *row = (struct watch_row){.label = label, .setting = setting};
            }
            row->rounds++;
            row->good += is_good(record);
            if (!row->shown || (!is_good(row->shown) && is_good(record)))
                row->shown = record;
            summary->failed += !is_good(record);
        }
        if (!any)
            return 0;
    }
    return -E2BIG;
}

/* The record of a row in a round, where it is a good one. */
static const json_t *good_record(const struct watch_summary *summary,
                                 const struct watch_row *row, size_t round) {
    for (size_t r = 0; r < json_array_size(summary->records); r++) {
        const json_t *record = json_array_get(summary->records, r);
        if (json_integer_value(json_object_get(record, "round")) == (json_int_t)round &&
            strcmp(text_of(record, "label"), row->label) == 0 &&
            strcmp(text_of(record, "setting"), row->setting) == 0 && is_good(record))
            return record;
    }
    return NULL;
}

/*
 * The record of a row in a round, where it is a good one. Of a row that has none what was
 * measured before the fault is shown; it is compared with nothing.
 */
static const json_t *shown_record(const struct watch_summary *summary,
                                  const struct watch_row *row, size_t round) {
    if (row->good == 0)
        return round == 1 ? row->shown : NULL;
    return good_record(summary, row, round);
}

static double median_or_none(const double *values, size_t n) {
    return n ? stats_median(values, n) : -1;
}

static double member(const json_t *record, const char *object, const char *name) {
    return json_number_value(
        json_object_get(object ? json_object_get(record, object) : record, name));
}

static void sum_up_row(const struct watch_summary *summary, struct watch_row *row) {
    double work[ROUNDS_MAX], rss[ROUNDS_MAX], peaks[ROUNDS_MAX], values[ROUNDS_MAX];
    size_t works = 0, n = 0;
    for (size_t round = 1; round <= ROUNDS_MAX; round++) {
        const json_t *record = shown_record(summary, row, round);
        if (!record)
            continue;
        if (json_object_get(record, "work_ms"))
            work[works++] = member(record, NULL, "work_ms");
        rss[n] = member(record, "peak", "rss");
        peaks[n++] = member(record, "peak", "sum_of_process_peaks");
    }
    row->work_ms = median_or_none(work, works);
    row->peak_rss = median_or_none(rss, n);
    row->sum_of_peaks = median_or_none(peaks, n);
    for (size_t f = 0; f < summary->figures; f++) {
        n = 0;
        for (size_t round = 1; round <= ROUNDS_MAX; round++) {
            const json_t *record = shown_record(summary, row, round);
            double value = record ? figure_of(record, summary->name[f]) : -1;
            if (value >= 0)
                values[n++] = value;
        }
        row->figure[f] = median_or_none(values, n);
    }
}

/* For a setting the same program as is (its first row); for that the first row of all. */
static size_t find_reference(const struct watch_summary *summary, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (strcmp(summary->row[i].label, summary->row[index].label) == 0)
            return i;
    return 0;
}

/* A row's figure beside its reference's; `ret` has no values where no round has both. */
static int take_pairs(const struct watch_summary *summary, const struct watch_row *row,
                      size_t figure, struct judge_sample *ret) {
    const struct watch_row *reference = &summary->row[row->reference];
    double own[ROUNDS_MAX], other[ROUNDS_MAX];
    size_t pairs = 0;
    *ret = (struct judge_sample){0};
    for (size_t round = 1; row != reference && round <= ROUNDS_MAX; round++) {
        const json_t *a = good_record(summary, row, round),
                     *b = good_record(summary, reference, round);
        double x = a ? figure_of(a, summary->name[figure]) : -1,
               y = b ? figure_of(b, summary->name[figure]) : -1;
        if (x <= 0 || y <= 0)
            continue;
        own[pairs] = log(x);
        other[pairs++] = log(y);
    }
    return pairs ? judge_take(other, pairs, own, pairs, true, ret) : 0;
}

/* All footprints of a watched run are alike: they are judged together. */
static int judge_rows(struct watch_summary *summary) {
    size_t most = summary->rows * summary->figures, known = 0;
    struct judge_sample *samples = calloc(most + 1, sizeof *samples);
    struct judge_sample **alike = calloc(most + 1, sizeof *alike);
    int error = samples && alike ? 0 : -ENOMEM;
    for (size_t i = 0; !error && i < most; i++) {
        error = take_pairs(summary, &summary->row[i / summary->figures],
                           i % summary->figures, &samples[i]);
        if (!error && samples[i].b.n)
            alike[known++] = &samples[i];
    }
    if (!error)
        judge_moderate(alike, known);
    for (size_t i = 0; !error && i < most; i++)
        if (samples[i].b.n)
            summary->row[i / summary->figures].versus[i % summary->figures] =
                judge_alone(&samples[i], WATCH_TOLERANCE);
    free(samples);
    free(alike);
    return error;
}

int watchsummary_make(const json_t *records, struct watch_summary *ret) {
    memset(ret, 0, sizeof *ret);
    ret->records = records;
    int error = collect_names(ret);
    if (!error)
        error = collect_rows(ret);
    for (size_t i = 0; !error && i < ret->rows; i++)
        sum_up_row(ret, &ret->row[i]);
    for (size_t i = 0; !error && i < ret->rows; i++)
        ret->row[i].reference = find_reference(ret, i);
    return error ? error : judge_rows(ret);
}

bool watchsummary_changed_nothing(const struct watch_summary *summary,
                                  const struct watch_row *row) {
    size_t compared = 0;
    for (size_t f = 0; f < summary->figures; f++) {
        if (row->versus[f].verdict == VERDICT_NONE)
            continue;
        if (row->versus[f].verdict != VERDICT_SAME)
            return false;
        compared++;
    }
    return compared > 0;
}

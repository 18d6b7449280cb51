#include "export.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runfigures.h"

/* ---- CSV: every round, so that nothing is lost ---- */

/* A field and its comma (RFC 4180), in quotation marks if it needs them, or `always`. */
static void put_text(FILE *out, const char *text, bool always) {
    bool quoted = always || strpbrk(text, ",\"\r\n");
    if (quoted)
        fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputs(quoted ? "\"," : ",", out);
}

static void write_csv(const struct runfigures *figures, FILE *out) {
    fputs("measure,workload,variant,threads,round,value,unit,fault\r\n", out);
    for (size_t i = 0; i < figures->count; i++) {
        const struct series *s = &figures->series[i];
        for (size_t round = 0; round < s->rounds; round++) {
            const char *fault = s->faults ? s->faults[round] : s->fault;
            char value[40] = "";
            if (s->by_round[round] == s->by_round[round])
                snprintf(value, sizeof value, "%.10g", s->by_round[round]);
            put_text(out, s->measure, false);
            put_text(out, s->workload, false);
            put_text(out, s->variant, true);
            fprintf(out, "%u,%zu,%s,%s,%s\r\n", s->threads, round + 1, value,
                    measure_unit(s->measure), *value ? "" : fault);
        }
    }
}

/* ---- JSON ---- */

static void dump(json_t *root, FILE *out) {
    json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
    fputc('\n', out);
    json_decref(root);
}

static void name_benchmark(const struct series *s, char *buffer, size_t size) {
    snprintf(buffer, size, "%s/%s/%u", s->workload, s->variant, s->threads);
}

/* Bencher Metric Format: benchmark -> measure -> {value, lower_value, upper_value}. */
static void write_bmf(const struct runfigures *figures, FILE *out) {
    json_t *root = json_object();
    for (size_t i = 0; i < figures->count; i++) {
        const struct series *s = &figures->series[i];
        struct series_point point;
        char name[160], measure[MEASURE_NAME_MAX + 16];
        if (s->failed || !series_point(s, &point))
            continue;
        name_benchmark(s, name, sizeof name);
        snprintf(measure, sizeof measure, "%s-%s", s->measure, measure_unit(s->measure));
        if (!json_object_get(root, name))
            json_object_set_new(root, name, json_object());
        json_object_set_new(json_object_get(root, name), measure,
                            json_pack("{s:f, s:f, s:f}", "value", point.median,
                                      "lower_value", point.low, "upper_value",
                                      point.high));
    }
    dump(root, out);
}

/* github-action-benchmark's customSmallerIsBetter: name, unit, value, range, extra. */
static void write_action(const struct runfigures *figures, FILE *out) {
    json_t *root = json_array();
    for (size_t i = 0; i < figures->count; i++) {
        const struct series *s = &figures->series[i];
        struct series_point point;
        char name[160], full[240], range[64], extra[120];
        if (s->failed || !series_point(s, &point))
            continue;
        name_benchmark(s, name, sizeof name);
        snprintf(full, sizeof full, "%s: %s", name, s->measure);
        snprintf(range, sizeof range, "%.6g .. %.6g", point.low, point.high);
        snprintf(extra, sizeof extra, "%zu rounds, profile %s", s->rounds,
                 runfigures_text(figures, "run", "profile"));
        json_array_append_new(root,
                              json_pack("{s:s, s:s, s:f, s:s, s:s}", "name", full, "unit",
                                        measure_unit(s->measure), "value", point.median,
                                        "range", range, "extra", extra));
    }
    dump(root, out);
}

const struct export_format export_formats[] = {
    {"csv", write_csv},
    {"bmf", write_bmf},
    {"github-action-benchmark", write_action},
    {NULL, NULL},
};

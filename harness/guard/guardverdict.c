#include "guardverdict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribution.h"
#include "autorounds.h"
#include "compare_report.h"
#include "guardfile.h"
#include "runfigures.h"
#include "summary.h"
#include "text.h"
#include "units.h"

/* The headline names a class of memory that has at least the first share of the growth.
 * Allocators' memory is "as before" if it changed by less than the second share. */
static const double share_named = 0.2, share_as_before = 0.1;
enum { CLASSES_NAMED = 3 };

/* ---- making it ---- */

/* Turns "head/dev server/idle@30s: ..." into "dev server, 30 s idle: ...", as other
 * sentences have it. In a comment, the former would look like an e-mail address. */
static void name_check(struct bound_check *check, const json_t *bound,
                       const char *subject) {
    const char *workload = json_string_value(json_object_get(bound, "workload"));
    const char *series = json_string_value(json_object_get(bound, "measure"));
    char before[200], instant[MEASURE_NAME_MAX + 16], text[sizeof check->text];
    int length = snprintf(before, sizeof before, "%s/%s/%s", subject, workload, series);
    if (strncmp(check->text, before, (size_t)length) != 0)
        return;
    guardverdict_name_instant(series, instant, sizeof instant);
    memcpy(text, check->text, sizeof text);
    snprintf(check->text, sizeof check->text, "%s, %s%s", workload, instant,
             text + length);
}

static void check_bounds(struct guard_verdict *v, const struct guard_file *file,
                         const struct summary *summary, const char *subject) {
    json_t *bounds = bounds_new(), *list = json_deep_copy(file->bounds);
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
        json_object_set_new(entry, "variant", json_string(subject));
    json_object_set_new(bounds, "bounds", list);
    v->checks = bounds_check(bounds, summary, &v->check_count);
    for (i = 0; i < v->check_count; i++)
        name_check(&v->checks[i], json_array_get(file->bounds, i), subject);
    json_decref(bounds);
}

/* Notes the first demanded figure that cannot be compared, because the first side lacks
 * it. */
static void find_missing(struct guard_verdict *v, const struct guard_file *file,
                         const struct runfigures *from, const char *variant) {
    for (size_t s = 0; s < file->count; s++)
        for (size_t d = 0; !v->missing[0] && d < file->demand_count; d++) {
            const char *series = file->demands[d].measure;
            if (guardfile_has_series(&file->scenarios[s], series) &&
                !runfigures_find(from, series, file->scenarios[s].name, variant, 0))
                snprintf(v->missing, sizeof v->missing, "%s, %s", file->scenarios[s].name,
                         series);
        }
}

int guardverdict_make(struct guard_verdict *ret, const struct guard_file *file,
                      const struct summary *summary, const char *subject,
                      const struct runfigures *baseline, const char *from_variant,
                      struct reason *reason) {
    struct guard_verdict v = {.collects = guardfile_collects(file)};
    struct runfigures own;
    const struct runfigures *from = baseline ? baseline : &own;
    struct compare_options options = {.demands = file->demands,
                                      .demand_count = file->demand_count,
                                      .variant_a = from_variant,
                                      .variant_b = subject};
    int error = 0;
    check_bounds(&v, file, summary, subject);
    if (from_variant) {
        runfigures_of(&own, summary, "this run");
        error = compare_make(&v.compared, from, &own, &options, reason);
        v.is_compared = !error;
        find_missing(&v, file, from, from_variant);
        runfigures_finish(&own);
    }
    if (error)
        guardverdict_finish(&v);
    else
        *ret = v;
    return error;
}

void guardverdict_finish(struct guard_verdict *verdict) {
    if (verdict->is_compared)
        compare_finish(&verdict->compared);
    free(verdict->checks);
}

/* ---- what it says ---- */

static const struct bound_check *first_check(const struct guard_verdict *v,
                                             enum bound_state state) {
    for (size_t i = 0; i < v->check_count; i++)
        if (v->checks[i].state == state)
            return &v->checks[i];
    return NULL;
}

bool guardverdict_is_worse(const struct guard_verdict *v) {
    return (v->is_compared && compare_count(&v->compared, VERDICT_WORSE)) ||
           first_check(v, BOUND_VIOLATED);
}

bool guardverdict_is_open(const struct guard_verdict *v) {
    if (first_check(v, BOUND_NOT_MEASURED))
        return true;
    if (!v->is_compared) /* the bounds alone decide, if there are any */
        return v->check_count == 0;
    return v->missing[0] || compare_is_open(&v->compared);
}

bool guardverdict_is_settled(const struct guard_verdict *v) {
    const struct compare_result *c = &v->compared;
    for (size_t i = 0; v->is_compared && i < c->count; i++)
        if (c->comparisons[i].decides &&
            !autorounds_is_narrow(&c->comparisons[i].judged, c->comparisons[i].tolerance))
            return false;
    return !v->is_compared || !compare_blind(c);
}

/* ---- whose memory it is ---- */

struct growth {
    const char *title;
    double bytes;
};

/* Finds another figure of the same cell at the same instant, such as the number of
 * processes. `key` is the end of its series' name. NULL if it was not compared. */
static const struct comparison *beside(const struct compare_result *result,
                                       const struct comparison *c, const char *key) {
    char series[2 * MEASURE_NAME_MAX];
    snprintf(series, sizeof series, "%s-%s", c->measure, key);
    for (size_t i = 0; i < result->count; i++) {
        const struct comparison *other = &result->comparisons[i];
        if (strcmp(other->measure, series) == 0 &&
            strcmp(other->workload, c->workload) == 0 &&
            strcmp(other->variant, c->variant) == 0)
            return other;
    }
    return NULL;
}

/* How many bytes a class of memory grew by. False if it was not compared. */
static bool growth_of(const struct compare_result *result, const struct comparison *c,
                      enum attribution_class group, double *ret) {
    const struct comparison *other = beside(result, c, attribution_names[group].key);
    if (other)
        *ret = other->median_b - other->median_a;
    return other;
}

/* Appends "; processes: 1 -> 3" if their number grew. Processes that did not end are the
 * first thing to look for. */
static void append_processes(const struct compare_result *result,
                             const struct comparison *c, char *buffer, size_t size) {
    const struct comparison *number = beside(result, c, "processes");
    if (number && number->median_b > number->median_a)
        text_append(buffer, size, "; processes: %g -> %g", number->median_a,
                    number->median_b);
}

static int by_growth(const void *a, const void *b) {
    const struct growth *x = a, *y = b;
    return (x->bytes < y->bytes) - (x->bytes > y->bytes);
}

/* Appends the classes of memory that grew most, such as ": JavaScript heap (V8) +24 MiB;
 * allocators' memory as before". Appends nothing if no class has a large share. */
static void append_whose(const struct compare_result *result, const struct comparison *c,
                         char *buffer, size_t size) {
    struct growth classes[ATTRIBUTION_CLASSES];
    double all = c->median_b - c->median_a, allocators = 0, bytes;
    size_t count = 0, named = 0;
    bool has_allocators = false;
    for (int i = 0; i < ATTRIBUTION_CLASSES; i++) {
        enum attribution_class group = (enum attribution_class)i;
        if (!growth_of(result, c, group, &bytes))
            continue;
        if (group == ATTRIBUTION_BRK || group == ATTRIBUTION_ARENA) {
            allocators += bytes;
            has_allocators = true;
        } else {
            classes[count++] = (struct growth){attribution_names[group].title, bytes};
        }
    }
    classes[count] = (struct growth){"allocators' memory", allocators};
    count += has_allocators;
    qsort(classes, count, sizeof *classes, by_growth);
    for (size_t i = 0; i < count && i < CLASSES_NAMED; i++)
        if (classes[i].bytes >= share_named * all)
            text_append(buffer, size, "%s%s +%.0f MiB", named++ ? ", " : ": ",
                        classes[i].title, classes[i].bytes / MIB);
    if (named && has_allocators && fabs(allocators) < share_as_before * all)
        text_append(buffer, size, "; allocators' memory as before");
}

void guardverdict_name_instant(const char *series, char *buffer, size_t size) {
    double seconds;
    int length = 0;
    if (sscanf(series, "idle@%lfs%n", &seconds, &length) == 1 && length)
        snprintf(buffer, size, "%g s idle%s", seconds, series + length);
    else if (strcmp(series, "end") == 0)
        snprintf(buffer, size, "end of the work");
    else
        snprintf(buffer, size, "%s", series);
}

/* Finds the largest growth. It takes the last of those that differ by less than half a
 * percentage point: memory that stays says more than a peak. NULL if nothing is worse. */
static const struct comparison *largest_growth(const struct compare_result *result) {
    const struct comparison *worst = NULL;
    for (size_t i = 0; i < result->count; i++) {
        const struct comparison *c = &result->comparisons[i];
        if (c->decides && c->judged.verdict == VERDICT_WORSE &&
            (!worst || c->judged.ratio > worst->judged.ratio - 0.005))
            worst = c;
    }
    return worst;
}

static void tell_growth(const struct compare_result *result, char *buffer, size_t size) {
    const struct comparison *c = largest_growth(result);
    char instant[MEASURE_NAME_MAX + 16], medians[64];
    guardverdict_name_instant(c->measure, instant, sizeof instant);
    measure_format_change(c->measure, c->median_a, c->median_b, medians, sizeof medians);
    snprintf(buffer, size, "WORSE: %s, %s: %+.0f %% [%+.0f, %+.0f] (%s)", c->workload,
             instant, 100 * (c->judged.ratio - 1), 100 * (c->judged.low - 1),
             100 * (c->judged.high - 1), medians);
    append_whose(result, c, buffer, size);
    append_processes(result, c, buffer, size);
    size_t more = compare_count(result, VERDICT_WORSE) - 1;
    if (more)
        text_append(buffer, size, ". And %zu more", more);
}

/* Names the remedy if a figure is too noisy because of V8's heap. */
static void append_remedy(const struct guard_verdict *v, char *buffer, size_t size) {
    const struct comparison *blind = compare_blind(&v->compared);
    const struct comparison *v8 =
        blind ? beside(&v->compared, blind, attribution_names[ATTRIBUTION_V8].key) : NULL;
    if (v8 && !v->collects && v8->judged.smallest_visible > blind->detect)
        text_append(buffer, size,
                    "; \"collect\": \"node\" makes JavaScript heaps steady");
}

void guardverdict_headline(const struct guard_verdict *v, char *buffer, size_t size) {
    const struct bound_check *over = first_check(v, BOUND_VIOLATED);
    const struct bound_check *unchecked = first_check(v, BOUND_NOT_MEASURED);
    bool worse = v->is_compared && compare_count(&v->compared, VERDICT_WORSE);
    if (worse) {
        tell_growth(&v->compared, buffer, size);
    } else if (over) {
        snprintf(buffer, size, "OVER ITS BOUND: %s", over->text);
    } else if (v->is_compared && v->missing[0]) {
        snprintf(buffer, size,
                 "NOT DECIDED: %s is demanded, but was not measured on the side that "
                 "this is compared with",
                 v->missing);
    } else if (v->is_compared) {
        compare_headline(&v->compared, buffer, size);
        append_remedy(v, buffer, size);
    } else if (unchecked) {
        snprintf(buffer, size, "NOT CHECKED: %s", unchecked->text);
    } else if (v->check_count) {
        snprintf(buffer, size, "WITHIN BOUNDS: all %zu hold; there is no baseline",
                 v->check_count);
    } else {
        snprintf(buffer, size, "NOT DECIDED: there is neither a baseline nor a bound");
    }
    if (worse && over)
        text_append(buffer, size, ". And over its bound: %s", over->text);
}

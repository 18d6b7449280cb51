#include "decision_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "text.h"

size_t decision_workloads(const struct decision_run *run, bool controls,
                          const char *ret[DECISION_WORKLOADS_MAX]) {
    size_t n = 0;
    for (size_t i = 0; i < run->figures->count; i++) {
        const struct series *s = &run->figures->series[i];
        if (strcmp(s->variant, run->variant) == 0 && s->is_control == controls &&
            n < DECISION_WORKLOADS_MAX && !text_is_among(ret, n, s->workload))
            ret[n++] = s->workload;
    }
    return n;
}

static bool has_several_threads(const struct decision_run *run) {
    for (size_t i = 1; i < run->pair.count; i++)
        if (run->pair.comparisons[i].threads != run->pair.comparisons[0].threads)
            return true;
    return false;
}

const char *decision_name_of(const struct decision_run *run, const struct comparison *c,
                             char buffer[DECISION_SHORT_MAX]) {
    const char *names[DECISION_WORKLOADS_MAX];
    if (comparison_is_total(c))
        snprintf(buffer, DECISION_SHORT_MAX, "all %zu workloads",
                 decision_workloads(run, false, names));
    else
        snprintf(buffer, DECISION_SHORT_MAX, "%s", c->workload);
    if (has_several_threads(run))
        text_append(buffer, DECISION_SHORT_MAX, ", %u threads", c->threads);
    return buffer;
}

const char *decision_in_words(const char *name, char buffer[DECISION_NAME_MAX + 2]) {
    bool is_one = !strchr(name, ' ');
    snprintf(buffer, DECISION_NAME_MAX + 2, is_one ? "%s" : "\"%s\"", name);
    return buffer;
}

const char *decision_before(size_t i, size_t n, const char *last) {
    return i == 0 ? "" : i + 1 == n ? last : ", ";
}

const char *decision_source(const struct decision *d, const struct decision_run *run) {
    static const char *const sources[DECISION_RUNS_MAX] = {
        "[1] ", "[2] ", "[3] ", "[4] ", "[5] ", "[6] ", "[7] ", "[8] "};
    return d->count > 1 ? sources[run - d->runs] : "";
}

bool decision_has_totals(const struct decision_run *run) {
    for (size_t i = 0; i < run->pair.count; i++)
        if (comparison_is_total(&run->pair.comparisons[i]))
            return true;
    return false;
}

size_t decision_rounds(const struct decision_run *run, bool timed) {
    size_t rounds = 0;
    for (size_t i = 0; i < run->figures->count; i++) {
        const struct series *s = &run->figures->series[i];
        if (strcmp(s->variant, run->variant) == 0 &&
            measure_is_ratio(s->measure) == timed && s->rounds > rounds)
            rounds = s->rounds;
    }
    return rounds;
}

bool decision_has_series(const struct decision_run *run, const char *measure) {
    for (size_t i = 0; i < run->figures->count; i++)
        if (strcmp(run->figures->series[i].variant, run->variant) == 0 &&
            strcmp(run->figures->series[i].measure, measure) == 0)
            return true;
    return false;
}

void decision_machine(const json_t *environment, char *buffer, size_t size) {
    static const struct {
        const char *name, *before, *after;
    } facts[] = {
        {"cpu", "", ""},    {"cores", "", " cores"},  {"memory", "", " of memory"},
        {"kernel", "", ""}, {"distribution", "", ""}, {"thp", "huge pages `", "`"}};
    *buffer = '\0';
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const char *value =
            json_string_value(json_object_get(environment, facts[i].name));
        if (value)
            text_append(buffer, size, "%s%s%s%s", *buffer ? ", " : "", facts[i].before,
                        value, facts[i].after);
    }
}

void decision_name_program(const struct decision *d, const struct decision_page *page,
                           char *buffer, size_t size) {
    const char *names[DECISION_WORKLOADS_MAX];
    size_t n = decision_workloads(&d->runs[0], false, names);
    if (page->program)
        snprintf(buffer, size, "%s", page->program);
    else if (n == 1)
        snprintf(buffer, size, "%s", names[0]);
    else
        snprintf(buffer, size, "%zu workloads", n);
}

bool decision_has_visible(const struct comparison *c) {
    return c->judged.smallest_visible < 10;
}

const char *decision_visible(const struct comparison *c,
                             char buffer[DECISION_SHORT_MAX]) {
    if (!decision_has_visible(c))
        return "none";
    snprintf(buffer, DECISION_SHORT_MAX, "%.1f %%", 100 * c->judged.smallest_visible);
    return buffer;
}

static int by_size(const void *a, const void *b) {
    double x = fabs(log(((const struct decision_finding *)a)->c->judged.ratio));
    double y = fabs(log(((const struct decision_finding *)b)->c->judged.ratio));
    return (x < y) - (x > y);
}

struct decision_finding *decision_find(const struct decision *d, enum verdict verdict,
                                       bool over_all, size_t *ret_count) {
    struct decision_finding *list =
        heap_new(decision_count(d, verdict, over_all), sizeof *list);
    size_t n = 0;
    for (struct decision_finding f = {0}; decision_next(d, &f);)
        if (decision_is_among(&f, verdict, over_all))
            list[n++] = f;
    qsort(list, n, sizeof *list, by_size);
    *ret_count = n;
    return list;
}

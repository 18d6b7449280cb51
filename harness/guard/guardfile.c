#include "guardfile.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "guardcollect.h"
#include "jsonline.h"
#include "reason.h"
#include "watch.h"

#define BASELINE "tidemark-baseline"

/* A growth by more than the tolerance fails. The rounds must be able to show a growth of
 * this many tolerances. */
static const double default_tolerance = 0.1, detect_over_tolerance = 2;

/* A growth by less than this never fails: in a program that holds next to nothing, a page
 * more is a large share. */
static const double least_bytes = 256 << 10;

enum { DEFAULT_INTERVAL_MS = 250, DEFAULT_TIMEOUT_S = 120, STEPS_MAX = 4 };

struct parser {
    struct guard_file *file;
    const char *text, *name;
    struct reason *reason;
    const char *at[STEPS_MAX]; /* the path in the JSON to the value being parsed */
    size_t depth;
};

/* Says what is wrong with the value that is being parsed, or with its `member` if that is
 * not NULL. Returns -EBADMSG. */
__attribute__((format(printf, 3, 4))) static int
complain(const struct parser *p, const char *member, const char *format, ...) {
    const char *steps[STEPS_MAX + 1];
    size_t count = p->depth;
    memcpy(steps, p->at, count * sizeof *steps);
    if (member)
        steps[count++] = member;
    char what[600];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    reason_set(p->reason, "%s, line %u: %s", p->name, jsonline_of(p->text, steps, count),
               what);
    return -EBADMSG;
}

/* Rejects members other than `known` (ended by NULL). If a misspelt member were accepted,
 * it would guard nothing, and nobody would notice. */
static int check_members(const struct parser *p, const json_t *object,
                         const char *const known[]) {
    char list[200] = "";
    for (size_t i = 0; known[i]; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s\"%s\"",
                 i ? ", " : "", known[i]);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value) {
        size_t i = 0;
        while (known[i] && strcmp(known[i], name) != 0)
            i++;
        if (!known[i])
            return complain(p, name, "\"%.60s\" is unknown here; known are %s", name,
                            list);
    }
    return 0;
}

/* Takes a member that is a text and not empty. `ret` becomes NULL if it is absent. */
static int take_text(const struct parser *p, const json_t *object, const char *name,
                     const char **ret) {
    const json_t *value = json_object_get(object, name);
    *ret = json_string_value(value);
    if (value && (!*ret || !**ret))
        return complain(p, name, "\"%s\" takes a text in quotation marks", name);
    return 0;
}

static int take_number(const struct parser *p, const json_t *object, const char *name,
                       double low, double high, double *ret) {
    const json_t *value = json_object_get(object, name);
    if (!value)
        return 0;
    *ret = json_number_value(value);
    if (!json_is_number(value) || *ret < low || *ret > high)
        return complain(p, name, "\"%s\" takes a number from %g to %g", name, low, high);
    return 0;
}

/* ---- scenarios ---- */

static int take_idle(const struct parser *p, const json_t *json,
                     struct watch_spec *spec) {
    const json_t *list = json_object_get(json, "idle_s");
    double before = -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        double seconds = json_is_number(entry) ? json_number_value(entry) : -1;
        if (seconds <= before || seconds > 86400 || spec->idle_count == WATCH_IDLES_MAX)
            break;
        before = seconds;
        if (seconds > 0) /* 0 is the end of the work: memory is always read then */
            spec->idle_s[spec->idle_count++] = seconds;
        if (i + 1 == json_array_size(list))
            return 0;
    }
    return list
               ? complain(p, "idle_s",
                          "\"idle_s\" takes a list of ascending seconds after the end of "
                          "the work, such as [0, 30]; at most %d",
                          WATCH_IDLES_MAX)
               : 0;
}

static int compile(const struct parser *p, const char *pattern, regex_t *ret) {
    char why[128];
    int error = regcomp(ret, pattern, REG_EXTENDED | REG_NOSUB);
    if (!error)
        return 0;
    regerror(error, ret, why, sizeof why);
    return complain(p, "ready", "\"%.100s\" is not a regular expression: %s", pattern,
                    why);
}

/* Sets what ends the work: the driver, the line of output, quiet, or the end of the
 * program. */
static int take_until(const struct parser *p, const json_t *json,
                      struct watch_spec *spec) {
    const char *ready;
    int error = take_text(p, json, "ready", &ready);
    if (!error)
        error = take_text(p, json, "drive", &spec->driver);
    if (!error && ready && spec->driver) {
        error = compile(p, ready, &spec->ready_pattern);
        spec->ready_text = error ? NULL : ready;
    } else if (!error && ready) {
        error = compile(p, ready, &spec->until_pattern);
        spec->until_text = error ? NULL : ready;
    }
    bool idles = json_object_get(json, "idle_s");
    spec->until = spec->driver ? WATCH_UNTIL_DRIVEN
                  : ready      ? WATCH_UNTIL_OUTPUT
                  : idles      ? WATCH_UNTIL_QUIET
                               : WATCH_UNTIL_EXIT;
    return error;
}

/* Takes "collect", which says what is collected when the program becomes idle. Default:
 * nothing. */
static int take_collect(const struct parser *p, const json_t *json,
                        struct watch_spec *spec) {
    int error = take_text(p, json, "collect", &spec->collect);
    if (!error && spec->collect && strcmp(spec->collect, GUARD_COLLECT_NODE) != 0)
        return complain(p, "collect",
                        "\"collect\" takes \"" GUARD_COLLECT_NODE
                        "\" or is left out; \"%.60s\" is unknown",
                        spec->collect);
    return error;
}

/* Takes "overlap". Several programs then run at once, so a driver must use the port that
 * each of them is given. */
static int take_overlap(const struct parser *p, const json_t *json,
                        struct guard_scenario *s) {
    const json_t *value = json_object_get(json, "overlap");
    s->overlaps = json_is_true(value);
    if (value && !json_is_boolean(value))
        return complain(p, "overlap", "\"overlap\" takes true or false");
    if (s->overlaps && s->spec.driver && !strstr(s->spec.driver, WATCH_PORT))
        return complain(p, "overlap",
                        "with \"overlap\" a \"drive\" has to use $" WATCH_PORT
                        ", and the command has to listen there: another copy of the "
                        "program already uses a fixed port");
    return 0;
}

static int check_name(const struct parser *p, const char *name) {
    if (!name || strlen(name) >= PLAN_NAME_MAX || strchr(name, '/'))
        return complain(p, "name",
                        "a scenario needs a \"name\" of 1 to %d characters, without a "
                        "slash",
                        PLAN_NAME_MAX - 1);
    for (size_t i = 0; i < p->file->count; i++)
        if (strcmp(p->file->scenarios[i].name, name) == 0)
            return complain(p, "name", "two scenarios are called \"%s\"", name);
    return 0;
}

static int take_scenario(struct parser *p, const json_t *json) {
    static const char *const known[] = {"name",    "command", "setup",     "ready",
                                        "drive",   "idle_s",  "timeout_s", "interval_ms",
                                        "collect", "overlap", NULL};
    struct guard_scenario *s = &p->file->scenarios[p->file->count];
    *s = (struct guard_scenario){.spec = {.quiet_percent = 5,
                                          .quiet_s = 3,
                                          .timeout_s = DEFAULT_TIMEOUT_S,
                                          .needs_port = true}};
    double interval_ms = DEFAULT_INTERVAL_MS;
    if (!json_is_object(json))
        return complain(p, NULL,
                        "a scenario is an object: {\"name\": ..., \"command\": ...}");
    int error = check_members(p, json, known);
    if (!error)
        error = take_text(p, json, "name", &s->name);
    if (!error)
        error = check_name(p, s->name);
    if (!error)
        error = take_text(p, json, "command", &s->command);
    if (!error && !s->command)
        error = complain(p, NULL, "the scenario \"%s\" has no \"command\"", s->name);
    if (!error)
        error = take_text(p, json, "setup", &s->setup);
    if (!error)
        error = take_number(p, json, "timeout_s", 0.1, 86400, &s->spec.timeout_s);
    if (!error)
        error = take_number(p, json, "interval_ms", 10, 60000, &interval_ms);
    if (!error)
        error = take_idle(p, json, &s->spec);
    if (!error)
        error = take_collect(p, json, &s->spec);
    if (!error)
        error = take_until(p, json, &s->spec);
    if (!error)
        error = take_overlap(p, json, s);
    s->spec.interval_ms = (unsigned)interval_ms;
    if (error)
        watchspec_finish(&s->spec);
    else
        p->file->count++;
    return error;
}

/* Counts the scenarios' different instants. A plan has room for so many of them. */
static int check_instants(const struct parser *p) {
    double seen[PLAN_CHECKPOINTS_MAX];
    size_t count = 0;
    for (size_t s = 0; s < p->file->count; s++) {
        const struct watch_spec *spec = &p->file->scenarios[s].spec;
        for (size_t i = 0; i < spec->idle_count; i++) {
            size_t k = 0;
            while (k < count && seen[k] != spec->idle_s[i])
                k++;
            if (k == PLAN_CHECKPOINTS_MAX - 1) /* one is the end of the work */
                return complain(p, "scenarios",
                                "all \"idle_s\" together have more than %d different "
                                "times; let the scenarios share some",
                                PLAN_CHECKPOINTS_MAX - 1);
            seen[k] = spec->idle_s[i];
            count = k == count ? count + 1 : count;
        }
    }
    return 0;
}

static int take_scenarios(struct parser *p) {
    const json_t *list = json_object_get(p->file->root, "scenarios");
    int error = 0;
    if (json_array_size(list) == 0 || json_array_size(list) > PLAN_WORKLOADS_MAX)
        return complain(p, "scenarios",
                        "\"scenarios\" takes a list of 1 to %d of them; `tidemark guard "
                        "init` writes one",
                        PLAN_WORKLOADS_MAX);
    for (size_t i = 0; !error && i < json_array_size(list); i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        p->at[0] = "scenarios";
        p->at[1] = number;
        p->depth = 2;
        error = take_scenario(p, json_array_get(list, i));
    }
    p->depth = 0;
    return error ? error : check_instants(p);
}

/* ---- what is demanded ---- */

/* Turns a name of the file into that of a series: "idle@0s" is the end of the work. */
static void name_series(const char *name, char ret[MEASURE_NAME_MAX]) {
    bool is_end = strncmp(name, "idle@0s", 7) == 0 && (!name[7] || name[7] == '-');
    snprintf(ret, MEASURE_NAME_MAX, "%s%s", is_end ? WATCH_END : "",
             name + (is_end ? 7 : 0));
}

/* Whether a series is of this checkpoint: its name is the checkpoint's ("idle@30s"), or
 * begins with that and a hyphen ("idle@30s-v8"). */
static bool is_of_checkpoint(const char *series, const char *checkpoint) {
    size_t length = strlen(checkpoint);
    return strncmp(series, checkpoint, length) == 0 &&
           (!series[length] || series[length] == '-');
}

bool guardfile_has_series(const struct guard_scenario *scenario, const char *series) {
    enum measure measure;
    char name[WATCH_NAME_MAX];
    const struct watch_spec *spec = &scenario->spec;
    if (!measure_of_series(series, &measure) || !measures[measure].watched)
        return false;
    if (measures[measure].series == SERIES_ONCE)
        return true;
    if (is_of_checkpoint(series, WATCH_END))
        return spec->until != WATCH_UNTIL_EXIT;
    for (size_t i = 0; i < spec->idle_count; i++) {
        watchspec_idle_name(spec->idle_s[i], name, sizeof name);
        if (is_of_checkpoint(series, name))
            return true;
    }
    return false;
}

bool guardfile_collects(const struct guard_file *file) {
    for (size_t i = 0; i < file->count; i++)
        if (file->scenarios[i].spec.collect)
            return true;
    return false;
}

static bool any_has_series(const struct guard_file *file, const char *series) {
    for (size_t i = 0; i < file->count; i++)
        if (guardfile_has_series(&file->scenarios[i], series))
            return true;
    return false;
}

static int complain_of_series(const struct parser *p, const char *name,
                              const char *whose) {
    return complain(
        p, name,
        "%s \"%.60s\": the measured figures are \"peak\", \"idle@0s\" (the end of the "
        "work), and one such as \"idle@30s\" for each of its \"idle_s\"",
        whose, name);
}

static int add_demand(struct parser *p, const char *series, double tolerance) {
    if (p->file->demand_count == GUARD_DEMANDS_MAX)
        return complain(p, NULL, "at most %d figures can be judged", GUARD_DEMANDS_MAX);
    struct compare_demand *demand = &p->file->demands[p->file->demand_count++];
    *demand = (struct compare_demand){
        .tolerance = tolerance,
        .detect = detect_over_tolerance * tolerance,
        .least = strcmp(measure_unit(series), "bytes") == 0 ? least_bytes : 0};
    snprintf(demand->measure, sizeof demand->measure, "%s", series);
    return 0;
}

static bool has_demand(const struct guard_file *file, const char *series) {
    for (size_t i = 0; i < file->demand_count; i++)
        if (strcmp(file->demands[i].measure, series) == 0)
            return true;
    return false;
}

/*
 * Without "fail", the peak and every footprint are demanded. If all scenarios collect and
 * are idle for some time, only the idle footprints are demanded: before the collection,
 * the size of V8's heap is a matter of chance, and no number of rounds would be enough.
 */
static int demand_all(struct parser *p) {
    bool early = false;
    for (size_t s = 0; s < p->file->count; s++)
        early |= !p->file->scenarios[s].spec.collect ||
                 p->file->scenarios[s].spec.idle_count == 0;
    int error = early ? add_demand(p, "peak", default_tolerance) : 0;
    for (size_t s = 0; !error && s < p->file->count; s++) {
        const struct watch_spec *spec = &p->file->scenarios[s].spec;
        if (early && spec->until != WATCH_UNTIL_EXIT && !has_demand(p->file, WATCH_END))
            error = add_demand(p, WATCH_END, default_tolerance);
        for (size_t i = 0; !error && i < spec->idle_count; i++) {
            char name[WATCH_NAME_MAX];
            watchspec_idle_name(spec->idle_s[i], name, sizeof name);
            if (!has_demand(p->file, name))
                error = add_demand(p, name, default_tolerance);
        }
    }
    return error;
}

static int take_demands(struct parser *p) {
    json_t *fail = json_object_get(p->file->root, "fail"), *value;
    const char *name;
    if (!fail)
        return demand_all(p);
    if (!json_is_object(fail) || json_object_size(fail) == 0)
        return complain(p, "fail",
                        "\"fail\" takes an object such as {\"peak\": \"10%%\"}");
    p->at[p->depth++] = "fail";
    json_object_foreach(fail, name, value) {
        char series[MEASURE_NAME_MAX], *end = NULL;
        const char *text = json_string_value(value);
        double percent = text ? strtod(text, &end) : 0;
        name_series(name, series);
        if (!any_has_series(p->file, series))
            return complain_of_series(p, name, "no scenario has");
        if (!text || end == text || strcmp(end + strspn(end, " "), "%") != 0 ||
            !(percent >= 0.1 && percent <= 1000))
            return complain(p, name,
                            "\"%s\" takes the allowed growth as a text, such as \"5%%\" "
                            "(0.1 to 1000)",
                            name);
        if (has_demand(p->file, series))
            return complain(p, name, "\"%s\" is given twice", series);
        int error = add_demand(p, series, percent / 100);
        if (error)
            return error;
    }
    p->depth--;
    return 0;
}

/* Reads a size such as "400 MiB". Returns MiB, or 0 if the text is not a size. */
static double size_in_mib(const char *text) {
    static const struct {
        const char *unit;
        double mib;
    } units[] = {{"KiB", 1.0 / 1024}, {"MiB", 1}, {"GiB", 1024}};
    char *end = NULL;
    double number = text ? strtod(text, &end) : 0;
    for (size_t i = 0; text && end > text && i < sizeof units / sizeof units[0]; i++)
        if (strcmp(end + strspn(end, " "), units[i].unit) == 0 && number > 0 &&
            isfinite(number * units[i].mib))
            return number * units[i].mib;
    return 0;
}

static int take_bounds_of(struct parser *p, const struct guard_scenario *scenario,
                          const json_t *object) {
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return complain(p, NULL,
                        "bounds are an object such as {\"idle@30s\": \"400 MiB\"}");
    json_object_foreach((json_t *)object, name, value) {
        char series[MEASURE_NAME_MAX], whose[PLAN_NAME_MAX + 16];
        double mib = size_in_mib(json_string_value(value));
        name_series(name, series);
        snprintf(whose, sizeof whose, "\"%s\" has no", scenario->name);
        if (!guardfile_has_series(scenario, series))
            return complain_of_series(p, name, whose);
        if (strcmp(measure_unit(series), "bytes") != 0 || mib == 0)
            return complain(p, name,
                            "the bound of \"%s\" takes a size as a text, such as \"400 "
                            "MiB\" (KiB, MiB, GiB)",
                            name);
        json_array_append_new(p->file->bounds,
                              json_pack("{s:s, s:s, s:f, s:f}", "workload",
                                        scenario->name, "measure", series, "floor_factor",
                                        0.0, "plus_mib", mib));
    }
    return 0;
}

static int take_bounds(struct parser *p) {
    json_t *bounds = json_object_get(p->file->root, "bounds"), *value;
    const char *name;
    if (bounds && !json_is_object(bounds))
        return complain(
            p, "bounds",
            "\"bounds\" takes an object: {\"SCENARIO\": {\"peak\": \"1 GiB\"}}");
    p->at[p->depth++] = "bounds";
    json_object_foreach(bounds, name, value) {
        size_t i = 0;
        while (i < p->file->count && strcmp(p->file->scenarios[i].name, name) != 0)
            i++;
        if (i == p->file->count)
            return complain(p, name, "no scenario is called \"%.60s\"", name);
        p->at[p->depth++] = name;
        int error = take_bounds_of(p, &p->file->scenarios[i], value);
        if (error)
            return error;
        p->depth--;
    }
    p->depth--;
    return 0;
}

/* ---- the file ---- */

int guardfile_parse(struct guard_file *ret, const char *text, const char *name,
                    struct reason *reason) {
    static const char *const known[] = {"scenarios", "fail", "bounds", "baseline", NULL};
    json_error_t where;
    *ret = (struct guard_file){.root = json_loads(text, JSON_REJECT_DUPLICATES, &where),
                               .bounds = json_array()};
    struct parser p = {.file = ret, .text = text, .name = name, .reason = reason};
    int error = 0;
    if (!ret->root) {
        reason_set(reason, "%s, line %d: %s", name, where.line, where.text);
        error = -EBADMSG;
    } else if (!json_is_object(ret->root)) {
        error = complain(&p, NULL, "it takes an object: {\"scenarios\": [...]}");
    }
    if (!error)
        error = check_members(&p, ret->root, known);
    if (!error)
        error = take_text(&p, ret->root, "baseline", &ret->baseline);
    if (!error)
        error = take_scenarios(&p);
    if (!error)
        error = take_demands(&p);
    if (!error)
        error = take_bounds(&p);
    if (!ret->baseline)
        ret->baseline = BASELINE;
    if (error)
        guardfile_finish(ret);
    return error;
}

int guardfile_load(struct guard_file *ret, const char *path, struct reason *reason) {
    char *text;
    int error = file_read(path, &text, NULL);
    if (error) {
        reason_set(reason, "cannot read %s: %s; `tidemark guard init` writes one", path,
                   strerror(-error));
        return error;
    }
    error = guardfile_parse(ret, text, path, reason);
    free(text);
    return error;
}

void guardfile_finish(struct guard_file *file) {
    for (size_t i = 0; i < file->count; i++)
        watchspec_finish(&file->scenarios[i].spec);
    json_decref(file->bounds);
    json_decref(file->root);
    *file = (struct guard_file){0};
}

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
#include "text.h"
#include "watch.h"

#define BASELINE "tidemark-baseline"

/* A growth by more than the tolerance fails. The rounds must be able to show a growth of
 * this many tolerances. */
static const double default_tolerance = 0.1, detect_over_tolerance = 2;

/* A growth by less than this never fails: in a program that holds next to nothing, a page
 * more is a large share. */
static const double least_bytes = 256 << 10;

enum {
    DEFAULT_INTERVAL_MS = 250,
    DEFAULT_TIMEOUT_S = 120,
    STEPS_MAX = 4 /* with the member */
};

struct parser {
    struct guard_file *file;
    const char *text, *name;
    struct reason *reason;
    const char *at[STEPS_MAX]; /* the path in the JSON to the value being parsed */
    size_t depth;
    int error; /* -EBADMSG after the first complaint; parsing goes on, but says no more */
};

static const struct guard_scenario *find_scenario(const struct guard_file *file,
                                                  const char *name) {
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->scenarios[i].name, name) == 0)
            return &file->scenarios[i];
    return NULL;
}

/* Says what is wrong with the value that is being parsed, or with its `member` if that is
 * not NULL. Only the first complaint counts. */
__attribute__((format(printf, 3, 4))) static void
complain(struct parser *p, const char *member, const char *format, ...) {
    if (p->error)
        return;
    p->at[p->depth] = member;
    char what[600];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    reason_set(p->reason, "%s, line %u: %s", p->name,
               jsonline_of(p->text, p->at, p->depth + (member != NULL)), what);
    p->error = -EBADMSG;
}

/* Rejects members that are not among the n `known`. If a misspelt member were accepted,
 * it would guard nothing, and nobody would notice. */
static void check_members(struct parser *p, const json_t *object,
                          const char *const known[], size_t n) {
    char list[200] = "";
    for (size_t i = 0; i < n; i++)
        text_append(list, sizeof list, "%s\"%s\"", i ? ", " : "", known[i]);
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value) {
        if (!text_is_among(known, n, name))
            complain(p, name, "\"%.60s\" is unknown here; known are %s", name, list);
    }
}

/* Takes a member that is a text and not empty. NULL if it is absent. */
static const char *take_text(struct parser *p, const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);
    if (value && (!text || !*text))
        complain(p, name, "\"%s\" takes a text in quotation marks", name);
    return text;
}

/* `otherwise` if the member is absent. */
static double take_number(struct parser *p, const json_t *object, const char *name,
                          double low, double high, double otherwise) {
    const json_t *value = json_object_get(object, name);
    double number = json_number_value(value);
    if (json_is_number(value) && number >= low && number <= high)
        return number;
    if (value)
        complain(p, name, "\"%s\" takes a number from %g to %g", name, low, high);
    return otherwise;
}

/* ---- scenarios ---- */

static void take_idle(struct parser *p, const json_t *json, struct watch_spec *spec) {
    const json_t *list = json_object_get(json, "idle_s");
    size_t i = 0;
    for (double before = -1; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        double seconds = json_is_number(entry) ? json_number_value(entry) : -1;
        if (seconds <= before || seconds > 86400 || spec->idle_count == WATCH_IDLES_MAX)
            break;
        before = seconds;
        if (seconds > 0) /* 0 is the end of the work: memory is always read then */
            spec->idle_s[spec->idle_count++] = seconds;
    }
    if (list && (i == 0 || i < json_array_size(list)))
        complain(
            p, "idle_s",
            "\"idle_s\" takes a list of ascending seconds after the end of the work, "
            "such as [0, 30]; at most %d",
            WATCH_IDLES_MAX);
}

static void compile(struct parser *p, const char *pattern, regex_t *ret) {
    char why[128];
    int error = regcomp(ret, pattern, REG_EXTENDED | REG_NOSUB);
    if (!error)
        return;
    regerror(error, ret, why, sizeof why);
    complain(p, "ready", "\"%.100s\" is not a regular expression: %s", pattern, why);
}

/* Sets what ends the work: the driver, the line of output, quiet, or the end of the
 * program. */
static void take_until(struct parser *p, const json_t *json, struct watch_spec *spec) {
    const char *ready = take_text(p, json, "ready");
    spec->driver = take_text(p, json, "drive");
    if (ready)
        compile(p, ready, spec->driver ? &spec->ready_pattern : &spec->until_pattern);
    *(spec->driver ? &spec->ready_text : &spec->until_text) = ready;
    bool idles = json_object_get(json, "idle_s");
    spec->until = spec->driver ? WATCH_UNTIL_DRIVEN
                  : ready      ? WATCH_UNTIL_OUTPUT
                  : idles      ? WATCH_UNTIL_QUIET
                               : WATCH_UNTIL_EXIT;
}

/* Takes "collect", which says what is collected when the program becomes idle. Default:
 * nothing. */
static void take_collect(struct parser *p, const json_t *json, struct watch_spec *spec) {
    spec->collect = take_text(p, json, "collect");
    if (spec->collect && strcmp(spec->collect, GUARD_COLLECT_NODE) != 0)
        complain(p, "collect",
                 "\"collect\" takes \"" GUARD_COLLECT_NODE
                 "\" or is left out; \"%.60s\" is unknown",
                 spec->collect);
}

/* Takes "overlap". Several programs then run at once, so a driver must use the port that
 * each of them is given. */
static void take_overlap(struct parser *p, const json_t *json, struct guard_scenario *s) {
    const json_t *value = json_object_get(json, "overlap");
    s->overlaps = json_is_true(value);
    if (value && !json_is_boolean(value))
        complain(p, "overlap", "\"overlap\" takes true or false");
    if (s->overlaps && s->spec.driver && !strstr(s->spec.driver, WATCH_PORT))
        complain(p, "overlap",
                 "with \"overlap\" a \"drive\" has to use $" WATCH_PORT
                 ", and the command has to listen there: another copy of the program "
                 "already uses a fixed port");
}

static void take_name(struct parser *p, const json_t *json, struct guard_scenario *s) {
    s->name = take_text(p, json, "name");
    if (!s->name || strlen(s->name) >= PLAN_NAME_MAX || strchr(s->name, '/'))
        complain(p, "name",
                 "a scenario needs a \"name\" of 1 to %d characters, without a slash",
                 PLAN_NAME_MAX - 1);
    else if (find_scenario(p->file, s->name))
        complain(p, "name", "two scenarios are called \"%s\"", s->name);
}

static void take_scenario(struct parser *p, const json_t *json) {
    static const char *const known[] = {"name",    "command", "setup",     "ready",
                                        "drive",   "idle_s",  "timeout_s", "interval_ms",
                                        "collect", "overlap"};
    struct guard_scenario *s = &p->file->scenarios[p->file->count];
    *s = (struct guard_scenario){
        .argv = {"sh", "-c"},
        .spec = {.quiet_percent = 5, .quiet_s = 3, .needs_port = true}};
    if (!json_is_object(json))
        complain(p, NULL, "a scenario is an object: {\"name\": ..., \"command\": ...}");
    check_members(p, json, known, sizeof known / sizeof known[0]);
    take_name(p, json, s);
    s->argv[2] =
        (char *)take_text(p, json, "command"); /* execve() does not write to it */
    if (!s->argv[2])
        complain(p, NULL, "the scenario \"%s\" has no \"command\"", s->name);
    s->setup = take_text(p, json, "setup");
    s->spec.timeout_s = take_number(p, json, "timeout_s", 0.1, 86400, DEFAULT_TIMEOUT_S);
    s->spec.interval_ms =
        (unsigned)take_number(p, json, "interval_ms", 10, 60000, DEFAULT_INTERVAL_MS);
    take_idle(p, json, &s->spec);
    take_collect(p, json, &s->spec);
    take_until(p, json, &s->spec);
    take_overlap(p, json, s);
    p->file->count += !p->error;
}

/* Checks that a plan has room for the scenarios' different instants. */
static void check_instants(struct parser *p) {
    static struct plan plan;
    for (size_t s = 0; s < p->file->count; s++)
        if (watchspec_plan_checkpoints(&p->file->scenarios[s].spec, &plan, NULL) < 0)
            complain(p, "scenarios",
                     "all \"idle_s\" together have more than %d different times; let the "
                     "scenarios share some",
                     PLAN_CHECKPOINTS_MAX - 1); /* one is the end of the work */
}

static void take_scenarios(struct parser *p) {
    const json_t *list = json_object_get(p->file->root, "scenarios");
    if (json_array_size(list) == 0 || json_array_size(list) > PLAN_WORKLOADS_MAX) {
        complain(p, "scenarios",
                 "\"scenarios\" takes a list of 1 to %d of them; `tidemark guard init` "
                 "writes one",
                 PLAN_WORKLOADS_MAX);
        return;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        p->at[0] = "scenarios";
        p->at[1] = number;
        p->depth = 2;
        take_scenario(p, json_array_get(list, i));
    }
    p->depth = 0;
    check_instants(p);
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

static void complain_of_series(struct parser *p, const char *name, const char *whose) {
    complain(
        p, name,
        "%s \"%.60s\": the measured figures are \"peak\", \"idle@0s\" (the end of the "
        "work), and one such as \"idle@30s\" for each of its \"idle_s\"",
        whose, name);
}

static void add_demand(struct parser *p, const char *series, double tolerance) {
    if (p->file->demand_count == GUARD_DEMANDS_MAX) {
        complain(p, NULL, "at most %d figures can be judged", GUARD_DEMANDS_MAX);
        return;
    }
    struct compare_demand *demand = &p->file->demands[p->file->demand_count++];
    *demand = (struct compare_demand){
        .tolerance = tolerance,
        .detect = detect_over_tolerance * tolerance,
        .least = strcmp(measure_unit(series), "bytes") == 0 ? least_bytes : 0};
    snprintf(demand->measure, sizeof demand->measure, "%s", series);
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
static void demand_all(struct parser *p) {
    bool early = false;
    for (size_t s = 0; s < p->file->count; s++)
        early |= !p->file->scenarios[s].spec.collect ||
                 p->file->scenarios[s].spec.idle_count == 0;
    if (early)
        add_demand(p, "peak", default_tolerance);
    for (size_t s = 0; s < p->file->count; s++) {
        const struct watch_spec *spec = &p->file->scenarios[s].spec;
        if (early && spec->until != WATCH_UNTIL_EXIT && !has_demand(p->file, WATCH_END))
            add_demand(p, WATCH_END, default_tolerance);
        for (size_t i = 0; i < spec->idle_count; i++) {
            char name[WATCH_NAME_MAX];
            watchspec_idle_name(spec->idle_s[i], name, sizeof name);
            if (!has_demand(p->file, name))
                add_demand(p, name, default_tolerance);
        }
    }
}

static void take_demand(struct parser *p, const char *name, const json_t *value) {
    char series[MEASURE_NAME_MAX], *end = NULL;
    const char *text = json_string_value(value);
    double percent = text ? strtod(text, &end) : 0;
    name_series(name, series);
    if (!any_has_series(p->file, series))
        complain_of_series(p, name, "no scenario has");
    else if (!text || end == text || strcmp(end + strspn(end, " "), "%") != 0 ||
             !(percent >= 0.1 && percent <= 1000))
        complain(
            p, name,
            "\"%s\" takes the allowed growth as a text, such as \"5%%\" (0.1 to 1000)",
            name);
    else if (has_demand(p->file, series))
        complain(p, name, "\"%s\" is given twice", series);
    else
        add_demand(p, series, percent / 100);
}

static void take_demands(struct parser *p) {
    json_t *fail = json_object_get(p->file->root, "fail"), *value;
    const char *name;
    if (!fail)
        demand_all(p);
    else if (!json_is_object(fail) || json_object_size(fail) == 0)
        complain(p, "fail", "\"fail\" takes an object such as {\"peak\": \"10%%\"}");
    p->at[p->depth++] = "fail";
    json_object_foreach(fail, name, value) {
        take_demand(p, name, value);
    }
    p->depth--;
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

static void take_bound(struct parser *p, const struct guard_scenario *scenario,
                       const char *name, const json_t *value) {
    char series[MEASURE_NAME_MAX], whose[PLAN_NAME_MAX + 16];
    double mib = size_in_mib(json_string_value(value));
    name_series(name, series);
    snprintf(whose, sizeof whose, "\"%s\" has no", scenario->name);
    if (!guardfile_has_series(scenario, series))
        complain_of_series(p, name, whose);
    else if (strcmp(measure_unit(series), "bytes") != 0 || mib == 0)
        complain(p, name,
                 "the bound of \"%s\" takes a size as a text, such as \"400 MiB\" (KiB, "
                 "MiB, GiB)",
                 name);
    json_array_append_new(p->file->bounds,
                          json_pack("{s:s, s:s, s:f, s:f}", "workload", scenario->name,
                                    "measure", series, "floor_factor", 0.0, "plus_mib",
                                    mib));
}

static void take_bounds_of(struct parser *p, const char *scenario_name, json_t *object) {
    const struct guard_scenario *scenario = find_scenario(p->file, scenario_name);
    const char *name;
    json_t *value;
    if (!scenario) {
        complain(p, scenario_name, "no scenario is called \"%.60s\"", scenario_name);
        return;
    }
    p->at[p->depth++] = scenario_name;
    if (!json_is_object(object))
        complain(p, NULL, "bounds are an object such as {\"idle@30s\": \"400 MiB\"}");
    json_object_foreach(object, name, value) {
        take_bound(p, scenario, name, value);
    }
    p->depth--;
}

static void take_bounds(struct parser *p) {
    json_t *bounds = json_object_get(p->file->root, "bounds"), *value;
    const char *name;
    if (bounds && !json_is_object(bounds))
        complain(p, "bounds",
                 "\"bounds\" takes an object: {\"SCENARIO\": {\"peak\": \"1 GiB\"}}");
    p->at[p->depth++] = "bounds";
    json_object_foreach(bounds, name, value) {
        take_bounds_of(p, name, value);
    }
    p->depth--;
}

/* ---- the file ---- */

int guardfile_parse(struct guard_file *ret, const char *text, const char *name,
                    struct reason *reason) {
    static const char *const known[] = {"scenarios", "fail", "bounds", "baseline"};
    json_error_t where;
    *ret = (struct guard_file){.root = json_loads(text, JSON_REJECT_DUPLICATES, &where),
                               .bounds = json_array()};
    struct parser p = {.file = ret, .text = text, .name = name, .reason = reason};
    if (!ret->root) {
        reason_set(reason, "%s, line %d: %s", name, where.line, where.text);
        return -EBADMSG;
    }
    if (!json_is_object(ret->root))
        complain(&p, NULL, "it takes an object: {\"scenarios\": [...]}");
    check_members(&p, ret->root, known, sizeof known / sizeof known[0]);
    ret->baseline = take_text(&p, ret->root, "baseline");
    if (!ret->baseline)
        ret->baseline = BASELINE;
    take_scenarios(&p);
    if (!p.error) /* these two refer to the scenarios */
        take_demands(&p);
    if (!p.error)
        take_bounds(&p);
    return p.error;
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

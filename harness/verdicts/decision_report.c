/* See decision_report.h. Every figure comes from a comparison or a run's own facts. */
#include "decision_report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare_report.h"
#include "plot.h"
#include "reason.h"
#include "summary.h"
#include "table.h"
#include "text.h"
#include "workloads_list.h"

enum {
    NAMED = 3,
    WORKLOADS_MAX = PLAN_WORKLOADS_MAX,
    TEXT_MAX = 2048,
    MACHINE_MAX = 512,
    MACHINES_MAX = 16
};

/* ---- what is there ---- */

static const char *fact(const struct decision_run *run, const char *group,
                        const char *name) {
    return runfigures_text(run->figures, group, name);
}

static bool is_of_variant(const struct decision_run *run, const struct series *s) {
    return strcmp(s->variant, run->variant) == 0;
}

static bool is_known(const char *const names[], size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The run's workloads, in its order; those that are controls are left out or alone. */
static size_t list_workloads(const struct decision_run *run, bool controls,
                             const char *ret[WORKLOADS_MAX]) {
    size_t n = 0;
    for (size_t i = 0; i < run->figures->count; i++) {
        const struct series *s = &run->figures->series[i];
        if (is_of_variant(run, s) && s->is_control == controls && n < WORKLOADS_MAX &&
            !is_known(ret, n, s->workload))
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

/* "all 8 workloads", "handoff", "handoff, 4 threads" */
static void name_of(const struct decision_run *run, const struct comparison *c,
                    char *buffer, size_t size) {
    const char *names[WORKLOADS_MAX];
    if (comparison_is_total(c))
        snprintf(buffer, size, "all %zu workloads", list_workloads(run, false, names));
    else
        snprintf(buffer, size, "%s", c->workload);
    if (has_several_threads(run))
        text_append(buffer, size, ", %u threads", c->threads);
}

/* A variant's name in a sentence: with quotes if it is several words. */
static const char *in_words(const char *name, char buffer[DECISION_NAME_MAX + 2]) {
    bool is_one = !strchr(name, ' ');
    snprintf(buffer, DECISION_NAME_MAX + 2, is_one ? "%s" : "\"%s\"", name);
    return buffer;
}

static void append_list(char *buffer, size_t size, const char *item, size_t i, size_t n) {
    text_append(buffer, size, "%s%s", i == 0 ? "" : i + 1 == n ? " and " : ", ", item);
}

/* ---- a change in words ---- */

/* "29.6 % [28.0, 31.1] less peak" */
static void phrase(const struct comparison *c, char *buffer, size_t size) {
    const struct judgement *j = &c->judged;
    double sign = j->ratio < 1 ? -100 : 100;
    double ends[] = {sign * (j->low - 1), sign * (j->high - 1)};
    char label[64];
    measure_label(c->measure, label, sizeof label);
    snprintf(buffer, size, "%.1f %% [%.1f, %.1f] %s %s", sign * (j->ratio - 1),
             fmin(ends[0], ends[1]), fmax(ends[0], ends[1]),
             j->ratio < 1 ? "less" : "more", label);
}

/* What would have been seen; false and "none" if that is no change worth the word. */
static bool format_visible(const struct comparison *c, char *buffer, size_t size) {
    bool any = c->judged.smallest_visible < 10;
    if (any)
        snprintf(buffer, size, "%.1f %%", 100 * c->judged.smallest_visible);
    else
        snprintf(buffer, size, "none");
    return any;
}

/* One run's comparison: what sentences are about. */
struct finding {
    const struct decision_run *run;
    const struct comparison *c;
};

static int by_size(const void *a, const void *b) {
    double x = fabs(log(((const struct finding *)a)->c->judged.ratio));
    double y = fabs(log(((const struct finding *)b)->c->judged.ratio));
    return (x < y) - (x > y);
}

/* Those of a verdict that count, over all or in single workloads, the largest first. The
 * caller frees. */
static struct finding *find(const struct decision *d, enum verdict verdict, bool over_all,
                            size_t *ret_count) {
    struct finding *list = calloc(decision_count(d, verdict, over_all) + 1, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; list && i < d->count; i++) {
        const struct compare_result *pair = &d->runs[i].pair;
        for (size_t k = 0; k < pair->count; k++) {
            const struct comparison *c = &pair->comparisons[k];
            if (decision_counts(&d->runs[i], c) && c->judged.verdict == verdict &&
                compare_is_outermost(pair, c) == over_all)
                list[n++] = (struct finding){&d->runs[i], c};
        }
    }
    if (n)
        qsort(list, n, sizeof *list, by_size);
    *ret_count = n;
    return list;
}

/* Whether something else over all has the same measure, so that its name does not tell.
 */
static bool is_ambiguous(const struct decision *d, const struct comparison *c) {
    for (size_t i = 0; i < d->count; i++) {
        const struct compare_result *pair = &d->runs[i].pair;
        for (size_t k = 0; k < pair->count; k++) {
            const struct comparison *other = &pair->comparisons[k];
            if (other != c && strcmp(other->measure, c->measure) == 0 &&
                compare_is_outermost(pair, other))
                return true;
        }
    }
    return false;
}

/* "29.6 % less peak, 88.7 % less dead footprint and 2 more" */
static void list_changes(const struct decision *d, enum verdict verdict, bool over_all,
                         char *buffer, size_t size) {
    size_t n;
    struct finding *list = find(d, verdict, over_all, &n);
    size_t named = n <= NAMED ? n : NAMED, shown = n > named ? named + 1 : named;
    *buffer = '\0';
    for (size_t i = 0; list && i < named; i++) {
        char text[160], name[64];
        phrase(list[i].c, text, sizeof text);
        name_of(list[i].run, list[i].c, name, sizeof name);
        if (!over_all || is_ambiguous(d, list[i].c))
            text_append(text, sizeof text, " in %s", name);
        append_list(buffer, size, text, i, shown);
    }
    if (n > named) {
        char more[32];
        snprintf(more, sizeof more, "%zu more", n - named);
        append_list(buffer, size, more, named, shown);
    }
    free(list);
}

/* "handoff and replay": the workloads in which there is a verdict. */
static void list_where(const struct decision *d, enum verdict verdict, char *buffer,
                       size_t size) {
    const char *names[WORKLOADS_MAX];
    size_t n, known = 0;
    struct finding *list = find(d, verdict, false, &n);
    for (size_t i = 0; list && i < n; i++)
        if (known < WORKLOADS_MAX && !is_known(names, known, list[i].c->workload))
            names[known++] = list[i].c->workload;
    *buffer = '\0';
    for (size_t i = 0; i < known; i++)
        text_append(buffer, size, "%s%s",
                    i == 0           ? ""
                    : i + 1 == known ? " or "
                                     : ", ",
                    names[i]);
    free(list);
}

/* ---- the recommendation ---- */

/* "17.2 % of time, 6.2 % of peak": what would have been seen over all of each measure. */
static void list_visible(const struct decision *d, char *buffer, size_t size) {
    *buffer = '\0';
    for (size_t i = 0; i < d->count; i++) {
        const struct compare_result *pair = &d->runs[i].pair;
        for (size_t k = 0; k < pair->count; k++) {
            const struct comparison *c = &pair->comparisons[k];
            char label[64], name[64], visible[32];
            if (!decision_counts(&d->runs[i], c) || !compare_is_outermost(pair, c))
                continue;
            measure_label(c->measure, label, sizeof label);
            format_visible(c, visible, sizeof visible);
            text_append(buffer, size, "%s%s of %s", *buffer ? ", " : "", visible, label);
            name_of(&d->runs[i], c, name, sizeof name);
            if (is_ambiguous(d, c))
                text_append(buffer, size, " in %s", name);
        }
    }
}

/* The first of what keeps a decision open. */
static void say_open(const struct decision *d, char *buffer, size_t size) {
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; k < d->runs[i].figures->count; k++) {
            const struct series *s = &d->runs[i].figures->series[k];
            if (!decision_failed(&d->runs[i], s))
                continue;
            snprintf(buffer, size, "%s on %s failed (%s)", s->workload, s->variant,
                     s->fault);
            return;
        }
    for (size_t i = 0; i < d->count; i++)
        if (d->runs[i].pair.failure_count) {
            snprintf(buffer, size, "%s", d->runs[i].pair.failures[0].text);
            return;
        }
    for (size_t i = 0; i < d->count; i++) {
        const struct comparison *c = compare_blind(&d->runs[i].pair);
        char label[64], name[64], visible[32];
        if (!c)
            continue;
        measure_label(c->measure, label, sizeof label);
        name_of(&d->runs[i], c, name, sizeof name);
        if (format_visible(c, visible, sizeof visible))
            snprintf(buffer, size,
                     "these rounds could not have seen less than %s of the %s of %s, and "
                     "%g %% is demanded",
                     visible, label, name, 100 * c->detect);
        else
            snprintf(buffer, size,
                     "these rounds could have seen no change of the %s of %s", label,
                     name);
        return;
    }
}

static void print_recommendation(const struct decision *d, FILE *out) {
    char better[TEXT_MAX], worse[TEXT_MAX], better_one[TEXT_MAX], worse_one[TEXT_MAX];
    char other[TEXT_MAX];
    char names[2][DECISION_NAME_MAX + 2];
    const char *base = in_words(d->runs[0].base, names[0]);
    const char *variant = in_words(d->runs[0].variant, names[1]);
    bool over_all =
        decision_count(d, VERDICT_BETTER, true) + decision_count(d, VERDICT_WORSE, true) >
        0;
    list_changes(d, VERDICT_BETTER, over_all, better, sizeof better);
    list_changes(d, VERDICT_WORSE, over_all, worse, sizeof worse);
    list_changes(d, VERDICT_BETTER, false, better_one, sizeof better_one);
    list_changes(d, VERDICT_WORSE, false, worse_one, sizeof worse_one);
    switch (decision_answer(d)) {
    case DECISION_YES:
        fprintf(out, "**Yes: %s takes %s than %s, and nothing is worse.**\n", variant,
                better, base);
        break;
    case DECISION_YES_UNLESS:
        list_where(d, VERDICT_WORSE, other, sizeof other);
        fprintf(out,
                "**Yes, unless your program is like %s: over all workloads %s takes %s "
                "than %s, and nothing is worse; but it takes %s.**\n",
                other, variant, better, base, worse_one);
        break;
    case DECISION_NO:
        fprintf(out, "**No: %s takes %s than %s, and nothing is seen to be better.**\n",
                variant, worse, base);
        break;
    case DECISION_NO_UNLESS:
        list_where(d, VERDICT_BETTER, other, sizeof other);
        fprintf(out,
                "**No, unless your program is like %s: over all workloads %s takes %s "
                "than %s, and nothing is seen to be better; but it takes %s.**\n",
                other, variant, worse, base, better_one);
        break;
    case DECISION_DEPENDS:
        fprintf(out, "**It depends: %s buys %s than %s, for %s.**\n", variant, better,
                base, worse);
        break;
    case DECISION_UNSEEN:
        list_visible(d, other, sizeof other);
        fprintf(out,
                "**No difference between %s and %s could be seen; a change of %s would "
                "have been.**\n",
                base, variant, other);
        break;
    case DECISION_OPEN:
        say_open(d, other, sizeof other);
        fprintf(out, "**Not decided: %s.**\n", other);
    }
}

/* ---- what makes the whole doubtful: said first ---- */

static void source_of(const struct decision *d, const struct decision_run *run,
                      char *buffer, size_t size) {
    *buffer = '\0';
    if (d->count > 1)
        snprintf(buffer, size, "[%zu]", (size_t)(run - d->runs) + 1);
}

static void print_control_failure(const struct decision *d,
                                  const struct decision_run *run, FILE *out) {
    char source[16];
    source_of(d, run, source, sizeof source);
    for (size_t i = 0; i < run->again.count; i++) {
        const struct comparison *c = &run->again.comparisons[i];
        char text[160], name[64];
        if (!c->decides || !verdict_is_change(c->judged.verdict))
            continue;
        phrase(c, text, sizeof text);
        name_of(run, c, name, sizeof name);
        fprintf(
            out,
            "> **The control is outside its band%s%s**: %s against itself takes %s in "
            "%s. Take no difference of that size for one of the allocators.\n\n",
            *source ? " in " : "", source, fact(run, "facts", "reference"), text, name);
    }
}

static void print_cautions(const struct decision *d, FILE *out) {
    for (size_t i = 0; i < d->count; i++) {
        const struct decision_run *run = &d->runs[i];
        if (run->has_again)
            print_control_failure(d, run, out);
        if (run->summary && run->summary->missing)
            fprintf(out,
                    "> **The run is incomplete**: %zu measurements of its plan are "
                    "missing.\n\n",
                    run->summary->missing);
    }
}

/* ---- what was measured, and on what ---- */

/* The command that made a run, by its profile; others are `tidemark run`'s. */
static void name_command(const struct decision_run *run, char *buffer, size_t size) {
    static const char *const own[] = {"time", "watch", "guard"};
    const char *profile = fact(run, "run", "profile");
    const struct plan *plan = run->summary ? &run->summary->result->plan : NULL;
    bool is_replayed = plan && plan->workload_count > 0;
    for (size_t w = 0; is_replayed && w < plan->workload_count; w++)
        is_replayed = plan->workloads[w].option_count > 0 &&
                      strcmp(plan->workloads[w].base, "replay") == 0;
    if (is_known(own, sizeof own / sizeof own[0], profile))
        snprintf(buffer, size, "`tidemark %s`", profile);
    else
        snprintf(buffer, size, "`tidemark %s`, profile %s",
                 is_replayed ? "replay" : "run", profile);
}

static void append_workloads(const struct decision_run *run, char *buffer, size_t size) {
    const char *names[WORKLOADS_MAX], *controls[WORKLOADS_MAX];
    size_t n = list_workloads(run, false, names);
    size_t n_controls = list_workloads(run, true, controls);
    if (n != 1)
        text_append(buffer, size, "%zu workloads (", n);
    for (size_t i = 0; i < n; i++)
        text_append(buffer, size, "%s%s", i ? ", " : "", names[i]);
    text_append(buffer, size, n != 1 ? ")" : "");
    for (size_t i = 0; i < n_controls; i++)
        text_append(buffer, size, "%s%s", i ? ", " : " and the control ", controls[i]);
}

static void append_threads(const struct decision_run *run, char *buffer, size_t size) {
    unsigned known[PLAN_THREADS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < run->figures->count && n < PLAN_THREADS_MAX; i++) {
        const struct series *s = &run->figures->series[i];
        bool is_new = is_of_variant(run, s) && s->threads > 0;
        for (size_t k = 0; k < n; k++)
            is_new &= known[k] != s->threads;
        if (is_new)
            known[n++] = s->threads;
    }
    if (n == 0 || (n == 1 && strcmp(fact(run, "run", "profile"), "time") == 0))
        return; /* a program has as many as it likes */
    text_append(buffer, size, " on ");
    for (size_t i = 0; i < n; i++)
        text_append(buffer, size, "%s%u", i ? ", " : "", known[i]);
    text_append(buffer, size, " thread%s", n == 1 && known[0] == 1 ? "" : "s");
}

static size_t rounds_of(const struct decision_run *run, bool timed) {
    size_t rounds = 0;
    for (size_t i = 0; i < run->figures->count; i++) {
        const struct series *s = &run->figures->series[i];
        if (is_of_variant(run, s) && measure_is_ratio(s->measure) == timed &&
            s->rounds > rounds)
            rounds = s->rounds;
    }
    return rounds;
}

static bool has_series(const struct decision_run *run, const char *measure) {
    for (size_t i = 0; i < run->figures->count; i++)
        if (is_of_variant(run, &run->figures->series[i]) &&
            strcmp(run->figures->series[i].measure, measure) == 0)
            return true;
    return false;
}

/* "warm memory", "warm and cold memory", "memory as it came" */
static void append_condition(const struct decision_run *run, char *buffer, size_t size) {
    const char *memory = fact(run, "run", "memory");
    if (strcmp(memory, "any") == 0 || !*memory)
        text_append(buffer, size, "memory as it came");
    else
        text_append(buffer, size, "%s%s memory", memory,
                    has_series(run, "time-cold") ? " and cold" : "");
}

static void append_rounds(const struct decision_run *run, char *buffer, size_t size) {
    size_t timed = rounds_of(run, true), memory = rounds_of(run, false);
    const char *idle_s = fact(run, "facts", "idle_s");
    if (timed) {
        text_append(buffer, size, "; %zu timed round%s on ", timed,
                    timed == 1 ? "" : "s");
        append_condition(run, buffer, size);
    }
    if (memory)
        text_append(buffer, size, "%s %zu round%s of memory", timed ? "," : ";", memory,
                    memory == 1 ? "" : "s");
    if (memory && strtod(idle_s, NULL) > 0)
        text_append(buffer, size, " with %s s of idle time", idle_s);
}

static void describe_machine(const json_t *environment, char *buffer, size_t size) {
    static const char *const wanted[] = {"cpu",    "cores",        "memory",
                                         "kernel", "distribution", "thp"};
    static const char *const before[] = {"", "", "", "", "", "huge pages `"};
    static const char *const after[] = {"", " cores", " of memory", "", "", "`"};
    *buffer = '\0';
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const char *value = json_string_value(json_object_get(environment, wanted[i]));
        if (value)
            text_append(buffer, size, "%s%s%s%s", *buffer ? ", " : "", before[i], value,
                        after[i]);
    }
}

static const json_t *environment_of(const struct decision_run *run) {
    return json_object_get(run->figures->head, "environment");
}

/* A command or settings: a person reads the beginning, and what is below the current
 * folder is named from there. */
static void append_words(const char *words, char *buffer, size_t size) {
    enum { MOST = 160 };
    char here[4096], shown[VARIANT_COMMAND_MAX] = "";
    const char *folder = realpath(".", here);
    size_t length = folder ? strlen(folder) : 0;
    for (const char *at = words; *at; at++)
        if (length > 1 && strncmp(at, here, length) == 0 && at[length] == '/')
            at += length;
        else
            text_append(shown, sizeof shown, "%c",
                        *at == '`'    ? '\''
                        : *at == '\n' ? ' '
                                      : *at);
    bool is_long = strlen(shown) > MOST;
    text_append(buffer, size, "`%.*s%s`", MOST, shown, is_long ? " ..." : "");
}

static void append_variant(const struct decision_run *run, const char *name, char *buffer,
                           size_t size) {
    const json_t *facts =
        json_object_get(json_object_get(run->figures->head, "variants"), name);
    static const char *const wanted[] = {"version", "sha256", "settings", "command"};
    char shown[DECISION_NAME_MAX + 2];
    bool said = false, says_itself = false;
    text_append(buffer, size, "%s", in_words(name, shown));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const char *value = json_string_value(json_object_get(facts, wanted[i]));
        says_itself |= value && strcmp(value, name) == 0; /* a setting: "A=b" */
        if (!value || !*value || strcmp(value, name) == 0)
            continue;
        text_append(buffer, size, said ? ", " : " is ");
        said = true;
        if (strcmp(wanted[i], "command") == 0 || strcmp(wanted[i], "settings") == 0)
            append_words(value, buffer, size);
        else if (strcmp(wanted[i], "sha256") == 0)
            text_append(buffer, size, "SHA-256 %.12s", value);
        else
            text_append(buffer, size, "%s %s", wanted[i], value);
    }
    if (!said && !says_itself)
        text_append(buffer, size, " (its version is not recorded)");
}

/* tidemark's own, or that of the folder in which a program was watched. */
static void append_commit(const struct decision_run *run, char *buffer, size_t size) {
    static const char *const watched[] = {"watch", "guard"};
    const char *commit = fact(run, "run", "commit");
    bool is_watched = is_known(watched, sizeof watched / sizeof watched[0],
                               fact(run, "run", "profile"));
    if (*commit && strcmp(commit, "unknown") != 0)
        text_append(buffer, size,
                    is_watched ? "; in a folder of commit %s" : "; tidemark of commit %s",
                    commit);
}

/* Every reference against itself. */
static void print_controls(const struct decision *d, FILE *out) {
    bool any = false;
    for (size_t i = 0; i < d->count; i++) {
        const struct decision_run *run = &d->runs[i];
        size_t of[VERDICT_INCONCLUSIVE + 1] = {0}, all = 0;
        char source[16];
        if (!run->has_again)
            continue;
        any = true;
        source_of(d, run, source, sizeof source);
        for (enum verdict v = VERDICT_SAME; v <= VERDICT_INCONCLUSIVE; v++)
            all += of[v] = compare_count(&run->again, v);
        fprintf(out,
                "- %s%sControl: %s against itself is `same` in %zu of %zu comparisons, "
                "`inconclusive` in %zu, `better` or `worse` in %zu.\n",
                source, *source ? " " : "", fact(run, "facts", "reference"),
                of[VERDICT_SAME], all, of[VERDICT_INCONCLUSIVE],
                of[VERDICT_BETTER] + of[VERDICT_WORSE]);
    }
    if (!any)
        fputs("- Control: nothing was measured against itself.\n", out);
}

/* What the watched programs of a run are. */
static void print_programs(const struct decision_run *run, const char *source,
                           FILE *out) {
    const struct plan *plan = run->summary ? &run->summary->result->plan : NULL;
    for (size_t w = 0; plan && plan_is_watched(plan) && w < plan->workload_count; w++) {
        char command[TEXT_MAX] = "";
        if (!plan->workloads[w].program[0])
            continue;
        append_words(plan->workloads[w].program, command, sizeof command);
        fprintf(out, "- %s%s%s is %s.\n", source, *source ? " " : "",
                plan->workloads[w].name, command);
    }
}

static void print_measured(const struct decision *d, FILE *out) {
    char last_machine[MACHINE_MAX] = "";
    fputs("\n## What was measured, and on what\n\n", out);
    for (size_t i = 0; i < d->count; i++) {
        const struct decision_run *run = &d->runs[i];
        char what[TEXT_MAX], machine[MACHINE_MAX], source[16];
        const char *date = fact(run, "environment", "date");
        source_of(d, run, source, sizeof source);
        name_command(run, what, sizeof what);
        text_append(what, sizeof what, ": ");
        append_workloads(run, what, sizeof what);
        append_threads(run, what, sizeof what);
        append_rounds(run, what, sizeof what);
        text_append(what, sizeof what, "; %s", *date ? date : "the day is not recorded");
        append_commit(run, what, sizeof what);
        fprintf(out, "- %s%s%s.\n", source, *source ? " " : "", what);
        print_programs(run, source, out);
        *what = '\0';
        append_variant(run, run->base, what, sizeof what);
        text_append(what, sizeof what, "; ");
        append_variant(run, run->variant, what, sizeof what);
        fprintf(out, "- %s%s%s.\n", source, *source ? " " : "", what);
        describe_machine(environment_of(run), machine, sizeof machine);
        if (strcmp(machine, last_machine) != 0)
            fprintf(out, "- %s%sMachine: %s.\n", source, *source ? " " : "", machine);
        memcpy(last_machine, machine, sizeof last_machine);
    }
    print_controls(d, out);
}

/* ---- price and gain ---- */

/* Seconds, where the run is there and it is a single program's; else in the unit that it
 * is compared in. */
static void format_value(const struct decision_run *run, const struct comparison *c,
                         const char *variant, double median, char *buffer, size_t size) {
    const struct summary_row *row = NULL;
    enum measure measure = MEASURE_TIME;
    unsigned slot;
    bool is_ratio = measure_is_ratio(c->measure);
    if (is_ratio && run->summary && !comparison_is_total(c) &&
        measure_find(&run->summary->result->plan, c->measure, &measure, &slot))
        row = summary_find_series(run->summary, measure, slot, c->workload, variant,
                                  c->threads);
    if (row && measures[measure].unit == UNIT_RATIO)
        snprintf(buffer, size, "%.3f", row->at[measure]);
    else if (row)
        measure_format_figure(measure, row->at[measure], buffer, size);
    else if (is_ratio)
        snprintf(buffer, size, "%.3f x %.40s", median, fact(run, "facts", "reference"));
    else
        measure_format(c->measure, median, buffer, size);
}

static bool has_totals(const struct decision_run *run) {
    for (size_t i = 0; i < run->pair.count; i++)
        if (comparison_is_total(&run->pair.comparisons[i]))
            return true;
    return false;
}

/* What decides, and what waking up costs. */
static bool is_shown(const struct compare_result *pair, const struct comparison *c) {
    enum measure measure;
    return compare_is_outermost(pair, c) &&
           (c->decides ||
            (measure_of_series(c->measure, &measure) && measure == MEASURE_WAKE_PENALTY));
}

/* The name of all that is shown; false where there are several. */
static bool name_of_all(const struct decision *d, char *buffer, size_t size) {
    *buffer = '\0';
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; k < d->runs[i].pair.count; k++) {
            const struct comparison *c = &d->runs[i].pair.comparisons[k];
            char name[64];
            if (!is_shown(&d->runs[i].pair, c))
                continue;
            name_of(&d->runs[i], c, name, sizeof name);
            if (*buffer && strcmp(buffer, name) != 0)
                return false;
            snprintf(buffer, size, "%s", name);
        }
    return true;
}

/* The columns of which there are several values: of what a row is, and of which run. */
struct price_table {
    struct table *table;
    bool has_names, has_runs;
};

static void set_row(const struct decision *d, const struct decision_run *run,
                    const struct comparison *c, const struct price_table *price) {
    struct table *table = price->table;
    char text[96], label[64];
    bool is_change = verdict_is_change(c->judged.verdict);
    size_t column = 0;
    measure_label(c->measure, label, sizeof label);
    table_set(table, column++, "%s", label);
    name_of(run, c, text, sizeof text);
    if (price->has_names)
        table_set(table, column++, "%s", text);
    format_value(run, c, run->base, c->median_a, text, sizeof text);
    table_set(table, column++, "%s", text);
    format_value(run, c, run->variant, c->median_b, text, sizeof text);
    table_set(table, column++, "%s", text);
    compare_format_ratio(c, text, sizeof text);
    table_set(table, column++, "%s", text);
    table_set(table, column++, "%s%s%s%s", is_change ? "**" : "",
              verdict_name(c->judged.verdict), is_change ? "**" : "",
              c->decides ? "" : " (decides nothing)");
    format_visible(c, text, sizeof text);
    table_set(table, column++, "%s", text);
    source_of(d, run, text, sizeof text);
    if (price->has_runs)
        table_set(table, column, "%s", text);
}

static void begin_price(const struct decision *d, const struct price_table *price) {
    const char *header[8];
    size_t columns = 0;
    header[columns++] = "figure";
    if (price->has_names)
        header[columns++] = "of";
    header[columns++] = d->runs[0].base;
    header[columns++] = d->runs[0].variant;
    header[columns++] = "ratio [95 % interval]";
    header[columns++] = "verdict";
    header[columns++] = "visible from";
    if (price->has_runs)
        header[columns++] = "run";
    table_begin(price->table, columns, header);
}

/* What the two idle drivers are, to those who do not know this tool. */
static void explain_drivers(const struct decision *d, FILE *out) {
    for (size_t i = 0; i < d->count; i++) {
        const struct decision_run *run = &d->runs[i];
        if (has_series(run, plan_idle_name(IDLE_DEAD)))
            fprintf(
                out,
                " *Dead footprint*: what the process holds after %s s in which none of "
                "its threads calls the allocator.",
                fact(run, "facts", "idle_s"));
        if (has_series(run, plan_idle_name(IDLE_COLLECT)))
            fputs(" *Collect footprint*: the same after one call that asks the allocator "
                  "to give memory back.",
                  out);
    }
}

static void print_price(const struct decision *d, struct table *table, FILE *out) {
    char all[64];
    struct price_table price = {table, !name_of_all(d, all, sizeof all), d->count > 1};
    begin_price(d, &price);
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; k < d->runs[i].pair.count; k++) {
            const struct comparison *c = &d->runs[i].pair.comparisons[k];
            if (is_shown(&d->runs[i].pair, c) && table_add_row(table) == 0)
                set_row(d, &d->runs[i], c, &price);
        }
    fputs("\n## Price and gain\n\n", out);
    table_print_markdown(table, out);
    fputc('\n', out);
    if (!price.has_names)
        fprintf(out, "Of %s%s. ", all,
                has_totals(&d->runs[0]) ? " (geometric means)" : "");
    fprintf(out,
            "Ratio: %s / %s, pair by pair within rounds; below 1 is better. *Visible "
            "from*: the smallest change that these rounds would have shown nine times in "
            "ten.",
            d->runs[0].variant, d->runs[0].base);
    explain_drivers(d, out);
    fputc('\n', out);
}

/* ---- who gains, and who loses ---- */

/* Of one workload that counts. */
static bool is_single(const struct decision_run *run, const struct comparison *c) {
    return !comparison_is_total(c) && decision_counts(run, c);
}

/* The largest of a verdict among a measure's cells. */
static void set_largest(const struct decision_run *run, const char *measure,
                        enum verdict verdict, struct table *table, size_t column) {
    const struct comparison *best = NULL;
    for (size_t i = 0; i < run->pair.count; i++) {
        const struct comparison *c = &run->pair.comparisons[i];
        if (strcmp(c->measure, measure) == 0 && is_single(run, c) &&
            c->judged.verdict == verdict &&
            (!best || fabs(log(c->judged.ratio)) > fabs(log(best->judged.ratio))))
            best = c;
    }
    char name[64];
    if (!best)
        return;
    name_of(run, best, name, sizeof name);
    table_set(table, column, "%s %+.1f %% [%+.1f, %+.1f]", name,
              100 * (best->judged.ratio - 1), 100 * (best->judged.low - 1),
              100 * (best->judged.high - 1));
}

static void add_measure(const struct decision_run *run, const char *measure,
                        struct table *table) {
    size_t of[VERDICT_INCONCLUSIVE + 1] = {0};
    char label[64];
    for (size_t i = 0; i < run->pair.count; i++) {
        const struct comparison *c = &run->pair.comparisons[i];
        of[c->judged.verdict] += strcmp(c->measure, measure) == 0 && is_single(run, c);
    }
    if (table_add_row(table) < 0)
        return;
    measure_label(measure, label, sizeof label);
    table_set(table, 0, "%s", label);
    table_set(table, 1, "%zu", of[VERDICT_BETTER]);
    table_set(table, 2, "%zu", of[VERDICT_WORSE]);
    table_set(table, 3, "%zu", of[VERDICT_SAME]);
    table_set(table, 4, "%zu", of[VERDICT_INCONCLUSIVE]);
    set_largest(run, measure, VERDICT_BETTER, table, 5);
    set_largest(run, measure, VERDICT_WORSE, table, 6);
}

static void print_one_who(const struct decision *d, const struct decision_run *run,
                          struct table *table, FILE *out) {
    static const char *const header[] = {"workloads by", "better",       "worse",
                                         "same",         "inconclusive", "largest gain",
                                         "largest loss"};
    const char *known[COMPARE_MEASURES_MAX];
    size_t n = 0;
    char source[16];
    source_of(d, run, source, sizeof source);
    table_begin(table, sizeof header / sizeof header[0], header);
    for (size_t i = 0; i < run->pair.count; i++) {
        const struct comparison *c = &run->pair.comparisons[i];
        if (!is_single(run, c) || n == COMPARE_MEASURES_MAX ||
            is_known(known, n, c->measure))
            continue;
        known[n++] = c->measure;
        add_measure(run, c->measure, table);
    }
    fprintf(out, "\n%s%s", source, *source ? "\n\n" : "");
    table_print_markdown(table, out);
}

static void print_who(const struct decision *d, struct table *table, FILE *out) {
    bool any = false;
    fputs("\n## Who gains, and who loses\n", out);
    for (size_t i = 0; i < d->count; i++)
        if (has_totals(&d->runs[i])) {
            any = true;
            print_one_who(d, &d->runs[i], table, out);
        }
    if (!any)
        fputs("\nThe table above is all of it: no run has several workloads.\n", out);
}

/* ---- what it does not say ---- */

static void print_undecided(const struct decision *d, FILE *out) {
    size_t n;
    struct finding *list = find(d, VERDICT_INCONCLUSIVE, true, &n);
    for (size_t i = 0; list && i < n; i++) {
        const struct comparison *c = list[i].c;
        char label[64], ratio[64], name[64], source[16], visible[32];
        measure_label(c->measure, label, sizeof label);
        compare_format_ratio(c, ratio, sizeof ratio);
        name_of(list[i].run, c, name, sizeof name);
        source_of(d, list[i].run, source, sizeof source);
        bool any = format_visible(c, visible, sizeof visible);
        fprintf(out,
                "- %s%sWhether the %s of %s differs: %s is inconclusive. These rounds "
                "would have shown %s%s; about %zu rounds would decide this.\n",
                source, *source ? " " : "", label, name, ratio,
                any ? "a change of " : "no change", any ? visible : "",
                c->judged.rounds_needed);
    }
    free(list);
}

static void print_disputed(const struct decision *d, FILE *out) {
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; k < d->runs[i].pair.count; k++) {
            const struct comparison *c = &d->runs[i].pair.comparisons[k];
            char label[64], name[64];
            if (!decision_counts(&d->runs[i], c) || !c->judged.disputed)
                continue;
            measure_label(c->measure, label, sizeof label);
            name_of(&d->runs[i], c, name, sizeof name);
            fprintf(out, "- The %s of %s: a rank test does not confirm the verdict.\n",
                    label, name);
        }
}

static void print_failures(const struct decision *d, FILE *out) {
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; k < d->runs[i].figures->count; k++) {
            const struct series *s = &d->runs[i].figures->series[k];
            char label[64];
            if (!decision_failed(&d->runs[i], s) || !measure_decides(s->measure))
                continue;
            measure_label(s->measure, label, sizeof label);
            fprintf(out, "- The %s of %s on %s: %s in %zu of %zu rounds.\n", label,
                    s->workload, s->variant, s->fault, s->failed, s->rounds);
        }
}

/* Whether a run has figures of a measure. */
static bool has_measure(const struct decision *d, enum measure measure) {
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; k < d->runs[i].pair.count; k++) {
            enum measure own;
            if (measure_of_series(d->runs[i].pair.comparisons[k].measure, &own) &&
                own == measure)
                return true;
        }
    return false;
}

static void print_unmeasured(const struct decision *d, FILE *out) {
    static const enum measure wanted[] = {MEASURE_TIME, MEASURE_PEAK, MEASURE_FOOTPRINT,
                                          MEASURE_WAKE_PENALTY};
    const char *missing[sizeof wanted / sizeof wanted[0]];
    char text[256] = "";
    size_t n = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (!has_measure(d, wanted[i]))
            missing[n++] = measures[wanted[i]].label;
    for (size_t i = 0; i < n; i++)
        append_list(text, sizeof text, missing[i], i, n);
    if (n)
        fprintf(out, "- Not measured: %s.\n", text);
}

/* Runs with times and without any on cold memory, `controlled` or of memory as it came.
 */
static void print_memory_of(const struct decision *d, bool controlled, const char *what,
                            FILE *out) {
    char sources[DECISION_RUNS_MAX * 8] = "";
    size_t n = 0;
    for (size_t i = 0; i < d->count; i++) {
        const struct decision_run *run = &d->runs[i];
        const char *memory = fact(run, "run", "memory");
        char source[16];
        source_of(d, run, source, sizeof source);
        if (rounds_of(run, true) == 0 || has_series(run, "time-cold") ||
            strcmp(memory, "cold") == 0 || (strcmp(memory, "warm") == 0) != controlled)
            continue;
        n++;
        text_append(sources, sizeof sources, "%s%s", source, *source ? " " : "");
    }
    if (n)
        fprintf(out, "- %s%s.\n", sources, what);
}

static void print_memory(const struct decision *d, FILE *out) {
    print_memory_of(
        d, true, "Times on cold memory, which a machine's host has to supply first", out);
    print_memory_of(d, false,
                    "In what condition free memory was: times on warm memory and on cold "
                    "may differ",
                    out);
}

/* tidemark's own workloads that no run has. */
static void print_other_workloads(const struct decision *d, FILE *out) {
    char text[512] = "";
    size_t own = 0;
    for (size_t w = 0; w < REGISTERED_WORKLOADS; w++) {
        bool has = false;
        for (size_t i = 0; i < d->count; i++)
            for (size_t k = 0; k < d->runs[i].figures->count; k++)
                has |= strcmp(d->runs[i].figures->series[k].workload,
                              registered_workloads[w].name) == 0;
        own += has;
        if (!has && !registered_workloads[w].is_control)
            text_append(text, sizeof text, "%s%s", *text ? ", " : "",
                        registered_workloads[w].name);
    }
    if (own)
        fputs("- What a program of your own does: these workloads are synthetic and show "
              "mechanisms.\n",
              out);
    if (own && *text)
        fprintf(out, "- Workloads of tidemark that were not measured: %s.\n", text);
    if (!own)
        fputs("- What other programs do, or this one at other work.\n", out);
}

/* Adds one that is not there yet. */
static size_t add_machine(const json_t *environment, char known[][MACHINE_MAX],
                          size_t n) {
    char machine[MACHINE_MAX];
    describe_machine(environment, machine, sizeof machine);
    for (size_t k = 0; k < n; k++)
        if (strcmp(known[k], machine) == 0)
            return n;
    if (n < MACHINES_MAX)
        memcpy(known[n++], machine, sizeof machine);
    return n;
}

static void print_machines(const struct decision *d, FILE *out) {
    char known[MACHINES_MAX][MACHINE_MAX];
    size_t n = 0;
    for (size_t i = 0; i < d->count; i++) {
        const struct decision_run *run = &d->runs[i];
        const json_t *machines = /* of a merged run */
            run->summary ? json_object_get(run->summary->result->root, "machines") : NULL;
        for (size_t k = 0; k < json_array_size(machines); k++)
            n = add_machine(json_object_get(json_array_get(machines, k), "environment"),
                            known, n);
        if (!json_array_size(machines))
            n = add_machine(environment_of(run), known, n);
    }
    fprintf(out, "- What other machines do: it was measured on %zu machine%s.\n", n,
            n == 1 ? "" : "s");
}

static void print_limits(const struct decision *d, FILE *out) {
    fputs("\n## What it does not say\n\n", out);
    print_failures(d, out);
    print_undecided(d, out);
    print_disputed(d, out);
    print_unmeasured(d, out);
    print_memory(d, out);
    print_other_workloads(d, out);
    print_machines(d, out);
}

/* ---- the picture ---- */

/* The comparison that a picture's axis is of: of a measure, outermost, of the first
 * number of threads; of idle footprints that of dead idle, or the latest. */
static const struct comparison *axis_of(const struct decision_run *run,
                                        enum measure measure) {
    const struct comparison *found = NULL;
    for (size_t i = 0; i < run->pair.count; i++) {
        const struct comparison *c = &run->pair.comparisons[i];
        enum measure own;
        if (!measure_of_series(c->measure, &own) || own != measure ||
            !compare_is_outermost(&run->pair, c) ||
            (found && c->threads != found->threads) ||
            (found && strcmp(c->workload, found->workload) != 0))
            continue;
        if (!found || measure == MEASURE_FOOTPRINT)
            found = c;
        if (strcmp(c->measure, plan_idle_name(IDLE_DEAD)) == 0)
            break;
    }
    return found;
}

struct axis {
    const struct decision_run *run;
    const struct comparison *c;
};

static struct axis find_axis(const struct decision *d, enum measure measure) {
    struct axis axis = {NULL, NULL};
    for (size_t i = 0; i < d->count && !axis.c; i++)
        axis = (struct axis){&d->runs[i], axis_of(&d->runs[i], measure)};
    return axis;
}

/* A variant's place on an axis, relative to BASE; NAN where it has none. */
static double place_of(const struct axis *axis, const char *variant) {
    const struct decision_run *run = axis->run;
    struct compare_result result;
    double place = NAN;
    if (strcmp(variant, run->base) == 0)
        return 1;
    if (compare_make(
            &result, run->figures, run->figures,
            &(struct compare_options){.variant_a = run->base, .variant_b = variant},
            NULL) < 0)
        return NAN;
    for (size_t i = 0; i < result.count; i++) {
        const struct comparison *c = &result.comparisons[i];
        if (strcmp(c->measure, axis->c->measure) == 0 &&
            strcmp(c->workload, axis->c->workload) == 0 && c->threads == axis->c->threads)
            place = c->judged.ratio;
    }
    compare_finish(&result);
    return place;
}

/* What a variant of the run of times is called in another. */
static const char *name_in(const struct decision_run *times,
                           const struct decision_run *other, const char *name) {
    return strcmp(name, times->base) == 0      ? other->base
           : strcmp(name, times->variant) == 0 ? other->variant
                                               : name;
}

static void name_program(const struct decision *d, const struct decision_page *page,
                         char *buffer, size_t size) {
    const char *names[WORKLOADS_MAX];
    size_t n = list_workloads(&d->runs[0], false, names);
    if (page->program)
        snprintf(buffer, size, "%s", page->program);
    else if (n == 1)
        snprintf(buffer, size, "%s", names[0]);
    else
        snprintf(buffer, size, "%zu workloads", n);
}

int decision_draw(const struct decision *d, const struct decision_page *page,
                  const char *base, struct reason *reason) {
    struct axis time = find_axis(d, MEASURE_TIME);
    struct axis footprint = find_axis(d, MEASURE_FOOTPRINT);
    struct plot_place places[VARIANTS_MAX];
    char program[64], title[256], label[64], of[128];
    size_t n = 0;
    const char *name;
    json_t *facts;
    if (!time.c || !footprint.c)
        return -ENODATA;
    json_object_foreach(json_object_get(time.run->figures->head, "variants"), name,
                        facts) {
        double other = place_of(&footprint, name_in(time.run, footprint.run, name));
        double wall = place_of(&time, name);
        if (n < VARIANTS_MAX && wall > 0 && other > 0 &&
            strcmp(name, fact(time.run, "run", "again")) != 0)
            places[n++] = (struct plot_place){name, 1 / wall, other};
    }
    name_program(d, page, program, sizeof program);
    snprintf(title, sizeof title, "%s: from %s to %s", program, time.run->base,
             time.run->variant);
    measure_label(footprint.c->measure, label, sizeof label);
    snprintf(of, sizeof of, "%s", label);
    return plot_switch(
        &(struct plot_switch){title, time.run->base, time.run->variant, of, places, n},
        base, reason);
}

static void print_picture(const struct decision_page *page, FILE *out) {
    if (page->picture)
        fprintf(out,
                "\n![speed against idle footprint: what is switched from and to stands "
                "out](%s)\n",
                page->picture);
}

/* ---- the whole ---- */

void decision_print(const struct decision *d, const struct decision_page *page,
                    FILE *out) {
    struct table *table = malloc(sizeof *table);
    char program[64], names[2][DECISION_NAME_MAX + 2];
    if (!table)
        return;
    name_program(d, page, program, sizeof program);
    fprintf(out, "# Switch %s from %s to %s?\n\n", program,
            in_words(d->runs[0].base, names[0]), in_words(d->runs[0].variant, names[1]));
    print_cautions(d, out);
    print_recommendation(d, out);
    print_measured(d, out);
    print_price(d, table, out);
    print_who(d, table, out);
    print_limits(d, out);
    print_picture(page, out);
    if (page->command)
        fprintf(out, "\n<sub>Made by `%s`; docs/decide.md has the rules.</sub>\n",
                page->command);
    free(table);
}

/* tidemark bounds [RUN]: checks a run against absolute bounds, or changes the bounds. */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "bounds.h"
#include "cmd.h"
#include "optiontable.h"
#include "reason.h"
#include "result.h"
#include "summary.h"

struct arguments {
    struct words run;
    const char *bounds, *add;
    bool tighten;
    double margin;
};

static const struct option_row option_rows[] = {
    TEXT(0, 'b', "bounds", "FILE", bounds, "the bounds (default: " CMD_BOUNDS ")"),
    FLAG(0, 0, "tighten", tighten,
         "lower each bound to the measured figure plus the margin; no bound is raised"),
    TEXT(0, 0, "add", "VARIANT", add,
         "first add a bound for each memory cell of VARIANT that has none"),
    PERCENT(0, 0, "margin", margin, 0, 1000,
            "margin above the measured figure (default: 5)"),
};

/* Prints violations first, so that the first line says what is wrong. Returns the exit
 * code. */
static int print_checks(const struct bound_check *checks, size_t count) {
    static const char *const words[] = {[BOUND_VIOLATED] = "VIOLATED",
                                        [BOUND_NOT_MEASURED] = "NOT CHECKED",
                                        [BOUND_HELD] = "held"};
    static const enum bound_state order[] = {BOUND_VIOLATED, BOUND_NOT_MEASURED,
                                             BOUND_HELD};
    size_t of_state[3] = {0};
    for (size_t s = 0; s < 3; s++)
        for (size_t i = 0; i < count; i++)
            if (checks[i].state == order[s]) {
                of_state[order[s]]++;
                printf("%s %s\n", words[order[s]], checks[i].text);
            }
    if (of_state[BOUND_VIOLATED])
        return EXIT_REGRESSION;
    return of_state[BOUND_NOT_MEASURED] || count == 0 ? EXIT_MEASUREMENT : EXIT_FINE;
}

static int check(const struct arguments *a, json_t *bounds,
                 const struct summary *summary) {
    struct reason reason;
    size_t count, added = 0, lowered = 0;
    if (a->add && !variant_find(&summary->result->plan.variants, a->add))
        cmd_fail(EXIT_USAGE, "%s did not measure a variant called %s", a->run.at[0],
                 a->add);
    if (a->add)
        added = bounds_add(bounds, summary, a->add, a->margin);
    if (a->tighten)
        lowered = bounds_tighten(bounds, summary, a->margin);
    struct bound_check *checks = bounds_check(bounds, summary, &count);
    int code = print_checks(checks, count);
    if (count == 0)
        cmd_complain("%s holds no bound; `tidemark bounds --add=VARIANT` adds some",
                     a->bounds);
    if ((a->add || a->tighten) && bounds_write(bounds, a->bounds, &reason) < 0)
        cmd_fail(EXIT_MEASUREMENT, "%s", reason.text);
    if (a->add || a->tighten)
        printf("%s: %zu added, %zu lowered\n", a->bounds, added, lowered);
    return code;
}

int cmd_bounds(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows), .most = 1, .too_many = "name one run only",
        .usage = "[RUN]",
        .doc = "Check a run (default: " CMD_LATEST
               ") against absolute bounds.\vExit code 1: a "
               "bound is violated; 3: a bound's cell failed or was not measured."};
    struct arguments a = {.run = CMD_LATEST_WORD, .bounds = CMD_BOUNDS, .margin = 0.05};
    optiontable_parse(&table, argc, argv, &a);
    struct reason reason;
    json_t *bounds;
    if (a.add && access(a.bounds, F_OK) < 0)
        bounds = bounds_new();
    else if (bounds_load(a.bounds, &bounds, &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    return check(&a, bounds, cmd_load(a.run.at[0]));
}

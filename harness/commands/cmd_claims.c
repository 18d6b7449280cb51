/* tidemark claims RUN... */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "claims.h"
#include "cmd.h"
#include "form.h"
#include "optiontable.h"
#include "result.h"
#include "stats.h"
#include "table.h"
#include "units.h"
#include "workloads_list.h"

struct arguments {
    struct words runs;
    bool markdown, cells;
};

static const struct option_row option_rows[] = {
    FLAG(0, 'm', "markdown", markdown, "print Markdown"),
    FLAG(0, 'c', "cells", cells,
         "print what has to be run, tab-separated: workload, allocators, threads, idle "
         "drivers, and whether it is timed"),
};

static void check(struct argp_state *state) {
    const struct arguments *a = state->input;
    if (a->runs.count == 0 && !a->cells)
        argp_error(state, "name one run or more");
}

/* Appends an item to a comma-separated list, unless the list has it. */
static void add_item(char *list, size_t size, const char *item) {
    char padded[256], wanted[64];
    snprintf(padded, sizeof padded, ",%s,", list);
    snprintf(wanted, sizeof wanted, ",%s,", item);
    if (*item && !strstr(padded, wanted))
        snprintf(list + strlen(list), size - strlen(list), "%s%s", *list ? "," : "",
                 item);
}

/* Prints one line for the workload and number of threads of `first`: what all claims
 * about these two need. Prints nothing if an earlier claim is about them, too. */
static void print_cells_of(const struct claim *first) {
    char allocators[200] = "", drivers[64] = "";
    bool is_timed = false;
    for (size_t i = 0; i < claims_count; i++) {
        const struct claim *claim = &claims[i];
        if (strcmp(claim->workload, first->workload) != 0 ||
            claim->threads != first->threads)
            continue;
        if (claim < first)
            return; /* printed for that claim */
        add_item(allocators, sizeof allocators, claim->variant);
        add_item(allocators, sizeof allocators, claim->reference);
        add_item(drivers, sizeof drivers, plan_idle_name(claim->idle));
        is_timed |= claim_is_timed(claim);
    }
    printf("%s\t%s\t%u\t%s\t%s\n", first->workload, allocators, first->threads, drivers,
           is_timed ? "timed" : "memory");
}

/* Writes a claim's value, such as "-47 %", "2.97 x" or "319.9 MiB". */
static void print_value(char *text, size_t size, const struct claim *claim,
                        double value) {
    if (claim->kind == CLAIM_BYTES)
        snprintf(text, size, "%.1f MiB", value / MIB);
    else if (claim->kind == CLAIM_LEFT)
        snprintf(text, size, "%.0f %% returned", 100 * (1 - value));
    else if (value < 2 && claim->kind == CLAIM_RATIO)
        snprintf(text, size, "%+.0f %%", 100 * (value - 1));
    else
        snprintf(text, size, "%.2f x", value);
}

static void set_outcome(struct table *table, const struct claim *claim,
                        const struct claim_outcome *outcome) {
    char median[32], low[32], high[32];
    if (outcome->rounds == 0) {
        table_set(table, 4,
                  registered_find(claim->workload)
                      ? "not measured"
                      : "not measured: no such workload yet");
        table_set(table, 5, "-");
        return;
    }
    print_value(median, sizeof median, claim, outcome->measured);
    /* A claim about what is left is printed as what was returned: low and high swap. */
    bool is_turned = claim->kind == CLAIM_LEFT;
    print_value(low, sizeof low, claim, is_turned ? outcome->high : outcome->low);
    print_value(high, sizeof high, claim, is_turned ? outcome->low : outcome->high);
    table_set(table, 4, "%s [%s, %s], %zu rounds", median, low, high, outcome->rounds);
    const char *caveat =
        outcome->rounds < STATS_INTERVAL_MIN ? " (too few rounds for an interval)" : "";
    if (outcome->worst == outcome->best)
        table_set(table, 5, "%s%s", claim_verdict_name(outcome->worst), caveat);
    else
        table_set(table, 5, "%s to %s%s", claim_verdict_name(outcome->worst),
                  claim_verdict_name(outcome->best), caveat);
}

static void add_claim(struct table *table, const struct claim *claim,
                      const struct result *results, int count) {
    struct claim_outcome outcome = {0};
    for (int i = 0; i < count && outcome.rounds == 0; i++)
        claim_evaluate(claim, &results[i], &outcome);
    char claimed[32];
    print_value(claimed, sizeof claimed, claim, claim->claimed);
    if (table_add_row(table) < 0)
        return;
    table_set(table, 0, "%s: %s", claim->text, claimed);
    table_set(table, 1, "%s", claim->where);
    table_set(table, 2, "%s, %u thread%s, %s", claim->workload, claim->threads,
              claim->threads == 1 ? "" : "s",
              claim_is_timed(claim) ? "timed" : plan_idle_name(claim->idle));
    table_set(table, 3, "%s%s%s", claim->variant, *claim->reference ? " / " : "",
              claim->reference);
    set_outcome(table, claim, &outcome);
}

static void print_table(const struct arguments *arguments, const struct result *results) {
    static const char *const header[] = {"claim", "where it was made", "on",
                                         "of",    "what we measured",  "holds?"};
    static struct table table;
    struct form form = {stdout, arguments->markdown};
    table_begin(&table, sizeof header / sizeof header[0], header);
    for (size_t i = 0; i < claims_count; i++)
        add_claim(&table, &claims[i], results, arguments->runs.count);
    form_table(&form, &table);
}

int cmd_claims(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows), .most = INT_MAX, .check = check, .usage = "[RUN...]",
        .doc = "Compare public claims about allocators with what runs measured.\vEach "
               "claim is checked in the first RUN (folder or results.json) that has its "
               "cells. A claim holds if at least three quarters of the claimed effect "
               "were measured, and holds in part from one quarter on. Effects are "
               "counted in logarithms. `no to yes` means that the rounds do not decide. "
               "`make claims` runs what is needed."};
    struct arguments arguments = {0};
    optiontable_parse(&table, argc, argv, &arguments);
    if (arguments.cells) {
        for (size_t i = 0; i < claims_count; i++)
            if (registered_find(claims[i].workload))
                print_cells_of(&claims[i]);
        return EXIT_FINE;
    }
    print_table(&arguments, cmd_load_results(&arguments.runs));
    return EXIT_FINE;
}

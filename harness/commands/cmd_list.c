/* tidemark list allocators|policies|workloads [--tsv] */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "file.h"
#include "optiontable.h"
#include "policy.h"
#include "reason.h"
#include "table.h"
#include "variant.h"
#include "workloads_list.h"

struct arguments {
    const char *what;
    bool tsv;
};

static const struct option_row option_rows[] = {
    FLAG(0, 't', "tsv", tsv, "print tab-separated values without a header, for scripts"),
};

static error_t parse_rest(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (arguments->what)
            argp_error(state, "name one list only: allocators, policies or workloads");
        arguments->what = text;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->what)
            argp_error(state, "name what to list: allocators, policies or workloads");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char *or_dash(const char *text) {
    return *text ? text : "-";
}

static const char *set_name(const struct variant *variant) {
    return variant->is_extra ? "extra" : "default";
}

static int list_allocators(bool tsv) {
    static struct variant_list list;
    static struct table table;
    static const char *const header[] = {"allocator", "version", "library", "set",
                                         "status"};
    int code = cmd_read_allocators(&list);
    if (code != EXIT_FINE)
        return code;
    table_begin(&table, 5, header);
    for (size_t i = 0; i < list.count; i++) {
        const struct variant *v = &list.at[i];
        if (tsv) {
            printf("%s\t%s\t%s\t%s\t%s\n", v->name, or_dash(v->version),
                   or_dash(v->library), variant_status_name(v->status), set_name(v));
            continue;
        }
        table_add_row(&table);
        table_set(&table, 0, "%s", v->name);
        table_set(&table, 1, "%s", or_dash(v->version));
        table_set(&table, 2, "%s", or_dash(file_base_name(v->library)));
        table_set(&table, 3, "%s", set_name(v));
        table_set(&table, 4, "%s%s%s", variant_status_name(v->status),
                  v->detail[0] ? ": " : "", v->detail);
    }
    if (!tsv)
        table_print_terminal(&table, stdout);
    return EXIT_FINE;
}

static int list_policies(bool tsv) {
    static struct policy_list policies;
    struct reason reason;
    if (policy_read(&policies, &reason) < 0) {
        cmd_complain("%s", reason.text);
        return EXIT_MEASUREMENT;
    }
    for (size_t i = 0; i < policies.count; i++) {
        const struct policy *p = &policies.at[i];
        printf(tsv ? "%s\t%s\t%s\n" : "  +%-10s %-14s %s\n", p->name, p->allocator,
               p->summary);
    }
    return EXIT_FINE;
}

static int list_workloads(bool tsv) {
    for (size_t i = 0; i < REGISTERED_WORKLOADS; i++)
        printf(tsv ? "%s\t%s\n" : "  %-12s %s%s\n", registered_workloads[i].name,
               registered_workloads[i].summary,
               registered_workloads[i].is_extra ? " (extra)" : "");
    return EXIT_FINE;
}

int cmd_list(int argc, char **argv) {
    static const struct option_table table = {
        .rows = option_rows,
        .count = OPTION_COUNT(option_rows),
        .rest = parse_rest,
        .usage = "allocators|policies|workloads",
        .doc = "List what can be measured.\vWith --tsv, allocators have the columns "
               "name, version, library, status (ok, not-built or unavailable) and set "
               "(default, or extra: measured only if named). Policies have name, "
               "allocator and summary; workloads have name and summary. Wherever an "
               "option takes an allocator, ALLOCATOR+POLICY names one with a policy."};
    struct arguments arguments = {0};
    optiontable_parse(&table, argc, argv, &arguments);
    if (strcmp(arguments.what, "allocators") == 0)
        return list_allocators(arguments.tsv);
    if (strcmp(arguments.what, "policies") == 0)
        return list_policies(arguments.tsv);
    if (strcmp(arguments.what, "workloads") == 0)
        return list_workloads(arguments.tsv);
    cmd_complain("cannot list '%s'; name allocators, policies or workloads",
                 arguments.what);
    return EXIT_USAGE;
}

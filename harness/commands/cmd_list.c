/* tidemark list allocators|policies|workloads [--tsv] */
#include <stdbool.h>
#include <stdio.h>

#include "cmd.h"
#include "file.h"
#include "optiontable.h"
#include "policy.h"
#include "reason.h"
#include "table.h"
#include "variant.h"
#include "workloads_list.h"

struct arguments {
    struct words none;
    bool tsv;
};

static const struct option_row option_rows[] = {
    FLAG(0, 't', "tsv", tsv, "print tab-separated values without a header, for scripts"),
};

static const char *or_dash(const char *text) {
    return *text ? text : "-";
}

static const char *set_name(const struct variant *variant) {
    return variant->is_extra ? "extra" : "default";
}

static void list_allocators(bool tsv) {
    static struct variant_list list;
    static struct table table;
    static const char *const header[] = {"allocator", "version", "library", "set",
                                         "status"};
    struct reason reason;
    if (cmd_read_allocators(&list, &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
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
}

static void list_policies(bool tsv) {
    static struct policy_list policies;
    struct reason reason;
    if (policy_read(&policies, &reason) < 0)
        cmd_fail(EXIT_MEASUREMENT, "%s", reason.text);
    for (size_t i = 0; i < policies.count; i++) {
        const struct policy *p = &policies.at[i];
        printf(tsv ? "%s\t%s\t%s\n" : "  +%-10s %-14s %s\n", p->name, p->allocator,
               p->summary);
    }
}

static void list_workloads(bool tsv) {
    for (size_t i = 0; i < REGISTERED_WORKLOADS; i++)
        printf(tsv ? "%s\t%s\n" : "  %-12s %s%s\n", registered_workloads[i].name,
               registered_workloads[i].summary,
               registered_workloads[i].is_extra ? " (extra)" : "");
}

int cmd_list(int argc, char **argv) {
    static const char *const actions[] = {"allocators", "policies", "workloads", NULL};
    static void (*const functions[])(bool) = {list_allocators, list_policies,
                                              list_workloads};
    static const struct option_table table = {
        OPTION_ROWS(option_rows),
        .actions = actions,
        .too_few = "name what to list: allocators, policies or workloads",
        .too_many = "name one list only: allocators, policies or workloads",
        .usage = "allocators|policies|workloads",
        .doc = "List what can be measured.\vWith --tsv, allocators have the columns "
               "name, version, library, status (ok, not-built or unavailable) and set "
               "(default, or extra: measured only if named). Policies have name, "
               "allocator and summary; workloads have name and summary. Wherever an "
               "option takes an allocator, ALLOCATOR+POLICY names one with a policy."};
    struct arguments arguments = {0};
    optiontable_parse(&table, argc, argv, &arguments);
    functions[arguments.none.action](arguments.tsv);
    return EXIT_FINE;
}

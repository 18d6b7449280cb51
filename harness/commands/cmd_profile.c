/* tidemark profile TRACE [TRACE] */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "file.h"
#include "form.h"
#include "optiontable.h"
#include "profile.h"
#include "profile_figures.h"
#include "table.h"
#include "trace.h"

enum { TRACES_MAX = 2 };

struct arguments {
    const char *paths[TRACES_MAX];
    size_t count;
    bool json, markdown, shape;
};

static const struct option_row option_rows[] = {
    FLAG(0, 'j', "json", json, "print JSON"),
    FLAG(0, 'm', "markdown", markdown, "print Markdown"),
    FLAG(0, 'b', "shape", shape,
         "print the table that the workload bundle draws from, "
         "workloads/bundle_shape.def"),
};

static error_t parse_rest(int key, char *text, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (arguments->count == TRACES_MAX)
            argp_error(state, "name at most two traces");
        arguments->paths[arguments->count++] = text;
        return 0;
    case ARGP_KEY_END:
        if (arguments->count == 0)
            argp_error(state, "name a trace");
        if (arguments->shape && arguments->count > 1)
            argp_error(state, "--shape takes one trace");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Reads all traces; on failure frees those that were read. */
static int read_traces(const struct arguments *arguments, struct trace *traces) {
    struct trace_fault fault;
    for (size_t i = 0; i < arguments->count; i++) {
        if (trace_read(arguments->paths[i], TRACE_PREFIX, &traces[i], &fault) < 0) {
            cmd_complain("%s", fault.text);
            while (i-- > 0)
                trace_free(&traces[i]);
            return EXIT_USAGE;
        }
        if (!traces[i].is_complete)
            cmd_complain("%s is incomplete: the figures are of its first %zu records",
                         arguments->paths[i], traces[i].count);
    }
    return EXIT_FINE;
}

/* The coarsest sample of all traces. At least one of them does not resolve lifetimes
 * below it. */
static uint32_t resolution(const struct arguments *arguments,
                           const struct trace *traces) {
    uint32_t coarsest = 1;
    for (size_t i = 0; i < arguments->count; i++)
        coarsest = traces[i].sample > coarsest ? traces[i].sample : coarsest;
    return coarsest;
}

static int profile_traces(const struct arguments *arguments, struct trace *traces,
                          struct profile_figures *figures) {
    struct profile profiles[TRACES_MAX] = {0};
    int code = EXIT_FINE;
    for (size_t i = 0; code == EXIT_FINE && i < arguments->count; i++) {
        if (profile_make(&traces[i], &profiles[i]) < 0) {
            cmd_complain(
                "%s has more than 16 GiB of live objects at once: profile cannot "
                "tell where they would lie",
                arguments->paths[i]);
            code = EXIT_MEASUREMENT;
        }
    }
    for (size_t i = 0; code == EXIT_FINE && i < arguments->count; i++)
        profile_figures_list(&profiles[i], &profiles[0], resolution(arguments, traces),
                             &figures[i]);
    for (size_t i = 0; i < arguments->count; i++)
        profile_finish(&profiles[i]);
    return code;
}

static bool is_empty(const struct profile_figures *figures, size_t count, size_t row) {
    for (size_t i = 0; i < count; i++)
        if (figures[i].at[row].value != 0)
            return false;
    return true;
}

static void add_row(struct table *table, const struct profile_figures *figures,
                    size_t count, size_t row, size_t *differing) {
    const struct profile_figure *first = &figures[0].at[row];
    table_add_row(table);
    table_set(table, 0, "%s", first->name);
    for (size_t i = 0; i < count; i++)
        table_set(table, 1 + i, "%.*f", first->kind == FIGURE_SHARE ? 1 : 0,
                  figures[i].at[row].value);
    if (count < 2)
        return;
    const struct profile_figure *second = &figures[1].at[row];
    if (first->value != 0)
        table_set(table, 3, "%.2f", second->value / first->value);
    if (profile_figures_differ(first, second)) {
        table_set(table, 4, "differs");
        ++*differing;
    }
}

/* Prints a table for each group of figures. Returns how many figures differ. */
static size_t print_tables(const struct arguments *arguments,
                           const struct profile_figures *figures, struct table *table) {
    size_t differing = 0;
    for (size_t row = 0; row < figures[0].count;) {
        const char *group = figures[0].at[row].group;
        const char *header[] = {group, file_base_name(arguments->paths[0]), NULL, "ratio",
                                ""};
        if (arguments->count == 2)
            header[2] = file_base_name(arguments->paths[1]);
        table_begin(table, arguments->count == 2 ? 5 : 2, header);
        for (; row < figures[0].count && figures[0].at[row].group == group; row++)
            if (!is_empty(figures, arguments->count, row))
                add_row(table, figures, arguments->count, row, &differing);
        form_table(&(struct form){stdout, arguments->markdown}, table);
        putchar('\n');
    }
    return differing;
}

static int print_for_people(const struct arguments *arguments,
                            const struct profile_figures *figures) {
    static struct table table;
    size_t differing = print_tables(arguments, figures, &table);
    if (arguments->count == 2)
        printf("%zu shares of more than 5 %% differ by more than a quarter.\n",
               differing);
    return EXIT_FINE;
}

/* {"traces": [{"path": ..., "figures": {group: {name: value}}}], "differing": [...]} */
static int print_json(const struct arguments *arguments,
                      const struct profile_figures *figures) {
    json_t *traces = json_array(), *differing = json_array();
    for (size_t i = 0; i < arguments->count; i++) {
        json_t *groups = json_object();
        for (size_t row = 0; row < figures[i].count; row++) {
            const struct profile_figure *figure = &figures[i].at[row];
            json_t *group = json_object_get(groups, figure->group);
            if (!group) {
                json_object_set_new(groups, figure->group, json_object());
                group = json_object_get(groups, figure->group);
            }
            json_object_set_new(group, figure->name, json_real(figure->value));
            if (i == 1 && profile_figures_differ(&figures[0].at[row], figure))
                json_array_append_new(differing,
                                      json_pack("[s, s]", figure->group, figure->name));
        }
        json_array_append_new(traces, json_pack("{s:s, s:o}", "path", arguments->paths[i],
                                                "figures", groups));
    }
    json_t *root = json_pack("{s:o, s:o}", "traces", traces, "differing", differing);
    int error = json_dumpf(root, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    putchar('\n');
    json_decref(root);
    return error ? EXIT_MEASUREMENT : EXIT_FINE;
}

static int print_shape(const char *path, const struct trace *trace) {
    if (shape_print(trace, stdout) == 0)
        return EXIT_FINE;
    cmd_complain("%s has no idle record, so nothing says where a build ends", path);
    return EXIT_USAGE;
}

int cmd_profile(int argc, char **argv) {
    static const struct option_table table = {
        .rows = option_rows,
        .count = OPTION_COUNT(option_rows),
        .rest = parse_rest,
        .usage = "TRACE [TRACE]",
        .doc = "Print what the allocations of a trace consist of, or compare two "
               "traces.\vdocs/trace.md describes traces. Of two traces, profile marks "
               "the shares of more than 5 % in which the second is not within a quarter "
               "of the first, and counts them at the end. Lifetimes count the "
               "allocations of all threads. Pages are those of a model: size classes in "
               "slabs of 64 KiB, the lowest free place first."};
    struct arguments arguments = {0};
    optiontable_parse(&table, argc, argv, &arguments);
    struct trace traces[TRACES_MAX];
    int code = read_traces(&arguments, traces);
    if (code != EXIT_FINE)
        return code;
    if (arguments.shape) {
        code = print_shape(arguments.paths[0], &traces[0]);
        trace_free(&traces[0]);
        return code;
    }
    static struct profile_figures figures[TRACES_MAX];
    code = profile_traces(&arguments, traces, figures);
    if (code == EXIT_FINE)
        code = arguments.json ? print_json(&arguments, figures)
                              : print_for_people(&arguments, figures);
    for (size_t i = 0; i < arguments.count; i++)
        trace_free(&traces[i]);
    return code;
}

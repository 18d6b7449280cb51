#include "optiontable.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "describe.h"

enum { FIRST_KEY = 0x100 };

static int key_of(const struct option_row *rows, size_t index) {
    return rows[index].letter ? rows[index].letter : FIRST_KEY + (int)index;
}

static void fill(const struct option_table *table, struct argp_option *ret) {
    for (size_t i = 0; i < table->count; i++) {
        const struct option_row *row = &table->rows[i];
        bool is_title = row->type == OPTION_TITLE;
        ret[i] = (struct argp_option){.name = row->name,
                                      .key = is_title ? 0 : key_of(table->rows, i),
                                      .arg = row->argument,
                                      .flags = row->flags,
                                      .doc = row->help,
                                      .group = row->group};
    }
    ret[table->count] = (struct argp_option){0};
}

static void take(const struct option_row *row, struct argp_state *state,
                 const char *text) {
    void *member = (char *)state->input + row->offset;
    switch (row->type) {
    case OPTION_FLAG:
        *(bool *)member = true;
        break;
    case OPTION_TEXT:
        *(const char **)member = text ? text : "";
        break;
    case OPTION_INTEGER:
        *(int *)member = (int)cmd_integer(state, row->name, text, (uint64_t)row->low,
                                          (uint64_t)row->high);
        break;
    case OPTION_WHOLE:
        *(uint64_t *)member =
            cmd_integer(state, row->name, text, (uint64_t)row->low, (uint64_t)row->high);
        break;
    case OPTION_SEED:
        *(uint64_t *)member = cmd_integer(state, row->name, text, 0, UINT64_MAX);
        break;
    case OPTION_NUMBER:
        *(double *)member = cmd_number(state, row->name, text, row->low, row->high);
        break;
    case OPTION_PERCENT:
        *(double *)member = cmd_number(state, row->name, text, row->low, row->high) / 100;
        break;
    case OPTION_CALL:
        row->call(state, text ? text : "");
        break;
    case OPTION_TITLE:
        break;
    }
}

/* What parse() gets from argp as state->input. The functions that parse() calls get the
 * arguments there. */
struct context {
    const struct option_table *table;
    void *arguments;
};

/* Checks the words at the end, and takes the action out of them. */
static void check_words(const struct option_table *table, struct argp_state *state) {
    struct words *words = state->input;
    if (table->actions) {
        const char *first = words->count ? *words->at++ : "";
        while (table->actions[words->action] &&
               strcmp(table->actions[words->action], first) != 0)
            words->action++;
        if (!table->actions[words->action])
            argp_error(state, "%s", table->too_few);
        words->count--;
    }
    if (words->count < table->least)
        argp_error(state, "%s", table->too_few);
    if (words->count > table->most)
        argp_error(state, "%s", table->too_many);
}

/* Takes what is not an option: all words at once, if the table does not want each. */
static error_t take_other(const struct option_table *table, int key, char *text,
                          struct argp_state *state) {
    bool has_words = table->actions || table->most;
    if (key == ARGP_KEY_ARG && table->word) {
        table->word(state, text);
    } else if (key == ARGP_KEY_ARGS && has_words) {
        struct words *words = state->input;
        words->at = state->argv + state->next;
        words->count = state->argc - state->next;
    } else if (key == ARGP_KEY_END) {
        if (has_words)
            check_words(table, state);
        if (table->check)
            table->check(state);
    } else {
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static error_t parse(int key, char *text, struct argp_state *state) {
    struct context *context = state->input;
    const struct option_table *table = context->table;
    error_t known = ARGP_ERR_UNKNOWN;
    state->input = context->arguments;
    for (size_t i = 0; known && i < table->count; i++) {
        const struct option_row *row = &table->rows[i];
        if (row->type == OPTION_TITLE || key_of(table->rows, i) != key)
            continue;
        take(row, state, text);
        if (table->seen)
            table->seen(row, context->arguments);
        known = 0;
    }
    if (known)
        known = take_other(table, key, text, state);
    state->input = context;
    return known;
}

/* Carries out `tidemark COMMAND --man` and `--describe` (describe.h). False if the
 * command line is neither. */
static bool describe(const struct option_table *table, int argc, char **argv) {
    const char *command = strncmp(argv[0], "tidemark ", 9) == 0 ? argv[0] + 9 : argv[0];
    if (argc != 2)
        return false;
    if (strcmp(argv[1], "--man") == 0)
        describe_man(table, command, stdout);
    else if (strcmp(argv[1], "--describe") == 0)
        describe_options(table, command, stdout);
    else
        return false;
    return true;
}

void optiontable_parse(const struct option_table *table, int argc, char **argv,
                       void *arguments) {
    if (describe(table, argc, argv))
        exit(EXIT_FINE);
    struct argp_option options[table->count + 1];
    fill(table, options);
    struct context context = {table, arguments};
    const struct argp argp = {options, parse, table->usage, table->doc, NULL, NULL, NULL};
    argp_parse(&argp, argc, argv, table->flags, NULL, &context);
}

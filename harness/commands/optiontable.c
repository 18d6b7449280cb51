#include "optiontable.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

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

/* ---- what --describe prints ---- */

static void put_text(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        putchar(text[i] == '\n' || text[i] == '\t' ? ' ' : text[i]);
    putchar('\n');
}

/* A line for each part of a text. */
static void put_parts(const char *kind, const char *command, const char *text,
                      char separator) {
    do {
        const char *end = strchrnul(text, separator);
        printf("%s\t%s\t", kind, command);
        put_text(text, (size_t)(end - text));
        text = end + (*end != '\0');
    } while (*text);
}

static void put_row(const struct option_row *row, const char *command) {
    bool optional = row->flags & OPTION_ARG_OPTIONAL;
    if (row->type == OPTION_TITLE) {
        put_parts("title", command, row->help, '\0');
        return;
    }
    printf("option\t%s\t%c\t%s\t%s\t%s\t", command, row->letter ? row->letter : '-',
           row->name,
           !row->argument ? "none"
           : optional     ? "optional"
                          : "required",
           row->argument ? row->argument : "-");
    put_text(row->help, strlen(row->help));
}

void optiontable_describe(const struct option_table *table, const char *command) {
    static const struct option_row of_argp[] = {
        {0, OPTION_FLAG, '?', "help", NULL, "Give this help list", 0, 0, 0, NULL, 0},
        {0, OPTION_FLAG, 0, "usage", NULL, "Give a short usage message", 0, 0, 0, NULL,
         0}};
    put_parts("usage", command, table->usage ? table->usage : "", '\n');
    put_parts("doc", command, table->doc, '\v');
    for (size_t i = 0; i < table->count; i++)
        put_row(&table->rows[i], command);
    for (size_t i = 0; i < sizeof of_argp / sizeof of_argp[0]; i++)
        put_row(&of_argp[i], command);
}

/* ---- */

void optiontable_parse(const struct option_table *table, int argc, char **argv,
                       void *arguments) {
    if (argc == 2 && strcmp(argv[1], "--describe") == 0) {
        optiontable_describe(table, strchr(argv[0], ' ') + 1);
        exit(EXIT_FINE);
    }
    struct argp_option options[table->count + 1];
    fill(table, options);
    struct context context = {table, arguments};
    const struct argp argp = {options, parse, table->usage, table->doc, NULL, NULL, NULL};
    argp_parse(&argp, argc, argv, table->flags, NULL, &context);
}

#ifndef TIDEMARK_HARNESS_OPTIONTABLE_H
#define TIDEMARK_HARNESS_OPTIONTABLE_H

#include <argp.h>
#include <stddef.h>

/*
 * A command's options as a table. It says what a value may be, and in which member of the
 * command's `struct arguments` it is stored. argp's own table is made from it.
 */
enum option_type {
    OPTION_TITLE,   /* not an option: the title of a group of options */
    OPTION_FLAG,    /* bool, without a value */
    OPTION_TEXT,    /* const char *, borrowed */
    OPTION_INTEGER, /* int within [low, high] */
    OPTION_WHOLE,   /* uint64_t likewise */
    OPTION_NUMBER,  /* double likewise */
    OPTION_PERCENT, /* double likewise; a hundredth of it is stored */
    OPTION_CALL     /* `call` takes the text; if it is wrong, it calls argp_error() */
};

typedef void option_call(struct argp_state *state, const char *text);

struct option_row {
    int group;
    enum option_type type;
    int letter; /* 0: none */
    const char *name, *argument, *help;
    size_t offset; /* in the arguments */
    double low, high;
    option_call *call; /* state->input: the arguments */
    int flags; /* argp's. OPTION_ARG_OPTIONAL: the text is "" if no value is given */
};

#define OPTION_AT(member) offsetof(struct arguments, member)
#define TITLE(group, help)                                                               \
    { group, OPTION_TITLE, 0, NULL, NULL, help, 0, 0, 0, NULL, 0 }
#define FLAG(group, letter, name, member, help)                                          \
    { group, OPTION_FLAG, letter, name, NULL, help, OPTION_AT(member), 0, 0, NULL, 0 }
#define TEXT(group, letter, name, argument, member, help)                                \
    { group, OPTION_TEXT, letter, name, argument, help, OPTION_AT(member), 0, 0, NULL, 0 }
#define RANGE(group, type, letter, name, argument, member, low, high, help)              \
    { group, type, letter, name, argument, help, OPTION_AT(member), low, high, NULL, 0 }
#define INTEGER(group, ...) RANGE(group, OPTION_INTEGER, __VA_ARGS__)
#define WHOLE(group, ...) RANGE(group, OPTION_WHOLE, __VA_ARGS__)
#define NUMBER(group, ...) RANGE(group, OPTION_NUMBER, __VA_ARGS__)
#define PERCENT(group, letter, name, ...)                                                \
    RANGE(group, OPTION_PERCENT, letter, name, "PERCENT", __VA_ARGS__)
#define CALL(group, letter, name, argument, function, help)                              \
    { group, OPTION_CALL, letter, name, argument, help, 0, 0, 0, function, 0 }

/*
 * optiontable_parse() parses a command line with argp, which ends the program on --help
 * and on errors. `rest` is an argp parser for everything but the options: the command's
 * arguments, and checks at the end. Its state->input is `arguments`. `seen` is called for
 * each option that was given. Both may be NULL. `flags` are those of argp_parse().
 */
struct option_table {
    const struct option_row *rows;
    size_t count;
    argp_parser_t rest;
    const char *usage, *doc;
    unsigned flags;
    void (*seen)(const struct option_row *row, void *arguments);
};
void optiontable_parse(const struct option_table *table, int argc, char **argv,
                       void *arguments);

#define OPTION_COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* A `rest` for commands that take at most one run. It stores the run's name in the first
 * member of `arguments`, which must be a const char *. */
error_t optiontable_one_run(int key, char *text, struct argp_state *state);

#endif

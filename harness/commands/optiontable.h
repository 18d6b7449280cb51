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
    OPTION_INTEGER, /* int or unsigned, within [low, high] */
    OPTION_WHOLE,   /* uint64_t likewise */
    OPTION_SEED,    /* uint64_t, any */
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
#define SEED(group, letter, name, member, help)                                          \
    RANGE(group, OPTION_SEED, letter, name, "N", member, 0, 0, help)
#define RANGE(group, type, letter, name, argument, member, low, high, help)              \
    { group, type, letter, name, argument, help, OPTION_AT(member), low, high, NULL, 0 }
#define INTEGER(group, ...) RANGE(group, OPTION_INTEGER, __VA_ARGS__)
#define WHOLE(group, ...) RANGE(group, OPTION_WHOLE, __VA_ARGS__)
#define NUMBER(group, ...) RANGE(group, OPTION_NUMBER, __VA_ARGS__)
#define PERCENT(group, letter, name, ...)                                                \
    RANGE(group, OPTION_PERCENT, letter, name, "PERCENT", __VA_ARGS__)
#define CALL(group, letter, name, argument, function, help)                              \
    { group, OPTION_CALL, letter, name, argument, help, 0, 0, 0, function, 0 }

/* What a command line has besides options, such as names of runs. The first member of the
 * arguments of each command that takes some. */
struct words {
    char **at; /* ended by NULL; as initialized if there are none */
    int count;
    int action; /* an index of the table's actions */
};

/*
 * optiontable_parse() parses a command line with argp, which ends the program on --help
 * and on errors. A command needs only `doc`; the other members may be absent.
 */
struct option_table {
    const struct option_row *rows;
    size_t count;
    const char *usage, *doc;
    unsigned flags; /* of argp_parse(). With ARGP_IN_ORDER, the first word and all that
                       follows are `words` */

    const char *const *actions; /* what the first word must be; ended by NULL. `words` and
                                   their number are without it */
    int least, most;            /* how many words the command takes */
    const char *too_few, *too_many; /* messages. The first also if there is no action */
    option_call *word; /* called for each word, in place of the above: no `words` */

    /* Called for each option that was given. */
    void (*seen)(const struct option_row *row, void *arguments);
    /* Called at the end, to check what depends on several options or words. state->input:
     * the arguments */
    void (*check)(struct argp_state *state);
};
void optiontable_parse(const struct option_table *table, int argc, char **argv,
                       void *arguments);

/*
 * Prints what `tidemark COMMAND --describe` prints, from which scripts/manual.sh makes
 * man pages and completions; --help does not mention it. Lines of fields with tabs
 * between them:
 *
 *     usage   command, form             one for each line of the usage
 *     doc     command, text             one for what is before the options, and after
 *     title   command, text
 *     option  command, letter or "-", name, "required", "optional" or "none" (its value),
 *             the value's name or "-", help
 */
void optiontable_describe(const struct option_table *table, const char *command);

#define OPTION_ROWS(list) .rows = list, .count = sizeof(list) / sizeof(list)[0]

#endif

#ifndef TIDEMARK_HARNESS_OPTIONTABLE_H
#define TIDEMARK_HARNESS_OPTIONTABLE_H

#include <argp.h>
#include <stddef.h>

/*
 * A command's options as a table: what a value may be and which member of the command's
 * arguments it goes to. argp gets its own table made of it.
 */
enum option_type {
    OPTION_TITLE,   /* of a group: only `help` */
    OPTION_FLAG,    /* bool, without a value */
    OPTION_TEXT,    /* const char *, borrowed */
    OPTION_INTEGER, /* int within [low, high] */
    OPTION_NUMBER,  /* double likewise */
    OPTION_CALL     /* `call` takes the text; it ends through argp_error() */
};

struct option_row {
    int group;
    enum option_type type;
    char letter; /* 0: none */
    const char *name, *argument, *help;
    size_t offset; /* in the arguments */
    double low, high;
    void (*call)(struct argp_state *state, void *arguments, const char *text);
    int flags; /* argp's: OPTION_ARG_OPTIONAL */
};

/* Fills `ret`, which has room for one more than `count`. */
void optiontable_to_argp(const struct option_row *rows, size_t count,
                         struct argp_option *ret);

/* The row that argp's key is of; NULL: of none. */
const struct option_row *optiontable_find(const struct option_row *rows, size_t count,
                                          int key);

/* Takes a row's value. */
void optiontable_take(const struct option_row *row, struct argp_state *state,
                      void *arguments, const char *text);

#endif

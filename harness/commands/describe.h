#ifndef TIDEMARK_HARNESS_DESCRIBE_H
#define TIDEMARK_HARNESS_DESCRIBE_H

#include <stddef.h>
#include <stdio.h>

struct command;
struct option_table;

/*
 * Prints option tables as man pages, and as lines from which scripts/manual.sh makes
 * shell completions. `tidemark COMMAND --man` and `tidemark COMMAND --describe` do that;
 * --help does not mention them.
 */

/* A man page of section 1. Its date is that of $SOURCE_DATE_EPOCH if set, or today. */
void describe_man(const struct option_table *table, const char *command, FILE *out);

/* The page of tidemark itself, which lists the commands. */
void describe_man_of_all(const struct command *commands, size_t count, FILE *out);

/* One line for each command: its name and its summary, tab-separated. */
void describe_commands(const struct command *commands, size_t count, FILE *out);

/* One line for each option, with those that argp adds: command, letter or "-", name,
 * "required", "optional" or "none" (its value), the value's name or "-", help;
 * tab-separated. */
void describe_options(const struct option_table *table, const char *command, FILE *out);

#endif

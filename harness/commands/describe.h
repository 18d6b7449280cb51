#ifndef TIDEMARK_HARNESS_DESCRIBE_H
#define TIDEMARK_HARNESS_DESCRIBE_H

#include <stddef.h>
#include <stdio.h>

struct option_table;

/*
 * The option tables for other readers than argp: man pages, and lines of which
 * scripts/manual.sh makes completions. `tidemark COMMAND --man` and `--describe` print
 * them; no help names these.
 */

/* A man page, of section 1; its date is that of $SOURCE_DATE_EPOCH, or today. */
void describe_man(const struct option_table *table, const char *command, FILE *out);

/* The page of tidemark itself, which lists the commands. */
void describe_man_of_all(const char *const names[], const char *const summaries[],
                         size_t count, FILE *out);

/* A line each: the command and its summary, tab-separated. */
void describe_commands(const char *const names[], const char *const summaries[],
                       size_t count, FILE *out);

/* A line each: command, letter or "-", name or "-", "required", "optional" or "none", the
 * value's name or "-", help; tab-separated. The options that argp adds are among them. */
void describe_options(const struct option_table *table, const char *command, FILE *out);

#endif

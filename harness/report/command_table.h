#ifndef TIDEMARK_HARNESS_COMMAND_TABLE_H
#define TIDEMARK_HARNESS_COMMAND_TABLE_H

struct form;
struct summary;

/* Prints the times of commands that are compared with each other: a table for each
 * condition of memory. */
void command_tables(const struct form *form, const struct summary *summary);

#endif

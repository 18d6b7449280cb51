#ifndef TIDEMARK_HARNESS_COMMAND_TABLE_H
#define TIDEMARK_HARNESS_COMMAND_TABLE_H

struct form;
struct summary;

/* Commands timed against each other: a table for each condition of memory. */
void command_tables(const struct form *form, const struct summary *summary);

#endif

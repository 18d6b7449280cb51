#ifndef TIDEMARK_HARNESS_MEMORY_TABLE_H
#define TIDEMARK_HARNESS_MEMORY_TABLE_H

struct form;
struct summary;

/* Prints the times on warm and on cold memory side by side if the run has both. */
void memory_table(const struct form *form, const struct summary *summary);

/* Prints list items about the condition of memory, with the cost of first touches. */
void memory_points(const struct form *form, const struct summary *summary);

#endif

#ifndef TIDEMARK_HARNESS_MEMORY_TABLE_H
#define TIDEMARK_HARNESS_MEMORY_TABLE_H

struct form;
struct summary;

/* Times on warm and on cold memory side by side, where a run has both. */
void memory_table(const struct form *form, const struct summary *summary);

/* In which condition memory was, and what first touches say of that: a point for each. */
void memory_points(const struct form *form, const struct summary *summary);

#endif

#ifndef TIDEMARK_HARNESS_WATCHREPORT_H
#define TIDEMARK_HARNESS_WATCHREPORT_H

#include <jansson.h>
#include <stdio.h>

struct reason;
struct watch_summary;

/* The tables of a watched run for a terminal. */
void watchreport_terminal(const struct watch_summary *summary, FILE *out);

/* Writes FOLDER/report.md. `environment` is folded away at its end. -errno. */
int watchreport_write(const struct watch_summary *summary, const json_t *environment,
                      const char *folder, struct reason *reason);

#endif

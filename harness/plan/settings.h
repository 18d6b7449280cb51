#ifndef TIDEMARK_HARNESS_SETTINGS_H
#define TIDEMARK_HARNESS_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>

struct reason;
struct variant;

/*
 * Whether a variant's settings took effect: the allocator is asked, in a short process of
 * its own that has the library and the environment of the measured ones
 * (scripts/probe.c). 0; -EREMOTEIO with `reason`, naming setting, what was asked for and
 * what the allocator says; another -errno where it could not be asked.
 */
int settings_check(const struct variant *variant, struct reason *reason);

/* The outcome as a record of the journal, for the report. */
json_t *settings_to_json(const struct variant *variant, int error,
                         const struct reason *reason);

#endif

#ifndef TIDEMARK_HARNESS_SETTINGS_H
#define TIDEMARK_HARNESS_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>

struct reason;
struct variant;

/*
 * Checks whether a variant's settings took effect. A short process with the library and
 * the environment of the measured processes asks the allocator (scripts/probe.c). Returns
 * 0 if they did. -EREMOTEIO if they did not, with a `reason` that names the setting, what
 * was asked for and what the allocator says. Another -errno with `reason` if the
 * allocator could not be asked.
 */
int settings_check(const struct variant *variant, struct reason *reason);

/* The outcome as a record of the journal, for the report. A new reference. */
json_t *settings_to_json(const struct variant *variant, int error,
                         const struct reason *reason);

#endif

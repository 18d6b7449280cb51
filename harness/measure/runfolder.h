#ifndef TIDEMARK_HARNESS_RUNFOLDER_H
#define TIDEMARK_HARNESS_RUNFOLDER_H

#include <jansson.h>
#include <stddef.h>

struct plan;
struct reason;

/* The folder of a run, OUTPUT/20260131T120000Z-NAME, and the link to the newest. */

/* Creates the folder, and OUTPUT if it is missing. Writes its path into `folder`. -errno
 * with `reason`. */
int runfolder_make(const char *output, const char *name, char *folder, size_t size,
                   struct reason *reason);

/* These write a run's plan file, {plan, environment}, whole or not at all. The first also
 * makes it, with the present environment; the caller owns it. -errno with `reason`. */
int runfolder_begin_plan(const struct plan *plan, const char *folder, json_t **ret_file,
                         struct reason *reason);
int runfolder_write_plan(const json_t *file, const char *folder, struct reason *reason);

/*
 * Reads an interrupted run's plan file. Fails unless the environment is still the same,
 * since old and new measurements have to make one run. -errno with `reason`.
 */
int runfolder_read_plan(const char *folder, struct plan *ret, json_t **ret_file,
                        struct reason *reason);

/* Makes OUTPUT/`link` a link to the run, and replaces an older one in one step. -errno; a
 * run without that link is complete. */
int runfolder_point(const char *output, const char *link, const char *folder);

#endif

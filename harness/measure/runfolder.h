#ifndef TIDEMARK_HARNESS_RUNFOLDER_H
#define TIDEMARK_HARNESS_RUNFOLDER_H

#include <stddef.h>

struct reason;

/* The folder of a run, OUTPUT/20260131T120000Z-NAME, and the link to the newest. */

/* Creates it, and OUTPUT where need be; its path into `folder`. -errno with `reason`. */
int runfolder_make(const char *output, const char *name, char *folder, size_t size,
                   struct reason *reason);

/* OUTPUT/`link` -> the run, replaced in one step. -errno; a missing link loses nothing.
 */
int runfolder_point(const char *output, const char *link, const char *folder);

#endif

#ifndef TIDEMARK_HARNESS_EXPORT_H
#define TIDEMARK_HARNESS_EXPORT_H

#include <stdio.h>

struct runfigures;

/*
 * A run in the formats of existing trackers. All formats but CSV leave out cells with
 * failed rounds, because trackers cannot represent them.
 */
struct export_format {
    const char *name;
    void (*write)(const struct runfigures *figures, FILE *out);
};

/* Ends with a NULL name. */
extern const struct export_format export_formats[];

#endif

#ifndef TIDEMARK_HARNESS_REPORT_FORM_H
#define TIDEMARK_HARNESS_REPORT_FORM_H

#include "form.h"
#include "group.h"
#include "table.h"

/* What the parts of a run's report share, beyond form.h. */

/* Prints for every group below a heading "WORKLOAD, N threads: WHAT". */
void form_each_group(const struct form *form, const struct summary *summary,
                     const char *what,
                     void (*print)(const struct form *, const struct group *));

#endif

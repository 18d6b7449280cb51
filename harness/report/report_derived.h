#ifndef TIDEMARK_HARNESS_REPORT_DERIVED_H
#define TIDEMARK_HARNESS_REPORT_DERIVED_H

struct form;
struct group;
struct summary;

/* The tables of the derived measures; docs/measuring.md has their formulas. */

/* Of one group: the figures of the return curves, and what the process did meanwhile. */
void report_return_figures(const struct form *form, const struct group *group);

/* Of one group: wall, user and system time and page faults, with their ratios. */
void report_where_time_goes(const struct form *form, const struct group *group);

/* Of the whole run. Each prints nothing if the run did not measure it. */
void report_gaps(const struct form *form, const struct summary *summary);
void report_sharing(const struct form *form, const struct summary *summary);
void report_rankings(const struct form *form, const struct summary *summary);
void report_latency(const struct form *form, const struct summary *summary);
void report_syscalls(const struct form *form, const struct summary *summary);
void report_counts(const struct form *form, const struct summary *summary);

#endif

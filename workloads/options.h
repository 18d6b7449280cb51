#ifndef TIDEMARK_WORKLOADS_OPTIONS_H
#define TIDEMARK_WORKLOADS_OPTIONS_H

#include "workload.h"

/*
 * The command line: `NAME [--option=value | --option value]...`. argp would do more, and
 * would allocate. Faults end the process with EXIT_USAGE and a message that names the
 * remedy.
 */
struct options {
    unsigned threads, builds;
    double scale, survivors;
    uint64_t seed;
    int latency;        /* whether every call is timed (latency.h) */
    const char *idle;   /* one of idle.h */
    const char *report; /* fd:N, a path, or NULL */
    const char *record; /* where to write a trace of its calls, or NULL */
};

/* Parses what follows the workload's name; the workload's own options are set in place.
 */
void options_parse(struct options *ret, const struct workload *workload, int argc,
                   char **argv);

/* Prints the options to standard output. */
void options_help(const struct workload *workload);

#endif

#ifndef TIDEMARK_WORKLOADS_OPTIONS_H
#define TIDEMARK_WORKLOADS_OPTIONS_H

#include "workload.h"

/*
 * The command line: `NAME [--option=value | --option value]...`. It does not use argp,
 * because argp allocates. A wrong option ends the process with EXIT_USAGE and a message
 * that says what to do.
 */
struct options {
    unsigned threads, builds;
    double scale, survivors;
    uint64_t seed;
    int latency;        /* whether every call is timed (latency.h) */
    const char *idle;   /* one of IDLE_NAMES */
    const char *report; /* fd:N, a path, or NULL */
    const char *record; /* where to write a trace of its calls, or NULL */
};

/* Parses what follows the workload's name. Sets the workload's own options in their
 * table. */
void options_parse(struct options *ret, const struct workload *workload, int argc,
                   char **argv);

/* Prints the options to standard output. */
void options_help(const struct workload *workload);

#endif

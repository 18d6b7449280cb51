#ifndef TIDEMARK_HARNESS_TRANSCRIPT_H
#define TIDEMARK_HARNESS_TRANSCRIPT_H

#include <jansson.h>

struct variant;

/*
 * Reads the file into which a workload wrote its report, in a run without checkpoints.
 * Takes its lines over into the record, or fails the record (record_fault()): if there is
 * no report, if a line is not one of the protocol, if malloc is not the variant's, or if
 * there is no result.
 */
void transcript_take(json_t *record, const struct variant *variant, const char *path);

#endif

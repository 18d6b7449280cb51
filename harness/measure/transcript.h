#ifndef TIDEMARK_HARNESS_TRANSCRIPT_H
#define TIDEMARK_HARNESS_TRANSCRIPT_H

#include <jansson.h>

struct variant;

/*
 * What a workload wrote into a file while nobody waited for it: the report of a run
 * without checkpoints. Takes its lines over into the record, or fails the record
 * (record_fault()): no report, a line that is none, another malloc than the variant's, no
 * result.
 */
void transcript_take(json_t *record, const struct variant *variant, const char *path);

#endif

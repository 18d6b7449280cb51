#ifndef TIDEMARK_HARNESS_ATTRIBUTIONREPORT_H
#define TIDEMARK_HARNESS_ATTRIBUTIONREPORT_H

#include <jansson.h>
#include <stdbool.h>

struct form;
struct table;

/* Whose memory a watched program's was, from one record of results.json. */

/*
 * A sentence that says what holds most of the memory at the last checkpoint (near the
 * peak if there is none), and whether another allocator would matter. A second sentence
 * if `records`, those of the run, name allocators that memory of unknown owner may belong
 * to; a third if most of the resident memory is of files. Nothing if little is known.
 */
void attributionreport_sentence(const struct form *form, const json_t *records,
                                const json_t *record, const char *name);

/* Whether a record has anything to tell of it. */
bool attributionreport_has(const json_t *record);

/* The classes at each checkpoint with their growth, and the largest parts of the last. */
void attributionreport_tables(const struct form *form, const json_t *record,
                              struct table *table);

#endif

#ifndef TIDEMARK_HARNESS_ATTRIBUTIONREPORT_H
#define TIDEMARK_HARNESS_ATTRIBUTIONREPORT_H

#include <jansson.h>
#include <stdbool.h>

struct form;
struct table;

/* Reports whose memory a watched program's was, from one record of results.json. */

/*
 * Prints a sentence that says what holds most of the memory at the last checkpoint (near
 * the peak if there is no checkpoint), and whether another allocator would change that.
 * If `records`, those of the run, name allocators that may own reserved memory, a second
 * sentence names them. If most of the resident memory is of files, a third says so. Each
 * sentence is left out if it is about too little memory.
 */
void attributionreport_sentences(const struct form *form, const json_t *records,
                                 const json_t *record, const char *name);

/* Prints a table of the classes at each checkpoint with their growth, and one of the
 * largest parts at the last checkpoint. Nothing if the record has no attribution. */
void attributionreport_tables(const struct form *form, const json_t *record,
                              const char *name, bool is_one_of_many, struct table *table);

#endif

#ifndef TIDEMARK_RECORDER_BUFFER_H
#define TIDEMARK_RECORDER_BUFFER_H

#include <stddef.h>

#include "rawfile.h"

/*
 * Writes the records of a process. Each thread writes into a mapped piece of the raw file
 * and takes no lock. A full piece is copied to the end of the file. Nothing here
 * allocates, prints or changes errno.
 */

/* Begins recording, if the environment asks for it. Called once, before main(). */
void buffer_open(char **envp);

/* Records one call of this thread. Before buffer_open() it does nothing. */
void buffer_note(enum raw_op op, const void *block, size_t size, unsigned align_log2);

#endif

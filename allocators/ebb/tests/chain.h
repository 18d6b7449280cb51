/* Memory used up: blocks that are chained through themselves. */
#ifndef EBB_TESTS_CHAIN_H
#define EBB_TESTS_CHAIN_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* Allocates until malloc fails, and writes so many bytes of each block. Returns bytes. */
static inline size_t exhaust(size_t size, size_t written, void **ret_chain) {
    size_t total = 0;
    void *chain = NULL, **block;
    errno = 0;
    while ((block = malloc(size)) != NULL) {
        memset(block, 1, written);
        *block = chain;
        chain = block;
        total += size;
    }
    CHECK(errno == ENOMEM);
    *ret_chain = chain;
    return total;
}

static inline void free_chain(void *chain) {
    while (chain != NULL) {
        void *next = *(void **)chain;
        free(chain);
        chain = next;
    }
}

#endif

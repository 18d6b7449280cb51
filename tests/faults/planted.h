#ifndef TIDEMARK_TESTS_FAULTS_PLANTED_H
#define TIDEMARK_TESTS_FAULTS_PLANTED_H

#include <stdlib.h>

/*
 * How much of a fault to plant, from the environment: so that a variant (an allocator
 * with a setting) has it and another does not. 0 where it is not set.
 */
static inline long planted(const char *name) {
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

#endif

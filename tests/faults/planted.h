#ifndef TIDEMARK_TESTS_FAULTS_PLANTED_H
#define TIDEMARK_TESTS_FAULTS_PLANTED_H

#include <stdlib.h>

/*
 * How much of a fault to plant: the value of an environment variable, or 0. A variant
 * sets the variable, so that one variant has the fault and another does not.
 */
static inline long planted(const char *name) {
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

#endif

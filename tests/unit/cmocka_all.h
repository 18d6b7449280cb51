#ifndef TIDEMARK_TESTS_UNIT_CMOCKA_ALL_H
#define TIDEMARK_TESTS_UNIT_CMOCKA_ALL_H

/* cmocka's header needs these four first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif

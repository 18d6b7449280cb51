#ifndef TIDEMARK_HARNESS_REASON_H
#define TIDEMARK_HARNESS_REASON_H

#include <stdarg.h>

/*
 * Why something failed, in words for a person: what was wrong, where, and what to do
 * next. A function fills one and returns -errno if the cause is worth telling. Only
 * main.c and cmd_*.c print it.
 */
struct reason {
    char text[768];
};

/* Writes the reason, printf style; a longer text is cut. `reason` may be NULL. */
__attribute__((format(printf, 2, 3))) void reason_set(struct reason *reason,
                                                      const char *format, ...);
__attribute__((format(printf, 2, 0))) void reason_vset(struct reason *reason,
                                                       const char *format, va_list args);

#endif

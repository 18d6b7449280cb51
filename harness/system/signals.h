#ifndef TIDEMARK_HARNESS_SIGNALS_H
#define TIDEMARK_HARNESS_SIGNALS_H

#include <stdbool.h>

/*
 * After signals_heed(), SIGINT, SIGTERM and SIGHUP do not end the driver: they set the
 * flag that signals_heed() returns. Whoever measures looks at it. `with_children`: also,
 * SIGCHLD interrupts system calls, so that poll() notices the end of a child soon.
 * signals_stop_heeding() lets the three end the driver again: call it as soon as the
 * measurements are on disk.
 */
const volatile int *signals_heed(bool with_children);
void signals_stop_heeding(void);

#endif

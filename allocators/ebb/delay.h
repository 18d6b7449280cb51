/* The checked build pauses now and then between the steps of the protocols, where another
 * thread may come in between. The release build does nothing here. */
#ifndef EBB_DELAY_H
#define EBB_DELAY_H

/* A step pauses one time in so many (a power of two). Steps of every call pause seldom,
 * steps of takeovers, exits and sweeps often. */
enum { DELAY_SELDOM = 1024, DELAY_OFTEN = 4 };

#ifdef EBB_DEBUG
/* Pauses for up to EBB_DEBUG_DELAY_US microseconds, one time in `one_in`. Never pauses if
 * that variable is not set. */
void debug_delay(unsigned one_in);
#else
static inline void debug_delay(unsigned one_in) {
    (void)one_in;
}
#endif

#endif

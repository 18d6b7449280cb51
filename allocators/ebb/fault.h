/* Reports a fault of the program (misuse) or of ebb itself (debug checks) in one line,
 * and aborts. */
#ifndef EBB_FAULT_H
#define EBB_FAULT_H

/* Writes "ebb: WHAT: ADDRESS\n" to stderr and aborts. */
_Noreturn void fault(const char *what, const void *address);

/* An invariant of ebb's own; compiled in debug builds only. */
#ifdef EBB_DEBUG
#define EBB_CHECK(condition)                                                             \
    do {                                                                                 \
        if (!(condition))                                                                \
            fault("broken invariant " #condition " at " __FILE__, (void *)__LINE__);     \
    } while (0)
#else
#define EBB_CHECK(condition) ((void)0)
#endif

#endif

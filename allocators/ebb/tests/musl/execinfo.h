/* musl has no backtrace(): ebb's reports of guarded blocks come without stacks there. */
#ifndef EBB_TESTS_MUSL_EXECINFO_H
#define EBB_TESTS_MUSL_EXECINFO_H

static inline int backtrace(void **frames, int most) {
    (void)frames, (void)most;
    return 0;
}

static inline void backtrace_symbols_fd(void *const *frames, int count, int fd) {
    (void)frames, (void)count, (void)fd;
}

#endif

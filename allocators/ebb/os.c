/* Linux, through libc's system call wrappers. Not here: any policy. */
#define _GNU_SOURCE /* mremap, RUSAGE_THREAD */
#include "os.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* From <linux/membarrier.h>, which older libcs' kernel headers lack. */
enum {
    BARRIER_PRIVATE_EXPEDITED = 1 << 3,
    BARRIER_REGISTER_PRIVATE_EXPEDITED = 1 << 4,
};

size_t os_page_size(void) {
    static _Atomic size_t cached; /* racing writers store the same value */
    size_t size = atomic_load_explicit(&cached, memory_order_relaxed);
    if (size == 0) {
        size = (size_t)sysconf(_SC_PAGESIZE);
        atomic_store_explicit(&cached, size, memory_order_relaxed);
    }
    return size;
}

size_t os_address_space_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return SIZE_MAX;
    return limit.rlim_cur;
}

size_t os_page_faults(void) {
    int saved = errno;
    struct rusage usage = {.ru_minflt = 0};
    getrusage(RUSAGE_THREAD, &usage);
    errno = saved;
    return (size_t)usage.ru_minflt;
}

/* mmap with an alignment: maps more and trims. */
static int map_aligned(size_t size, size_t align, int protection, int flags,
                       void **ret_base) {
    int saved = errno;
    size_t slack = align > os_page_size() ? align : 0;
    if (size + slack < size)
        return -ENOMEM;
    char *raw = mmap(NULL, size + slack, protection, flags, -1, 0);
    if (raw == MAP_FAILED) {
        errno = saved;
        return -ENOMEM;
    }
    char *base = raw;
    if (slack != 0) {
        base = (char *)(((uintptr_t)raw + align - 1) & ~(uintptr_t)(align - 1));
        if (base != raw)
            munmap(raw, (size_t)(base - raw));
        if (raw + slack != base)
            munmap(base + size, (size_t)(raw + slack - base));
        errno = saved;
    }
    *ret_base = base;
    return 0;
}

int os_reserve(size_t size, size_t align, void **ret_base) {
    return map_aligned(size, align, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, ret_base);
}

int os_map(size_t size, size_t align, void **ret_base) {
    return map_aligned(size, align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                       ret_base);
}

static int protect(void *base, size_t size, int protection) {
    int saved = errno;
    if (mprotect(base, size, protection) != 0) {
        errno = saved;
        return -ENOMEM;
    }
    return 0;
}

int os_readable(void *base, size_t size) {
    return protect(base, size, PROT_READ);
}

int os_commit(void *base, size_t size) {
    return protect(base, size, PROT_READ | PROT_WRITE);
}

int os_discard(void *base, size_t size) {
    int saved = errno;
    int result = madvise(base, size, MADV_DONTNEED) == 0 ? 0 : -errno;
    errno = saved;
    return result;
}

void os_no_huge_pages(void *base, size_t size) {
    int saved = errno;
    madvise(base, size, MADV_NOHUGEPAGE);
    errno = saved;
}

void os_unmap(void *base, size_t size) {
    int saved = errno;
    munmap(base, size);
    errno = saved;
}

int os_remap(void *base, size_t old_size, size_t size, void **ret_base) {
    int saved = errno;
    void *moved = mremap(base, old_size, size, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) {
        errno = saved;
        return -ENOMEM;
    }
    *ret_base = moved;
    return 0;
}

static long keep_errno(long result, int saved) {
    if (result < 0) {
        result = -errno;
        errno = saved;
    }
    return result;
}

void os_barrier_register(void) {
    int saved = errno;
    keep_errno(syscall(SYS_membarrier, BARRIER_REGISTER_PRIVATE_EXPEDITED, 0, 0), saved);
}

int os_barrier(void) {
    int saved = errno;
    return (int)keep_errno(syscall(SYS_membarrier, BARRIER_PRIVATE_EXPEDITED, 0, 0),
                           saved);
}

void os_wait(_Atomic uint32_t *address, uint32_t value, unsigned ms) {
    int saved = errno;
    struct timespec limit = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    keep_errno(syscall(SYS_futex, address, FUTEX_WAIT_PRIVATE, value,
                       ms != 0 ? &limit : NULL, NULL, 0),
               saved);
}

void os_wake(_Atomic uint32_t *address, int waiters) {
    int saved = errno;
    keep_errno(syscall(SYS_futex, address, FUTEX_WAKE_PRIVATE, waiters, NULL, NULL, 0),
               saved);
}

void os_sleep_us(unsigned us) {
    int saved = errno;
    struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L};
    nanosleep(&time, NULL);
    errno = saved;
}

uint64_t os_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail, so errno stays */
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void os_write_error(const char *text, size_t length) {
    int saved = errno;
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, text, length);
        if (written <= 0 && errno != EINTR)
            break;
        if (written > 0) {
            text += written;
            length -= (size_t)written;
        }
    }
    errno = saved;
}

_Noreturn void os_abort(void) {
    abort();
}

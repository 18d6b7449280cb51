/* Linux, through libc's system call wrappers. This file has no policy. */
#define _GNU_SOURCE /* mremap, RUSAGE_THREAD */
#include "os.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
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

/* MADV_COLD and MADV_WIPEONFORK, which older libcs lack. */
enum { ADVICE_COLD = 20, ADVICE_WIPE_ON_FORK = 18 };

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000 /* likewise */
#endif

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

int os_reserve_at(void *at, size_t size) {
    int saved = errno;
    void *base =
        mmap(at, size, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    int result = base == at                              ? 0
                 : base != MAP_FAILED || errno == EEXIST ? -EEXIST
                                                         : -ENOMEM;
    if (base != MAP_FAILED && base != at)
        munmap(base, size); /* before Linux 4.17 the address is a wish */
    errno = saved;
    return result;
}

int os_map(size_t size, size_t align, void **ret_base) {
    return map_aligned(size, align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                       ret_base);
}

int os_map_wiped_on_fork(void **ret_page) {
    void *page;
    int result = os_map(os_page_size(), 1, &page);
    if (result != 0)
        return result;
    int saved = errno;
    if (madvise(page, os_page_size(), ADVICE_WIPE_ON_FORK) != 0) {
        errno = saved;
        os_unmap(page, os_page_size());
        return -ENOTSUP;
    }
    *ret_page = page;
    return 0;
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

enum answer { UNKNOWN, YES, NO };

/* Does a page that was written to and discarded read as zero? A call that fails says so
 * itself, and may succeed the next time. */
static enum answer try_discard(void) {
    size_t page = os_page_size();
    void *trial;
    if (os_map(page, 1, &trial) != 0)
        return UNKNOWN;
    *(volatile char *)trial = 1;
    enum answer answer = UNKNOWN;
    if (madvise(trial, page, MADV_DONTNEED) == 0)
        answer = *(volatile char *)trial == 0 ? YES : NO;
    os_unmap(trial, page);
    return answer;
}

static bool discard_works(void) {
    static _Atomic int known; /* racing writers store the same value */
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (answer == UNKNOWN) {
        answer = (int)try_discard();
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer == YES;
}

static size_t resident_bytes(char *base, size_t size) {
    enum { PAGES = 1024 };
    unsigned char there[PAGES];
    size_t page = os_page_size(), resident = 0;
    for (size_t at = 0; at < size; at += PAGES * page) {
        size_t pages = (size - at) / page < PAGES ? (size - at) / page : PAGES;
        if (mincore(base + at, pages * page, there) != 0)
            return size;
        for (size_t i = 0; i < pages; i++)
            resident += (there[i] & 1) * page;
    }
    return resident;
}

int os_discard(void *base, size_t size, size_t *ret_bytes) {
    int saved = errno, result = -ENOTSUP;
    if (discard_works()) {
        size_t bytes = resident_bytes(base, size);
        result = madvise(base, size, MADV_DONTNEED) == 0 ? 0 : -errno;
        *ret_bytes += result == 0 ? bytes : 0;
    }
    errno = saved;
    return result;
}

int os_back_by_huge_page(void *base, size_t size) {
    if (os_page_size() != 4096)
        return -ENOTSUP; /* with larger ones, huge pages have other sizes */
    int saved = errno, result = 0;
    *(volatile char *)base = 0;
    unsigned char last = 0;
    if (mincore((char *)base + size - 4096, 4096, &last) != 0 || (last & 1) == 0)
        result = -ENOTSUP;
    errno = saved;
    return result;
}

static void advise(void *base, size_t size, int advice) {
    int saved = errno;
    madvise(base, size, advice);
    errno = saved;
}

void os_split_huge_page(void *base) {
    /* Cooling a part of a huge page splits it, and does not change its contents. */
    advise(base, os_page_size(), ADVICE_COLD);
}

int os_no_huge_pages(void *base, size_t size) {
    int saved = errno, result = madvise(base, size, MADV_NOHUGEPAGE) == 0 ? 0 : -errno;
    errno = saved;
    return result;
}

void os_allow_huge_pages(void *base, size_t size) {
    advise(base, size, MADV_HUGEPAGE);
}

int os_unmap(void *base, size_t size) {
    int saved = errno;
    int result = munmap(base, size) == 0 ? 0 : -errno;
    errno = saved;
    return result;
}

int os_forbid(void *base, size_t size) {
    return protect(base, size, PROT_NONE);
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

int os_pid(void) {
    return getpid();
}

bool os_is_main_thread(void) {
    return syscall(SYS_gettid) == getpid();
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
    /* Makes the bare system call, as os_write_error() does. libc's function would be a
     * point at which a thread can be cancelled while it holds our locks. */
    int saved = errno;
    struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L};
    keep_errno(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, NULL), saved);
}

const void *os_thread(void) {
    return &errno;
}

unsigned os_cpus(void) {
    enum { MOST = 8192, WORD = 8 * sizeof(unsigned long) };
    unsigned long mask[MOST / WORD];
    int saved = errno;
    /* Not the calling thread, which may be tied to one processor. */
    long bytes = syscall(SYS_sched_getaffinity, getpid(), sizeof mask, mask);
    unsigned cpus = bytes < 0 && errno == EINVAL ? MOST : 0; /* EINVAL: has even more */
    errno = saved;
    for (long i = 0; i < bytes / (long)sizeof *mask; i++)
        cpus += (unsigned)__builtin_popcountl(mask[i]);
    return cpus > 0 ? cpus : 1;
}

uint64_t os_random(void) {
    uint64_t value = 0;
    const void *bytes = (const void *)getauxval(AT_RANDOM); /* 16, from the kernel */
    if (bytes != NULL)
        memcpy(&value, bytes, sizeof value);
    value *= 0x9e3779b97f4a7c15ull; /* others use these bytes, too: don't show them */
    return value ^ value >> 32;
}

/* 0 where that is not to be had. */
static uint64_t clock_us(clockid_t clock) {
    struct timespec now = {0};
    int saved = errno;
    clock_gettime(clock, &now);
    errno = saved;
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t os_now_ms(void) {
    return clock_us(CLOCK_MONOTONIC) / 1000;
}

uint64_t os_thread_cpu_us(void) {
    return clock_us(CLOCK_THREAD_CPUTIME_ID);
}

void os_write_error(const char *text, size_t length) {
    int saved = errno;
    while (length > 0) {
        ssize_t written = syscall(SYS_write, STDERR_FILENO, text, length);
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

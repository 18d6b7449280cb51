/* The kernel's account of this process, read without allocating. */
#ifndef EBB_TESTS_RESIDENT_H
#define EBB_TESTS_RESIDENT_H

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"

/* Resident anonymous memory in bytes; also when the main thread has left. */
static inline size_t resident(void) {
    char text[4096];
    int fd = open("/proc/thread-self/smaps_rollup", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    CHECK(length > 0);
    text[length] = '\0';
    const char *field = strstr(text, "\nAnonymous:");
    CHECK(field != NULL);
    size_t kib = strtoull(field + strlen("\nAnonymous:"), NULL, 10);
    CHECK(kib > 0);
    return kib * 1024;
}

/* A host may have to supply what is free, which makes huge pages dear, and ebb go
 * without: afterwards the kernel has some that are there. */
static inline void warm_memory(void) {
    enum { BYTES = 512 << 20 };
    char *memory =
        mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    madvise(memory, BYTES, MADV_HUGEPAGE);
    memset(memory, 1, BYTES);
    munmap(memory, BYTES);
}

#endif

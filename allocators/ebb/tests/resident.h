/* The kernel's account of this process, read without allocating. */
#ifndef EBB_TESTS_RESIDENT_H
#define EBB_TESTS_RESIDENT_H

#include <fcntl.h>
#include <string.h>

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

#endif

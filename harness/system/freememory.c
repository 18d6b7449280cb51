#include "freememory.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "procfile.h"

#define ROOT "/sys/fs/cgroup"

/* A number in a file of a control group. UINT64_MAX if it is "max" or cannot be read. */
static uint64_t read_number(const char *group, const char *name) {
    char path[PATH_MAX], *text;
    uint64_t number = UINT64_MAX;
    snprintf(path, sizeof path, ROOT "%s/%s", group, name);
    if (file_read(path, &text, NULL) == 0) {
        if (*text >= '0' && *text <= '9')
            number = strtoull(text, NULL, 10);
        free(text);
    }
    return number;
}

/* Bytes of cached files in a group that have not been used for a while. 0 if unknown. */
static uint64_t cached_files(const char *group) {
    char path[PATH_MAX], *text;
    uint64_t bytes = 0;
    snprintf(path, sizeof path, ROOT "%s/memory.stat", group);
    if (file_read(path, &text, NULL) == 0) {
        const char *line = strstr(text, "\ninactive_file ");
        if (line)
            bytes = strtoull(line + strlen("\ninactive_file "), NULL, 10);
        free(text);
    }
    return bytes;
}

/* What the limits of the group and of those above it leave. If `with_files`, cached files
 * count as free. */
static uint64_t left_in_groups(char *group, bool with_files) {
    uint64_t least = UINT64_MAX;
    for (char *end = group + strlen(group); end; end = strrchr(group, '/')) {
        *end = '\0';
        uint64_t most = read_number(group, "memory.max");
        uint64_t used = read_number(group, "memory.current");
        if (most != UINT64_MAX && used != UINT64_MAX) {
            uint64_t files = with_files ? cached_files(group) : 0;
            used -= files < used ? files : used;
            uint64_t left = most > used ? most - used : 0;
            least = left < least ? left : least;
        }
    }
    return least;
}

/* Reads a line of meminfo. `ret` is untouched if there is none. */
static void read_meminfo(const char *name, uint64_t *ret) {
    char *text;
    if (file_read("/proc/meminfo", &text, NULL) == 0) {
        procfile_kib_field(text, name, ret);
        free(text);
    }
}

/* What the limits of this process's group and of those above it leave. */
static uint64_t left_in_own_groups(bool with_files) {
    char *text;
    uint64_t left = UINT64_MAX;
    if (file_read("/proc/self/cgroup", &text, NULL) == 0) {
        char *group = strstr(text, "0::");
        if (group) {
            group[strcspn(group, "\n")] = '\0';
            left = left_in_groups(group + 3, with_files);
        }
        free(text);
    }
    return left;
}

uint64_t free_memory(void) {
    uint64_t bytes = 0, left = left_in_own_groups(false);
    read_meminfo("MemFree", &bytes);
    return left < bytes ? left : bytes;
}

uint64_t available_memory(void) {
    uint64_t bytes = UINT64_MAX, left = left_in_own_groups(true);
    read_meminfo("MemAvailable", &bytes);
    return left < bytes ? left : bytes;
}

uint64_t total_memory(void) {
    uint64_t bytes = 0;
    read_meminfo("MemTotal", &bytes);
    return bytes;
}

uint64_t free_memory_in_remains(void) {
    enum { ORDERS = 9, PAGE = 4096 };
    char *text, *rest;
    uint64_t bytes = 0;
    if (file_read("/proc/buddyinfo", &text, NULL) < 0)
        return 0;
    /* "Node 0, zone Normal 1339 1234 ...": free pieces of 1 page, of 2, of 4 and so on */
    for (char *line = strtok_r(text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        char *at = strstr(line, "zone");
        if (!at)
            continue;
        at += strlen("zone");
        at += strspn(at, " ");
        at += strcspn(at, " ");
        for (unsigned order = 0; order < ORDERS; order++)
            bytes += strtoull(at, &at, 10) * PAGE << order;
    }
    free(text);
    return bytes;
}

#include "freememory.h"

#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define ROOT "/sys/fs/cgroup"

/* The number that follows `label` in a file. `otherwise` if there is none. */
static uint64_t number_in(const char *path, const char *label, uint64_t otherwise) {
    char *text;
    if (file_read(path, &text, NULL) < 0)
        return otherwise;
    const char *found = strstr(text, label);
    if (found)
        sscanf(found + strlen(label), "%" SCNu64, &otherwise);
    free(text);
    return otherwise;
}

static uint64_t in_group(const char *group, const char *name, const char *label,
                         uint64_t otherwise) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, ROOT "%s/%s", group, name);
    return number_in(path, label, otherwise);
}

/* What the limits of the group and of those above it leave. If `with_files`, cached files
 * that have not been used for a while count as free. */
static uint64_t left_in_groups(char *group, bool with_files) {
    uint64_t least = UINT64_MAX;
    for (char *end = group + strlen(group); end; end = strrchr(group, '/')) {
        *end = '\0';
        uint64_t most = in_group(group, "memory.max", "", UINT64_MAX); /* or "max" */
        uint64_t used = in_group(group, "memory.current", "", UINT64_MAX);
        if (most != UINT64_MAX && used != UINT64_MAX) {
            uint64_t files =
                with_files ? in_group(group, "memory.stat", "\ninactive_file ", 0) : 0;
            used -= files < used ? files : used;
            uint64_t left = most > used ? most - used : 0;
            least = left < least ? left : least;
        }
    }
    return least;
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

/* A line of meminfo in bytes. `otherwise` if there is none. */
static uint64_t in_meminfo(const char *label, uint64_t otherwise) {
    uint64_t kib = number_in("/proc/meminfo", label, UINT64_MAX);
    return kib == UINT64_MAX ? otherwise : kib * 1024;
}

uint64_t free_memory(void) {
    uint64_t bytes = in_meminfo("MemFree:", 0), left = left_in_own_groups(false);
    return left < bytes ? left : bytes;
}

uint64_t available_memory(void) {
    uint64_t bytes = in_meminfo("MemAvailable:", UINT64_MAX);
    uint64_t left = left_in_own_groups(true);
    return left < bytes ? left : bytes;
}

uint64_t total_memory(void) {
    return in_meminfo("MemTotal:", 0);
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

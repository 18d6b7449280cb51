#include "counts.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *const syscalls_columns[SYSCALLS_COLUMNS] = {
    "mmap", "munmap", "mremap", "madvise", "process_madvise", "brk", "mprotect", "futex"};

json_t *counts_syscalls(const char *text) {
    json_t *counts = json_object();
    bool ended = false;
    for (const char *line = text; line && *line && !ended;) {
        long long calls;
        char name[40];
        if (sscanf(line, " %lld %39[a-z0-9_]", &calls, name) == 2) {
            ended = strcmp(name, "total") == 0;
            if (!ended)
                json_object_set_new(counts, name, json_integer(calls));
        }
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    if (ended && json_object_size(counts) > 0)
        return counts;
    json_decref(counts);
    return NULL;
}

json_t *counts_instructions(const char *text) {
    const char *line = strstr(text, "\nsummary: ");
    long long count;
    if (!line || sscanf(line, "\nsummary: %lld", &count) != 1 || count <= 0)
        return NULL;
    return json_integer(count);
}

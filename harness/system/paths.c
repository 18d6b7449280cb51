#include "paths.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int paths_in_build(char *buffer, size_t size, const char *name) {
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    if (length < 0)
        return -errno;
    own[length] = '\0';
    for (int levels = 0; levels < 2; levels++) {
        char *slash = strrchr(own, '/');
        if (!slash)
            return -ENOENT;
        *slash = '\0';
    }
    if (snprintf(buffer, size, "%s/%s", own, name) >= (int)size)
        return -ENAMETOOLONG;
    return 0;
}

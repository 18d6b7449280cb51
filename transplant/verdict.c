#include "verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int append(const char *folder, int folder_length, const char *line,
                  size_t length) {
    char log[PATH_MAX];
    if (snprintf(log, sizeof log, "%.*s/" VERDICT_LOG, folder_length, folder) >=
        (int)sizeof log)
        return -ENAMETOOLONG;
    int fd = open(log, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t n = write(fd, line, length);
    int error = n == (ssize_t)length ? 0 : n < 0 ? -errno : -ENOSPC;
    close(fd);
    return error;
}

int verdict_tell(const char *folders, const char *id, const char *verdict,
                 const char *path, const char *why) {
    char line[2 * PATH_MAX + 512];
    int length = snprintf(line, sizeof line, "%s\t%d\t%s\t%s\t%s\n", id, (int)getpid(),
                          verdict, path, why);
    if (length < 0 || (size_t)length >= sizeof line)
        return -ENAMETOOLONG;
    int error = 0;
    for (;;) {
        size_t folder_length = strcspn(folders, ":");
        int now = append(folders, (int)folder_length, line, (size_t)length);
        if (now && (!error || error == -ENOENT))
            error = now;
        if (folders[folder_length] == '\0')
            break;
        folders += folder_length + 1;
    }
    return error;
}

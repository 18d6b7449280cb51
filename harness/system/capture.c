#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int spawn_with_output(char *const argv[], int with_errors, int output,
                             pid_t *ret) {
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return -error;
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    if (with_errors)
        posix_spawn_file_actions_adddup2(&actions, output, 2);
    else
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    error = posix_spawnp(ret, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return -error;
}

/* Reads to the end of the output, so that the writer never blocks. Keeps what fits. */
static void read_to_end(int fd, char *buffer, size_t size) {
    size_t length = 0;
    char overflow[4096];
    for (;;) {
        size_t room = size - 1 - length;
        ssize_t n =
            room ? read(fd, buffer + length, room) : read(fd, overflow, sizeof overflow);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        if (room)
            length += (size_t)n;
    }
    while (length > 0 && buffer[length - 1] == '\n')
        length--;
    buffer[length] = '\0';
}

int capture_command(char *const argv[], int with_errors, char *buffer, size_t size) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    pid_t pid;
    int error = spawn_with_output(argv, with_errors, ends[1], &pid);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        return error;
    }
    read_to_end(ends[0], buffer, size);
    close(ends[0]);
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

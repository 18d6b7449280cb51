#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "reason.h"

/* Duplicates a descriptor above the lowest ones, so that they can be overwritten. -1
 * stays -1. */
static int lift(int fd) {
    return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 10);
}

/* Runs in the child, after the fork, and never returns. If it cannot execute the program,
 * it writes the errno to `failure`. */
_Noreturn static void become(char *const argv[], char *const envp[], int report,
                             const struct child_streams *streams, int failure) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    int null = lift(open("/dev/null", O_RDWR | O_CLOEXEC));
    int lifted[] = {streams->in < 0 ? null : lift(streams->in),
                    streams->out < 0 ? null : lift(streams->out),
                    streams->errors < 0 ? null : lift(streams->errors), lift(report)};
    int lifted_failure = lift(failure);
    for (int fd = 0; fd < 4; fd++) /* the fourth becomes CHILD_REPORT_FD */
        if (lifted[fd] >= 0)
            dup2(lifted[fd], fd);
    if (!streams->folder || chdir(streams->folder) == 0)
        execvpe(argv[0], argv, envp);
    int error = errno;
    if (write(lifted_failure, &error, sizeof error) < 0)
        _exit(126);
    _exit(127);
}

static int cannot_start(const char *program, int error, struct reason *reason) {
    reason_set(reason, "cannot start %s: %s", program, strerror(error));
    return -error;
}

static int start(struct child *ret, char *const argv[], char *const envp[], int report,
                 const struct child_streams *streams, struct reason *reason) {
    int failure[2], error = 0;
    if (pipe2(failure, O_CLOEXEC) < 0)
        return cannot_start(argv[0], errno, reason);
    pid_t pid = fork();
    if (pid == 0)
        become(argv, envp, report, streams, failure[1]);
    if (pid < 0)
        error = errno;
    close(failure[1]);
    if (pid > 0) {
        setpgid(pid, pid); /* both do it: either may run first */
        ssize_t n;
        while ((n = read(failure[0], &error, sizeof error)) < 0 && errno == EINTR)
            ;
        if (n <= 0)
            error = 0;
        else
            while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                ;
    }
    close(failure[0]);
    if (error)
        return cannot_start(argv[0], error, reason);
    *ret = (struct child){.pid = pid, .errors = -1};
    return 0;
}

int child_start(struct child *ret, char *const argv[], char *const envp[], int report,
                struct reason *reason) {
    int errors = memfd_create("standard error", MFD_CLOEXEC);
    if (errors < 0)
        return cannot_start(argv[0], errno, reason);
    struct child_streams streams = {-1, -1, errors, NULL};
    int error = start(ret, argv, envp, report, &streams, reason);
    if (error)
        close(errors);
    else
        ret->errors = errors;
    return error;
}

int child_start_on(struct child *ret, char *const argv[], char *const envp[],
                   const struct child_streams *streams, struct reason *reason) {
    return start(ret, argv, envp, -1, streams, reason);
}

static int reap(struct child *child, int *ret_status) {
    struct rusage usage;
    if (wait4(child->pid, ret_status, 0, &usage) < 0)
        return -errno;
    child->use = (struct child_use){
        .max_rss = (uint64_t)usage.ru_maxrss << 10,
        .minor_faults = (uint64_t)usage.ru_minflt,
        .system_s = (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6,
    };
    return 0;
}

int child_open_handle(const struct child *child) {
    int handle = (int)syscall(SYS_pidfd_open, child->pid, 0);
    return handle < 0 ? -errno : handle;
}

int child_wait(struct child *child, uint64_t deadline_ns, const volatile int *stop,
               int *ret_status) {
    int handle = child_open_handle(child);
    int error = handle < 0 ? handle : -EAGAIN;
    while (error == -EAGAIN) {
        uint64_t now = clock_now_ns();
        if (stop && *stop) {
            error = -EINTR;
        } else if (now >= deadline_ns) {
            error = -ETIMEDOUT;
        } else {
            uint64_t left_ms = (deadline_ns - now) / NS_PER_MS + 1;
            struct pollfd ended = {.fd = handle, .events = POLLIN};
            if (poll(&ended, 1, left_ms < 100 ? (int)left_ms : 100) == 1)
                error = reap(child, ret_status);
        }
    }
    if (handle >= 0)
        close(handle);
    return error;
}

bool child_has_ended(const struct child *child) {
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
           info.si_pid != 0;
}

void child_kill(struct child *child) {
    kill(-child->pid, SIGKILL);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

void child_errors(const struct child *child, char *buffer, size_t size) {
    off_t end = lseek(child->errors, 0, SEEK_END);
    off_t from = end > (off_t)size - 1 ? end - ((off_t)size - 1) : 0;
    ssize_t n = pread(child->errors, buffer, size - 1, from);
    size_t length = n > 0 ? (size_t)n : 0;
    while (length > 0 && buffer[length - 1] == '\n')
        length--;
    buffer[length] = '\0';
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)buffer[i] < ' ')
            buffer[i] = ' ';
}

void child_finish(struct child *child) {
    close(child->errors);
}

void child_describe_status(int status, char *buffer, size_t size) {
    if (WIFSIGNALED(status))
        snprintf(buffer, size, "was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(buffer, size, "exited with %d", WEXITSTATUS(status));
}

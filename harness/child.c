/* See child.h. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "reason.h"

/* In the child, after fork: never returns. A failure's errno goes through `failure`. */
_Noreturn static void become(char *const argv[], char *const envp[], int report,
                             int errors, int failure) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    int null = open("/dev/null", O_RDWR);
    /* The lowest descriptors may be in use by what is passed in: lift those out first. */
    int lifted_report = report < 0 ? -1 : fcntl(report, F_DUPFD_CLOEXEC, 10);
    int lifted_failure = fcntl(failure, F_DUPFD_CLOEXEC, 10);
    dup2(null, 0);
    dup2(null, 1);
    dup2(errors, 2);
    if (lifted_report >= 0)
        dup2(lifted_report, CHILD_REPORT_FD);
    execvpe(argv[0], argv, envp);
    int error = errno;
    if (write(lifted_failure, &error, sizeof error) < 0)
        _exit(126);
    _exit(127);
}

int child_start(struct child *ret, char *const argv[], char *const envp[], int report,
                struct reason *reason) {
    int failure[2];
    int errors = memfd_create("standard error", MFD_CLOEXEC);
    if (errors < 0 || pipe2(failure, O_CLOEXEC) < 0) {
        int error = -errno;
        reason_set(reason, "cannot start %s: %s", argv[0], strerror(-error));
        if (errors >= 0)
            close(errors);
        return error;
    }
    pid_t pid = fork();
    if (pid == 0)
        become(argv, envp, report, errors, failure[1]);
    int error = pid < 0 ? errno : 0;
    close(failure[1]);
    if (pid > 0) {
        setpgid(pid, pid); /* whichever of the two comes first */
        if (read(failure[0], &error, sizeof error) > 0)
            waitpid(pid, NULL, 0);
        else
            error = 0;
    }
    close(failure[0]);
    if (error) {
        close(errors);
        reason_set(reason, "cannot start %s: %s", argv[0], strerror(error));
        return -error;
    }
    *ret = (struct child){.pid = pid, .errors = errors};
    return 0;
}

int child_wait(struct child *child, uint64_t deadline_ns, const volatile int *stop,
               int *ret_status) {
    int handle = (int)syscall(SYS_pidfd_open, child->pid, 0);
    int error = handle < 0 ? -errno : -EAGAIN;
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
                error = waitpid(child->pid, ret_status, 0) < 0 ? -errno : 0;
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

/* Runs one case on one allocator, and records the result.
 *
 * usage: cell FOLDER ALLOCATOR CASE required|recorded|refuted=TEXT SECONDS
 *             [cgroup|cgroup1|cgroup2] -- COMMAND...
 *
 * Writes one line to FOLDER/ALLOCATOR.CASE.tsv: allocator; case; result (passes, fails,
 * not applicable); how it failed or why it does not apply; milliseconds; peak of the
 * largest process (KiB); resident memory after a second of idleness (KiB, or -); a note
 * (or -). FOLDER/ALLOCATOR.CASE.log gets the output.
 *
 * The exit status is for the test suite: 0 passed, 1 failed, 77 skipped. "required": a
 * failure fails. "recorded": a failure is skipped. "refuted": the case must fail, and how
 * must contain TEXT. A case that does not apply is always skipped. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIMIT_MIB = 512, TEXT = 256 };

struct cell {
    const char *folder, *allocator, *name;
    unsigned seconds;
    char log[4096];
    const char
        *interface; /* of the control group: cgroup1, cgroup2, cgroup (either); or NULL */
    char group[4096];
    bool group_v1;
    /* the result, as in the file */
    const char *result;
    char how[TEXT], idle[TEXT], note[TEXT];
    long ms, peak_kib;
};

static volatile sig_atomic_t is_late;
static pid_t running;

/* Kills the whole process group: only the command is in it. */
static void end_it(int number) {
    (void)number;
    is_late = 1;
    kill(-running, SIGKILL);
}

static void die(const char *what) {
    fprintf(stderr, "cell: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* ---- a control group --------------------------------------------------------------- */

static bool put(const char *folder, const char *file, long value) {
    char path[4352], text[32];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    int length = snprintf(text, sizeof text, "%ld", value);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, (size_t)length) == length;
    if (fd >= 0)
        close(fd);
    return done;
}

static bool has_word(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += length)
        if ((at == list || strchr(", ", at[-1]) != NULL) &&
            (at[length] == '\0' || strchr(", \n", at[length]) != NULL))
            return true;
    return false;
}

/* Finds where the memory controller of cgroup v1 or v2 is mounted. */
static bool find_controller(bool v1, char *ret_path, size_t size) {
    char line[1024], path[512], type[32], options[512];
    bool found = false;
    FILE *file = fopen("/proc/self/mounts", "re");
    while (!found && file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%*s %511s %31s %511s", path, type, options) != 3 ||
            strcmp(type, v1 ? "cgroup" : "cgroup2") != 0)
            continue;
        if (v1) {
            found = has_word(options, "memory");
            continue;
        }
        char controllers[560], list[512] = "";
        snprintf(controllers, sizeof controllers, "%s/cgroup.controllers", path);
        FILE *names = fopen(controllers, "re");
        found = names != NULL && fgets(list, sizeof list, names) != NULL &&
                has_word(list, "memory");
        if (names != NULL)
            fclose(names);
    }
    if (file != NULL)
        fclose(file);
    if (found)
        snprintf(ret_path, size, "%s", path);
    return found;
}

/* Names a group below our own group: perhaps we may write only there. False if there is
 * no memory controller. */
static bool find_own_group(struct cell *cell) {
    char line[2048], own[2048] = "", root[512];
    cell->group_v1 = strcmp(cell->interface, "cgroup2") != 0 &&
                     find_controller(true, root, sizeof root);
    if (!cell->group_v1 && (strcmp(cell->interface, "cgroup1") == 0 ||
                            !find_controller(false, root, sizeof root)))
        return false;
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        const char *begin = cell->group_v1 ? ":memory:" : "0::";
        const char *found = strstr(line, begin);
        if (found != NULL)
            snprintf(own, sizeof own, "%s", found + strlen(begin));
    }
    if (file != NULL)
        fclose(file);
    snprintf(cell->group, sizeof cell->group, "%s%s/conformance-%d", root, own,
             (int)getpid());
    return true;
}

/* False if there can be no group; `how` says why. */
static bool make_group(struct cell *cell) {
    if (!find_own_group(cell)) {
        const char *version = strcmp(cell->interface, "cgroup1") == 0   ? " v1"
                              : strcmp(cell->interface, "cgroup2") == 0 ? " v2"
                                                                        : "s";
        snprintf(cell->how, sizeof cell->how,
                 "no memory controller in cgroup%s on this machine", version);
        return false;
    }
    if (mkdir(cell->group, 0755) != 0) {
        snprintf(cell->how, sizeof cell->how, "no control group can be made here: %s",
                 strerror(errno));
        return false;
    }
    if (put(cell->group, cell->group_v1 ? "memory.limit_in_bytes" : "memory.max",
            (long)LIMIT_MIB << 20))
        return true;
    /* In v2 the parent group allows limits (cgroup.subtree_control). That is not ours. */
    snprintf(cell->how, sizeof cell->how, "a control group takes no limit here: %s",
             strerror(errno));
    rmdir(cell->group);
    return false;
}

static void remove_group(const struct cell *cell) {
    for (int i = 0; i < 100 && rmdir(cell->group) != 0 && errno == EBUSY; i++)
        usleep(20000); /* its processes have been killed, but are not gone yet */
}

/* ---- the command ------------------------------------------------------------------- */

static void start(struct cell *cell, char **command) {
    int log = open(cell->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (log < 0)
        die(cell->log);
    running = fork();
    if (running < 0)
        die("fork");
    if (running > 0) {
        setpgid(running, running);
        close(log);
        return;
    }
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (cell->interface != NULL && !put(cell->group, "cgroup.procs", getpid()))
        die("cgroup.procs");
    dup2(log, 1);
    dup2(log, 2);
    execvp(command[0], command);
    die(command[0]);
}

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int run(struct cell *cell, char **command) {
    struct rusage usage;
    int status;
    long begun = now_ms();
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = end_it}, NULL);
    start(cell, command);
    alarm(cell->seconds);
    while (wait4(running, &status, 0, &usage) < 0)
        if (errno != EINTR)
            die("wait4");
    alarm(0);
    kill(-running, SIGKILL); /* processes that the command has left behind */
    cell->ms = now_ms() - begun;
    cell->peak_kib = usage.ru_maxrss;
    return status;
}

/* Finds the first or last line that contains `begin`, and copies what follows it there,
 * up to a tab. Leaves ret_text untouched if there is none. */
static void find_line(const char *path, const char *begin, bool first, char *ret_text) {
    char line[1024];
    FILE *file = fopen(path, "re");
    bool found = false;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *at = strstr(line, begin);
        if (at == NULL || (first && found))
            continue;
        found = true;
        line[strcspn(line, "\n\t")] = '\0';
        snprintf(ret_text, TEXT, "%s", at + strlen(begin));
    }
    if (file != NULL)
        fclose(file);
}

static void judge(struct cell *cell, int status) {
    char said[TEXT] = "";
    find_line(cell->log, "idle_kib ", false, cell->idle);
    find_line(cell->log, "note ", false, cell->note);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        cell->result = "passes";
        return;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        cell->result = "not applicable";
        find_line(cell->log, ": ", true, cell->how);
        return;
    }
    cell->result = "fails";
    find_line(cell->log, "failed: ", true, said);
    const char *colon = said[0] ? ": " : "";
    if (is_late)
        snprintf(cell->how, TEXT, "hangs: no end within %u s", cell->seconds);
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
             cell->interface != NULL)
        snprintf(cell->how, TEXT, "killed: out of memory at %d MiB", LIMIT_MIB);
    else if (WIFSIGNALED(status))
        snprintf(cell->how, TEXT, "SIG%s%s%.200s", sigabbrev_np(WTERMSIG(status)), colon,
                 said);
    else if (said[0])
        snprintf(cell->how, TEXT, "%.200s", said);
    else
        snprintf(cell->how, TEXT, "exit status %d", WEXITSTATUS(status));
}

static void record(const struct cell *cell) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.%s.tsv", cell->folder, cell->allocator,
             cell->name);
    FILE *file = fopen(path, "we");
    if (file == NULL)
        die(path);
    fprintf(file, "%s\t%s\t%s\t%s\t%ld\t%ld\t%s\t%s\n", cell->allocator, cell->name,
            cell->result, cell->how, cell->ms, cell->peak_kib, cell->idle, cell->note);
    if (fclose(file) != 0)
        die(path);
}

static int exit_status(const struct cell *cell, const char *wanted) {
    bool passes = strcmp(cell->result, "passes") == 0;
    if (strcmp(cell->result, "not applicable") == 0)
        return 77;
    if (strncmp(wanted, "refuted=", 8) == 0)
        return !passes && strstr(cell->how, wanted + 8) != NULL ? 0 : 1;
    if (passes)
        return 0;
    return strcmp(wanted, "recorded") == 0 ? 77 : 1;
}

int main(int argc, char **argv) {
    if (argc < 8) {
        fprintf(
            stderr,
            "usage: cell FOLDER ALLOCATOR CASE required|recorded|refuted=TEXT SECONDS "
            "[cgroup|cgroup1|cgroup2] -- COMMAND...\n");
        return 2;
    }
    struct cell cell = {.folder = argv[1],
                        .allocator = argv[2],
                        .name = argv[3],
                        .seconds = (unsigned)atoi(argv[5]),
                        .interface = strncmp(argv[6], "cgroup", 6) == 0 ? argv[6] : NULL,
                        .how = "-",
                        .idle = "-",
                        .note = "-"};
    char **command = argv + 7 + (cell.interface != NULL);
    snprintf(cell.log, sizeof cell.log, "%s/%s.%s.log", cell.folder, cell.allocator,
             cell.name);
    if (cell.interface != NULL && !make_group(&cell)) {
        cell.result = "not applicable";
    } else {
        int status = run(&cell, command);
        if (cell.interface != NULL)
            remove_group(&cell);
        judge(&cell, status);
    }
    record(&cell);
    printf("%s %s: %s%s%s (%s)\n", cell.allocator, cell.name, cell.result,
           cell.how[0] == '-' ? "" : ": ", cell.how[0] == '-' ? "" : cell.how, cell.log);
    return exit_status(&cell, argv[4]);
}

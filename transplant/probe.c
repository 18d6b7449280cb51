/*
 * The probing process executes the program's own file again. So it has the symbols that
 * an addon needs from its program, but none of the program's threads, locks and signal
 * masks. It ends in this library's constructor, before main(). A wrong guess makes only
 * the probing process crash or loop.
 */
#include "probe.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "behaviour.h"
#include "functions.h"
#include "replacement.h"
#include "transplant.h"
#include "verdict.h"

enum {
    LIMIT_MS = 10000,         /* to try the four functions of shims */
    SEARCH_LIMIT_MS = 120000, /* to try some hundred functions, each for at most 10 s */
    TEXT_MAX = PATH_MAX + 128,
};

/* The task of the probing process, before the path. */
#define SEARCH "search "
#define LOAD "load "

/* Exit codes of the probing process. If the program itself runs after all, its exit code
 * should be smaller. */
enum { SOUND = 91, NOT_LOADED, WRONG, REACHABLE, UNCONFINED, MIXED };

/* ---- the probing process ---- */

/*
 * Whether other code can reach the allocator by a name, such as free() for its free. Such
 * code would bring blocks that malloc did not make, or take blocks that it has to free.
 */
static bool is_reachable(void *library, const struct link_map *map,
                         const struct functions *functions) {
    static const char *const names[] = {"malloc",   "calloc",        "realloc",
                                        "free",     "aligned_alloc", "posix_memalign",
                                        "mi_malloc"};
    Dl_info info;
    for (size_t i = 0; i < functions->count; i++) {
        const void *at = (const void *)(map->l_addr + functions->list[i].address);
        if (dladdr(at, &info) && info.dli_saddr == at)
            return true;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *function = dlsym(library, names[i]);
        if (function && dladdr(function, &info) &&
            (uintptr_t)info.dli_fbase == map->l_addr)
            return true;
    }
    return false;
}

/* Removes the functions without a kind. */
static void keep_found(struct functions *functions) {
    size_t count = 0;
    for (size_t i = 0; i < functions->count; i++)
        if (functions->list[i].kind != KIND_NONE)
            functions->list[count++] = functions->list[i];
    functions->count = count;
}

/* Receives functions through the stream, and sends back those that have a kind.
 * Candidates get their kinds here. Functions of shims have them, and only have to behave
 * so. */
static int search(const char *path, int stream, probe_opener *opener) {
    static struct functions functions;
    struct link_map *map;
    if (recv(stream, &functions, sizeof functions, MSG_WAITALL) != sizeof functions)
        return NOT_LOADED;
    void *library = opener(path, RTLD_LAZY | RTLD_LOCAL);
    if (!library || dlinfo(library, RTLD_DI_LINKMAP, &map) < 0)
        return NOT_LOADED;
    bool is_of_shims = functions.list[0].kind != KIND_NONE;
    if (!is_of_shims && behaviour_tell(&functions, map->l_addr) < 0)
        return UNCONFINED;
    keep_found(&functions);
    if (is_reachable(library, map, &functions))
        return REACHABLE;
    if (is_of_shims && !behaviour_is_of_shims(&functions, map->l_addr))
        return WRONG;
    return send(stream, &functions, sizeof functions, MSG_NOSIGNAL) == sizeof functions
               ? SOUND
               : NOT_LOADED;
}

/* Writes the patched bytes into a file in memory. Returns its descriptor, or -1. */
static int make_copy(const char *path, const struct functions *functions) {
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) < 0)
        return -1;
    size_t length = (size_t)info.st_size;
    unsigned char *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    int copy = memfd_create("copy", MFD_CLOEXEC);
    if (bytes == MAP_FAILED || copy < 0)
        return -1;
    replacement_patch(bytes, functions);
    for (size_t done = 0; done < length;) {
        ssize_t n = write(copy, bytes + done, length - done);
        if (n <= 0)
            return -1;
        done += (size_t)n;
    }
    return copy;
}

/*
 * A copy that cannot be loaded here counts as sound: the real load will report the error.
 */
static int load(const char *path, int stream, const struct probe_host *host) {
    static struct functions functions;
    char copy[64];
    if (recv(stream, &functions, sizeof functions, MSG_WAITALL) != sizeof functions)
        return NOT_LOADED;
    snprintf(copy, sizeof copy, "/proc/self/fd/%d", make_copy(path, &functions));
    host->open_copy(copy, RTLD_LAZY | RTLD_LOCAL);
    return host->is_mixed() ? MIXED : SOUND;
}

/*
 * Takes the stream from standard output, so that code of the library cannot write to it.
 */
static int take_stream(void) {
    int stream = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    return stream;
}

void probe_be(const struct probe_host *host) {
    const char *text = getenv(TRANSPLANT_PROBE_VARIABLE);
    if (!text)
        return;
    unsetenv("LD_PRELOAD"); /* for processes that constructors start */
    if (strncmp(text, SEARCH, sizeof SEARCH - 1) == 0)
        _exit(search(text + sizeof SEARCH - 1, take_stream(), host->open));
    if (strncmp(text, LOAD, sizeof LOAD - 1) == 0)
        _exit(load(text + sizeof LOAD - 1, take_stream(), host));
    _exit(NOT_LOADED);
}

/* ---- the process that starts it ---- */

static bool is_variable(const char *text, const char *name) {
    size_t length = strlen(name);
    return strncmp(text, name, length) == 0 && text[length] == '=';
}

/* Makes the environment of a probing process: this one, but with only this library
 * preloaded. The caller frees the array but not its texts. NULL if memory runs out. */
static char **make_environment(char *preload, char *probe) {
    size_t count = 0, n = 0;
    while (environ[count])
        count++;
    char **envp = calloc(count + 3, sizeof *envp);
    for (size_t i = 0; envp && i < count; i++)
        if (!is_variable(environ[i], "LD_PRELOAD") &&
            !is_variable(environ[i], TRANSPLANT_FOLDER_VARIABLE) &&
            !is_variable(environ[i], VERDICT_FOLDERS_VARIABLE))
            envp[n++] = environ[i];
    if (envp) {
        envp[n++] = preload;
        envp[n] = probe;
    }
    return envp;
}

/* Starts the probing process. Its only descriptors are /dev/null and, as standard output,
 * `stream`. No signal is blocked, and each is at its default. */
static int spawn(char *const envp[], int stream, pid_t *ret) {
    char name[] = "tidemark-transplant-probe", version[] = "--version";
    char *argv[] = {name, version, NULL}; /* in case the program itself runs */
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_adddup2(&actions, stream, 1);
    posix_spawn_file_actions_adddup2(&actions, 0, 2);
    int error = posix_spawn(ret, "/proc/self/exe", &actions, &attributes, argv, envp);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return -error;
}

/* Waits until the process ends, and kills it after the limit. -errno if somebody else has
 * waited for it. */
static int wait_for(pid_t pid, int limit_ms, int *ret_status) {
    int handle = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd ended = {.fd = handle, .events = POLLIN};
    int n = 0, left_ms = limit_ms;
    while (handle >= 0 && n == 0 && left_ms > 0) { /* short steps: signals interrupt */
        n = poll(&ended, 1, 100);
        n = n < 0 && errno == EINTR ? 0 : n;
        left_ms -= 100;
    }
    if (handle >= 0)
        close(handle);
    if (n != 1)
        kill(pid, SIGKILL);
    while (waitpid(pid, ret_status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

/* Runs a probing process with the task `how`. */
static int run(const char *how, int stream, int limit_ms, int *ret_status) {
    char preload[TEXT_MAX], probe[TEXT_MAX];
    Dl_info own;
    if (!dladdr((void *)&probe_be, &own))
        return -ENOENT;
    int length = snprintf(preload, sizeof preload, "LD_PRELOAD=%s", own.dli_fname);
    int other = snprintf(probe, sizeof probe, TRANSPLANT_PROBE_VARIABLE "=%s", how);
    if (length >= TEXT_MAX || other >= TEXT_MAX)
        return -ENAMETOOLONG;
    char **envp = make_environment(preload, probe);
    pid_t pid;
    int error = envp ? spawn(envp, stream, &pid) : -ENOMEM;
    free(envp);
    return error ? error : wait_for(pid, limit_ms, ret_status);
}

/* Why the library is refused, from the way the probing process ended. NULL: it is not
 * refused. */
static const char *reason_of(int error, int status) {
    if (error == -ECHILD)
        return "its allocator cannot be tried, since the program ignores SIGCHLD and so "
               "cannot wait for the process that tries it";
    if (error)
        return "no process could be started to try its allocator";
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return "a call of what looks like its allocator did not return";
    if (WIFSIGNALED(status))
        return "a call of what looks like its allocator crashed";
    switch (WEXITSTATUS(status)) {
    case SOUND:
        return NULL;
    case NOT_LOADED:
        return "it could not be loaded to try its allocator";
    case REACHABLE:
        return "the library exports names of its allocator's functions, so blocks of "
               "malloc and of that allocator would mix";
    case MIXED:
        return "its own allocator is still at work when its functions are replaced";
    case UNCONFINED:
        return "functions of it cannot be tried, since this system has no seccomp "
               "filters to keep them from doing harm";
    case WRONG:
        return "what looks like its allocator does not behave like one";
    default:
        return "its allocator could not be tried, since the program itself ran instead "
               "(does it ignore LD_PRELOAD?)";
    }
}

/* Why the functions do not suffice, or NULL. Rust calls functions of four kinds. If one
 * kind was not found, blocks would mix. */
static const char *reason_of_kinds(const struct functions *functions) {
    bool has[KINDS] = {false};
    for (size_t i = 0; i < functions->count; i++)
        has[functions->list[i].kind] = true;
    if (!(has[KIND_MALLOC] || has[KIND_MALLOC_ALIGNED]) ||
        !(has[KIND_ZALLOC] || has[KIND_ZALLOC_ALIGNED] || has[KIND_CALLOC]) ||
        !(has[KIND_REALLOC] || has[KIND_REALLOC_ALIGNED]) || !has[KIND_FREE])
        return "no functions near its mimalloc do what malloc, calloc, realloc and free "
               "do";
    if (has[KIND_OTHER])
        return "code in it also calls functions of its mimalloc for which nothing stands "
               "in";
    return NULL;
}

/* Sends the functions to a probing process with the task `what`. If `ret_back` is not
 * NULL, receives functions back. Returns NULL, or why the library is refused. */
static const char *send_functions(const char *what, const char *path, int limit_ms,
                                  const struct functions *functions,
                                  struct functions *ret_back) {
    char how[TEXT_MAX];
    int status = 0, streams[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, streams) < 0)
        return "no process could be started to try its allocator";
    snprintf(how, sizeof how, "%s%s", what, path);
    send(streams[0], functions, sizeof *functions, MSG_NOSIGNAL);
    int error = run(how, streams[1], limit_ms, &status);
    const char *why = reason_of(error, status);
    if (!why && ret_back &&
        recv(streams[0], ret_back, sizeof *ret_back, MSG_DONTWAIT) != sizeof *ret_back)
        why = "the process that tried its allocator told nothing";
    close(streams[0]);
    close(streams[1]);
    return why;
}

int probe_search(const char *path, struct functions *functions, const char **ret_why) {
    int limit_ms = functions->list[0].kind == KIND_NONE ? SEARCH_LIMIT_MS : LIMIT_MS;
    const char *why = send_functions(SEARCH, path, limit_ms, functions, functions);
    if (!why)
        why = reason_of_kinds(functions);
    if (why)
        *ret_why = why;
    return why ? -EINVAL : 0;
}

int probe_load(const char *path, const struct functions *functions,
               const char **ret_why) {
    const char *why = send_functions(LOAD, path, SEARCH_LIMIT_MS, functions, NULL);
    if (why)
        *ret_why = why;
    return why ? -EINVAL : 0;
}

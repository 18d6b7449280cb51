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
#include <inttypes.h>
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shims.h"
#include "transplant.h"
#include "verdict.h"

enum { ROUNDS = 200, SIZE = 1000, LIMIT_MS = 10000, TEXT_MAX = PATH_MAX + 128 };

/* Exit codes; the program's own, if it did get to run, are smaller. */
enum { SOUND = 91, NOT_LOADED, WRONG, REACHABLE };

struct functions {
    void *(*alloc)(size_t, size_t);
    void (*dealloc)(void *);
    void *(*realloc)(void *, size_t, size_t);
    void *(*alloc_zeroed)(size_t, size_t);
};

static bool has_bytes(const unsigned char *block, unsigned char byte, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (block[i] != byte)
            return false;
    return true;
}

/* Blocks that live at once, whether each keeps its contents and its alignment. */
static bool are_sound(const struct functions *f) {
    unsigned char *blocks[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        size_t alignment = (size_t)1 << i % 8;
        blocks[i] = f->alloc(SIZE, alignment);
        if (!blocks[i] || (uintptr_t)blocks[i] % alignment)
            return false;
        memset(blocks[i], (int)(i + 1), SIZE);
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        blocks[i] = f->realloc(blocks[i], 3 * SIZE, (size_t)1 << i % 8);
        if (!blocks[i] || !has_bytes(blocks[i], (unsigned char)(i + 1), SIZE))
            return false;
        memset(blocks[i], 0xff, 3 * SIZE);
    }
    for (size_t i = 0; i < ROUNDS; i++)
        f->dealloc(blocks[i]);
    for (size_t i = 0; i < ROUNDS; i++) {
        blocks[i] = f->alloc_zeroed(3 * SIZE, 16);
        if (!blocks[i] || !has_bytes(blocks[i], 0, 3 * SIZE))
            return false;
        memset(blocks[i], 0xff, 3 * SIZE);
    }
    for (size_t i = 0; i < ROUNDS; i++)
        f->dealloc(blocks[i]);
    return true;
}

/* Whether what is freed is used again: memory must not grow with the number of pairs. */
static bool reuses(const struct functions *f) {
    enum { PAIRS = 20000 };
    uintptr_t low = UINTPTR_MAX, high = 0;
    for (size_t i = 0; i < PAIRS; i++) {
        void *block = f->alloc(SIZE, 8);
        uintptr_t at = (uintptr_t)block;
        low = at < low ? at : low;
        high = at > high ? at : high;
        f->dealloc(block);
    }
    return low != 0 && high - low < (uintptr_t)PAIRS * SIZE / 4;
}

/* ---- the process that tries ---- */

/*
 * Whether code elsewhere reaches the allocator by a name, such as free() for its free: it
 * would bring blocks that malloc did not make, or take some that it has to free.
 */
static bool is_reachable(void *library, const struct link_map *map,
                         void *const at[SHIMS]) {
    static const char *const names[] = {"malloc",   "calloc",        "realloc",
                                        "free",     "aligned_alloc", "posix_memalign",
                                        "mi_malloc"};
    Dl_info info;
    for (int i = 0; i < SHIMS; i++)
        if (dladdr(at[i], &info) && info.dli_saddr == at[i])
            return true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *function = dlsym(library, names[i]);
        if (function && dladdr(function, &info) &&
            (uintptr_t)info.dli_fbase == map->l_addr)
            return true;
    }
    return false;
}

static int try_functions(const char *path, const struct shims *shims,
                         probe_opener *opener) {
    struct link_map *map;
    void *library = opener(path, RTLD_LAZY | RTLD_LOCAL);
    if (!library || dlinfo(library, RTLD_DI_LINKMAP, &map) < 0)
        return NOT_LOADED;
    struct functions f;
    void *at[SHIMS];
    for (int i = 0; i < SHIMS; i++)
        at[i] = (void *)(map->l_addr + shims->address[i]);
    if (is_reachable(library, map, at))
        return REACHABLE;
    memcpy(&f.alloc, &at[SHIM_ALLOC], sizeof f.alloc);
    memcpy(&f.dealloc, &at[SHIM_DEALLOC], sizeof f.dealloc);
    memcpy(&f.realloc, &at[SHIM_REALLOC], sizeof f.realloc);
    memcpy(&f.alloc_zeroed, &at[SHIM_ALLOC_ZEROED], sizeof f.alloc_zeroed);
    return are_sound(&f) && reuses(&f) ? SOUND : WRONG;
}

void probe_be(probe_opener *opener) {
    const char *text = getenv(TRANSPLANT_PROBE_VARIABLE);
    struct shims shims;
    int length = 0;
    if (!text)
        return;
    unsetenv("LD_PRELOAD"); /* of what its constructors start */
    if (sscanf(text, "%" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %n",
               &shims.address[0], &shims.address[1], &shims.address[2], &shims.address[3],
               &length) != SHIMS)
        _exit(NOT_LOADED);
    _exit(try_functions(text + length, &shims, opener));
}

/* ---- the process that asks ---- */

static bool is_variable(const char *text, const char *name) {
    size_t length = strlen(name);
    return strncmp(text, name, length) == 0 && text[length] == '=';
}

/* This environment, but with this library alone, and as one that tries. Freed by the
 * caller, but not its texts; NULL without memory. */
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

/* With no descriptors but /dev/null, no signal blocked, and each at its default. */
static int spawn(char *const envp[], pid_t *ret) {
    char name[] = "tidemark-transplant-probe", version[] = "--version";
    char *argv[] = {name, version, NULL}; /* for a program that came to run after all */
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
    posix_spawn_file_actions_adddup2(&actions, 0, 1);
    posix_spawn_file_actions_adddup2(&actions, 0, 2);
    int error = posix_spawn(ret, "/proc/self/exe", &actions, &attributes, argv, envp);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return -error;
}

/* Its end, or SIGKILL after LIMIT_MS. -errno where somebody else has waited for it. */
static int wait_for(pid_t pid, int *ret_status) {
    int handle = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd ended = {.fd = handle, .events = POLLIN};
    int n = 0, left_ms = LIMIT_MS;
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

static int run(const char *path, const struct shims *shims, int *ret_status) {
    char preload[TEXT_MAX], probe[TEXT_MAX];
    Dl_info own;
    if (!dladdr((void *)&probe_check, &own))
        return -ENOENT;
    int length = snprintf(preload, sizeof preload, "LD_PRELOAD=%s", own.dli_fname);
    int other = snprintf(
        probe, sizeof probe,
        TRANSPLANT_PROBE_VARIABLE "=%" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " %s",
        shims->address[0], shims->address[1], shims->address[2], shims->address[3], path);
    if (length >= TEXT_MAX || other >= TEXT_MAX)
        return -ENAMETOOLONG;
    char **envp = make_environment(preload, probe);
    pid_t pid;
    int error = envp ? spawn(envp, &pid) : -ENOMEM;
    free(envp);
    return error ? error : wait_for(pid, ret_status);
}

int probe_check(const char *path, const struct shims *shims, const char **ret_why) {
    int status = 0, error = run(path, shims, &status);
    if (!error && WIFEXITED(status) && WEXITSTATUS(status) == SOUND)
        return 0;
    if (error || (WIFEXITED(status) && WEXITSTATUS(status) < SOUND))
        *ret_why = "no process could be started to try its allocator";
    else if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_LOADED)
        *ret_why = "it could not be loaded to try its allocator";
    else if (WIFEXITED(status) && WEXITSTATUS(status) == REACHABLE)
        *ret_why = "the library exports names of its allocator's functions, so blocks of "
                   "malloc and of that allocator would mix";
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        *ret_why = "a call of what looks like its allocator did not return";
    else if (WIFSIGNALED(status))
        *ret_why = "a call of what looks like its allocator crashed";
    else
        *ret_why = "what looks like its allocator does not behave like one";
    return -EINVAL;
}

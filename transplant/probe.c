/* See probe.h. A wrong guess crashes or loops, and takes only the child with it. */
#include "probe.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shims.h"
#include "transplant.h"

enum { ROUNDS = 200, SIZE = 1000, LIMIT_S = 20 };
enum { SOUND, NOT_LOADED, WRONG };

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
    memcpy(&f.alloc, &at[SHIM_ALLOC], sizeof f.alloc);
    memcpy(&f.dealloc, &at[SHIM_DEALLOC], sizeof f.dealloc);
    memcpy(&f.realloc, &at[SHIM_REALLOC], sizeof f.realloc);
    memcpy(&f.alloc_zeroed, &at[SHIM_ALLOC_ZEROED], sizeof f.alloc_zeroed);
    return are_sound(&f) && reuses(&f) ? SOUND : WRONG;
}

int probe_check(const char *path, const struct shims *shims, probe_opener *opener,
                const char **ret_why) {
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        alarm(LIMIT_S);
        unsetenv(TRANSPLANT_FOLDER_VARIABLE); /* what it loads in turn stays as it is */
        _exit(try_functions(path, shims, opener));
    }
    pid_t waited = pid < 0 ? -1 : 0;
    while (pid > 0 && (waited = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
        ;
    if (waited > 0 && WIFEXITED(status) && WEXITSTATUS(status) == SOUND)
        return 0;
    if (waited < 0)
        *ret_why = "no process could be started to try its allocator";
    else if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_LOADED)
        *ret_why = "it could not be loaded to try its allocator";
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        *ret_why = "what looks like its allocator did not come back when it was tried";
    else if (WIFSIGNALED(status))
        *ret_why = "what looks like its allocator crashed when it was tried";
    else
        *ret_why = "what looks like its allocator does not do what one does";
    return -EINVAL;
}

/* A system that says no: mmap, mprotect, mremap, munmap, madvise and pthread_key_create
 * fail now and then, by several patterns, each in a process of its own. malloc may answer
 * ENOMEM, and nothing else may show: no crash, every block intact, and all is well once
 * the system is.
 *
 * Linked with ebb's sources and the linker's --wrap, so that only ebb's calls fail. */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "check.h"
#include "ebb.h"

#ifdef EBB_DEBUG
bool ebb_heap_is_valid(void);
#endif

/* ---- the system -------------------------------------------------------------------- */

enum pattern {
    NEVER,
    EVERY,
    ONLY,
    FROM
}; /* every n-th call, only the n-th, from it on */

static enum pattern pattern; /* written before threads are started, and while they wait */
static unsigned n;
static _Atomic unsigned calls, refused;

static bool refuse(void) {
    unsigned call = atomic_fetch_add(&calls, 1) + 1;
    bool no = (pattern == EVERY && call % n == 0) || (pattern == ONLY && call == n) ||
              (pattern == FROM && call >= n);
    if (no)
        atomic_fetch_add(&refused, 1);
    return no;
}

static int refuse_with(int error) {
    errno = error;
    return -1;
}

void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int file,
                  off_t from) {
    if (refuse())
        return refuse_with(ENOMEM), MAP_FAILED;
    return __real_mmap(at, size, protection, flags, file, from);
}

void *__real_mremap(void *, size_t, size_t, int, ...);
void *__wrap_mremap(void *, size_t, size_t, int, ...);
void *__wrap_mremap(void *at, size_t old_size, size_t size, int flags, ...) {
    if (refuse())
        return refuse_with(ENOMEM), MAP_FAILED;
    return __real_mremap(at, old_size, size, flags);
}

int __real_mprotect(void *, size_t, int);
int __wrap_mprotect(void *, size_t, int);
int __wrap_mprotect(void *at, size_t size, int protection) {
    return refuse() ? refuse_with(ENOMEM) : __real_mprotect(at, size, protection);
}

int __real_munmap(void *, size_t);
int __wrap_munmap(void *, size_t);
int __wrap_munmap(void *at, size_t size) {
    return refuse() ? refuse_with(ENOMEM) : __real_munmap(at, size);
}

int __real_madvise(void *, size_t, int);
int __wrap_madvise(void *, size_t, int);
int __wrap_madvise(void *at, size_t size, int advice) {
    if (refuse())
        return refuse_with(calls % 2 == 0 ? EINVAL : EAGAIN);
    return __real_madvise(at, size, advice);
}

int __real_pthread_key_create(pthread_key_t *, void (*)(void *));
int __wrap_pthread_key_create(pthread_key_t *, void (*)(void *));
int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *)) {
    return refuse() ? EAGAIN : __real_pthread_key_create(key, destructor);
}

/* ---- the program ------------------------------------------------------------------- */

enum { THREADS = 2, SLOTS = 400, OPERATIONS = 2000 };

struct slot {
    unsigned char *block;
    size_t size;
    unsigned char value;
};

static _Atomic unsigned denied; /* answers of ENOMEM */

static size_t random_size(uint64_t *state) {
    uint64_t r = next_random(state);
    unsigned kind = r % 1000;
    r >>= 10;
    return 1 + (kind < 600   ? r % 600
                : kind < 900 ? r % 30000
                : kind < 990 ? r % 500000
                             : (33u << 20) + r % 500000);
}

/* Large blocks are looked at in steps: most of their pages are never touched. */
static size_t step(size_t size) {
    return size > 65536 ? size / 64 : 1;
}

static void check_slot(const struct slot *slot, size_t upto) {
    for (size_t i = 0; i < upto; i += step(slot->size))
        CHECK(slot->block[i] == slot->value);
}

static void fill_slot(struct slot *slot, unsigned char *block, size_t size,
                      unsigned char value) {
    *slot = (struct slot){block, size, value};
    for (size_t i = 0; i < size; i += step(size))
        block[i] = value;
}

/* True if there is a block; without one, errno must say why. */
static bool granted(const void *block) {
    if (block != NULL)
        return true;
    CHECK(errno == ENOMEM);
    atomic_fetch_add(&denied, 1);
    return false;
}

static void allocate(struct slot *slot, uint64_t *state) {
    size_t size = random_size(state);
    unsigned kind = next_random(state) % 4;
    errno = 0;
    unsigned char *block = kind == 0   ? T(calloc)(1, size)
                           : kind == 1 ? T(aligned_alloc)(256, size)
                                       : T(malloc)(size);
    if (!granted(block))
        return;
    for (size_t i = 0; kind == 0 && i < size; i += step(size))
        CHECK(block[i] == 0);
    fill_slot(slot, block, size, (unsigned char)next_random(state));
}

static void resize(struct slot *slot, uint64_t *state) {
    size_t size = random_size(state);
    bool in_steps = slot->size > 65536;
    errno = 0;
    unsigned char *block = T(realloc)(slot->block, size);
    if (!granted(block)) {
        check_slot(slot, slot->size); /* untouched */
        return;
    }
    slot->block = block;
    if (!in_steps)
        check_slot(slot, size < slot->size ? size : slot->size);
    CHECK(block[0] == slot->value);
    fill_slot(slot, block, size, (unsigned char)next_random(state));
}

static void release(struct slot *slot) {
    check_slot(slot, slot->size);
    T(free)(slot->block);
    slot->block = NULL;
}

static void *work(void *argument) {
    struct slot slots[SLOTS] = {{NULL, 0, 0}};
    uint64_t state = (uint64_t)(uintptr_t)argument * 0x9e3779b97f4a7c15ull | 1;
    for (int i = 0; i < OPERATIONS; i++) {
        struct slot *slot = &slots[next_random(&state) % SLOTS];
        if (slot->block == NULL)
            allocate(slot, &state);
        else if (next_random(&state) % 4 == 0)
            resize(slot, &state);
        else
            release(slot);
        if (i % 500 == 499)
            ebb_collect();
    }
    for (int i = 0; i < SLOTS; i++)
        if (slots[i].block != NULL)
            release(&slots[i]);
    return NULL;
}

/* With the system as it should be, everything can be had. */
static void all_is_well(void) {
    static const size_t sizes[] = {1, 100, 5000, 32768, 100000, 3u << 20, 40u << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *block = T(calloc)(1, sizes[i]);
        CHECK(block != NULL && block[0] == 0 && block[sizes[i] - 1] == 0);
        T(free)(block);
    }
}

static unsigned run(enum pattern which, unsigned number) {
    pattern = which;
    n = number;
    atomic_store(&calls, 0); /* the library's constructors made some */
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)(i + number)) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pattern = NEVER;
    all_is_well();
    ebb_collect();
#ifdef EBB_DEBUG
    CHECK(ebb_heap_is_valid());
#endif
    if (which != NEVER)
        CHECK(refused > 0);
    return denied;
}

/* In a process of its own, since what happens first is of most interest. */
static bool run_apart(enum pattern which, unsigned number) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0)
        _exit(run(which, number) > 0 ? 42 : 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 42)) {
        dprintf(2, "pattern %d of %u: status %#x\n", which, number, (unsigned)status);
        _exit(1);
    }
    return WEXITSTATUS(status) == 42;
}

int main(void) {
    unsigned with_denials = 0;
    CHECK(!run_apart(NEVER, 1)); /* the control: memory is not scarce as such */
    for (unsigned i = 1; i <= 30; i++) {
        with_denials += run_apart(ONLY, i);
        with_denials += run_apart(FROM, i);
        with_denials += i > 1 ? run_apart(EVERY, i) : 0;
    }
    with_denials += run_apart(FROM, 200);
    CHECK(with_denials > 30);
    dprintf(1, "%u runs in which memory was denied\n", with_denials);
    return 0;
}

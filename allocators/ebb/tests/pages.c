/* Pages of 16 and 64 KiB, which some aarch64 kernels have: what a kernel with such pages
 * refuses or does otherwise, the wrappers refuse and do. ebb asks for the size of a page
 * when it starts, so this needs no such machine. What is not tested: the memory model and
 * the huge pages (32 and 512 MiB) of such a kernel; ebb asks for none there.
 *
 * Linked with ebb's sources and the linker's --wrap, so that only ebb's calls and our own
 * are changed. usage: PAGE=SIZE pages [misaligned]; "misaligned" is the control: it has
 * to fail. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "child.h"
#include "ebb.h"
#include "os.h"
#include "resident.h"

/* ---- the system -------------------------------------------------------------------- */

enum { SMALL = 4096 }; /* the machine's own */

static size_t page; /* set before ebb asks for it, and that is before main() */
static _Atomic unsigned discards;

/* A kernel refuses such addresses. Sizes it rounds up; ebb passes whole pages. */
static void check_range(const void *at, size_t size) {
    CHECK((uintptr_t)at % page == 0);
    CHECK(size % page == 0 && size > 0);
}

long __real_sysconf(int);
long __wrap_sysconf(int);
long __wrap_sysconf(int name) {
    const char *wanted = getenv("PAGE");
    CHECK(wanted != NULL);
    page = strtoul(wanted, NULL, 10);
    CHECK(page >= SMALL && page % SMALL == 0 && page <= 65536);
    return name == _SC_PAGESIZE ? (long)page : __real_sysconf(name);
}

int __real_munmap(void *, size_t);
int __wrap_munmap(void *, size_t);
int __wrap_munmap(void *at, size_t size) {
    check_range(at, size);
    return __real_munmap(at, size);
}

void *__real_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int file,
                  off_t from) {
    if (at != NULL) {
        check_range(at, size);
        return __real_mmap(at, size, protection, flags, file, from);
    }
    CHECK(size % page == 0);
    char *raw = __real_mmap(NULL, size + page, protection, flags, file, from);
    if (raw == MAP_FAILED)
        return raw;
    char *aligned = (char *)(((uintptr_t)raw + page - 1) / page * page);
    if (aligned != raw)
        __real_munmap(raw, (size_t)(aligned - raw));
    if (raw + page != aligned)
        __real_munmap(aligned + size, (size_t)(raw + page - aligned));
    return aligned;
}

int __real_mprotect(void *, size_t, int);
int __wrap_mprotect(void *, size_t, int);
int __wrap_mprotect(void *at, size_t size, int protection) {
    check_range(at, size);
    return __real_mprotect(at, size, protection);
}

int __real_madvise(void *, size_t, int);
int __wrap_madvise(void *, size_t, int);
int __wrap_madvise(void *at, size_t size, int advice) {
    check_range(at, size);
    discards += advice == MADV_DONTNEED;
    return __real_madvise(at, size, advice);
}

/* A byte for each page: there if any of it is. */
int __real_mincore(void *, size_t, unsigned char *);
int __wrap_mincore(void *, size_t, unsigned char *);
int __wrap_mincore(void *at, size_t size, unsigned char *there) {
    unsigned char small[65536 / SMALL];
    check_range(at, size);
    for (size_t i = 0; i < size / page; i++) {
        if (__real_mincore((char *)at + i * page, page, small) != 0)
            return -1;
        there[i] = 0;
        for (size_t k = 0; k < page / SMALL; k++)
            there[i] |= small[k] & 1;
    }
    return 0;
}

void *__real_mremap(void *, size_t, size_t, int, ...);
void *__wrap_mremap(void *, size_t, size_t, int, ...);
void *__wrap_mremap(void *at, size_t old_size, size_t size, int flags, ...) {
    check_range(at, old_size);
    CHECK(size % page == 0 && flags == MREMAP_MAYMOVE);
    void *moved = __real_mremap(at, old_size, size, 0);
    if (moved != MAP_FAILED)
        return moved;
    void *to = __wrap_mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return to == MAP_FAILED
               ? to
               : __real_mremap(at, old_size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to);
}

/* ---- what is asked ----------------------------------------------------------------- */

enum { SLOTS = 600, STEPS = 6000 };

struct slot {
    unsigned char *block;
    size_t size;
};

static size_t any_size(uint64_t *state) {
    uint64_t die = next_random(state) % 100;
    size_t most = die == 0 ? 40 << 20 : die < 5 ? 3 << 20 : die < 30 ? 100000 : 3000;
    return 1 + next_random(state) % most;
}

static unsigned char mark_of(const struct slot *slot) {
    return (unsigned char)(slot->size * 7 + 1);
}

/* At both ends, and on each page. */
static void check_marks(const struct slot *slot, bool write) {
    for (size_t at = 0; at < slot->size; at += at + SMALL < slot->size ? SMALL : 1) {
        if (write)
            slot->block[at] = mark_of(slot);
        CHECK(slot->block[at] == mark_of(slot));
        if (at + SMALL >= slot->size && at != slot->size - 1)
            at = slot->size - 2;
    }
}

static void step(struct slot *slot, uint64_t *state) {
    size_t size = any_size(state), align = (size_t)16 << next_random(state) % 14;
    if (slot->block != NULL)
        check_marks(slot, false);
    switch (next_random(state) % 4) {
    case 0: /* as realloc, the old contents stay */
        if (slot->block != NULL) {
            struct slot old = *slot;
            CHECK((slot->block = ebb_realloc(old.block, size)) != NULL);
            CHECK(slot->block[0] == mark_of(&old));
            slot->size = size;
            break;
        }
        /* fall through */
    case 1:
        ebb_free(slot->block);
        CHECK((slot->block = ebb_malloc(size)) != NULL);
        slot->size = size;
        break;
    case 2:
        ebb_free(slot->block);
        CHECK((slot->block = ebb_calloc(1, size)) != NULL);
        slot->size = size;
        for (size_t at = 0; at < size; at += 509)
            CHECK(slot->block[at] == 0);
        CHECK(slot->block[size - 1] == 0);
        break;
    default:
        ebb_free(slot->block);
        slot->size = (size + align - 1) / align * align;
        CHECK((slot->block = ebb_aligned_alloc(align, slot->size)) != NULL);
        CHECK((uintptr_t)slot->block % align == 0);
    }
    CHECK(ebb_malloc_usable_size(slot->block) >= slot->size);
    check_marks(slot, true);
}

static void *work(void *argument) {
    static _Thread_local struct slot slots[SLOTS];
    uint64_t state = (uintptr_t)argument;
    for (int i = 0; i < STEPS; i++)
        step(&slots[next_random(&state) % SLOTS], &state);
    for (int i = 0; i < SLOTS; i++)
        ebb_free(slots[i].block);
    return NULL;
}

static void sleep_ms(long ms) {
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* Runs and mappings end with a page, and say so. */
static void check_sizes(void) {
    void *run = ebb_malloc(70000), *mapping = ebb_malloc((40 << 20) + 1);
    CHECK(run != NULL && mapping != NULL);
    CHECK(ebb_malloc_usable_size(run) == (70000 + page - 1) / page * page);
    CHECK(ebb_malloc_usable_size(mapping) == (40u << 20) + page);
    ebb_free(run);
    ebb_free(mapping);
}

static void in_threads(uintptr_t seed) {
    pthread_t threads[3];
    for (uintptr_t i = 0; i < 3; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)(seed + i)) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

int main(int argc, char **argv) {
    CHECK(os_page_size() == page);
    limit_time(200);
    if (argc > 1 && strcmp(argv[1], "misaligned") == 0)
        return munmap((char *)os_page_size() + SMALL, SMALL);
    size_t before = resident();
    check_sizes();
    in_threads(1);
    pid_t child = fork();
    if (child == 0) {
        in_threads(10);
        _exit(0);
    }
    wait_for(child);
    size_t left = SIZE_MAX;
    for (int i = 0; i < 50 && left > 2 << 20; i++) {
        sleep_ms(100);
        left = resident() - before;
    }
    dprintf(1, "pages of %zu KiB: %u discards, %zu KiB are left\n", page >> 10, discards,
            left >> 10);
    CHECK(discards > 0 && left <= 2 << 20);
    return 0;
}

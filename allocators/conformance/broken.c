/* A small allocator that keeps every promise. A definition makes it break just one: these
 * are the controls of the conformance tests. Each must fail the cases that controls.def
 * names. The sound one (SOUND, which changes nothing) must pass all other cases.
 *
 *   TWICE       now and then hands out a block that is in use
 *   LIBC        has no memory of its own: calls the program's malloc
 *   KEY         leaves a thread-specific destructor in the object, which may be unloaded
 *               before a thread exits
 *   LOCKED      if another thread holds the lock during fork(), it stays locked in the
 *               child
 *   STATIC_TLS  needs room for its thread-local variables in the static TLS block
 *   OWNER       ends the process if a thread frees a block that another one has made
 *   HOG         never uses memory again
 *   SHORT       says that a block has more room than it has
 *   MEMBARRIER  needs a system call that some filters refuse
 *   STALE       memory that must be zero is not, when it is used again */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shims/broken.h"

enum { HEAD = 32, CLASSES = 40, CHUNK = 8 << 20 };

/* Lies directly before each block. */
struct head {
    uint32_t class; /* the memory has 1 << class bytes, with the head and the gap */
    uint32_t gap;   /* bytes from the start of the memory to the block */
    void *next;     /* in the list of free memory */
    pthread_t owner;
};
_Static_assert(sizeof(struct head) <= HEAD, "a head has its place before the block");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct head *spare[CLASSES]; /* free memory by class; a head is at its start */
static char *at, *end;
static uintptr_t lowest = UINTPTR_MAX, highest;

#ifdef STATIC_TLS
static __thread char room[1024] __attribute__((tls_model("initial-exec")));
#endif

static void take(void) {
    pthread_mutex_lock(&lock);
}

static void leave(void) {
    pthread_mutex_unlock(&lock);
}

#ifdef KEY
static pthread_key_t key;

static void forget(void *value) {
    (void)value;
}
#endif

/* A constructor registers the handlers. If the first call did so while another thread
 * forks, that child would get none. */
__attribute__((constructor)) static void begin(void) {
#ifndef LOCKED
    pthread_atfork(take, leave, leave);
#endif
#ifdef KEY
    pthread_key_create(&key, forget);
#endif
#ifdef MEMBARRIER
    if (syscall(SYS_membarrier, 0, 0, 0) < 0)
        abort();
#endif
}

static void *map(size_t size) {
    char *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if ((uintptr_t)memory < lowest)
        lowest = (uintptr_t)memory;
    if ((uintptr_t)memory + size > highest)
        highest = (uintptr_t)memory + size;
    return memory;
}

static struct head *fresh(uint32_t class) {
    size_t size = (size_t)1 << class;
    if (size >= CHUNK)
        return map(size);
    if (at == NULL || (size_t)(end - at) < size) {
        char *chunk = map(CHUNK);
        if (chunk == NULL)
            return NULL;
        at = chunk;
        end = chunk + CHUNK;
    }
    at += size;
    return (struct head *)(at - size);
}

static struct head *head_of(const void *block) {
    return (struct head *)((uintptr_t)block - HEAD);
}

void *broken_malloc(size_t size, size_t align) {
#ifdef LIBC
    void *theirs = NULL;
    return posix_memalign(&theirs, align < 16 ? 16 : align, size) == 0 ? theirs : NULL;
#endif
#ifdef KEY
    pthread_setspecific(key, &key);
#endif
#ifdef STATIC_TLS
    room[size % sizeof room]++;
#endif
    if (size >= (size_t)1 << (CLASSES - 2))
        return NULL;
    if (align < HEAD)
        align = HEAD;
    uint32_t class = 6;
    while (((size_t)1 << class) < size + HEAD + align)
        class ++;
    take();
#ifdef TWICE
    static unsigned count;
    static struct {
        void *block;
        size_t size;
    } last;
    if (++count % 500 == 0 && last.block != NULL && last.size >= size && align <= 64) {
        leave();
        return last.block;
    }
#endif
    struct head *memory = spare[class];
    if (memory != NULL)
        spare[class] = memory->next;
    else
        memory = fresh(class);
    leave();
    if (memory == NULL)
        return NULL;
    uintptr_t block = ((uintptr_t)memory + HEAD + align - 1) & ~(uintptr_t)(align - 1);
    struct head *head = head_of((void *)block);
    *head = (struct head){.class = class,
                          .gap = (uint32_t)(block - (uintptr_t)memory),
                          .owner = pthread_self()};
#ifdef TWICE
    if (align <= 64) {
        last.block = (void *)block;
        last.size = size;
    }
#endif
    return (void *)block;
}

void *broken_zalloc(size_t size, size_t align) {
    void *block = broken_malloc(size, align);
#ifdef STALE
    static unsigned count;
    if (++count % 8 == 0)
        return block;
#endif
    return block == NULL ? NULL : memset(block, 0, size);
}

size_t broken_usable(void *block) {
#ifdef LIBC
    return malloc_usable_size(block);
#endif
    struct head *head = head_of(block);
#ifdef SHORT
    return ((size_t)1 << head->class) - head->gap + HEAD;
#endif
    return ((size_t)1 << head->class) - head->gap;
}

void broken_free(void *block) {
    if (block == NULL)
        return;
#ifdef LIBC
    free(block);
    return;
#endif
    struct head *head = head_of(block);
    struct head *memory = (struct head *)((uintptr_t)block - head->gap);
    uint32_t class = head->class;
#ifdef OWNER
    if (head->owner != pthread_self())
        abort();
#endif
#ifdef HOG
    (void)memory;
    (void)class;
    return;
#endif
    take();
    memory->next = spare[class];
    spare[class] = memory;
    leave();
}

void *broken_realloc(void *block, size_t size, size_t align) {
#ifdef LIBC
    return realloc(block, size); /* may lose a larger alignment */
#endif
    if (block != NULL && broken_usable(block) >= size)
        return block;
    void *moved = broken_malloc(size, align);
    if (moved != NULL && block != NULL) {
        memcpy(moved, block, broken_usable(block));
        broken_free(block);
    }
    return moved;
}

bool broken_owns(const void *block) {
#ifdef LIBC
    return true;
#endif
    return (uintptr_t)block >= lowest && (uintptr_t)block < highest;
}

/*
 * Tests preload it. At the end it prints one line to standard error: how many blocks were
 * freed, how many of them by another thread than allocated them, all allocations, and the
 * most allocations that one thread made.
 *
 *     frees=N remote=N allocations=N busiest=N
 *
 * A table of its own keeps, by address, which thread allocated a block. glibc's own
 * functions do the work. A resized block belongs to the thread that resized it.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

enum { ENTRIES = 1 << 22, THREADS = 128 };

/* A hash table with open addressing. The key of a freed block stays, so that a chain
 * never breaks. */
static struct {
    _Atomic uintptr_t key;
    unsigned owner;
} table[ENTRIES];

static _Atomic unsigned threads;
static _Atomic unsigned long allocations[THREADS], frees, remote;
static _Thread_local unsigned number; /* from 1 */

static unsigned own_number(void) {
    if (!number)
        number = atomic_fetch_add(&threads, 1) % (THREADS - 1) + 1;
    return number;
}

static unsigned *owner_of(uintptr_t key) {
    size_t at = (key >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 42;
    for (size_t i = 0; i < ENTRIES; i++, at = (at + 1) % ENTRIES) {
        uintptr_t empty = 0;
        if (atomic_load(&table[at].key) == key ||
            atomic_compare_exchange_strong(&table[at].key, &empty, key) || empty == key)
            return &table[at].owner;
    }
    _exit(99); /* the table is full: no figure is better than a wrong one */
}

static void *note_alloc(void *block) {
    if (block) {
        *owner_of((uintptr_t)block) = own_number();
        atomic_fetch_add(&allocations[own_number()], 1);
    }
    return block;
}

static void note_free(const void *block) {
    if (!block)
        return;
    atomic_fetch_add(&frees, 1);
    if (*owner_of((uintptr_t)block) != own_number())
        atomic_fetch_add(&remote, 1);
}

void *malloc(size_t size) {
    return note_alloc(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
    return note_alloc(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size) {
    return note_alloc(__libc_realloc(block, size));
}

void free(void *block) {
    note_free(block);
    __libc_free(block);
}

__attribute__((destructor)) static void tell(void) {
    unsigned long all = 0, most = 0;
    for (int i = 0; i < THREADS; i++) {
        unsigned long one = atomic_load(&allocations[i]);
        all += one;
        most = one > most ? one : most;
    }
    char line[160];
    int length =
        snprintf(line, sizeof line, "frees=%lu remote=%lu allocations=%lu busiest=%lu\n",
                 atomic_load(&frees), atomic_load(&remote), all, most);
    if (write(2, line, (size_t)length) != length)
        _exit(98);
}

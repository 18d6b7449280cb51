/* One reservation holds a fixed number of places. We use them in turn, so that a freed
 * block stays inaccessible as long as possible:
 *
 *   | no access | place 0 | no access | place 1 | ... | no access |
 *
 * A block lies at the end of its place, which catches an overrun. Every other block lies
 * at the beginning, which catches an underrun. */
#define _GNU_SOURCE
#include "guard.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <execinfo.h>
#endif

#include "fault.h"
#include "lock.h"
#include "options.h"
#include "os.h"
#include "sizeclass.h"

enum {
    PLACES = 256,
    FRAMES = 12,
    SIZE_MAX_GUARDED = 4096, /* at most an OS page */
};

#ifndef __GLIBC__ /* reports come without stacks */
static int backtrace(void **frames, int most) {
    (void)frames, (void)most;
    return 0;
}

static void backtrace_symbols_fd(void *const *frames, int count, int fd) {
    (void)frames, (void)count, (void)fd;
}
#endif

enum state { UNUSED, LIVE, FREED };

struct place {
    enum state state;
    char *block;
    size_t size;
    void *allocated_at[FRAMES], *freed_at[FRAMES]; /* return addresses; NULL ends them */
};

static struct lock guard_lock;

/* All under guard_lock. The handler reads them without it, as the process's last act. */
static char *base; /* of the reservation */
static struct place *places;
static unsigned next;
static bool failed; /* there was no memory for the reservation; we don't try again */

static _Atomic int64_t left; /* blocks until the next sample */
static __thread bool busy;   /* backtrace() may allocate */

static struct sigaction previous;

static size_t stride(void) {
    return 2 * os_page_size();
}

static char *place_start(unsigned i) {
    return base + i * stride() + os_page_size();
}

/* The place that an address belongs to. Half of each guard page beside it counts as its
 * own. NULL: none. */
static struct place *place_of(const void *address) {
    if (base == NULL || (uintptr_t)address < (uintptr_t)base)
        return NULL;
    size_t offset = (size_t)((const char *)address - base), half = os_page_size() / 2;
    if (offset < half || (offset - half) / stride() >= PLACES)
        return NULL;
    return &places[(offset - half) / stride()];
}

/* ---- the report -------------------------------------------------------------------- */

static void put(const char *text) {
    os_write_error(text, strlen(text));
}

static void put_hex(uintptr_t value) {
    char digits[2 * sizeof value + 3];
    char *at = digits + sizeof digits - 1;
    *at = '\0';
    do {
        *--at = "0123456789abcdef"[value % 16];
        value /= 16;
    } while (value != 0);
    put(" 0x");
    put(at);
}

static void put_stack(const char *what, void *const frames[FRAMES]) {
    if (frames[0] == NULL)
        return;
    put(what);
    int count = 0;
    while (count < FRAMES && frames[count] != NULL)
        count++;
    backtrace_symbols_fd(frames, count, STDERR_FILENO); /* object(function+offset) */
}

static void report(const char *what, const void *address, const struct place *place) {
    put("ebb: ");
    put(what);
    put(":");
    put_hex((uintptr_t)address);
    put("\nebb:   the block:");
    put_hex((uintptr_t)place->block);
    put(", bytes:");
    put_hex(place->size);
    put("\n");
    put_stack("ebb:   allocated at:\n", place->allocated_at);
    put_stack("ebb:   freed at:\n", place->freed_at);
}

static void on_fault(int number, siginfo_t *info, void *context) {
    (void)context;
    if (info->si_code <= 0) { /* a process has sent it; it is not a fault */
        sigaction(number, &previous, NULL);
        raise(number);
        return;
    }
    const char *address = info->si_addr;
    const struct place *place = place_of(address);
    if (place != NULL && place->state != UNUSED)
        report(place->state == FREED    ? "use after free"
               : address < place->block ? "access below a block"
                                        : "access beyond a block",
               address, place);
    sigaction(number, &previous, NULL); /* the access repeats, and this handler gets it */
}

/* ---- blocks ------------------------------------------------------------------------ */

static bool set_up(void) {
    void *memory, *table;
    size_t table_bytes = PLACES * sizeof *places, page = os_page_size();
    table_bytes = (table_bytes + page - 1) / page * page;
    if (os_reserve((2 * PLACES + 1) * page, page, &memory) != 0)
        return false;
    if (os_map(table_bytes, 1, &table) != 0) {
        os_unmap(memory, (2 * PLACES + 1) * page);
        return false;
    }
    places = table;
    base = memory;
    struct sigaction action = {.sa_sigaction = on_fault,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &previous);
    return true;
}

static void remember(void *frames[FRAMES]) {
    int count = backtrace(frames, FRAMES);
    if (count < FRAMES)
        frames[count] = NULL;
}

/* The place that was used longest ago and isn't live; NULL: all are. Under the lock. */
static struct place *take_place(void) {
    for (unsigned i = 0; i < PLACES; i++) {
        struct place *place = &places[next++ % PLACES];
        if (place->state != LIVE)
            return place;
    }
    return NULL;
}

/* Reads the stack before it takes the lock. Reading it may load a library, under the
 * loader's lock, whose holder may be waiting for our lock. */
static void *alloc(size_t size) {
    void *frames[FRAMES];
    remember(frames);
    lock_acquire(&guard_lock);
    failed = failed || (base == NULL && !set_up());
    struct place *place = failed ? NULL : take_place();
    void *block = NULL;
    if (place != NULL) {
        char *start = place_start((unsigned)(place - places));
        size_t ignored = 0, page = os_page_size();
        if (os_commit(start, page) == 0) {
            size_t room = (size + BLOCK_ALIGN - 1) / BLOCK_ALIGN * BLOCK_ALIGN;
            os_discard(start, page, &ignored);
            *place = (struct place){.state = LIVE, .size = size};
            place->block = next % 2 == 0 ? start : start + page - room;
            memcpy(place->allocated_at, frames, sizeof frames);
            block = place->block;
        }
    }
    lock_release(&guard_lock);
    return block;
}

void *guard_sample(size_t size, size_t blocks) {
    size_t every = options_get()->guard_sample;
    if (busy || size > SIZE_MAX_GUARDED)
        return NULL;
    /* Relaxed: it does not matter which of several threads gets the guarded block. */
    if (sub_relaxed(&left, (int64_t)blocks) > (int64_t)blocks)
        return NULL;
    store_relaxed(&left, (int64_t)every);
    busy = true;
    void *block = alloc(size == 0 ? 1 : size);
    busy = false;
    return block;
}

/* The place of a live block; NULL if block is none of ours. Faults, with a report, if it
 * is not a live block. */
static struct place *check(const void *block) {
    struct place *place = place_of(block);
    if (place == NULL || place->state == UNUSED)
        return NULL;
    if (place->block == block && place->state == LIVE)
        return place;
    const char *what = place->block != block ? "interior pointer" : "double free";
    report(what, block, place);
    fault(what, block);
}

bool guard_free(void *block) {
    void *frames[FRAMES];
    if (place_of(block) == NULL) /* base is set before the block was handed out */
        return false;
    bool was_busy = busy;
    busy = true;
    remember(frames);
    busy = was_busy;
    lock_acquire(&guard_lock);
    struct place *place = check(block);
    if (place != NULL) {
        char *start = place_start((unsigned)(place - places));
        size_t ignored = 0, page = os_page_size();
        memcpy(place->freed_at, frames, sizeof frames);
        place->state = FREED;
        os_discard(start, page, &ignored);
        os_forbid(start, page);
    }
    lock_release(&guard_lock);
    return place != NULL;
}

size_t guard_usable(const void *block) {
    lock_acquire(&guard_lock);
    struct place *place = check(block);
    size_t size = place != NULL ? place->size : 0;
    lock_release(&guard_lock);
    return size;
}

void guard_recover(void) {
    lock_reset(&guard_lock);
}

/* Memory: mmap and its relatives, which now and then refuse. */
#define _GNU_SOURCE /* mremap */
#include "system.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "result.h"
#include "thread.h"
#include "types.h"

/* Not in every libc's headers. */
enum { ADVICE_COLD = 20, ADVICE_WIPE_ON_FORK = 18 };

struct settings settings;
unsigned long system_refused, system_huge_refused;

static bool is_calm;

void system_start(const struct settings *new_settings) {
    settings = *new_settings;
    is_calm = false;
}

void system_set_calm(bool calm) {
    is_calm = calm;
}

static bool refuse(unsigned per_thousand) {
    if (is_calm || !thread_chance(per_thousand))
        return false;
    trace("        %c is refused", 'A' + (int)thread_number());
    count_feature(FEATURE_refused);
    system_refused++;
    return true;
}

static int refused(int error) {
    errno = error;
    return -1;
}

/* ---- where mappings go ------------------------------------------------------------- */

/* Mapped ranges in ascending order. New ones go to the lowest gap, so addresses of dead
 * mappings are used again. */
enum { RANGES_MAX = 400 };
static struct range { uintptr_t from, to; } ranges[RANGES_MAX];
static unsigned ranges_count;

static const uintptr_t window = (uintptr_t)1 << 44;

static void insert_range(uintptr_t from, uintptr_t to) {
    if (ranges_count == RANGES_MAX)
        finding("too many mappings", "%u", ranges_count);
    unsigned i = ranges_count++;
    for (; i > 0 && ranges[i - 1].from > from; i--)
        ranges[i] = ranges[i - 1];
    ranges[i] = (struct range){from, to};
}

static void remove_range(uintptr_t from, uintptr_t to) {
    for (unsigned i = 0; i < ranges_count; i++) {
        struct range old = ranges[i];
        if (old.to <= from || old.from >= to)
            continue;
        memmove(&ranges[i], &ranges[i + 1], (--ranges_count - i) * sizeof *ranges);
        if (old.from < from)
            insert_range(old.from, from);
        if (old.to > to)
            insert_range(to, old.to);
        i = (unsigned)-1; /* from the beginning: there are few */
    }
}

static uintptr_t find_gap(size_t size) {
    uintptr_t at = window;
    for (unsigned i = 0; i < ranges_count && ranges[i].from < at + size; i++)
        at = ranges[i].to > at ? ranges[i].to : at;
    return at;
}

static bool is_gap(uintptr_t from, uintptr_t to) {
    for (unsigned i = 0; i < ranges_count; i++)
        if (ranges[i].from < to && from < ranges[i].to)
            return false;
    return true;
}

/* ---- the calls --------------------------------------------------------------------- */

void *__wrap_mmap(void *, size_t, int, int, int, off_t);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int file,
                  off_t from) {
    sim_call();
    if (refuse(settings.refuse_map))
        return refused(ENOMEM), MAP_FAILED;
    bool here = (flags & MAP_FIXED_NOREPLACE) != 0;
    uintptr_t base = here ? (uintptr_t)at : find_gap(size);
    if (here && !is_gap(base, base + size)) {
        errno = EEXIST;
        return MAP_FAILED;
    }
    void *memory = __real_mmap((void *)base, size, protection,
                               flags | MAP_FIXED_NOREPLACE, file, from);
    if (memory != (void *)base)
        finding("no memory where it was expected", "%p", (void *)base);
    insert_range(base, base + size);
    sim_call();
    return memory;
}

int __wrap_munmap(void *, size_t);
int __wrap_munmap(void *at, size_t size) {
    sim_call();
    if (refuse(settings.refuse_map))
        return refused(ENOMEM);
    remove_range((uintptr_t)at, (uintptr_t)at + size);
    int error = __real_munmap(at, size);
    sim_call();
    return error;
}

void *__wrap_mremap(void *, size_t, size_t, int, ...);
void *__wrap_mremap(void *at, size_t old_size, size_t size, int flags, ...) {
    sim_call();
    if (refuse(settings.refuse_map))
        return refused(ENOMEM), MAP_FAILED;
    uintptr_t from = (uintptr_t)at;
    bool fits = size <= old_size || is_gap(from + old_size, from + size);
    uintptr_t base = fits ? from : find_gap(size);
    void *moved = fits ? __real_mremap(at, old_size, size, 0)
                       : __real_mremap(at, old_size, size, flags | MREMAP_FIXED, base);
    remove_range(from, from + old_size);
    if (moved != (void *)base)
        finding("no memory where it was expected", "%p", (void *)base);
    insert_range(base, base + size);
    sim_call();
    return moved;
}

int __wrap_mprotect(void *, size_t, int);
int __wrap_mprotect(void *at, size_t size, int protection) {
    sim_call();
    if (refuse(settings.refuse_map))
        return refused(ENOMEM);
    int error = __real_mprotect(at, size, protection);
    sim_call();
    return error;
}

static int discard(void *at, size_t size) {
    if (refuse(settings.refuse_discard))
        return refused(EAGAIN);
    if (refuse(settings.half_discard)) {
        __real_madvise(at, size / 2 & ~(size_t)4095, MADV_DONTNEED);
        return refused(EINVAL);
    }
    if (refuse(settings.lying_discard))
        return 0;
    count_feature(FEATURE_discards);
    return __real_madvise(at, size, MADV_DONTNEED);
}

/* Regions where huge pages are allowed, by address. */
enum { REGION = 2 << 20, REGIONS = 1 << 16 };
static bool allowed[REGIONS];

static bool *allowed_at(uintptr_t at) {
    return &allowed[(at - (uintptr_t)heap_base) / REGION % REGIONS];
}

static void allow_huge(void *at, size_t size, bool allow) {
    for (uintptr_t region = (uintptr_t)at; region < (uintptr_t)at + size;
         region += REGION)
        *allowed_at(region) = allow;
}

static bool is_resident(void *at) {
    unsigned char there = 0;
    return __real_mincore(at, 4096, &there) == 0 && (there & 1) != 0;
}

/* A huge page is all pages of its region at once, as far as anybody can tell. Touches are
 * not ours to see, but who wanted one asks at once whether it came, of its last page. */
static void make_huge(char *last, size_t size) {
    char *region = last + 4096 - REGION;
    if (size != 4096 || (uintptr_t)region % REGION != 0 ||
        !*allowed_at((uintptr_t)region) || !is_resident(region) || is_resident(last))
        return;
    if (!thread_chance(settings.grant_huge)) {
        system_huge_refused++;
        return; /* the page that ebb touched is a small one */
    }
    count_feature(FEATURE_huge_pages);
    memset(region + 4096, 0, REGION - 4096);
}

int __wrap_madvise(void *, size_t, int);
int __wrap_madvise(void *at, size_t size, int advice) {
    int error = 0;
    sim_call();
    switch (advice) {
    case MADV_DONTNEED:
        error = discard(at, size);
        break;
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE:
        allow_huge(at, size, advice == MADV_HUGEPAGE);
        break;
    case ADVICE_COLD:
        break;
    default: /* such as ADVICE_WIPE_ON_FORK: forks are real */
        error = __real_madvise(at, size, advice);
    }
    sim_call();
    return error;
}

int __wrap_mincore(void *, size_t, unsigned char *);
int __wrap_mincore(void *at, size_t size, unsigned char *pages) {
    make_huge(at, size);
    sim_call();
    return __real_mincore(at, size, pages);
}

/*
 * Finds the class of a mapping by a chain of checks: the first that matches decides. The
 * evidence stands beside each check. Addresses and flags are those of 64-bit Linux.
 */
#include "classify.h"

#include <stdio.h>
#include <string.h>

#include "file.h"

#define MIB UINT64_C(0x100000)
#define GIB UINT64_C(0x40000000)
#define TIB UINT64_C(0x10000000000)

enum {
    GLIBC_HEAP_MIB = 64,   /* HEAP_MAX_SIZE of malloc/arena.c */
    GO_ARENA_MIB = 64,     /* heapArenaBytes of Go's runtime */
    MIMALLOC_FROM_TIB = 2, /* mimalloc asks for its arenas between these addresses */
    MIMALLOC_TO_TIB = 30,
    CODE_HEADER_KIB = 256,    /* the most data that V8 puts in front of a block of code */
    STACK_MIB = 8,            /* the default of RLIMIT_STACK */
    GUARD_KIB = 1024,         /* a larger gap below a mapping is not a stack's guard */
    WASM_RESERVATION_GIB = 4, /* V8 reserves at least this, to save bounds checks */
    EBB_ALIGN_MIB = 4,        /* alignment of ebb's reservation */
    EBB_SLICE = 65536,        /* bytes of the reservation for each byte of its map */
};

static uint64_t length(const struct mapping *m) {
    return m->end - m->start;
}

static bool has_prefix(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The mapping directly before (`step` -1) or after (1) this one; NULL if there is a hole
 * in between. */
static const struct mapping *neighbour(const struct classify_context *c, size_t index,
                                       int step) {
    const struct mappings *all = c->mappings;
    if ((step < 0 && index == 0) || (step > 0 && index + 1 == all->count))
        return NULL;
    const struct mapping *own = &all->at[index], *other = &all->at[index + (size_t)step];
    bool adjacent = step < 0 ? other->end == own->start : own->end == other->start;
    return adjacent ? other : NULL;
}

static bool is_anonymous_code(const struct mapping *m) {
    return m && mapping_is_anonymous(m) && m->executable;
}

/* Whether it is address space without access (PROT_NONE). NULL is not. */
static bool is_gap(const struct mapping *m) {
    return m && mapping_is_anonymous(m) && !m->readable && !m->writable && !m->executable;
}

/* Whether it is V8's data in front of code. A block of V8's code begins with a page of
 * data, and there may be a guard between data and code. */
static bool is_code_header(const struct classify_context *c, size_t index) {
    const struct mapping *m = &c->mappings->at[index], *next = neighbour(c, index, 1);
    if (is_gap(next) && length(next) <= CODE_HEADER_KIB * 1024)
        next = neighbour(c, index + 1, 1);
    return length(m) <= CODE_HEADER_KIB * 1024 && m->not_in_child &&
           is_anonymous_code(next);
}

/* The part, if it is code made at run time; NULL: it is not. */
static const char *jit_part(const struct classify_context *c, size_t index) {
    const struct mapping *m = &c->mappings->at[index];
    if (m->executable)
        return "executable now";
    if (is_code_header(c, index))
        return "data of code pages";
    return ranges_cover(c->formerly, m->start, m->end) ? CLASSIFY_FORMER_CODE : NULL;
}

/* The size of V8's reservation around a mapping: the mapping and its adjacent ones with
 * V8's flags. */
static uint64_t v8_reservation(const struct classify_context *c, size_t index) {
    uint64_t size = length(&c->mappings->at[index]);
    for (int step = -1; step <= 1; step += 2) {
        size_t i = index;
        for (const struct mapping *m; (m = neighbour(c, i, step)) && m->not_in_child &&
                                      m->no_reserve && mapping_is_anonymous(m);
             i += (size_t)step)
            size += length(m);
    }
    return size;
}

/* V8 reserves with MAP_NORESERVE, and keeps its reservation out of forked children
 * (MADV_DONTFORK). */
static bool is_v8(const struct mapping *m) {
    return m->no_reserve && m->not_in_child;
}

/* The start of the block of adjacent anonymous mappings, without MAP_NORESERVE, that ends
 * with this one. */
static uint64_t block_start(const struct classify_context *c, size_t index) {
    for (const struct mapping *m;
         (m = neighbour(c, index, -1)) && mapping_is_anonymous(m) && !m->no_reserve;)
        index--;
    return c->mappings->at[index].start;
}

/*
 * In a Go program without a C library, all anonymous memory is the Go runtime's. In one
 * with a C library, a block of mappings is Go's if it begins at a multiple of 64 MiB, the
 * size of Go's arenas, and was mapped without MAP_NORESERVE.
 */
static bool is_go(const struct classify_context *c, size_t index) {
    const struct mapping *m = &c->mappings->at[index];
    if (has_prefix(m->name, "[anon: Go:"))
        return true;
    if (!c->is_go || has_prefix(m->name, "[stack"))
        return false;
    if (!c->has_libc)
        return true;
    return !m->no_reserve && block_start(c, index) % (GO_ARENA_MIB * MIB) == 0;
}

/* Whether a thread's stack pointer lies in the mapping. False with a large gap below it,
 * or with MAP_NORESERVE: then it is a heap that contains the stack of a fiber. */
static bool has_stack_pointer(const struct classify_context *c, size_t index) {
    const struct mapping *m = &c->mappings->at[index], *below = neighbour(c, index, -1);
    if (m->no_reserve || (is_gap(below) && length(below) > GUARD_KIB * 1024))
        return false;
    for (size_t i = 0; i < c->stack_pointer_count; i++)
        if (c->stack_pointers[i] >= m->start && c->stack_pointers[i] < m->end)
            return true;
    return false;
}

/*
 * A mapping is a stack if a thread's stack pointer lies in it. But a running thread shows
 * no stack pointer. So a mapping above a guard is a stack, too, if it has no huge pages
 * (MAP_STACK since Linux 6.7) and was mapped without MAP_NORESERVE. Before Linux 6.7 the
 * kernel joins a stack with the mapping above it. So a mapping that may have huge pages
 * is not a stack if it is larger than the default size of stacks.
 */
static bool is_stack(const struct classify_context *c, size_t index) {
    const struct mapping *m = &c->mappings->at[index], *below = neighbour(c, index, -1);
    if (has_prefix(m->name, "[stack"))
        return true;
    if (has_stack_pointer(c, index))
        return m->no_huge || length(m) <= STACK_MIB * MIB;
    return !m->no_reserve && m->no_huge && is_gap(below) &&
           length(below) <= GUARD_KIB * 1024;
}

/*
 * A heap of glibc begins at a multiple of 64 MiB. A gap fills the rest up to the next
 * multiple. Adjacent heaps that are full show as one mapping.
 */
static bool is_glibc_arena(const struct classify_context *c, size_t index) {
    const struct mapping *m = &c->mappings->at[index], *above = neighbour(c, index, 1);
    const uint64_t size = GLIBC_HEAP_MIB * MIB;
    if (m->start % size != 0 || !m->no_reserve || length(m) >= GIB)
        return false;
    return is_gap(above) ? above->end % size == 0 && length(above) < size
                         : length(m) == size;
}

/* mimalloc asks for its arenas at these addresses. We know of nothing else that does. */
static bool is_mimalloc_arena(const struct mapping *m) {
    return m->no_reserve && m->start >= MIMALLOC_FROM_TIB * TIB &&
           m->start < MIMALLOC_TO_TIB * TIB;
}

/* The memory of an allocator that was recognised without its library. If its library is
 * mapped, too, that gives the name. */
static struct classified arena_of(const struct classify_context *c, const char *library,
                                  const char *otherwise) {
    bool is_loaded = c->allocator && has_prefix(c->allocator, library);
    return (struct classified){ATTRIBUTION_ARENA, is_loaded ? c->allocator : otherwise};
}

/*
 * Allocators reserve with MAP_NORESERVE, and so do some runtimes. The shape or the
 * address of a reservation says whose it is. If neither does, it belongs to the allocator
 * whose library is mapped, unless a runtime that reserves like this is mapped, too.
 */
static struct classified classify_reserved(const struct classify_context *c,
                                           size_t index) {
    const struct mapping *m = &c->mappings->at[index];
    if (ranges_cover(&c->ebb, m->start, m->end))
        return arena_of(c, "libebb", "ebb, by its shape");
    if (is_mimalloc_arena(m))
        return arena_of(c, "libmimalloc", "mimalloc, by its addresses");
    if (is_glibc_arena(c, index))
        return (struct classified){ATTRIBUTION_ARENA, "glibc, by its shape"};
    if (c->allocator && !c->runtime)
        return (struct classified){ATTRIBUTION_ARENA, c->allocator};
    return (struct classified){ATTRIBUTION_RESERVED, c->reserved};
}

static struct classified classify_anonymous(const struct classify_context *c,
                                            size_t index) {
    const struct mapping *m = &c->mappings->at[index];
    const char *jit = mapping_is_kernel(m) ? NULL : jit_part(c, index);
    if (strcmp(m->name, "[heap]") == 0)
        return (struct classified){ATTRIBUTION_BRK, "[heap]"};
    if (jit)
        return (struct classified){ATTRIBUTION_JIT, jit};
    if (is_go(c, index))
        return (struct classified){ATTRIBUTION_GO, "Go"};
    if (is_v8(m) && v8_reservation(c, index) >= WASM_RESERVATION_GIB * GIB)
        return (struct classified){ATTRIBUTION_WASM, "linear memory"};
    if (is_v8(m))
        return (struct classified){ATTRIBUTION_V8, "V8"};
    if (is_stack(c, index))
        return (struct classified){ATTRIBUTION_STACK,
                                   m->name[0] ? "main thread" : "threads"};
    if (m->no_reserve)
        return classify_reserved(c, index);
    if (has_stack_pointer(c, index))
        return (struct classified){ATTRIBUTION_ANONYMOUS,
                                   "a thread's stack, and mappings merged with it"};
    return (struct classified){ATTRIBUTION_ANONYMOUS,
                               m->name[0] ? m->name : "without a name"};
}

/* Whether the same memory is also mapped as executable. Some runtimes write code through
 * one mapping and run it through another. */
static bool is_doubly_mapped_code(const struct classify_context *c,
                                  const struct mapping *m) {
    for (size_t i = 0; i < c->mappings->count; i++)
        if (c->mappings->at[i].executable &&
            strcmp(c->mappings->at[i].name, m->name) == 0)
            return true;
    return false;
}

struct classified classify(const struct classify_context *c, size_t index) {
    const struct mapping *m = &c->mappings->at[index];
    if (mapping_is_anonymous(m))
        return classify_anonymous(c, index);
    if (has_prefix(m->name, "/dev/zero")) /* the kernel's name for shared anonymous */
        return (struct classified){ATTRIBUTION_SHARED, "shared anonymous"};
    if (c->is_memory_file(m, c->context)) {
        bool is_code = has_prefix(m->name, "/memfd:") && is_doubly_mapped_code(c, m);
        return (struct classified){is_code ? ATTRIBUTION_JIT : ATTRIBUTION_SHARED,
                                   m->name};
    }
    return (struct classified){
        m->executable ? ATTRIBUTION_FILE_TEXT : ATTRIBUTION_FILE_DATA, m->name};
}

/* ---- what is known of a process ---- */

/* Whether a file has this name, or one that begins so if `name` ends in "*". smaps may
 * add " (deleted)". */
static bool is_called(const char *base, const char *name) {
    size_t length = strcspn(name, "*");
    return strncmp(base, name, length) == 0 &&
           (name[length] == '*' || base[length] == '\0' || base[length] == ' ');
}

/* The base name of the first file with one of these names that is mapped as code; NULL:
 * none. */
static const char *find_code(const struct mappings *mappings, const char *const *names,
                             size_t count) {
    for (size_t i = 0; i < mappings->count; i++) {
        const struct mapping *m = &mappings->at[i];
        const char *base = file_base_name(m->name);
        for (size_t k = 0; m->has_inode && m->executable && k < count; k++)
            if (is_called(base, names[k]))
                return base;
    }
    return NULL;
}

static bool is_plainly_reserved(const struct mapping *m) {
    return mapping_is_anonymous(m) && m->no_reserve && !m->executable && !m->not_in_child;
}

/* The end of the run of adjacent reserved mappings that begins with `index`. `readable`:
 * of those that are readable. It stops once it has reached `upto`. */
static uint64_t reserved_end(const struct mappings *all, size_t index, bool readable,
                             uint64_t upto) {
    uint64_t end = all->at[index].start;
    for (size_t i = index; i < all->count && end < upto; i++) {
        const struct mapping *m = &all->at[i];
        if (m->start != end || !is_plainly_reserved(m) || (readable && !m->readable))
            break;
        end = m->end;
    }
    return end;
}

/*
 * Finds the heaps of ebb; ebb may be linked into any file. Each heap is one reservation
 * that begins at a multiple of 4 MiB. It begins with a map, which has a byte for each 64
 * KiB of the reservation. The map is readable, and its beginning is not writable. The
 * beginning of what follows the map is not readable. So the readable part there is
 * exactly a 65536th of the reservation. This does not find reservations below 16 GiB,
 * which ebb makes if its settings say so, or under RLIMIT_AS.
 */
static void find_ebb(struct classify_context *c) {
    const struct mappings *all = c->mappings;
    for (size_t i = 0; i < all->count; i++) {
        const struct mapping *m = &all->at[i];
        if (!is_plainly_reserved(m) || !m->readable || m->writable ||
            m->start % (EBB_ALIGN_MIB * MIB) != 0)
            continue;
        uint64_t map = reserved_end(all, i, true, UINT64_MAX) - m->start;
        uint64_t end = m->start + map * EBB_SLICE;
        if (map <= TIB && reserved_end(all, i, false, end) == end)
            ranges_add(&c->ebb, m->start, end);
    }
}

void classify_begin(struct classify_context *c) {
    static const char *const allocators[] = {
        "libjemalloc*", "libmimalloc*", "libtcmalloc*", "libebb*",  "librpmalloc*",
        "libsnmalloc*", "libscudo*",    "libmesh*",     "libhoard*"};
    static const char *const runtimes[] = {"libjvm.*",           "libjavascriptcore*",
                                           "libJavaScriptCore*", "bun",
                                           "bun-profile",        "sbcl"};
    static const char *const libc[] = {"libc.*", "ld-musl*"};
    c->has_libc = find_code(c->mappings, libc, sizeof libc / sizeof libc[0]);
    c->allocator =
        find_code(c->mappings, allocators, sizeof allocators / sizeof allocators[0]);
    c->runtime = find_code(c->mappings, runtimes, sizeof runtimes / sizeof runtimes[0]);
    snprintf(c->reserved, sizeof c->reserved, "%s", "without a name");
    if (c->runtime)
        snprintf(c->reserved, sizeof c->reserved,
                 c->allocator ? "of %s or %s" : "perhaps of %s", c->runtime,
                 c->allocator);
    find_ebb(c);
}

void classify_finish(struct classify_context *c) {
    ranges_finish(&c->ebb);
}

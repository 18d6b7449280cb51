/* One range of addresses holds everything: first metadata, then slices for blocks. It is
 * reserved at once, or under RLIMIT_AS piece by piece. Memory is committed in steps from
 * the bottom, so that strict overcommit charges only what is in use. */
#include "heap.h"

#include <errno.h>

#include "atomic.h"
#include "lock.h"
#include "meta.h"
#include "options.h"
#include "os.h"

struct heap heap;
/* Until there is a heap, NULL lies below this address. What mmap() returns lies further
 * above it than any reservation is large. */
char *heap_base = (char *)SLICE_SIZE;
size_t heap_slices;

/* How many slices of the range are reserved: all of them, unless they are reserved in
 * pieces. Under init_lock before the first block, then under the slice lock. While there
 * is an owner, the slices up to `reserving` may be reserved, too. A fork's child can't
 * tell whether they are. */
static size_t reserved, reserving;
static const void *reserving_owner; /* the thread's os_thread(); NULL: none */
static bool in_pieces;              /* written once, before the first block */

static struct lock init_lock;
static _Atomic bool initialised; /* the release store publishes `heap` */

#define RESERVE_MAX ((size_t)4 << 40)
#define RESERVE_MIN ((size_t)4 << 20)
/* The reservation if every reserved page costs memory, and the size of the trial that
 * finds that out. */
#define RESERVE_CHARGED ((size_t)4 << 30)
#define RESERVE_TRIAL ((size_t)256 << 20)

enum {
    /* Metadata arrays are committed for this many slices (256 MiB) at a time. So their
     * system calls hardly count, and an empty process is charged some 140 KiB, and 41 for
     * each shard but the first. */
    DESCRIBE_STEP = OVERVIEW_SLICES,
    /* Slices committed at a time: an eighth of the heap, 4 MiB to 64 MiB. */
    GROW_MIN = 64,
    GROW_MAX = 1024,
};

/* One metadata array: where its pointer lives and how large an element is. */
struct array {
    void **pointer;
    size_t element; /* bytes */
    size_t slices;  /* slices per element */
};

enum { ARRAYS = 4 };

/* The arrays that are committed along with the slices they describe. The map of classes
 * comes first: it has to be at offset 0. */
static void list_arrays(struct array ret_arrays[ARRAYS]) {
    static char *map;
    struct array list[ARRAYS] = {
        {(void **)&map, 1, 1},
        {(void **)&heap.slice, sizeof *heap.slice, 1},
        {(void **)&heap.partial, heap.shards * GROUPS * sizeof *heap.partial,
         GROUPS * GROUP_SLICES},
        {(void **)&heap.overview, sizeof *heap.overview, OVERVIEW_SLICES},
    };
    for (int i = 0; i < ARRAYS; i++)
        ret_arrays[i] = list[i];
}

static size_t round_up(size_t value, size_t unit) {
    return (value + unit - 1) / unit * unit;
}

static size_t array_bytes(const struct array *array, size_t slices) {
    return round_up(slices, array->slices) / array->slices * array->element;
}

/* Sets every array's pointer; returns the bytes that metadata takes. */
static size_t lay_out(char *base, size_t slices) {
    size_t page = os_page_size(), offset = 0;
    struct array arrays[ARRAYS];
    list_arrays(arrays);
    for (int i = 0; i < ARRAYS; i++) {
        *arrays[i].pointer = base + offset;
        offset += round_up(array_bytes(&arrays[i], slices), page);
    }
    heap.meta_pages_max = slices / SLICES_PER_META_PAGE + 16;
    heap.meta_page = (struct meta_page *)(base + offset);
    offset += round_up(heap.meta_pages_max * sizeof *heap.meta_page, page);
    heap.meta_base = base + offset;
    return offset + round_up(heap.meta_pages_max * META_PAGE_SIZE, page);
}

/* Commits the descriptors of slices [described, upto). */
static int describe(size_t upto) {
    size_t page = os_page_size();
    struct array arrays[ARRAYS];
    list_arrays(arrays);
    for (int i = 0; i < ARRAYS; i++) {
        size_t from = array_bytes(&arrays[i], heap.described) / page * page;
        size_t to = round_up(array_bytes(&arrays[i], upto), page);
        if (to > from && os_commit((char *)*arrays[i].pointer + from, to - from) != 0)
            return -ENOMEM;
    }
    heap.described = upto;
    return 0;
}

/* Some emulators (qemu-user before 8.0) keep 25 bytes for every page of address space,
 * used or not: 26 GB and minutes for RESERVE_MAX. There the trial takes a page fault
 * and a half per MiB, elsewhere none. */
static bool reserving_is_charged(void) {
    void *trial;
    size_t before = os_page_faults();
    if (os_reserve(RESERVE_TRIAL, HEAP_ALIGN, &trial) != 0)
        return true; /* not even that: be modest */
    size_t faults = os_page_faults() - before;
    os_unmap(trial, RESERVE_TRIAL);
    return faults > RESERVE_TRIAL >> 20;
}

/* RLIMIT_AS counts a reservation even if it is unused. Under it this only chooses the
 * range, and reserves the metadata. The range is as large as the limit, and lies even
 * further from everything that is mapped, so that nothing comes in the heap's way. (If
 * something does, the heap ends there.) Each copy of ebb in the process puts its metadata
 * at a multiple of `grid`. If another copy's metadata is there, the reservation fails,
 * and we try the next lower multiple. */
static int choose_range(size_t limit, void **ret_base, size_t *ret_size) {
    enum { TRIES = 16 };
    size_t size = limit / HEAP_ALIGN * HEAP_ALIGN, grid = HEAP_ALIGN;
    void *there;
    if (size < RESERVE_MIN || size > RESERVE_MAX ||
        os_reserve(HEAP_ALIGN, HEAP_ALIGN, &there) != 0)
        return -ENOMEM;
    os_unmap(there, HEAP_ALIGN);
    while (grid < 2 * size)
        grid *= 2;
    size_t below = (uintptr_t)there / grid;
    for (size_t i = 1; i <= TRIES && i < below; i++) {
        char *base = (char *)((below - i) * grid);
        size_t metadata = round_up(lay_out(base, size >> SLICE_SHIFT), SLICE_SIZE);
        if (metadata < size && os_reserve_at(base, metadata) == 0) {
            reserved = metadata >> SLICE_SHIFT;
            in_pieces = true;
            *ret_base = base;
            *ret_size = size;
            return 0;
        }
    }
    return -ENOMEM;
}

static int reserve(void **ret_base, size_t *ret_size) {
    size_t limit = os_address_space_limit();
    size_t wanted = options_reservation();
    size_t size = wanted != 0              ? wanted
                  : reserving_is_charged() ? RESERVE_CHARGED
                                           : RESERVE_MAX;
    if (limit / 2 < size && choose_range(limit, ret_base, ret_size) == 0)
        return 0;
    /* Half is left to the program's other mappings. */
    if (limit / 2 < size)
        size = limit / 2 > RESERVE_MIN ? limit / 2 : RESERVE_MIN;
    for (; size >= RESERVE_MIN; size /= 2) {
        size = size / HEAP_ALIGN * HEAP_ALIGN;
        if (os_reserve(size, HEAP_ALIGN, ret_base) == 0) {
            reserved = size >> SLICE_SHIFT;
            *ret_size = size;
            return 0;
        }
    }
    return -ENOMEM;
}

/* The first slice for blocks, at a random distance behind the metadata. If there is
 * plenty of address space, its descriptors begin at the start of a page each, so that few
 * pages describe a small heap. */
static size_t choose_first(size_t metadata, size_t slices) {
    enum {
        CHOICES = 256,
        /* Slices whose descriptors fill pages: 1 GiB. */
        UNIT = 4 * DESCRIBE_STEP,
    };
    _Static_assert(UNIT % 4096 == 0 &&
                       UNIT / GROUP_SLICES * sizeof(struct partial_group) % 4096 == 0,
                   "of every array");
    if (slices >= 16 * CHOICES * UNIT)
        return round_up(metadata, UNIT) + os_random() % CHOICES * UNIT;
    size_t most = slices / 1024 < CHOICES ? slices / 1024 : CHOICES;
    return metadata + (most > 0 ? os_random() % most : 0);
}

static unsigned choose_shards(void) {
    unsigned cpus = os_cpus(), shards = 1;
    while (shards < cpus && shards < SHARDS_MAX)
        shards *= 2;
    return shards;
}

static int set_up(void) {
    /* If a later step fails, these are kept, and the next attempt continues from here.
     * Under init_lock. */
    static void *base;
    static size_t size;
    if (heap.shards == 0)
        heap.shards = choose_shards();
    if (base == NULL && reserve(&base, &size) != 0)
        return -ENOMEM;
    /* Small pages, except where huge.h asks for huge ones. Huge pages of the kernel's own
     * choice would refill what was given back. */
    os_no_huge_pages(base, reserved << SLICE_SHIFT);
    size_t slices = size >> SLICE_SHIFT;
    size_t metadata = lay_out(base, slices);
    heap.first = choose_first(round_up(metadata, SLICE_SIZE) >> SLICE_SHIFT, slices);
    /* The metadata's own slices need no descriptors but their class, "none". */
    heap.described = heap.first / DESCRIBE_STEP * DESCRIBE_STEP;
    size_t upto = round_up(heap.first + 1, DESCRIBE_STEP);
    if (upto > slices)
        upto = slices;
    /* All of the map can be read, so that free() needs one comparison to be safe. */
    if (heap.first >= slices ||
        os_readable(base, round_up(slices, os_page_size())) != 0 || describe(upto) != 0) {
        heap.first = 0; /* as the frontier is: there are no slices */
        return -ENOMEM;
    }
    heap_base = base;
    heap_slices = slices;
    os_barrier_register();
    store_relaxed(&heap.frontier, heap.first);
    return 0;
}

int heap_init(void) {
    /* pairs with the release below */
    if (likely(load_acquire(&initialised)))
        return 0;
    process_init();
    lock_acquire(&init_lock);
    int result = 0;
    if (!load_relaxed(&initialised)) {
        result = set_up();
        if (result == 0)
            store_release(&initialised, true); /* pairs with the acquire above */
    }
    lock_release(&init_lock);
    return result;
}

void heap_recover(void) {
    lock_reset(&init_lock);
    /* If it is our own, we forked in a signal handler, and will complete it. */
    bool ours = os_is_main_thread() && reserving_owner == os_thread();
    if (reserving_owner != NULL && !ours) {
        os_unmap(slice_start(reserved), (reserving - reserved) << SLICE_SHIFT);
        reserving_owner = NULL;
    }
}

/* Reserves the slices below this one, as far as they are not reserved. */
static bool reserve_up_to(size_t upto) {
    /* The last try met somebody else's mapping. A fork's child must not unmap that. */
    static bool in_the_way;
    if (upto <= reserved)
        return true;
    char *from = slice_start(reserved);
    size_t size = (upto - reserved) << SLICE_SHIFT;
    reserving = upto;
    compiler_barrier();
    reserving_owner = in_the_way ? NULL : os_thread();
    compiler_barrier(); /* written down first */
    int result = os_reserve_at(from, size);
    bool done = result == 0;
    in_the_way = result == -EEXIST;
    if (done) {
        os_no_huge_pages(from, size);
        reserved = upto;
    }
    compiler_barrier();
    reserving_owner = NULL;
    return done;
}

static bool commit(size_t from, size_t count) {
    return reserve_up_to(from + count) && meta_commit_for(from + count - heap.first) &&
           os_commit(slice_start(from), count << SLICE_SHIFT) == 0;
}

int heap_grow(size_t count, size_t *ret_frontier) {
    size_t frontier = load_relaxed(&heap.frontier); /* only changed under our lock */
    size_t left = heap_slices - frontier;
    if (count > left)
        return -ENOMEM;
    size_t step = (frontier - heap.first) / 8;
    step = step < GROW_MIN ? GROW_MIN : step > GROW_MAX ? GROW_MAX : step;
    step = step < count ? count : step;
    /* A region gets a huge page as a whole, so the last one should be complete. */
    size_t whole = (frontier + step) / REGION_SLICES * REGION_SLICES;
    step = whole >= frontier + count ? whole - frontier : step;
    step = step > left ? left : step;
    size_t need = round_up(frontier + step, DESCRIBE_STEP);
    need = need > heap_slices ? heap_slices : need;
    if (need > heap.described && describe(need) != 0)
        return -ENOMEM;
    if (!commit(frontier, step)) {
        step = count;
        if (!commit(frontier, step))
            return -ENOMEM;
    }
    /* A reader that sees the old frontier would not take a pointer above it for ours. It
     * can't have such a pointer, since these are only handed out from now on. */
    store_relaxed(&heap.frontier, frontier + step);
    *ret_frontier = frontier + step;
    return 0;
}

size_t heap_metadata_bytes(void) {
    struct array arrays[ARRAYS];
    list_arrays(arrays);
    size_t bytes = 0;
    for (int i = 0; i < ARRAYS; i++)
        bytes += array_bytes(&arrays[i], load_relaxed(&heap.frontier) - heap.first);
    return bytes;
}

bool heap_is_in_pieces(void) {
    return in_pieces;
}

size_t heap_reserved_bytes(void) {
    return reserved << SLICE_SHIFT;
}

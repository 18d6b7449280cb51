/* The structures that several files of ebb share, each with its invariant. For each
 * shared field a comment names the thread that writes it, the one that reads it, and the
 * operation that publishes it. DESIGN.md explains the protocols.
 *
 * None of this lies inside the program's blocks. So any OS page without a live block can
 * be given back at any time. */
#ifndef EBB_TYPES_H
#define EBB_TYPES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sizeclass.h"

/* ---- lock --------------------------------------------------------------------------
 * 0 free, 1 held, 2 held and somebody may sleep on it (futex). */
struct lock {
    _Atomic uint32_t state;
};

/* ---- word --------------------------------------------------------------------------
 * 64 neighbouring blocks of a slab, bit i = block 64·w + i. A block's bit is set in
 * `free` (its memory may be resident), or in `cold` (free, and given back as far as whole
 * pages allow), or in neither: then the program, a thread's cache or a sweep has it.
 * While no sweep is under way:
 *
 *   free & cold == 0;   used + cached + popcount(free) + popcount(cold) == capacity
 *
 * `cold` promises this: a block smaller than a page reads as zero, and a larger one reads
 * as zero on the pages that no other block shares. Two functions rely on it: calloc,
 * which clears the ends of larger blocks, and slab_retire(), which looks at the slice's
 * SLAB_RAGGED.
 *
 * Any thread sets a bit by or_acq_rel when a block comes back. A claim or a sweep clears
 * bits by and_acquire, under the shard's lock. The acquire pairs with the release, so the
 * next owner sees everything that the last owner did to the block. */
struct word {
    _Atomic uint64_t free;
    _Atomic uint64_t cold;
#ifdef EBB_DEBUG
    /* Blocks that the program holds: set and cleared at each call, so that a double
     * free is seen at once. live & (free | cold) == 0. */
    _Atomic uint64_t live;
#endif
};

/* ---- slice -------------------------------------------------------------------------
 * Descriptor of 64 KiB of the heap. The owner of a slice is the thread that took it and
 * has not freed it yet. The owner changes `kind` while the slice has no live block, and
 * for a slab also under the shard's lock. So a thread that holds a block may read `kind`
 * relaxed. (Its owner and the reclaimer change a run from one kind of run to another
 * while the block lives: run.c.) The kind says which of the other fields are valid. */
enum slice_kind {
    SLICE_FREE = 0, /* nobody's; its BIT_FREE is set, or it is in transit */
    SLICE_SLAB,     /* words: the slab's bits; home, seen, flags */
    SLICE_INSIDE,   /* a later slice of a run */
    SLICE_RUN,      /* first of a run; run_slices: its length, run_spare */
    /* The same, and the pages behind the run's end may be resident. */
    SLICE_RUN_TAILED,
    SLICE_RUN_SEEN,  /* the same, and a look of the reclaimer has found it so */
    SLICE_RUN_SWEPT, /* the reclaimer is giving these pages back; the owner waits */
};

struct slice {
    _Atomic(struct word *) words;
    union {
        _Atomic uint32_t run_slices; /* of a run */
        _Atomic uint32_t seen;       /* of a slab: what the reclaimer's last look found
                                        (slab.c); written under the shard's lock */
    };
    /* The shard and the class of a slab (slab_home()), 0 if there is none: in one place,
     * so that one look shows both. A value other than 0 is written, and overwritten, only
     * under the lock of the shard and class that it names. So under that lock it says
     * whether the slab is there. */
    _Atomic uint16_t home;
    _Atomic uint8_t kind;
    union {
        _Atomic uint8_t flags; /* of a slab (enum slab_flag), under the shard's lock */
        _Atomic uint8_t run_spare; /* pages of the last slice that the run does not use;
                              written by its owner, but not while the run is swept */
    };
};

enum slab_flag {
    /* A neighbour kept a page resident that a cold block shares. So blocks that are all
     * cold need not be all zero. The flag stays set until the slab retires, since such a
     * block may be in a cache now and come back as cold. */
    SLAB_RAGGED = 1,
    /* What lies behind the last block may be resident. Read without the lock, too, as a
     * hint. */
    SLAB_TAILED = 2,
};

static inline uint16_t slab_home(unsigned shard, unsigned class) {
    return (uint16_t)(shard << 8 | class);
}

static inline bool is_run(unsigned kind) {
    return kind >= SLICE_RUN;
}

/* ---- shards ------------------------------------------------------------------------
 * Each class has as many shards as there are processors or threads, whichever are fewer,
 * rounded up to a power of two. A slab belongs to one shard for life. A thread's cache
 * has a shard, too, and claims blocks from others only if that one has none. So threads
 * seldom wait for the same lock, or fetch the same blocks from each other's processors.
 * Blocks come back to their own slab, whoever frees them. */
enum { SHARDS_MAX = 16 };

/* ---- partial sets ------------------------------------------------------------------
 * Each shard of a class has two sets of slices: slabs that may have a `free` bit, and
 * slabs that may have a `cold` bit. A set has a bit per slice and, above it, a bit per
 * group of 64 slices, so a few loads find the lowest member. The bits of a shard's
 * classes for the same slices are neighbours.
 *
 *   a word with a bit that no claimer is about to see  =>  the slab's bit is set
 *
 * A stale bit is allowed, even of a slice that belongs to another class or shard by now;
 * the next claimer clears it. A missing bit is not allowed. Any thread sets the bit by
 * or_acq_rel, after the word's bit. A claimer clears it by and_acq_rel, under the shard's
 * lock, and then looks at the words again. These two operations on one location decide
 * the race. */
enum partial_kind { PARTIAL_FREE, PARTIAL_COLD, PARTIAL_KINDS };

/* Of one shard: a word for each of its sets. */
struct partial_group {
    _Atomic uint64_t bits[PARTIAL_KINDS][CLASS_SLOTS];
};
enum { GROUP_SLICES = 64, GROUPS = 64 /* of a summary's word */ };

/* ---- cache -------------------------------------------------------------------------
 * The blocks of one class that a thread keeps: a stack of freed blocks, and the rest of a
 * claimed word. One cache line. Only the thread that is inside the cache's gate, or a
 * taker, touches it. */
struct bin {
    _Alignas(64) void **top; /* slot of the newest block; bottom <= top <= end */
    void **bottom;           /* holds NULL, which is what an empty stack yields */
    void **end;              /* full when top == end; with a quarantine always */
    uint64_t word; /* claimed blocks, bit i at base + i * size; in the slab's word their
                      bits are clear */
    char *base;
    uint32_t size;
    uint32_t word_is_cold; /* the claimed blocks came from `cold` */
    uint32_t shard;        /* of the cache */
    uint32_t held; /* in a quarantine: freed blocks in the slots from bottom + 1 on;
                      otherwise 0 */
};

/* The takeover gate. The owner: in = 1, compiler barrier, read stop; when done in = 0. A
 * taker: stop = SHUT, membarrier, read in. If that is 0, the taker has the cache, until
 * it stores stop = OPEN or PARKED. While the gate is PARKED, nobody has the cache; the
 * owner opens the gate itself when it comes back.
 *
 * A fork's child lacks the other threads. The bins of such a thread are whole if in == 0
 * and stop is neither SHUT nor WAITED. So a thread that works on a cache that is not its
 * own must shut the gate, even that of an idle cache.
 *
 *   in:   written by the owner thread only; the release store of 0 publishes the bins
 *   stop: written by a taker, or by a thread that gets the cache; both hold the cache
 *         list's lock. SHUT -> WAITED and PARKED -> OPEN by the owner. The release that
 *         ends a taker's turn publishes the bins to the owner's acquire */
enum gate_stop {
    GATE_OPEN = 0,
    GATE_SHUT,
    GATE_WAITED, /* shut, and the owner sleeps on it */
    GATE_PARKED,
};

struct gate {
    _Atomic uint32_t in;
    _Atomic uint32_t stop;
};

struct cache {
    struct gate gate;
    size_t flushed; /* bytes that its thread's frees gave back to slabs so far */
    /* Under the list's lock: */
    bool idle;          /* without a thread */
    bool rested;        /* its stacks' memory was given back since it was last in use */
    uint64_t signature; /* of the bins, when they were last looked at */
    struct cache *next; /* all caches ever made */
    struct cache *next_idle;
    struct bin *of_units[SMALL_UNITS + 1]; /* bin of a small request, by its units */
    _Alignas(64) struct bin bins[CLASS_SLOTS];
    void *slots[STACK_SLOTS + CLASS_SLOTS]; /* each bin's, and the NULL below them */
};

/* How much of its unused memory a slab or run is to give back. */
enum give {
    GIVE_NOTHING, /* nothing: it is only looked at, or retired if it is free */
    GIVE_UNUSED,  /* all, if the last look found the same */
    GIVE_ALL,
};

/* ---- pages of words ----------------------------------------------------------------
 * Word arrays are cut from 4 KiB pages, each page for one array length (a power of
 * two), so that pages without arrays can be given back too. Under the meta lock.
 *
 *   popcount(free_bits) == free_count <= entries of the page's order */
struct meta_page {
    uint64_t free_bits[4];
    uint32_t next, prev; /* its neighbours on its list (meta.c); 0: none */
    uint16_t free_count;
    uint8_t order;
    bool resident; /* its memory was not given back since a slab last used it */
};

/* Slices of a region: the part of the heap that one huge page can back (huge.h). */
enum { REGION_SLICES = 32 };

/* ---- overview ----------------------------------------------------------------------
 * Holds, for 256 MiB of heap, all bits of its slices, regions and groups of slabs. They
 * lie together, so that an idle copy of ebb in an addon has one page of them, and not one
 * page for each kind of bit. Bit i of word w belongs to slice or region 64 w + i, counted
 * from the start of the reservation. */
enum { OVERVIEW_SLICES = 4096 };

enum slice_bit {
    BIT_FREE,
    BIT_DIRTY, /* its memory may be resident and non-zero. Set for all slices of a run; of
                  a slab, as it was when the slab was made */
    BIT_STUCK, /* free, and the kernel refused to take its memory back */
    SLICE_BITS,
};

/* Of regions (huge.h): advised, and not huge  =>  no memory is there, and none of it is
 * handed out. */
enum region_bit {
    BIT_HUGE,      /* a huge page backs it, or may back it */
    BIT_TABLED,    /* it may have a page table */
    BIT_ADVISED,   /* the kernel may put a huge page there */
    BIT_ON_DEMAND, /* a run has it; the program's first touch may bring a huge page */
    REGION_BITS,
};

enum { OVERVIEW_REGION_WORDS = OVERVIEW_SLICES / REGION_SLICES / 64 };

struct overview {
    _Alignas(4096) _Atomic uint64_t of_slices[SLICE_BITS][OVERVIEW_SLICES / 64];
    _Atomic uint64_t of_regions[REGION_BITS][OVERVIEW_REGION_WORDS];
    struct partial_group summary[SHARDS_MAX]; /* bit g = group g is not empty */
};
_Static_assert(GROUPS *GROUP_SLICES == OVERVIEW_SLICES, "a word of a summary");
_Static_assert(sizeof(struct overview) == 3 * 4096, "whole pages");
_Static_assert(offsetof(struct overview, summary[3]) <= 4096, "one page for few shards");

/* ---- heap --------------------------------------------------------------------------
 * One reservation, counted in slices from its very start: the first slices hold the
 * metadata, and the map of classes is at offset 0. So the class of a pointer is
 * base[(p - base) >> 16], and the metadata's own slices have CLASS_NONE. */
struct heap {
    _Atomic size_t frontier; /* slices readable and writable; grows, slice lock */
    size_t first;            /* first slice that is not metadata */
    size_t described;        /* slices whose descriptors are committed, slice lock */
    struct slice *slice;
    unsigned shards;               /* of a class, at most; a power of two */
    struct partial_group *partial; /* for each GROUPS: those of each shard */
    struct overview *overview;     /* per OVERVIEW_SLICES */
    struct meta_page *meta_page;
    char *meta_base; /* page i of words is at meta_base + 4096 i */
    size_t meta_pages_max;
};

extern struct heap heap EBB_HERE;

/* Where the reservation is, and how many slices it has. These two are apart from `heap`,
 * since free() needs nothing else. They are written once, before any block is handed out.
 * Until then slice_of(NULL) is an index that no slice will ever have. */
extern char *heap_base EBB_HERE;
extern size_t heap_slices EBB_HERE;

static inline _Atomic uint64_t *slice_word(enum slice_bit bit, size_t w) {
    struct overview *overview = &heap.overview[w / (OVERVIEW_SLICES / 64)];
    return &overview->of_slices[bit][w % (OVERVIEW_SLICES / 64)];
}

static inline _Atomic uint64_t *region_word(enum region_bit bit, size_t w) {
    struct overview *overview = &heap.overview[w / OVERVIEW_REGION_WORDS];
    return &overview->of_regions[bit][w % OVERVIEW_REGION_WORDS];
}

static inline size_t slice_of(const void *p) {
    return (size_t)((uintptr_t)p - (uintptr_t)heap_base) >> SLICE_SHIFT;
}

static inline char *slice_start(size_t index) {
    return heap_base + (index << SLICE_SHIFT);
}

/* The map of classes: a byte per slice. Written under the shard's lock while no block
 * of the slice is live; a thread that was handed a block sees the write through the
 * hand-over itself, so a relaxed read is enough. */
static inline _Atomic uint8_t *class_entry(size_t index) {
    return (_Atomic uint8_t *)heap_base + index;
}

/* Bits that exist in word w of a slab: the last word may be short. */
static inline uint64_t word_mask(unsigned class, unsigned w) {
    unsigned blocks = size_classes[class].capacity - 64 * w;
    return blocks >= 64 ? ~0ull : (1ull << blocks) - 1;
}

#endif

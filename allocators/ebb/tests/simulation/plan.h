/* A run, decided before it starts: its settings, and a list of operations. Each operation
 * carries a seed of its own for all that happens by chance while it runs, so that a list
 * from which others were removed still does the same at the ones that are left. */
#ifndef EBB_SIMULATION_PLAN_H
#define EBB_SIMULATION_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { PLAN_THREADS = 8, PLAN_SLOTS = 64, PLAN_OPS = 600 };

/* X(name, plain): `plain` is what the shrinker tries instead. Rates are per thousand. */
#define PLAN_SETTINGS(X)                                                                 \
    X(reserve_mib, 64)    /* of address space for the heap */                            \
    X(reclaim, 0)         /* EBB_RECLAIM: on, manual, off */                             \
    X(delay_ms, 200)      /* EBB_RECLAIM_DELAY_MS */                                     \
    X(worth_kib, 64)      /* EBB_RECLAIM_WORTH_KIB */                                    \
    X(heap_kib, 4096)     /* EBB_RECLAIM_HEAP_KIB */                                     \
    X(small_pages, 0)     /* EBB_HUGE_PAGES: 0 on, 1 off, 2 filled */                    \
    X(no_barrier, 0)      /* membarrier is refused */                                    \
    X(no_key, 0)          /* pthread_key_create fails */                                 \
    X(single_threaded, 0) /* what libc says before the first pthread_create */           \
    X(refuse_map, 0)      /* mmap, mprotect, mremap, munmap */                           \
    X(refuse_discard, 0)  /* MADV_DONTNEED fails without an effect */                    \
    X(half_discard, 0)    /* it stops half-way: a page is locked */                      \
    X(lying_discard, 0)   /* it does nothing, ever, and says 0 */                        \
    X(refuse_thread, 0)   /* pthread_create */                                           \
    X(grant_huge, 0)      /* a huge page is to be had */                                 \
    X(spurious, 0)        /* a wait ends by chance */                                    \
    X(ns_per_step, 100)   /* virtual time */                                             \
    X(us_per_op, 100)     /* virtual time that passes before each operation */           \
    X(reclaimer_every, 0) /* most steps until the reclaimer is preempted; 0: never */    \
    X(reclaimer_hold, 0)  /* most operations that start until it goes on */              \
    X(late_stores, 0)     /* other threads see stores late (stores.h) */                 \
    X(fork_at_step, 0)    /* fork at this step, wherever the threads are; 0: never */    \
    X(quarantine, 0)      /* EBB_QUARANTINE=on */                                        \
    X(check_every, 1)     /* the heap is looked at after so many operations */           \
    X(keep_blocks, 0)     /* a block outlives the operations, by thousands */            \
    X(end_seed, 0)        /* by which those are chosen */                                \
    X(stay, 0)            /* threads that don't exit at the end, one bit each */

struct settings {
#define PLAN_FIELD(name, plain) unsigned name;
    PLAN_SETTINGS(PLAN_FIELD)
#undef PLAN_FIELD
};

enum op_kind {
    OP_MALLOC,
    OP_CALLOC,
    OP_ALIGNED, /* detail: log2 of the alignment */
    OP_REALLOC,
    OP_FREE,
    OP_WRITE,
    OP_COLLECT,
    OP_STATS,   /* detail 2: and the system refuses nothing */
    OP_EXIT,    /* detail 1: and allocates after libc's destructors */
    OP_UNSHARE, /* ends the reclaimer */
    OP_FORK,    /* with the handlers that ebb has registered */
    OP_IDLE,    /* nobody starts anything for `size` milliseconds */
    OP_KINDS,
};

/* What is written to a new block, or by OP_WRITE. */
enum touch { TOUCH_NONE, TOUCH_ALL, TOUCH_HEAD, TOUCH_TAIL, TOUCH_SOME, TOUCH_KINDS };

struct op {
    enum op_kind kind;
    unsigned thread, slot, size, detail;
    enum touch touch;
    uint32_t seed;
    /* Preemption: `times` times, each after at most `every` steps, until at most `hold`
     * operations have been started. */
    unsigned every, times, hold;
};

struct plan {
    uint64_t seed;
    struct settings settings;
    unsigned count;
    struct op ops[PLAN_OPS];
};

uint64_t random_next(uint64_t *state);
/* Below n, which is not 0. */
unsigned random_below(uint64_t *state, unsigned n);
bool random_chance(uint64_t *state, unsigned per_thousand);

void plan_draw(struct plan *plan, uint64_t seed);
/* What the child of a fork does, in the same settings. */
void plan_draw_child(struct plan *plan, uint64_t seed);

/* As text, one line per setting that isn't plain and per operation; and back. */
void plan_print(const struct plan *plan, FILE *to);
bool plan_parse(struct plan *plan, FILE *from);
void op_format(const struct op *op, char *buffer, size_t size);

/* Whether the setting is plain already; else makes it so. */
bool plan_make_plain(struct settings *settings, unsigned number);
unsigned plan_settings_count(void);

#endif

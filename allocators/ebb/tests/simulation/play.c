/* What the program of a run does: the operations, and how it comes to rest in the end. */
#include "play.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/single_threaded.h>
#include <unistd.h>

#include "account.h"
#include "api.h"
#include "audit.h"
#include "block.h"
#include "ebb.h"
#include "forking.h"
#include "heap.h"
#include "reclaimer.h"
#include "result.h"
#include "system.h"
#include "thread.h"

int ebb_unshare(int flags);

/* ---- operations -------------------------------------------------------------------- */

/* Memory is short if the heap is half full, or the system has said no. */
static void check_denial(size_t size) {
    size_t used = 0;
    for (unsigned i = 0; i < PLAN_SLOTS; i++)
        used += block_slots[i].state != BLOCK_NONE ? block_slots[i].usable : 0;
    if (system_refused == 0 && used + size < (size_t)settings.reserve_mib << 19)
        finding("out of memory without a reason", "%zu bytes, %zu in use", size, used);
    unsigned in_transit = thread_at_once(account_in_transit);
    if (system_refused == 0 && size <= SLAB_BLOCK_MAX && in_transit > 0)
        finding("out of memory while slices are in transit", "%u slices", in_transit);
    if (errno != ENOMEM)
        finding("errno is not ENOMEM", "%d", errno);
}

static void *allocate(const struct op *op, size_t *ret_align) {
    *ret_align = 16;
    switch (op->kind) {
    case OP_CALLOC:
        return ebb_calloc(1, op->size);
    case OP_ALIGNED:
        *ret_align = (size_t)1 << op->detail;
        return ebb_aligned_alloc(*ret_align, op->size);
    default:
        return ebb_malloc(op->size);
    }
}

static void op_allocate(const struct op *op, struct block *block) {
    size_t align;
    if (block->state != BLOCK_NONE)
        return;
    *block = (struct block){.state = BLOCK_BUSY, .holder = thread_number()};
    errno = 0;
    void *data = allocate(op, &align);
    if (data == NULL) {
        check_denial(op->size);
        block->state = BLOCK_NONE;
        return;
    }
    if (errno != 0 || (uintptr_t)data % align != 0)
        finding("not what was asked for", "%p, errno %d", data, errno);
    size_t usable = ebb_malloc_usable_size(data);
    result->features[FEATURE_mappings] += slice_of(data) >= heap_slices;
    block_adopt(block, data, op->size, usable, op->kind == OP_CALLOC, op->seed);
    block_write(block, op->touch, op->seed);
}

static void op_realloc(const struct op *op, struct block *block) {
    if (block->state != BLOCK_LIVE || op->size == 0)
        return;
    block_verify(block, block->size);
    struct block old = *block;
    block->state = BLOCK_BUSY;
    block->holder = thread_number();
    void *data = ebb_realloc(old.data, op->size);
    if (data == NULL) {
        check_denial(op->size);
        *block = old;
        block_verify(block, block->size);
        if (op->size <= old.size)
            finding("realloc to a smaller size fails", "%zu to %u", old.size, op->size);
        return;
    }
    struct block moved = old;
    moved.data = data;
    block_verify(&moved, op->size < old.size ? op->size : old.size);
    size_t usable = ebb_malloc_usable_size(data);
    block_adopt(block, data, op->size, usable, false, op->seed);
    block_write(block, op->touch, op->seed);
}

static void op_free(struct block *block) {
    if (block->state != BLOCK_LIVE)
        return;
    block_verify(block, block->size);
    void *data = block->data;
    block->state = BLOCK_BUSY;
    block->holder = thread_number();
    ebb_free(data);
    block->state = BLOCK_NONE;
}

static void op_write(const struct op *op, struct block *block) {
    if (block->state != BLOCK_LIVE)
        return;
    block_verify(block, block->size);
    block_write(block, op->touch, op->seed);
}

static void op_stats(const struct op *op) {
    char text[64];
    if (op->detail == 2)
        system_set_calm(true);
    if (ebb_stats(text, sizeof text) < sizeof text)
        finding("ebb_stats says too little", "%s", text);
    if (op->detail == 2)
        system_set_calm(false);
}

/* libc's destructor of the key; other destructors may allocate before and after. */
static void op_exit(const struct op *op) {
    void *value = thread_value();
    count_feature(FEATURE_exits);
    if (value != NULL && system_key_destructor != NULL) {
        thread_set_value(NULL);
        system_key_destructor(value);
    }
    if (op->detail != 0)
        ebb_free(ebb_malloc(1 + op->seed % 20000));
    thread_exit_after();
}

static void perform(const struct op *op) {
    struct block *block = &block_slots[op->slot];
    switch (op->kind) {
    case OP_MALLOC:
    case OP_CALLOC:
    case OP_ALIGNED:
        op_allocate(op, block);
        break;
    case OP_REALLOC:
        op_realloc(op, block);
        break;
    case OP_FREE:
        op_free(block);
        break;
    case OP_WRITE:
        op_write(op, block);
        break;
    case OP_COLLECT:
        ebb_collect();
        break;
    case OP_STATS:
        op_stats(op);
        break;
    case OP_EXIT:
        op_exit(op);
        break;
    case OP_UNSHARE:
        ebb_unshare(0);
        break;
    case OP_FORK:
        fork_with_handlers();
        break;
    default:
        break;
    }
}

void play_forget_others(void) {
    for (unsigned i = 0; i < PLAN_SLOTS; i++)
        if (block_slots[i].state == BLOCK_BUSY &&
            block_slots[i].holder != thread_number())
            block_slots[i].state = BLOCK_NONE;
    blocks_lost = true; /* also what dead threads had been handed and not noted yet */
}

/* ---- the end ----------------------------------------------------------------------- */

static const struct script script = {.play = perform, .rest = account_check};

static void run_ops(const struct op *ops, unsigned count) {
    static struct plan plan;
    plan.settings = settings;
    plan.settings.fork_at_step = 0;
    plan.count = count;
    memcpy(plan.ops, ops, count * sizeof *ops);
    threads_run(&plan, &script);
}

/* Most blocks are freed; some threads exit and some only stop. */
static void wind_down(void) {
    struct op ops[PLAN_SLOTS + PLAN_THREADS];
    uint64_t rng = settings.end_seed;
    unsigned count = 0;
    memset(ops, 0, sizeof ops);
    for (unsigned i = 0; i < PLAN_SLOTS; i++)
        if (block_slots[i].state == BLOCK_LIVE &&
            !random_chance(&rng, settings.keep_blocks))
            ops[count++] = (struct op){.kind = OP_FREE, .slot = i};
    for (unsigned i = 0; i < PLAN_THREADS; i++)
        if ((settings.stay >> i & 1) == 0 && thread_is_alive(i))
            ops[count++] = (struct op){.kind = OP_EXIT, .thread = i};
    run_ops(ops, count);
}

static void check_valid(void) {
#ifdef EBB_DEBUG
    if (!ebb_heap_is_valid())
        finding("ebb_heap_is_valid() says no", "%s", "");
#endif
}

/* A reclaimer that runs gets to its floor and sleeps, or ends with the last thread. */
static void check_reclaimer(void) {
    if (load_relaxed(&reclaimer_state) != RECLAIMER_AWAKE)
        return;
    struct op idle = {.kind = OP_IDLE, .size = 2000 + 20 * settings.delay_ms};
    run_ops(&idle, 1);
    if (settings.no_barrier)
        return;
    if (load_relaxed(&reclaimer_state) == RECLAIMER_AWAKE)
        finding("the reclaimer finds no sleep", "%s", "");
    if (system_refused == 0 && settings.worth_kib == 0)
        account_check_floor();
}

/* What is left goes when the program asks. */
static void check_collect(void) {
    const struct op ops[] = {{.kind = OP_COLLECT}, {.kind = OP_COLLECT}};
    run_ops(ops, 2);
    if (settings.reclaim != 2 && !settings.no_barrier && system_refused == 0)
        account_check_floor();
}

void play(const struct plan *plan) {
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); /* they are simulated, too */
    alarm(60);
    system_start(&plan->settings);
    __libc_single_threaded = plan->settings.single_threaded != 0;
    threads_run(plan, &script);
    system_set_calm(true);
    settings.reclaimer_every = 0;
    threads_calm();
    wind_down();
    if (load_relaxed(&heap.frontier) != 0) {
        check_valid();
        check_reclaimer();
        check_collect();
        check_valid();
    }
    _exit(0);
}

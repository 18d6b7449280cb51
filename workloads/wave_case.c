#include "wave_case.h"

#include "block.h"
#include "bundle_shape.h"
#include "memory.h"
#include "rng.h"

enum { BLOCKS = 48000 /* of a wave */ };

static const struct option *options;
static size_t wave_blocks, waves;
static struct block *wave; /* the blocks of the current wave */
static struct block *kept; /* the survivors, by wave and index */
static const struct run *running;
static size_t wave_now;

void wave_case_setup(const struct run *run, const struct option *given) {
    shape_setup();
    options = given;
    wave_blocks = (size_t)(BLOCKS * run->scale + 0.5);
    waves = (size_t)options[WAVE_WAVES].value;
    wave = memory_map(wave_blocks * sizeof *wave);
    kept = memory_map(waves * wave_blocks * sizeof *kept);
}

/* The first index of a worker's share. The busiest worker has rank 0; rank = threads
 * gives the end. */
static size_t share_begin(unsigned rank) {
    double ratio = options[WAVE_NEXT_SHARE].value / 100, share = 1, before = 0, all = 0;
    for (unsigned i = 0; i < running->threads; i++, share *= ratio) {
        before += i < rank ? share : 0;
        all += share;
    }
    return (size_t)((double)wave_blocks * (before / all));
}

static unsigned rank_of(unsigned worker) {
    return (worker + (unsigned)wave_now) % running->threads;
}

static void allocate_share(void *context, unsigned worker) {
    (void)context;
    unsigned rank = rank_of(worker);
    for (size_t i = share_begin(rank); i < share_begin(rank + 1); i++) {
        struct rng rng;
        rng_seed(&rng, running->seed ^ (uint64_t)running->build << 40 ^
                           (uint64_t)wave_now << 32 ^ i);
        block_alloc(&wave[i], shape_size(&rng, FATE_BUILD), (uint32_t)rng_next(&rng));
    }
}

/* True for so many percent of the indices of a wave. The answer for an index and a salt
 * is the same in every build. */
static int happens(size_t index, uint64_t salt, double percent) {
    struct rng rng;
    rng_seed(&rng, running->seed ^ salt << 56 ^ (uint64_t)wave_now << 32 ^ index);
    return rng_below(&rng, 10000) < (uint64_t)(percent * 100);
}

/* Frees the blocks of a share that do not stay: those that do not migrate if `is_own`,
 * else those that do. */
static void free_share(unsigned rank, int is_own) {
    size_t cluster = (size_t)options[WAVE_CLUSTER].value;
    for (size_t i = share_begin(rank); i < share_begin(rank + 1); i++) {
        int migrates = happens(i, 1, options[WAVE_MIGRATING].value);
        if (!happens(i / cluster, 2, running->survivors) && migrates != is_own)
            block_free(&wave[i]);
    }
}

/* A worker frees the migrating blocks of its neighbour's share. */
static void free_shares(void *context, unsigned worker) {
    (void)context;
    free_share(rank_of(worker), 1);
    free_share(rank_of(worker + 1), 0);
}

static void keep_the_others(void) {
    struct block *row = kept + wave_now * wave_blocks;
    for (size_t i = 0; i < wave_blocks; i++) {
        if (wave[i].memory)
            block_free(&row[i]); /* the survivor of the build before */
        if (wave[i].memory)
            row[i] = wave[i];
        wave[i].memory = NULL;
    }
}

void wave_case_build(const struct run *run) {
    running = run;
    for (wave_now = 0; wave_now < waves; wave_now++) {
        pool_each_worker(run->pool, allocate_share, NULL);
        if (wave_now + 1 == waves)
            run_peak(run);
        pool_each_worker(run->pool, free_shares, NULL);
        keep_the_others();
    }
}

void wave_case_visit(block_visitor *visitor, void *context) {
    block_visit_all(wave, wave_blocks, visitor, context);
    block_visit_all(kept, waves * wave_blocks, visitor, context);
}

/*
 * bundle: a JavaScript bundler, the headline workload. A build scans (parses and links)
 * modules of very different sizes, transforms them and generates code; then it is torn
 * down. A module cache outlives the build, and each further build replaces part of it.
 *
 * The claim: a bundler that moved from mimalloc v2 to v3 reported 47 % less memory in an
 * idle dev server. Refuted on Linux if v3's idle footprint is not below v2's here. All
 * figures that it draws from are in bundle_shape.def; docs/calibration.md sets the result
 * beside the recorded build.
 *
 *     scan       nine tenths of all objects, in stages. A module belongs to a stage and
 *                to a worker, and the workers' shares are as unequal as the recorded
 *                threads': five of ten did 99 %, the first 41 %. Workers that have done
 *                their part of a stage are parked until the next. Phase objects are freed
 *                with their module or by another worker in a later stage.
 *     transform  each worker what it has scanned
 *     codegen    work-stealing over output files, which grow
 *     teardown   the first worker frees the build's objects, half of them others'; the
 *                main thread drops the outputs and what was replaced in the cache
 *
 * What is allocated depends on module, build and seed only, never on which worker does
 * it.
 */
#include <stddef.h>
#include <stdint.h>

#include "block.h"
#include "bundle_shape.h"
#include "memory.h"
#include "rng.h"
#include "workload.h"

enum {
    MODULES = 1200,       /* at scale 1 */
    MODULE_OBJECTS = 330, /* mean of a scan */
    SHORT_RING = 128,     /* a short-lived object lives for fewer allocations than this */
    MODULES_PER_CHUNK = 60,       /* whose code goes into one output file */
    TRANSFORM = SHAPE_STAGES - 2, /* the stages before it are the scan's */
    CODEGEN,
    LINK = 16, /* the stage in which most of the phase objects that were left are freed */
    FREED_NEXT_STAGE = 60,  /* of 100 of those; recorded, roughly */
    TRANSFORM_KEEPS = 1000, /* objects: about as long as phase objects live there */
    OUTPUT_PER_OBJECT = 8,  /* bytes of code; chosen */
    TABLES_MAX = 32,
    LARGE = 8192, /* bytes; larger ones are arenas, and freed together */
    /* Recorded: the teardown frees a sixth of the objects with their arenas, then a
     * quarter without, then all arenas, then the rest. Here by modules, of 100. */
    WHOLE_FROM = 25,
    WHOLE_TO = 41,
    SMALL_TO = 66,
};

static struct option options[] = {
    {"changed", 30, 0, 100,
     "modules that a further build parses anew into the cache, percent"},
    {0},
};

/* A row of blocks in the big table. */
struct row {
    struct block *blocks;
    uint32_t count, capacity;
};

static struct row tables; /* the module graph's large ones */

/* Where a module keeps what is not short-lived. OLD: the cache of the build before. */
enum { NEAR, FAR, BUILD, CACHE, OLD, ROWS };

struct module {
    uint32_t objects; /* that a scan makes */
    uint32_t seed;
    unsigned stage, lane; /* when it is scanned, and by which worker */
    struct row rows[ROWS];
};

static struct module *modules;
static size_t module_count;
static struct row outputs; /* one growing buffer for each output file */
static const struct run *running;
static unsigned stage_now;

/* Objects of a module that a phase makes after the scan. */
static uint32_t later_objects(const struct module *module) {
    return module->objects / TRANSFORM;
}

/* Rows are sized for a fifth more than expected; what does not fit is short-lived. */
static uint32_t capacity_of(const struct module *module, int row, double cache_percent) {
    static const enum fate fates[ROWS] = {FATE_PHASE, FATE_PHASE, FATE_BUILD, FATE_CACHE,
                                          FATE_CACHE};
    double expected =
        module->objects * shape_share(module->stage, fates[row], cache_percent);
    for (unsigned stage = TRANSFORM; stage <= CODEGEN; stage++)
        expected += later_objects(module) * shape_share(stage, fates[row], cache_percent);
    return (uint32_t)(expected * 1.2) + 16;
}

static size_t lay_out(struct block *blocks, double cache_percent) {
    size_t used = 0;
    for (size_t m = 0; m < module_count; m++)
        for (int row = 0; row < ROWS; row++) {
            uint32_t capacity = capacity_of(&modules[m], row, cache_percent);
            modules[m].rows[row] =
                (struct row){blocks ? blocks + used : NULL, 0, capacity};
            used += capacity;
        }
    return used;
}

/*
 * What a worker is to make in scan and transform: its share of all, less its part of what
 * codegen makes, where all are alike.
 */
static uint64_t lane_share(unsigned lane, unsigned threads) {
    unsigned all = shape_lane_weight(lane);
    unsigned stolen = 1000 * (SHAPE_STAGES - CODEGEN) / SHAPE_STAGES / threads;
    return all > stolen ? all - stolen : 1;
}

/* Stages by the objects before a module; the worker is the one furthest below its share.
 */
static void assign_modules(unsigned threads) {
    uint64_t total = 0, before = 0, load[POOL_THREADS_MAX] = {0};
    for (size_t m = 0; m < module_count; m++)
        total += modules[m].objects;
    for (size_t m = 0; m < module_count; m++) {
        struct module *module = &modules[m];
        module->stage = (unsigned)((before + module->objects / 2) * TRANSFORM / total);
        for (unsigned l = 1; l < threads; l++)
            if (load[l] * lane_share(module->lane, threads) <
                load[module->lane] * lane_share(l, threads))
                module->lane = l;
        before += module->objects;
        load[module->lane] += module->objects;
    }
}

static void setup(const struct run *run) {
    shape_setup();
    module_count = (size_t)(MODULES * run->scale + 0.5);
    modules = memory_map(module_count * sizeof *modules);
    struct rng rng;
    rng_seed(&rng, run->seed);
    for (size_t m = 0; m < module_count; m++) {
        modules[m].objects = shape_module_objects(&rng, MODULE_OBJECTS);
        modules[m].seed = (uint32_t)rng_next(&rng);
    }
    assign_modules(run->threads);
    size_t entries = lay_out(NULL, run->survivors);
    lay_out(memory_map(entries * sizeof(struct block)), run->survivors);
    tables = (struct row){memory_map(TABLES_MAX * sizeof(struct block)), 0, TABLES_MAX};
    size_t files = module_count / MODULES_PER_CHUNK + 1;
    outputs = (struct row){memory_map(files * sizeof(struct block)), 0, (uint32_t)files};
}

/* What is random in a phase of a module: the same whoever runs it. */
static void seed_for(struct rng *rng, const struct module *module, unsigned phase) {
    rng_seed(rng, running->seed ^ ((uint64_t)module->seed << 16) ^
                      ((uint64_t)running->build << 8) ^ phase);
}

static void resize(struct block *block, uint32_t size) {
    block->memory = heap_resize(block->memory, block->size, size, block->stamp);
    block->size = size;
}

static struct block make_block(const struct shape *shape, uint32_t stamp) {
    struct block block = {NULL, shape->size, stamp};
    if (shape->align_log2)
        block.memory =
            heap_alloc_aligned((size_t)1 << shape->align_log2, shape->size, stamp);
    else if (shape->is_zeroed)
        block.memory = heap_alloc_zeroed(shape->size, stamp);
    else
        block.memory = heap_alloc(shape->size, stamp);
    for (unsigned i = 0; i < shape->growths; i++)
        resize(&block, block.size * 2);
    if (shape->is_shrunk)
        resize(&block, block.size - block.size / 4);
    return block;
}

static void row_free(struct row *row) {
    for (uint32_t i = 0; i < row->count; i++)
        block_free(&row->blocks[i]);
    row->count = 0;
}

/*
 * Short-lived objects of the module that is being worked on: slot i is freed when the
 * module's allocation number i (modulo the ring) comes round.
 */
struct short_ring {
    struct block slots[SHORT_RING];
};

static void ring_put(struct short_ring *ring, unsigned due, struct block block) {
    while (ring->slots[due % SHORT_RING].memory)
        due++; /* taken: one allocation later */
    ring->slots[due % SHORT_RING] = block;
}

/* Whether this build renews the module's cache entry; the first one fills the cache. */
static int renews_cache(const struct module *module) {
    struct rng rng;
    seed_for(&rng, module, 0xff);
    return running->build == 1 || rng_below(&rng, 100) < (uint64_t)options[0].value;
}

/* The row of a block; NULL of a short-lived one, or where the row is full. */
static struct row *row_of(struct module *module, const struct shape *shape, int renews) {
    static const int rows[FATES] = {
        [FATE_PHASE] = FAR, [FATE_BUILD] = BUILD, [FATE_CACHE] = CACHE};
    int row = shape->fate == FATE_PHASE && shape->is_near ? NEAR : rows[shape->fate];
    if (shape->fate == FATE_SHORT || (shape->fate == FATE_CACHE && !renews) ||
        module->rows[row].count == module->rows[row].capacity)
        return NULL;
    return &module->rows[row];
}

/* Makes `count` objects as they are made in this stage of a build; NEAR ones stay. */
static void make_objects(struct module *module, unsigned stage, uint32_t count) {
    struct short_ring ring = {0};
    struct rng rng;
    seed_for(&rng, module, stage);
    int renews = renews_cache(module);
    for (unsigned i = 0; i < count; i++) {
        block_free(&ring.slots[i % SHORT_RING]);
        struct shape shape = shape_draw(&rng, stage, running->survivors);
        struct block block = make_block(&shape, (uint32_t)rng_next(&rng));
        struct row *row = row_of(module, &shape, renews);
        if (row)
            row->blocks[row->count++] = block;
        else
            ring_put(&ring, i + shape_lifetime(&rng), block);
    }
    for (int i = 0; i < SHORT_RING; i++)
        block_free(&ring.slots[i]);
}

/*
 * In a stage: the phase objects that earlier ones left for it. Half of what the next
 * stage frees is freed by the worker that made it; the rest, and what is left for later,
 * by the first worker, or by the second where the first made it.
 */
static void free_far(struct module *module, unsigned worker) {
    struct row *row = &module->rows[FAR];
    uint32_t left = row->count;
    int is_late = stage_now >= LINK && module->stage < stage_now;
    unsigned other = module->lane || running->threads == 1 ? 0 : 1;
    int is_remote = is_late || module->seed % 2;
    if (worker != (is_remote ? other : module->lane))
        return;
    if (is_late)
        left = 0;
    else if (module->stage + 1 == stage_now)
        left -= left * FREED_NEXT_STAGE / 100;
    while (row->count > left)
        block_free(&row->blocks[--row->count]);
}

/* Makes and frees the large tables whose time has come. */
static void turn_tables(void) {
    double part = running->scale * MODULES * MODULE_OBJECTS * SHAPE_STAGES / TRANSFORM /
                  SHAPE_OBJECTS;
    const struct shape_table *table;
    for (unsigned i = 0; i < TABLES_MAX && (table = shape_table(i)); i++) {
        if (table->until == stage_now)
            block_free(&tables.blocks[i]);
        if (table->stage != stage_now)
            continue;
        uint32_t first = (uint32_t)(table->size * part) >> table->growths;
        block_alloc(&tables.blocks[i], first ? first : 1, i);
        for (unsigned n = 0; n < table->growths; n++)
            resize(&tables.blocks[i], tables.blocks[i].size * 2);
    }
    tables.count = TABLES_MAX;
}

static void scan_stage(void *context, unsigned worker) {
    (void)context;
    if (worker == 0)
        turn_tables();
    for (size_t m = 0; m < module_count; m++)
        free_far(&modules[m], worker);
    struct module *previous = NULL; /* its NEAR objects live until the next is done */
    for (size_t m = 0; m < module_count; m++) {
        struct module *module = &modules[m];
        if (module->stage != stage_now || module->lane != worker)
            continue;
        if (renews_cache(module)) {
            struct row old = module->rows[OLD];
            module->rows[OLD] = module->rows[CACHE];
            module->rows[CACHE] = old; /* empty */
        }
        make_objects(module, module->stage, module->objects);
        if (previous)
            row_free(&previous->rows[NEAR]);
        previous = module;
    }
    if (previous)
        row_free(&previous->rows[NEAR]);
}

/* The modules whose code goes into one output file: [from, to). */
static size_t file_begin(size_t file) {
    size_t m = file * MODULES_PER_CHUNK;
    return m < module_count ? m : module_count;
}

static void free_phase(size_t from, size_t to) {
    for (size_t m = from; m < to; m++) {
        row_free(&modules[m].rows[NEAR]);
        row_free(&modules[m].rows[FAR]);
    }
}

/* By the worker that scanned the module; phase objects live for some modules more. */
static void transform(void *context, unsigned worker) {
    (void)context;
    uint32_t made = 0;
    for (size_t m = 0, kept_from = 0; m < module_count; m++) {
        if (modules[m].lane == worker) {
            free_phase(m, m + 1);
            make_objects(&modules[m], TRANSFORM, later_objects(&modules[m]));
            made += later_objects(&modules[m]);
        }
        for (; made > TRANSFORM_KEEPS && kept_from <= m; kept_from++)
            if (modules[kept_from].lane == worker)
                free_phase(kept_from, kept_from + 1);
        made = made > TRANSFORM_KEEPS ? 0 : made;
    }
}

/* The modules' last objects, and their code appended to the output file. */
static void generate_file(void *context, size_t index, unsigned worker) {
    (void)context, (void)worker;
    struct block *output = &outputs.blocks[index];
    size_t from = file_begin(index), to = file_begin(index + 1);
    for (size_t m = from; m < to; m++) {
        make_objects(&modules[m], CODEGEN, later_objects(&modules[m]));
        uint32_t code = modules[m].objects * OUTPUT_PER_OBJECT;
        if (output->memory)
            resize(output, output->size + code);
        else
            block_alloc(output, code, modules[m].seed);
    }
    free_phase(from, to);
}

/* Frees the build's objects of the modules [from, to): the small, the large, or both. */
static void free_build(size_t from, size_t to, int small, int large) {
    for (size_t m = from; m < to; m++) {
        struct row *row = &modules[m].rows[BUILD];
        for (uint32_t i = 0; i < row->count; i++)
            if (row->blocks[i].size > LARGE ? large : small)
                block_free(&row->blocks[i]);
    }
}

/* As recorded: some modules whole, others but for their arenas, all arenas, the rest. */
static void tear_down(void *context, unsigned worker) {
    (void)context;
    if (worker != 0)
        return;
    size_t whole_from = module_count * WHOLE_FROM / 100;
    size_t whole_to = module_count * WHOLE_TO / 100;
    free_build(whole_from, whole_to, 1, 1);
    free_build(whole_to, module_count * SMALL_TO / 100, 1, 0);
    free_build(0, module_count, 0, 1);
    row_free(&tables);
    free_build(0, module_count, 1, 0);
    for (size_t m = 0; m < module_count; m++)
        modules[m].rows[BUILD].count = 0;
}

static void build(const struct run *run) {
    running = run;
    for (stage_now = 0; stage_now < TRANSFORM; stage_now++)
        pool_each_worker(run->pool, scan_stage, NULL);
    pool_each_worker(run->pool, transform, NULL);
    pool_for_each(run->pool, outputs.capacity, 1, generate_file, NULL);
    run_peak(run);
    pool_each_worker(run->pool, tear_down, NULL);
    for (size_t i = 0; i < outputs.capacity; i++) /* the main thread, as the host does */
        block_free(&outputs.blocks[i]);
    for (size_t m = 0; m < module_count; m++)
        row_free(&modules[m].rows[OLD]);
}

static void visit(block_visitor *visitor, void *context) {
    for (size_t m = 0; m < module_count; m++)
        for (int row = 0; row < ROWS; row++)
            block_visit_all(modules[m].rows[row].blocks, modules[m].rows[row].count,
                            visitor, context);
    block_visit_all(tables.blocks, tables.count, visitor, context);
    block_visit_all(outputs.blocks, outputs.capacity, visitor, context);
}

const struct workload wl_bundle = {
    .name = "bundle",
    .builds = 3,
    .survivors = 9.7,
    .options = options,
    .setup = setup,
    .build = build,
    .visit = visit,
};

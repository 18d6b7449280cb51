/*
 * bundle: a JavaScript bundler, the headline workload. A build scans (parses and links)
 * modules of very different sizes, transforms them and generates code; then it is torn
 * down. A module cache outlives the build, and each further build replaces part of it.
 *
 * The claim: a bundler that moved from mimalloc v2 to v3 reported 47 % less memory in an
 * idle dev server. Refuted on Linux if v3's idle footprint is not below v2's here.
 * bundle_shape.def holds all figures from which objects are drawn. docs/calibration.md
 * compares the result with the recorded build.
 *
 *     scan       makes nine tenths of all objects, in half stages. Each module belongs to
 *                one half stage and one worker. The workers' shares are as unequal as the
 *                recorded threads': five of ten did 99 %, the first one 41 %. A worker
 *                that has done its part of a half stage is parked until the next. Phase
 *                objects are freed with their module, or in a later stage, perhaps by
 *                another worker.
 *     transform  each worker transforms the modules that it scanned
 *     codegen    output files grow; the workers have the same shares as in the scan
 *     teardown   the first worker frees the build's objects, also those of other workers.
 *                The main thread frees the outputs and the replaced part of the cache
 *
 * What is allocated depends only on module, build and seed, not on the worker.
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
    MODULE_OBJECTS = 330, /* mean that a scan makes of a module */
    SHORT_RING = 128,     /* a short-lived object lives for fewer allocations than this */
    MODULES_PER_CHUNK = 60,       /* their code goes into one output file */
    TRANSFORM = SHAPE_STAGES - 2, /* a stage; all stages before it are the scan */
    CODEGEN,
    LINK = 16, /* from this stage on all phase objects of earlier stages are freed */
    TRANSFORM_KEEPS = 1000, /* after so many objects transform frees phase objects */
    OUTPUT_PER_OBJECT = 8,  /* bytes of code; chosen, not recorded */
    TABLES_MAX = 32,
    LARGE = 8192, /* bytes; larger objects are arenas, which are freed together */
    /* Recorded: the teardown frees a sixth of the objects with their arenas, then a
     * quarter without, then all arenas, then the rest. Here as numbers of 100 modules. */
    WHOLE_FROM = 25,
    WHOLE_TO = 41,
    SMALL_TO = 66,
};

static struct option options[] = {
    {"changed", 30, 0, 100,
     "modules that a further build parses anew into the cache, percent"},
    {0},
};

/* Blocks next to each other in a table: `count` are in use. */
struct row {
    struct block *blocks;
    uint32_t count, capacity;
};

static struct row tables; /* the large tables of the module graph */

/* The rows in which a module keeps its objects. NEAR: phase objects that are freed with
 * the module; FAR: the other phase objects; OLD: cache that this build has replaced. */
enum { NEAR, FAR, BUILD, CACHE, OLD, ROWS };

struct module {
    uint32_t objects; /* number that a scan makes */
    uint32_t seed;
    unsigned half, lane; /* the half stage of its scan; the worker that scans it */
    struct row rows[ROWS];
};

static struct module *modules;
static size_t module_count;
static struct row outputs; /* one growing block for each output file */
static const struct run *running;
static unsigned half_now; /* the current half stage, as in shape_table.from */

/* Number of objects that transform and codegen each make of a module. */
static uint32_t later_objects(const struct module *module) {
    return module->objects / TRANSFORM;
}

static unsigned stage_of(const struct module *module) {
    return module->half / 2;
}

/* A row has room for a fifth more objects than expected. An object that does not fit
 * becomes short-lived. */
static uint32_t capacity_of(const struct module *module, int row, double cache_percent) {
    static const enum fate fates[ROWS] = {FATE_PHASE, FATE_PHASE, FATE_BUILD, FATE_CACHE,
                                          FATE_CACHE};
    double expected =
        module->objects * shape_share(stage_of(module), fates[row], cache_percent);
    for (unsigned stage = TRANSFORM; stage <= CODEGEN; stage++)
        expected += later_objects(module) * shape_share(stage, fates[row], cache_percent);
    return (uint32_t)(expected * 1.2) + 16;
}

/* Gives every row its part of `blocks`. Returns the number of blocks that all rows need;
 * `blocks` may be NULL. */
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
 * Gives a load to the worker that is furthest below its share. The original uses
 * work-stealing. But then the machine's other load decides who steals what, and so in
 * which heap a block lies: with work-stealing in codegen alone, the share of the fifth
 * worker varied from 5 to 7 % of all objects.
 */
static unsigned next_lane(uint64_t *loads, unsigned threads, uint64_t load) {
    unsigned next = 0;
    for (unsigned l = 1; l < threads; l++)
        if (loads[l] * shape_lane_weight(next) < loads[next] * shape_lane_weight(l))
            next = l;
    loads[next] += load;
    return next;
}

static void assign_modules(unsigned threads) {
    uint64_t total = 0, before = 0, loads[POOL_THREADS_MAX] = {0};
    for (size_t m = 0; m < module_count; m++)
        total += modules[m].objects;
    for (size_t m = 0; m < module_count; m++) {
        struct module *module = &modules[m];
        module->half = (unsigned)((before + module->objects / 2) * 2 * TRANSFORM / total);
        module->lane = next_lane(loads, threads, module->objects);
        before += module->objects;
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

/* Seeds the random numbers of a phase of a module. They do not depend on the worker. */
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
 * The short-lived objects of one module. The block in slot i is freed before the module's
 * next allocation with a number of i modulo SHORT_RING.
 */
struct short_ring {
    struct block slots[SHORT_RING];
};

static void ring_put(struct short_ring *ring, unsigned due, struct block block) {
    while (ring->slots[due % SHORT_RING].memory)
        due++; /* the slot is taken: one allocation later */
    ring->slots[due % SHORT_RING] = block;
}

/* Whether this build replaces the module's cache. The first build fills it. */
static int renews_cache(const struct module *module) {
    struct rng rng;
    seed_for(&rng, module, 0xff);
    return running->build == 1 || rng_below(&rng, 100) < (uint64_t)options[0].value;
}

/* The row for an object. NULL if it is short-lived, if it is for the cache and the cache
 * is not replaced, or if the row is full. */
static struct row *row_of(struct module *module, const struct shape *shape, int renews) {
    static const int rows[FATES] = {
        [FATE_PHASE] = FAR, [FATE_BUILD] = BUILD, [FATE_CACHE] = CACHE};
    int row = shape->fate == FATE_PHASE && shape->is_near ? NEAR : rows[shape->fate];
    if (shape->fate == FATE_SHORT || (shape->fate == FATE_CACHE && !renews) ||
        module->rows[row].count == module->rows[row].capacity)
        return NULL;
    return &module->rows[row];
}

/* Makes `count` objects of a module, drawn for this stage. Frees the short-lived ones. */
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
 * Frees the FAR objects of a module that are due in this stage. Of half of the modules
 * the worker that scanned the module frees them. Of the others, and of all modules from
 * LINK on, the first worker does; if the first worker scanned the module, the second one
 * does.
 */
static void free_far(struct module *module, unsigned worker) {
    struct row *row = &module->rows[FAR];
    uint32_t left = row->count;
    unsigned stage = stage_of(module), now = half_now / 2;
    int is_late = now >= LINK && stage < now;
    unsigned other = module->lane || running->threads == 1 ? 0 : 1;
    int is_remote = is_late || module->seed % 2;
    if (worker != (is_remote ? other : module->lane))
        return;
    unsigned before = stage < now ? 100 - shape_freed_percent(stage, now - stage - 1) : 0;
    if (is_late)
        left = 0;
    else if (before)
        left = left * (100 - shape_freed_percent(stage, now - stage)) / before;
    while (row->count > left)
        block_free(&row->blocks[--row->count]);
}

/* The first worker makes, doubles and frees the tables that are due now. */
static void turn_tables(void *context, unsigned worker) {
    (void)context;
    if (worker != 0)
        return;
    double part = running->scale * MODULES * MODULE_OBJECTS * SHAPE_STAGES / TRANSFORM /
                  SHAPE_OBJECTS;
    const struct shape_table *table;
    for (unsigned i = 0; i < TABLES_MAX && (table = shape_table(i)); i++) {
        if (table->until == half_now)
            block_free(&tables.blocks[i]);
        uint32_t first = (uint32_t)(table->size * part) >> table->growths;
        if (table->from == half_now) {
            block_alloc(&tables.blocks[i], first ? first : 1, i);
            for (unsigned n = 1; n < table->growths; n++)
                resize(&tables.blocks[i], tables.blocks[i].size * 2);
        }
        if (table->growths && table->grown == half_now)
            resize(&tables.blocks[i], tables.blocks[i].size * 2);
    }
    tables.count = TABLES_MAX;
}

static void scan_half(void *context, unsigned worker) {
    (void)context;
    for (size_t m = 0; half_now % 2 == 0 && m < module_count; m++)
        free_far(&modules[m], worker);
    struct module *previous = NULL; /* its NEAR objects live until the next is done */
    for (size_t m = 0; m < module_count; m++) {
        struct module *module = &modules[m];
        if (module->half != half_now || module->lane != worker)
            continue;
        if (renews_cache(module)) {
            struct row old = module->rows[OLD];
            module->rows[OLD] = module->rows[CACHE];
            module->rows[CACHE] = old; /* empty */
        }
        make_objects(module, stage_of(module), module->objects);
        if (previous)
            row_free(&previous->rows[NEAR]);
        previous = module;
    }
    if (previous)
        row_free(&previous->rows[NEAR]);
}

/* The first module of an output file; its last one is before file_begin(file + 1). */
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

/* Each worker transforms the modules that it scanned. It frees the phase objects of the
 * scan before it transforms their module. It frees new ones of several modules at once,
 * whenever it has made TRANSFORM_KEEPS objects. */
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

/* Makes the last objects of the modules [from, to), and adds their code to the file. */
static void generate_file(size_t file, size_t from, size_t to) {
    struct block *output = &outputs.blocks[file];
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

static void generate(void *context, unsigned worker) {
    (void)context;
    uint64_t loads[POOL_THREADS_MAX] = {0};
    for (size_t file = 0; file < outputs.capacity; file++) {
        size_t from = file_begin(file), to = file_begin(file + 1);
        uint64_t objects = 0;
        for (size_t m = from; m < to; m++)
            objects += modules[m].objects;
        if (next_lane(loads, running->threads, objects) == worker)
            generate_file(file, from, to);
    }
}

/* Frees objects of the build of the modules [from, to): the small ones, the large ones,
 * or both. */
static void free_build(size_t from, size_t to, int small, int large) {
    for (size_t m = from; m < to; m++) {
        struct row *row = &modules[m].rows[BUILD];
        for (uint32_t i = 0; i < row->count; i++)
            if (row->blocks[i].size > LARGE ? large : small)
                block_free(&row->blocks[i]);
    }
}

/* The first worker frees the objects of the build, in the order of WHOLE_FROM. */
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
    for (half_now = 0; half_now < 2 * TRANSFORM; half_now++) {
        pool_each_worker(run->pool, turn_tables, NULL);
        pool_each_worker(run->pool, scan_half, NULL);
    }
    pool_each_worker(run->pool, turn_tables, NULL);
    pool_each_worker(run->pool, transform, NULL);
    half_now = 2 * CODEGEN;
    pool_each_worker(run->pool, turn_tables, NULL);
    pool_each_worker(run->pool, generate, NULL);
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

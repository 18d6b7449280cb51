/*
 * hmr: a development server with hot module replacement. The first build loads the
 * modules of the start page. Each further build visits another page, which loads more
 * modules that stay. After each load come some saves. A save parses a few modules anew
 * and replaces them. Between two visits the server is idle for a while.
 *
 * The claim, from users' reports: the server grows from 2.6 to 6.9 GB as users visit
 * pages. Part of that is the modules themselves: live bytes, which the report shows
 * beside the footprint, are 4.9 times as many at the end as at the start. Refuted for an
 * allocator if the footprint at the ends of the gaps grows no faster than live bytes.
 *
 * A module has objects of the recorded sizes that live as long as the module. Parsing it
 * makes six times as many that are freed at once or when the module is done.
 */
#include <stddef.h>

#include "block.h"
#include "bundle_shape.h"
#include "memory.h"
#include "rng.h"
#include "workload.h"

enum {
    OBJECTS = 40,            /* of a module, which stay */
    TRANSIENT = 6 * OBJECTS, /* of its parsing, which are freed */
    START_MODULES = 3000,
    PAGE_MODULES = 400,
};

enum { SAVES, CHANGED, GAP };

static struct option options[] = {
    [SAVES] = {"saves", 8, 0, 1000, "after each visit"},
    [CHANGED] = {"changed", 20, 1, 1000, "modules that a save parses anew"},
    [GAP] = {"gap", 400, 1, 600000, "idle time after each visit, milliseconds"},
    {0},
};

struct module {
    struct block kept[OBJECTS];
};

static size_t capacity, loaded;
static struct module *modules;
static const struct run *running;
static uint64_t turn; /* counts loads and saves, and seeds what they allocate */

static size_t modules_of(double count) {
    return (size_t)(count * running->scale) + 1;
}

static void setup(const struct run *run) {
    running = run;
    shape_setup();
    capacity = modules_of(START_MODULES) + run->builds * modules_of(PAGE_MODULES);
    modules = memory_map(capacity * sizeof *modules);
}

/* Makes a module. Replaces the one that is there, if there is one. */
static void parse(struct module *module, uint64_t seed) {
    struct block transient[TRANSIENT];
    struct rng rng;
    rng_seed(&rng, seed);
    for (size_t i = 0; i < TRANSIENT; i++) {
        enum fate fate = i % 2 ? FATE_SHORT : FATE_PHASE;
        block_alloc(&transient[i], shape_size(&rng, fate), (uint32_t)rng_next(&rng));
        if (fate == FATE_SHORT)
            block_free(&transient[i]);
    }
    for (size_t i = 0; i < OBJECTS; i++) {
        block_free(&module->kept[i]);
        block_alloc(&module->kept[i], shape_size(&rng, FATE_CACHE),
                    (uint32_t)rng_next(&rng));
    }
    for (size_t i = 0; i < TRANSIENT; i++)
        block_free(&transient[i]);
}

static void load_one(void *context, size_t index, unsigned worker) {
    (void)context, (void)worker;
    parse(&modules[loaded + index], running->seed ^ turn << 32 ^ index);
}

static void load(size_t count) {
    pool_for_each(running->pool, count, 4, load_one, NULL);
    loaded += count;
    turn++;
}

/* The modules of a save are spread evenly over all loaded ones. No module comes twice in
 * a save, and each save takes others. */
static void save_one(void *context, size_t index, unsigned worker) {
    (void)worker;
    size_t step = *(const size_t *)context;
    parse(&modules[(turn * 131 + index * step) % loaded],
          running->seed ^ turn << 32 ^ index);
}

static void save(void) {
    size_t changed = (size_t)options[CHANGED].value;
    size_t step = loaded / changed ? loaded / changed : 1;
    pool_for_each(running->pool, changed < loaded ? changed : loaded, 1, save_one, &step);
    turn++;
}

static void build(const struct run *run) {
    running = run;
    load(modules_of(run->build == 1 ? START_MODULES : PAGE_MODULES));
    for (int i = 0; i < (int)options[SAVES].value; i++)
        save();
    run_peak(run);
}

static unsigned gap(const struct run *run) {
    return run->build >= 2 ? (unsigned)options[GAP].value : 0;
}

static void visit(block_visitor *visitor, void *context) {
    for (size_t i = 0; i < loaded; i++)
        block_visit_all(modules[i].kept, OBJECTS, visitor, context);
}

const struct workload wl_hmr = {
    .name = "hmr",
    .builds = 30,
    .options = options,
    .setup = setup,
    .build = build,
    .gap = gap,
    .visit = visit,
};

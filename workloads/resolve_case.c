#include "resolve_case.h"

#include <stddef.h>

#include "block.h"
#include "bundle_shape.h"
#include "memory.h"
#include "rng.h"

enum { PACKAGES = 400, OBJECTS = 40 /* of a package; they live for the build */ };

struct package {
    struct block objects[OBJECTS];
};

static size_t packages;
static struct package *resolved, *kept; /* of this build; survivors of the build before */
static const struct run *running;

void resolve_case_setup(const struct run *run) {
    shape_setup();
    packages = (size_t)(PACKAGES * run->scale + 0.5);
    resolved = memory_map(packages * sizeof *resolved);
    kept = memory_map(packages * sizeof *kept);
}

static void resolve(void *context, size_t index, unsigned worker) {
    (void)context, (void)worker;
    struct rng rng;
    rng_seed(&rng, running->seed ^ (uint64_t)index << 32);
    for (int i = 0; i < OBJECTS; i++) {
        struct block scratch;
        block_alloc(&scratch, shape_size(&rng, FATE_SHORT), (uint32_t)rng_next(&rng));
        block_alloc(&resolved[index].objects[i], shape_size(&rng, FATE_CACHE),
                    (uint32_t)rng_next(&rng));
        block_free(&scratch);
    }
}

static void drop(struct package *package, size_t index) {
    uint64_t share = (uint64_t)(running->survivors * 100);
    for (size_t i = 0; i < OBJECTS; i++) {
        if ((index * OBJECTS + i) * 7919 % 10000 < share) {
            block_free(&kept[index].objects[i]);
            kept[index].objects[i] = package->objects[i];
            package->objects[i].memory = NULL;
        }
        block_free(&package->objects[i]);
    }
}

void resolve_case_build(const struct run *run) {
    running = run;
    pool_for_each(run->pool, packages, 4, resolve, NULL);
    run_peak(run);
    for (size_t i = 0; i < packages; i++)
        drop(&resolved[i], i);
}

static void visit_all(const struct package *all, block_visitor *visitor, void *context) {
    for (size_t i = 0; i < packages; i++)
        block_visit_all(all[i].objects, OBJECTS, visitor, context);
}

void resolve_case_visit(block_visitor *visitor, void *context) {
    visit_all(resolved, visitor, context);
    visit_all(kept, visitor, context);
}

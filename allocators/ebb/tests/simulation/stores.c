/* A store buffer per virtual thread: a store may become visible after later loads of the
 * same thread, which is what the gate's membarrier is for. It empties in order, by
 * chance, and wholly at an operation that reads and writes at once, at a system call and
 * at rest. Accesses that aren't atomic don't go through it: a lock, which drains it, or a
 * gate orders them. */
#include "stores.h"

#include <string.h>

#include "coroutine.h"
#include "hooks.h"
#include "system.h"

static void write_out(const struct pending *pending) {
    memcpy((void *)(uintptr_t)pending->at, &pending->value, pending->size);
}

void stores_drain(struct stores *stores) {
    for (unsigned i = 0; i < stores->count; i++)
        write_out(&stores->pending[i]);
    stores->count = 0;
}

static void drain_oldest(struct stores *stores) {
    write_out(&stores->pending[0]);
    memmove(&stores->pending[0], &stores->pending[1],
            --stores->count * sizeof stores->pending[0]);
}

/* Now and then the oldest store becomes visible. */
static void step(void) {
    sim_step();
    if (current != NULL && current->stores.count > 0 && thread_chance(100))
        drain_oldest(&current->stores);
}

void sim_load(const volatile void *p) {
    step();
    if (current == NULL)
        return;
    struct stores *stores = &current->stores;
    for (unsigned i = 0; i < stores->count; i++)
        if (stores->pending[i].at == p) {
            stores_drain(stores); /* it sees its own */
            break;
        }
}

void sim_modify(void) {
    step();
    if (current != NULL)
        stores_drain(&current->stores);
}

void sim_store(volatile void *p, size_t size, uint64_t value) {
    const struct pending pending = {p, (unsigned)size, value};
    step();
    if (current == NULL || !settings.late_stores) {
        write_out(&pending);
        return;
    }
    struct stores *stores = &current->stores;
    if (stores->count == STORES_MAX)
        drain_oldest(stores);
    stores->pending[stores->count++] = pending;
}

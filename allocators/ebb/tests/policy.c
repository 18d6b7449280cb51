/* When the reclaimer gives memory back: its rules alone, on a clock and a heap that the
 * test plays. Each tick is 100 ms of that clock. */
#include "reclaim.c" /* whose patience the cases read */

#include "check.h"

enum { TICK_MS = 100 };

static struct {
    uint64_t now_ms;
    unsigned busy, stirred; /* threads */
    size_t resident;        /* free slices that hold memory */
    size_t unused;          /* those of them that nobody took since the last look */
    size_t retaken;         /* slices, since the last tick */
    size_t given;           /* slices, by ticks so far */
    unsigned looks;         /* of a busy process, at its free slices */
    size_t slabs_looked;
} world;

/* ---- what the rules ask ------------------------------------------------------------ */

struct heap heap;

const struct options *options_get(void) {
    static const struct options options = {.delay_ms = TICKS_PER_DELAY * TICK_MS};
    return &options;
}

uint64_t os_now_ms(void) {
    return world.now_ms;
}

int os_barrier(void) {
    return 0;
}

void cache_park_quiet(size_t worth, struct parking *ret_parking) {
    (void)worth;
    *ret_parking = (struct parking){2, world.busy, world.stirred};
}

size_t slice_unused(void) {
    world.looks++;
    return world.unused;
}

size_t slice_discard_free(size_t *below, size_t *bytes) {
    enum { PIECE = 64 };
    (void)below;
    size_t count = world.resident < PIECE ? world.resident : PIECE;
    world.resident -= count;
    world.given += count;
    *bytes += count * SLICE_SIZE;
    return count;
}

size_t slice_retaken(void) {
    size_t retaken = world.retaken;
    world.retaken = 0;
    return retaken;
}

bool slice_is_to_give(void) {
    return world.resident > 0;
}

bool slab_discard_holes(size_t index, enum give give, size_t *bytes) {
    (void)index;
    (void)give;
    (void)bytes;
    world.slabs_looked++;
    return true;
}

/* ---- what they do not matter to ---------------------------------------------------- */

void slice_keep_nothing(void) {
}
void slice_retry_stuck(void) {
}
void cache_flush_all(void) {
}
size_t cache_discard_stacks(bool by_reclaimer) {
    (void)by_reclaimer;
    return 0;
}
size_t meta_discard(void) {
    return 0;
}
size_t slab_unused_holes(size_t index) {
    (void)index;
    return 0;
}
size_t run_last(size_t index) {
    return index;
}
size_t run_unused_tail(size_t index) {
    (void)index;
    return 0;
}
bool run_discard_tail(size_t index, enum give give, size_t *bytes) {
    (void)index;
    (void)give;
    (void)bytes;
    return false;
}
bool run_has_tails(void) {
    return false;
}
void run_expect_no_tails(void) {
}
size_t run_given_back(void) {
    return 0;
}
bool huge_has(size_t slice) {
    (void)slice;
    return false;
}
void lock_wait(struct lock *lock) {
    (void)lock;
}
void lock_wake(struct lock *lock) {
    (void)lock;
}
static struct process own = {.state = PROCESS_READY};
_Atomic(struct process *) process = &own;
void process_recover(void) {
}

/* ---- a process --------------------------------------------------------------------- */

static bool tick(void) {
    struct reclaim_view view;
    world.now_ms += TICK_MS;
    reclaim_tick(&view, never);
    world.stirred = 0;
    return view.quiet;
}

static bool tick_parked(void) {
    world.busy = 0;
    return tick();
}

static void tick_busy(void) {
    world.busy = 1;
    world.stirred = 1;
    tick();
}

/* Ticks, all parked, until everything is given back; at most ten. */
static unsigned ticks_to_the_floor(size_t resident) {
    world.resident = resident;
    for (unsigned i = 1; i <= 10; i++) {
        tick_parked();
        if (world.resident == 0)
            return i;
    }
    return 11;
}

/* Ticks of a busy process until its next look. */
static unsigned ticks_to_a_look(void) {
    unsigned before = world.looks;
    for (unsigned i = 1; i <= 100; i++) {
        tick_busy();
        if (world.looks > before)
            return i;
    }
    return 101;
}

static void begin(void) {
    world.now_ms = 1000;
    world.resident = world.unused = world.retaken = world.given = 0;
    world.looks = 0;
    world.slabs_looked = 0;
    heap.first = 0;
    store_relaxed(&heap.frontier, 0);
    reclaim_begin();
}

/* ---- cases ------------------------------------------------------------------------- */

static void an_idle_process_gives_at_once_and_is_quiet(void) {
    begin();
    CHECK(ticks_to_the_floor(1000) == 1);
    CHECK(world.given == 1000);
    CHECK(tick_parked());
}

static void what_is_wanted_within_a_second_stays_longer(void) {
    begin();
    ticks_to_the_floor(1000);
    tick_parked();
    tick_parked();
    world.retaken = 600;
    tick_busy();
    CHECK(parked.patience == 4);
    CHECK(ticks_to_the_floor(1000) == 5);
    for (int i = 0; i < 11; i++) /* a longer rest */
        tick_parked();
    tick_busy();
    CHECK(parked.patience == 2);
    CHECK(ticks_to_the_floor(1000) == 3);
}

/* While it is taken again, looks of the busy process find nothing. */
static void much_that_is_wanted_again_slowly_teaches(void) {
    begin();
    ticks_to_the_floor(16000);
    tick_parked();
    for (int i = 0; i < 4; i++) {
        world.retaken = 2000;
        tick_busy();
    }
    CHECK(world.looks > 0 && parked.patience > 0);
}

/* A little goes, then much, which is wanted a second after the little. */
static void the_larger_giving_teaches(void) {
    begin();
    ticks_to_the_floor(20);
    for (int i = 0; i < 7; i++)
        tick_parked();
    tick_busy();
    CHECK(ticks_to_the_floor(10000) == 1);
    tick_parked();
    world.retaken = 6000;
    tick_busy();
    CHECK(parked.patience > 0);
    begin();
    ticks_to_the_floor(1000);
    tick_busy(); /* a floor at which nothing is left to give */
    tick_parked();
    world.retaken = 600;
    tick_busy();
    CHECK(parked.patience > 0);
}

/* Gives `slices` at a look; half of them are wanted again so many ticks later. */
static void give_and_take(size_t slices, unsigned later) {
    world.resident = world.unused = slices;
    ticks_to_a_look();
    CHECK(world.resident == 0);
    world.unused = 0;
    for (unsigned i = 1; i < later; i++)
        tick_busy();
    world.retaken = slices / 2;
    tick_busy();
}

static void a_busy_process_looks_later_for_what_it_wants_again(void) {
    begin();
    CHECK(ticks_to_a_look() == 2 && ticks_to_a_look() == 2);
    give_and_take(640, 12);
    CHECK(busy.patience == 13 && parked.patience == 0);
    ticks_to_a_look();
    CHECK(ticks_to_a_look() == 15);
    give_and_take(640, 30);
    CHECK(busy.patience == 20);
    ticks_to_a_look();
    CHECK(ticks_to_a_look() == 22);
    /* and sooner again for what it does not */
    world.resident = world.unused = 640;
    ticks_to_a_look();
    world.unused = 0;
    for (int i = 0; i < 41; i++)
        tick_busy();
    CHECK(busy.patience == 10);
    /* idle, it does not wait for any of that */
    CHECK(ticks_to_the_floor(1000) == 1);
}

static void a_few_slices_teach_nothing(void) {
    begin();
    give_and_take(15, 5);
    CHECK(busy.patience == 0);
    give_and_take(640, 12);
    CHECK(busy.patience == 13);
    for (int i = 0; i < 5; i++) {
        world.resident = world.unused = 15; /* for ever */
        ticks_to_a_look();
        world.unused = 0;
        for (int k = 0; k < 41; k++)
            tick_busy();
    }
    CHECK(busy.patience == 13);
}

/* Now one thread does something, and now all are parked, but never for long enough. */
static void a_heartbeat_puts_off_no_look(void) {
    for (unsigned every = 2; every <= 5; every++) {
        begin();
        parked.patience = 4;
        busy.patience = 20;
        for (unsigned i = 0; i < 250; i++)
            if (i % every == 0)
                tick_busy();
            else
                tick_parked();
        CHECK(world.looks >= 250 / (22 + every));
    }
}

/* A large heap takes several looks, which patience does not put off. */
static void a_look_at_holes_goes_on(void) {
    enum { LOOKS = 5 };
    static struct slice slices[LOOKS * SLABS_PER_LOOK];
    begin();
    heap.slice = slices;
    store_relaxed(&heap.frontier, LOOKS * SLABS_PER_LOOK);
    busy.patience = 20;
    ticks_to_a_look();
    CHECK(world.slabs_looked > 0);
    for (int i = 0; i < LOOKS * TICKS_PER_DELAY; i++)
        tick_busy();
    CHECK(world.looks == 1 && holes_cursor == 0);
    CHECK(world.slabs_looked == LOOKS * SLABS_PER_LOOK);
}

/* Without caches there is nobody to be busy; nothing of it is put off either. */
static void large_blocks_go_within_a_second(void) {
    for (unsigned patience = 0; patience <= 4; patience += 2) {
        begin();
        ticks_to_the_floor(1);
        parked.patience = patience;
        world.resident = world.unused = 1000;
        unsigned looks = 0;
        for (int i = 0; i < 10 && looks < 2; i++) {
            world.resident = 1000;
            tick_parked();
            looks = world.looks;
        }
        CHECK(looks == 2);
    }
}

int main(void) {
    an_idle_process_gives_at_once_and_is_quiet();
    what_is_wanted_within_a_second_stays_longer();
    much_that_is_wanted_again_slowly_teaches();
    the_larger_giving_teaches();
    a_busy_process_looks_later_for_what_it_wants_again();
    a_few_slices_teach_nothing();
    a_heartbeat_puts_off_no_look();
    a_look_at_holes_goes_on();
    large_blocks_go_within_a_second();
    return 0;
}

/* calloc's blocks are zero, every byte of them, whatever became of the memory before: the
 * pages that a free block shares with a claimed one are not given back with it, and must
 * not pass for clean when both are free at last.
 *
 * usage: calloc_zero shared    pages shared with a word in a parked thread's cache
 *        calloc_zero storm     threads that come, hand over, rest and exit */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "account.h"
#include "child.h"

enum { SLICE = 65536 };

static void check_zero(const unsigned char *block, size_t size, const char *what) {
    CHECK(block != NULL);
    for (size_t i = 0; i < size; i++)
        if (block[i] != 0) {
            dprintf(2, "calloc: byte %zu of %zu is %#x (%s)\n", i, size, block[i], what);
            CHECK(!"calloc's block is zero");
        }
}

/* ---- shared ------------------------------------------------------------------------ */

/* Classes whose blocks are larger than a page and share pages with their neighbours. */
static const size_t sizes[] = {10240, 5120, 14336, 6144, 7168};
enum {
    CLASSES = sizeof sizes / sizeof *sizes,
    HOLDERS = 4 * CLASSES, /* so few slabs that no huge page is due */
};

struct holder {
    pthread_t thread;
    size_t size;
    void *first;
};

static struct holder holders[HOLDERS];
static pthread_barrier_t claimed;
static atomic_bool leave;

/* Claims a word's worth of a slab that nobody has touched, takes one block out of it, and
 * rests: what its cache holds is too little to be worth a flush. */
static void *hold(void *argument) {
    struct holder *holder = argument;
    holder->first = malloc(holder->size);
    CHECK(holder->first != NULL);
    pthread_barrier_wait(&claimed);
    while (!atomic_load(&leave))
        usleep(10000);
    return NULL;
}

/* Writes the holders' blocks and the ones behind the holders' words, and frees them all.
 */
static void *spoil(void *argument) {
    (void)argument;
    enum { OWN = 12 };
    for (int i = 0; i < HOLDERS; i++) {
        void *own[OWN];
        for (int k = 0; k < OWN; k++) {
            CHECK((own[k] = malloc(holders[i].size)) != NULL);
            memset(own[k], 0xa5, holders[i].size);
        }
        memset(holders[i].first, 0xa5, holders[i].size);
        free(holders[i].first);
        for (int k = 0; k < OWN; k++)
            free(own[k]);
    }
    return NULL;
}

static void shared(void) {
    void *volatile held = malloc(5 << 20); /* untouched: so much heap has a reclaimer */
    CHECK(pthread_barrier_init(&claimed, NULL, HOLDERS + 1) == 0);
    for (int i = 0; i < HOLDERS; i++) {
        holders[i].size = sizes[i % CLASSES];
        CHECK(pthread_create(&holders[i].thread, NULL, hold, &holders[i]) == 0);
    }
    pthread_barrier_wait(&claimed);
    pthread_t spoiler;
    CHECK(pthread_create(&spoiler, NULL, spoil, NULL) == 0);
    pthread_join(spoiler, NULL);
    /* all are parked, and what can be given back is gone */
    CHECK(account_comes_to_say("reclaimer", "asleep", 10000));
    CHECK(account_number("returned_bytes") > 0);
    atomic_store(&leave, true);
    for (int i = 0; i < HOLDERS; i++)
        pthread_join(holders[i].thread, NULL);
    /* Every free slice once, as a block of its own and as blocks of a slab in turn. */
    size_t slices = account_number("free_slice_bytes") / SLICE;
    for (size_t i = 0; i < slices; i++) {
        check_zero(calloc(1, SLICE), SLICE,
                   "a large block, after a parked thread's exit");
        for (int k = 0; k < 64; k++)
            check_zero(calloc(1, 1024), 1024, "a new slab, after a parked thread's exit");
    }
    free(held);
}

/* ---- storm ------------------------------------------------------------------------- */

enum { ROUNDS = 6, THREADS = 32, SLOTS = 512, STEPS = 1000 };

struct handed {
    unsigned char *at;
    size_t size;
};

static struct handed slots[SLOTS];
static pthread_mutex_t slots_lock = PTHREAD_MUTEX_INITIALIZER;

static struct handed exchange(size_t slot, struct handed mine) {
    pthread_mutex_lock(&slots_lock);
    struct handed other = slots[slot];
    slots[slot] = mine;
    pthread_mutex_unlock(&slots_lock);
    return other;
}

static size_t some_size(uint64_t *state) {
    uint64_t die = next_random(state) % 16;
    if (die == 0)
        return 32769 + next_random(state) % 200000;
    if (die < 8)
        return 4097 + next_random(state) % 28000;
    return 1 + next_random(state) % 4096;
}

static void calloc_and_hand_over(uint64_t *state, size_t size) {
    struct handed mine = {calloc(1, size), size};
    check_zero(mine.at, size, "in the storm");
    memset(mine.at, 0x5a, size);
    free(exchange(next_random(state) % SLOTS, mine).at);
}

/* Works all its life, or takes a few blocks of a size and rests with the remainder of its
 * word in the cache. */
static void *come_and_go(void *argument) {
    uint64_t state = 2 * (uint64_t)(uintptr_t)argument + 1;
    if ((uintptr_t)argument % 2 == 0) {
        for (int i = 0; i < STEPS; i++)
            calloc_and_hand_over(&state, some_size(&state));
        return NULL;
    }
    size_t size = 4097 + next_random(&state) % 12000;
    for (uint64_t i = 1 + next_random(&state) % 3; i > 0; i--)
        calloc_and_hand_over(&state, size);
    usleep(100000 * (unsigned)(next_random(&state) % 7));
    return NULL;
}

static void storm(void) {
    for (uintptr_t round = 0; round < ROUNDS; round++) {
        pthread_t threads[THREADS];
        for (uintptr_t i = 0; i < THREADS; i++)
            CHECK(pthread_create(&threads[i], NULL, come_and_go,
                                 (void *)(round * THREADS + i)) == 0);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        for (size_t slot = 0; slot < SLOTS; slot++)
            if (round % 2 == 0 || slot % 7 != 0)
                free(exchange(slot, (struct handed){NULL, 0}).at);
        if (round % 2 == 0)
            usleep(450000);
    }
}

int main(int argc, char **argv) {
    limit_time(100);
    if (argc == 2 && strcmp(argv[1], "shared") == 0)
        shared();
    else if (argc == 2 && strcmp(argv[1], "storm") == 0)
        storm();
    else
        CHECK(!"usage: calloc_zero shared|storm");
    return 0;
}

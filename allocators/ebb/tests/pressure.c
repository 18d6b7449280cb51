/* At a memory limit, with 4 MiB of the heap free of which half at most is asked for:
 * malloc gives no NULL for the sake of memory that is only just being given back, be it
 * by ebb_collect in a loop or by the reclaimer. Runs itself again under each limit. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

#include "account.h"
#include "child.h"

enum {
    WORKERS = 2,
    SLOTS = 8, /* of each worker, of at most 64 KiB: 1 MiB, and as much in caches */
    ROUNDS = 800,
    STEPS = 1000,
    SLICE = 64 << 10,
    ROOM = 4 << 20,
};

static atomic_bool stop;
static pthread_barrier_t dirtied, worked;

static void *collect(void *argument) {
    (void)argument;
    while (!atomic_load(&stop))
        ebb_collect();
    return NULL;
}

static unsigned char *allocate(size_t size) {
    unsigned char *block = malloc(size);
    if (block == NULL)
        dprintf(2, "malloc(%zu) is NULL, of %zu KiB are %zu KiB in free slices\n", size,
                account_number("heap_bytes") >> 10,
                account_number("free_slice_bytes") >> 10);
    CHECK(block != NULL);
    return block;
}

static void work(uint64_t *state) {
    static const size_t sizes[] = {100, 5000, 20000, 65536};
    unsigned char *blocks[SLOTS] = {NULL};
    for (int i = 0; i < STEPS; i++) {
        size_t slot = next_random(state) % SLOTS;
        if (blocks[slot] == NULL) {
            blocks[slot] = allocate(sizes[next_random(state) % 4]);
            *blocks[slot] = (unsigned char)slot;
        } else {
            CHECK(*blocks[slot] == slot);
            free(blocks[slot]);
            blocks[slot] = NULL;
        }
    }
    for (int slot = 0; slot < SLOTS; slot++)
        free(blocks[slot]);
}

static void *worker(void *argument) {
    uint64_t state = (uintptr_t)argument;
    free(malloc(1)); /* takes what a thread needs */
    for (int round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(&dirtied);
        work(&state);
        pthread_barrier_wait(&worked);
    }
    return NULL;
}

/* Takes all the memory that there is, then frees what lies in ROOM bytes of it. */
static void fill_up(void) {
    static char *fillers[2048];
    int count = 0;
    while ((fillers[count] = malloc(SLICE)) != NULL)
        count++;
    CHECK(count * (size_t)SLICE >= 3 * (size_t)ROOM);
    uintptr_t from = ((uintptr_t)fillers[0] + ROOM - 1) / ROOM * ROOM;
    size_t freed = 0;
    for (int i = 0; i < count; i++)
        if ((uintptr_t)fillers[i] - from < ROOM) {
            free(fillers[i]);
            freed += SLICE;
        }
    /* But for slabs that somebody needed meanwhile; a piece in transit would be more. */
    CHECK(freed <= ROOM && freed + 8 * SLICE >= ROOM);
}

/* What is free becomes resident. */
static void dirty_all(void) {
    static char *blocks[ROOM / SLICE + 64];
    int count = 0;
    while ((blocks[count] = malloc(SLICE)) != NULL)
        memset(blocks[count++], 1, SLICE);
    while (count > 0)
        free(blocks[--count]);
}

static int under_limit(bool collecting) {
    pthread_t collector, workers[WORKERS];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    pthread_barrier_init(&dirtied, NULL, WORKERS + 1);
    pthread_barrier_init(&worked, NULL, WORKERS + 1);
    for (uintptr_t i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&workers[i], &attributes, worker, (void *)(i + 3)) == 0);
    free(malloc(6 << 20)); /* for the reclaimer, which needs a thread's memory too */
    if (collecting)
        CHECK(pthread_create(&collector, &attributes, collect, NULL) == 0);
    usleep(50000); /* all of these have what they need */
    fill_up();
    for (int round = 0; round < ROUNDS; round++) {
        dirty_all();
        pthread_barrier_wait(&dirtied);
        pthread_barrier_wait(&worked);
    }
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    atomic_store(&stop, true);
    if (collecting)
        pthread_join(collector, NULL);
    return 0;
}

static void run_under(const char *program, const char *how, int resource, size_t bytes) {
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {bytes, bytes};
        CHECK(setrlimit(resource, &limit) == 0);
        if (strcmp(how, "reclaiming") == 0) /* else nearly all rounds are too short */
            CHECK(setenv("EBB_RECLAIM_DELAY_MS", "2", 1) == 0);
        execl(program, program, how, (char *)NULL);
        _exit(3);
    }
    wait_for(child);
}

int main(int argc, char **argv) {
    limit_time(100);
    if (argc > 1)
        return under_limit(strcmp(argv[1], "collecting") == 0);
    const char *hows[] = {"collecting", "reclaiming"};
    for (int i = 0; i < 2; i++) {
        run_under(argv[0], hows[i], RLIMIT_DATA, 40u << 20);
        run_under(argv[0], hows[i], RLIMIT_AS, 96u << 20);
    }
    return 0;
}

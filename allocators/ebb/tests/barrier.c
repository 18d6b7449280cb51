/* What ebb_collect does about a parked thread's cache: takes it over where membarrier is
 * permitted, leaves it alone (and returns) where it isn't.
 *
 * usage: barrier taken|left */
#include <pthread.h>
#include <string.h>

#include "check.h"
#include "ebb.h"

enum { BLOCKS = 20, BLOCK_SIZE = 1000 };

static pthread_barrier_t parked, done;

static void *fill_cache_and_park(void *argument) {
    void *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++)
        CHECK((blocks[i] = malloc(BLOCK_SIZE)) != NULL);
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    pthread_barrier_wait(&parked);
    pthread_barrier_wait(&done);
    for (int i = 0; i < BLOCKS; i++) { /* the cache works on, whatever became of it */
        CHECK((blocks[i] = malloc(BLOCK_SIZE)) != NULL);
        memset(blocks[i], i, BLOCK_SIZE);
    }
    for (int i = 0; i < BLOCKS; i++) {
        CHECK(((char *)blocks[i])[BLOCK_SIZE - 1] == i);
        free(blocks[i]);
    }
    return argument;
}

static size_t cached_bytes(void) {
    static char text[16384];
    CHECK(ebb_stats(text, sizeof text) < sizeof text);
    const char *at = strstr(text, "\"cached_bytes\":");
    CHECK(at != NULL);
    return strtoull(strchr(at, ':') + 1, NULL, 10);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    CHECK(pthread_barrier_init(&parked, NULL, 2) == 0);
    CHECK(pthread_barrier_init(&done, NULL, 2) == 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, fill_cache_and_park, NULL) == 0);
    pthread_barrier_wait(&parked);
    CHECK(cached_bytes() >= BLOCKS * BLOCK_SIZE);
    ebb_collect();
    if (strcmp(argv[1], "taken") == 0)
        CHECK(cached_bytes() == 0);
    else
        CHECK(cached_bytes() >= BLOCKS * BLOCK_SIZE);
    pthread_barrier_wait(&done);
    pthread_join(thread, NULL);
    return 0;
}

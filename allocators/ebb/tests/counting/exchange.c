/* Threads that fill batches with blocks of many sizes, and empty those that another one
 * has filled.
 *     exchange THREADS */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

enum { THREADS_MAX = 64, BLOCKS = 1000, BATCHES = 200 /* of a thread */ };

struct batch {
    void *blocks[BLOCKS];
};

static struct batch batches[2 * THREADS_MAX];
static struct batch *slots[THREADS_MAX];
static unsigned threads;

static void *exchange(void *argument) {
    uintptr_t me = (uintptr_t)argument;
    uint64_t random = me + 1;
    struct batch *batch = &batches[threads + me];
    for (int i = 0; i < BATCHES; i++) {
        for (int j = 0; j < BLOCKS; j++) {
            random = random * 6364136223846793005ull + 1442695040888963407ull;
            batch->blocks[j] = malloc(16 + (random >> 40) % 500);
            if (batch->blocks[j] == NULL)
                abort();
        }
        /* Another's, unless there is only one. */
        batch = __atomic_exchange_n(&slots[(me + 1 + (unsigned)i) % threads], batch,
                                    __ATOMIC_ACQ_REL);
        for (int j = 0; j < BLOCKS; j++)
            free(batch->blocks[j]);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t others[THREADS_MAX];
    threads = argc == 2 ? (unsigned)atoi(argv[1]) : 0;
    if (threads < 1 || threads > THREADS_MAX)
        return 2;
    for (unsigned i = 0; i < threads; i++)
        slots[i] = &batches[i];
    for (uintptr_t i = 1; i < threads; i++)
        if (pthread_create(&others[i], NULL, exchange, (void *)i) != 0)
            return 1;
    exchange((void *)0);
    for (unsigned i = 1; i < threads; i++)
        pthread_join(others[i], NULL);
    return 0;
}

/* fork beside stdio: libc's fork takes the lock of the list of streams, fflush(NULL)
 * holds that one while it waits for a stream's, and getline holds the stream's while it
 * allocates. A fork that keeps other threads out of malloc while it waits for libc's
 * locks closes the circle. Nothing is asserted but that all of them get on. */
#define _GNU_SOURCE /* memfd_create */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "child.h"

enum { FORKS = 50, READERS = 2, FLUSHERS = 2, LINES = 50 };

static atomic_bool stop;

/* Lines of growing length, so that each getline has to allocate, and then again. */
static FILE *make_stream(void) {
    FILE *stream = fdopen(memfd_create("lines", 0), "w+");
    CHECK(stream != NULL);
    for (int i = 0; i < LINES; i++)
        CHECK(fprintf(stream, "%*d\n", 100 * i + 1, i) > 0);
    return stream;
}

static void *read_lines(void *argument) {
    (void)argument;
    FILE *stream = make_stream();
    while (!atomic_load(&stop)) {
        rewind(stream);
        for (int i = 0; i < LINES; i++) {
            char *line = NULL;
            size_t size = 0;
            CHECK(getline(&line, &size, stream) == 100 * i + 2);
            free(line);
        }
    }
    fclose(stream);
    return NULL;
}

static void *flush_all(void *argument) {
    (void)argument;
    while (!atomic_load(&stop))
        fflush(NULL);
    return NULL;
}

static _Noreturn void child_main(void) {
    limit_time(50);
    FILE *stream = make_stream(); /* the child's streams work, and its malloc */
    rewind(stream);
    char *line = NULL;
    size_t size = 0;
    CHECK(getline(&line, &size, stream) > 0);
    free(line);
    fclose(stream);
    _exit(0);
}

int main(void) {
    limit_time(100);
    pthread_t threads[READERS + FLUSHERS];
    for (int i = 0; i < READERS + FLUSHERS; i++)
        CHECK(pthread_create(&threads[i], NULL, i < READERS ? read_lines : flush_all,
                             NULL) == 0);
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        if (child == 0)
            child_main();
        wait_for(child);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < READERS + FLUSHERS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

/* Scarce memory: under RLIMIT_AS (the reservation shrinks) and RLIMIT_DATA (commits fail,
 * as they do where the system doesn't overcommit) malloc says ENOMEM in the end, nothing
 * crashes, and what was freed can be had again, in smaller blocks too, which need more
 * metadata. Runs itself again under each limit. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "chain.h"
#include "check.h"
#include "ebb.h"

static int under_limit(size_t limit) {
    size_t sizes[] = {6u << 20, 3u << 20, 100000, 32768, 5000, 64, 16};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void *chain;
        size_t first = exhaust(sizes[i], sizes[i], &chain);
        CHECK(first > limit / 4); /* a quarter at least is usable */
        CHECK(calloc(1, sizes[i]) == NULL || sizes[i] < 4096);
        free_chain(chain);
        CHECK(exhaust(sizes[i], sizes[i], &chain) >= first / 10 * 9);
        free_chain(chain);
    }
    ebb_collect();
    void *block = malloc(1000);
    CHECK(block != NULL);
    free(block);
    return 0;
}

static void run_under(const char *program, int resource, size_t bytes) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        struct rlimit limit = {bytes, bytes};
        char text[32];
        snprintf(text, sizeof text, "%zu", bytes);
        CHECK(setrlimit(resource, &limit) == 0);
        execl(program, program, text, (char *)NULL);
        _exit(3);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(int argc, char **argv) {
    if (argc > 1)
        return under_limit(strtoull(argv[1], NULL, 10));
    size_t limits[] = {100u << 20, 256u << 20};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        run_under(argv[0], RLIMIT_AS, limits[i]);
        run_under(argv[0], RLIMIT_DATA, limits[i]);
    }
    return 0;
}

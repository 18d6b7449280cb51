/*
 * host LIBRARY [HOW]: loads it twice, works in it, prints how many calls its allocator
 * got. HOW is "stay": it lives on; "deaf": it blocks SIGALRM; "forkless": it may not be
 * forked, as is wise for a program with threads.
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void be_forked(void) {
    static const char message[] = "host: it was forked\n";
    _exit(write(2, message, sizeof message - 1) > 0 ? 2 : 3);
}

static void prepare(const char *how) {
    sigset_t alarm;
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    if (strcmp(how, "deaf") == 0)
        sigprocmask(SIG_BLOCK, &alarm, NULL);
    if (strcmp(how, "forkless") == 0)
        pthread_atfork(be_forked, NULL, NULL);
}

int main(int argc, char **argv) {
    const char *how = argc == 3 ? argv[2] : "";
    prepare(how);
    void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
    void *function = library ? dlsym(library, "addon_work") : NULL;
    if (!function || dlopen(argv[1], RTLD_NOW) != library) {
        fprintf(stderr, "host: %s\n", library ? "loaded as two" : dlerror());
        return 1;
    }
    uint64_t (*work)(void);
    memcpy(&work, &function, sizeof work);
    printf("%" PRIu64 " calls of its own\n", work());
    fflush(stdout);
    while (strcmp(how, "stay") == 0)
        pause();
    return 0;
}

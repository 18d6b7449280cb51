/*
 * host LIBRARY [HOW]: loads the library twice, works in it, and prints how many calls the
 * library's allocator got. HOW may be "stay": it does not exit; "deaf": it blocks
 * SIGALRM; "careless": it ignores SIGCHLD; "forkless": it fails if it is forked, as a
 * program with threads may do.
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
    if (strcmp(how, "careless") == 0)
        signal(SIGCHLD, SIG_IGN);
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

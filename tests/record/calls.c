/*
 * A program whose allocator calls are known, for the tests of `tidemark record`:
 *
 *     calls all                one of each kind of call
 *     calls threads N ROUNDS   N threads at once hand blocks of 500 bytes to the main
 *                              thread
 *     calls fork FILE...       holds 777 bytes and forks; both processes go on; the child
 *                              becomes `calls all`
 *     calls kill N             N blocks of 100 bytes, then SIGKILL while threads allocate
 *     calls births N           N threads one after another, each with a block of 400
 *                              bytes; then two at once, with 20,000 reallocs each
 *     calls late N             N pairs of malloc and free, and a child that makes `all`
 *     calls orphan FILE        ends at once, and leaves a child that sleeps in a session
 *                              of its own; its number is written to FILE
 *     calls limit N            limits its files to 1.004 MiB; then `churn` N
 *     calls churn N            N pairs of malloc and free, 300 bytes
 *     calls steps MIB          grows to MIB, then frees half of it in five steps
 *     calls pauses             1,000 blocks, a pause of half a second, another block,
 *                              another such pause; then all are freed
 *
 * It prints nothing, so the C library makes no allocator calls of its own, except for
 * threads.
 */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS_MAX = 64 };

static void *volatile sink; /* so that no call is optimised away */

static void *keep(void *block) {
    if (!block)
        abort();
    sink = block;
    return block;
}

static int all_kinds(void) {
    char *block = keep(malloc(1001));
    block = keep(realloc(block, 100002));
    block = keep(realloc(block, 3));
    free(block);
    free(keep(calloc(4, 251)));
    free(keep(aligned_alloc(64, 1024)));
    void *aligned;
    if (posix_memalign(&aligned, 4096, 1005))
        return 1;
    free(keep(aligned));
    free(keep(memalign(128, 1006)));
    free(keep(valloc(1007)));
    block = keep(reallocarray(NULL, 8, 126));
    keep(reallocarray(block, 1009, 2)); /* stays */
    sink = realloc(NULL, SIZE_MAX / 2); /* fails: no record */
    free(NULL);
    return 0;
}

/* ---- threads ---- */

struct lane {
    pthread_t thread;
    size_t rounds;
    void **blocks;
};

static pthread_barrier_t all_live;

static void *fill_lane(void *argument) {
    struct lane *lane = argument;
    for (size_t i = 0; i < lane->rounds; i++) {
        lane->blocks[i] = keep(malloc(500));
        if (i == 0)
            pthread_barrier_wait(&all_live);
        free(keep(malloc(600)));
    }
    return NULL;
}

static int run_threads(size_t count, size_t rounds) {
    static struct lane lanes[THREADS_MAX];
    pthread_barrier_init(&all_live, NULL, (unsigned)count);
    for (size_t t = 0; t < count; t++) {
        lanes[t].rounds = rounds;
        lanes[t].blocks = keep(calloc(rounds, sizeof(void *)));
        if (pthread_create(&lanes[t].thread, NULL, fill_lane, &lanes[t]))
            return 1;
    }
    for (size_t t = 0; t < count; t++) {
        pthread_join(lanes[t].thread, NULL);
        for (size_t i = 0; i < rounds; i++)
            free(lanes[t].blocks[i]);
        free(lanes[t].blocks);
    }
    return 0;
}

static void *live_briefly(void *unused) {
    free(keep(malloc(400)));
    return unused;
}

static pthread_barrier_t both; /* both threads live, and have made a call */

/* Grows and shrinks one block, beside another thread that does the same. */
static void *resize_on(void *unused) {
    char *block = keep(malloc(700));
    pthread_barrier_wait(&both);
    for (size_t i = 0; i < 20000; i++)
        block = keep(realloc(block, i % 2 ? 700 : 70000));
    free(block);
    return unused;
}

static int births(size_t count) {
    pthread_t thread, pair[2];
    for (size_t i = 0; i < count; i++)
        if (pthread_create(&thread, NULL, live_briefly, NULL) ||
            pthread_join(thread, NULL))
            return 1;
    if (pthread_barrier_init(&both, NULL, 2))
        return 1;
    for (int i = 0; i < 2; i++)
        if (pthread_create(&pair[i], NULL, resize_on, NULL))
            return 1;
    return pthread_join(pair[0], NULL) || pthread_join(pair[1], NULL);
}

/* ---- ends ---- */

static void *churn_on(void *unused) {
    (void)unused;
    for (;;)
        free(keep(malloc(300)));
    return NULL;
}

static int be_killed(size_t count) {
    pthread_t thread;
    for (int t = 0; t < 2; t++)
        if (pthread_create(&thread, NULL, churn_on, NULL))
            return 1;
    for (size_t i = 0; i < count; i++)
        keep(malloc(100));
    kill(getpid(), SIGKILL);
    return 1;
}

static int fork_and_exec(char *self) {
    char *inherited = keep(malloc(777));
    pid_t pid = fork();
    if (pid < 0)
        return 1;
    if (pid > 0) {
        int status;
        free(inherited);
        keep(malloc(888));
        return waitpid(pid, &status, 0) != pid || status != 0;
    }
    keep(malloc(999));
    keep(realloc(inherited, 778));
    char all[] = "all";
    char *argv[] = {self, all, NULL};
    execv("/proc/self/exe", argv);
    return 1;
}

static int churn(size_t count) {
    for (size_t i = 0; i < count; i++)
        free(keep(malloc(300)));
    return 0;
}

static int have_late_child(size_t count, char *self) {
    int status;
    churn(count);
    pid_t pid = fork();
    if (pid == 0) {
        char all[] = "all";
        char *argv[] = {self, all, NULL};
        execv("/proc/self/exe", argv);
        _exit(1);
    }
    return pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
}

static int leave_orphan(const char *path) {
    pid_t pid = fork();
    if (pid != 0)
        return pid < 0;
    setsid();
    keep(malloc(100));
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%d\n", (int)getpid());
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, digits, (size_t)length) != length)
        return 1;
    sleep(300);
    return 0;
}

static int churn_within_limit(size_t count) {
    /* at this offset of the raw file not even a part of a record can be written */
    const rlim_t bytes = (1 << 20) + 4096;
    struct rlimit limit = {bytes, bytes};
    return setrlimit(RLIMIT_FSIZE, &limit) || churn(count);
}

/* Allocates `mib` in blocks of 16 KiB and small ones. Then frees half of them in five
 * steps. */
static int steps(size_t mib) {
    enum { BLOCK = 16368, SMALL = 200, STEPS = 10 };
    size_t count = mib * 1048576 / (BLOCK + 16 * SMALL);
    char **blocks = keep(malloc(count * 17 * sizeof *blocks));
    size_t n = 0;
    for (size_t i = 0; i < count * 17; i++)
        blocks[n++] = keep(malloc(i % 17 ? SMALL : BLOCK));
    for (size_t step = 0; step < STEPS / 2; step++)
        for (size_t i = step; i < n; i += STEPS)
            free(blocks[i]);
    return 0;
}

static int with_pauses(void) {
    enum { BLOCKS = 1000, PAUSE_US = 500000 };
    static char *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++)
        blocks[i] = keep(malloc(900));
    usleep(PAUSE_US);
    char *last = keep(malloc(901));
    usleep(PAUSE_US);
    free(last);
    for (size_t i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    size_t number = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    if (strcmp(what, "all") == 0)
        return all_kinds();
    if (strcmp(what, "threads") == 0 && argc == 4 && number <= THREADS_MAX)
        return run_threads(number, strtoul(argv[3], NULL, 10));
    if (strcmp(what, "fork") == 0)
        return fork_and_exec(argv[0]);
    if (strcmp(what, "kill") == 0)
        return be_killed(number);
    if (strcmp(what, "births") == 0)
        return births(number);
    if (strcmp(what, "late") == 0)
        return have_late_child(number, argv[0]);
    if (strcmp(what, "orphan") == 0 && argc == 3)
        return leave_orphan(argv[2]);
    if (strcmp(what, "limit") == 0)
        return churn_within_limit(number);
    if (strcmp(what, "churn") == 0)
        return churn(number);
    if (strcmp(what, "steps") == 0)
        return steps(number);
    if (strcmp(what, "pauses") == 0)
        return with_pauses();
    return 2;
}

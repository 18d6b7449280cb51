/* The reclaimer, by the kernel's account: what becomes of memory that nobody uses, with
 * nobody calling ebb. Survivors are checked after every case.
 *
 * usage: idle CASE */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"
#include "ebb.h"
#include "resident.h"

enum {
    WORKERS = 4,
    BLOCKS = 60000, /* of each worker */
    KEPT_EVERY = 400,
    PAGE = 4096,
    ALLOWED = 1 << 20, /* bytes above 1.05 page floors; caches that are not flushed pin
                          twice as much */
};

struct block {
    unsigned char *at;
    size_t size;
};

struct worker {
    pthread_t thread;
    unsigned number;
    struct block *blocks; /* mapped, so that they are nobody's live block */
};

static struct worker workers[WORKERS];
static pthread_barrier_t filled;
static size_t empty; /* resident before any work */
static atomic_bool stop;
static atomic_uint done; /* workers that have freed what they free */

/* ---- work -------------------------------------------------------------------------- */

static void fill(struct worker *worker) {
    uint64_t state = worker->number + 1;
    for (unsigned i = 0; i < BLOCKS; i++) {
        size_t size = 16 + next_random(&state) % (i % 100 == 0 ? 60000 : 700);
        worker->blocks[i] = (struct block){T(malloc)(size), size};
        CHECK(worker->blocks[i].at != NULL);
        memset(worker->blocks[i].at, (int)(i & 255), size);
    }
}

/* Another's blocks, so that every free is a remote one. */
static void thin_out(struct worker *worker) {
    for (unsigned i = 0; i < BLOCKS; i++)
        if (i % KEPT_EVERY != 0)
            T(free)(worker->blocks[i].at);
}

static void check_kept(struct worker *worker) {
    for (unsigned i = 0; i < BLOCKS; i += KEPT_EVERY)
        for (size_t byte = 0; byte < worker->blocks[i].size; byte++)
            CHECK(worker->blocks[i].at[byte] == (i & 255));
}

static unsigned char seen[1 << 20]; /* a set of pages, by their number's hash */

/* Bytes of the pages that hold a kept block. */
static size_t page_floor(void) {
    size_t pages = 0;
    memset(seen, 0, sizeof seen);
    for (unsigned w = 0; w < WORKERS; w++)
        for (unsigned i = 0; i < BLOCKS; i += KEPT_EVERY) {
            struct block *block = &workers[w].blocks[i];
            uintptr_t last = ((uintptr_t)block->at + block->size - 1) / PAGE;
            for (uintptr_t page = (uintptr_t)block->at / PAGE; page <= last; page++) {
                pages += !seen[page % sizeof seen];
                seen[page % sizeof seen] = 1;
            }
        }
    return pages * PAGE;
}

static void *work(void *argument) {
    struct worker *worker = argument;
    fill(worker);
    pthread_barrier_wait(&filled);
    thin_out(&workers[(worker->number + 1) % WORKERS]);
    atomic_fetch_add(&done, 1);
    return NULL;
}

static void sleep_until_stopped(unsigned us) {
    while (!atomic_load(&stop))
        usleep(us);
}

static void *park(void *argument) {
    work(argument);
    sleep_until_stopped(1000000);
    return NULL;
}

/* Wakes all the time, but doesn't allocate. */
static void *tick(void *argument) {
    work(argument);
    sleep_until_stopped(1000);
    return NULL;
}

static void *stay_busy(void *nothing) {
    (void)nothing;
    void *ring[300] = {0};
    uint64_t state = 77;
    for (unsigned i = 0; !atomic_load(&stop); i++) {
        T(free)(ring[i % 300]);
        ring[i % 300] = T(malloc)(16 + next_random(&state) % 200);
    }
    for (unsigned i = 0; i < 300; i++)
        T(free)(ring[i]);
    return NULL;
}

static void *first_stays_busy(void *argument) {
    struct worker *worker = argument;
    if (worker->number != 0)
        return park(argument);
    work(argument);
    return stay_busy(NULL);
}

static void start(void *(*body)(void *)) {
    CHECK(pthread_barrier_init(&filled, NULL, WORKERS) == 0);
    for (unsigned w = 0; w < WORKERS; w++) {
        workers[w].number = w;
        workers[w].blocks =
            mmap(NULL, BLOCKS * sizeof(struct block), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        CHECK(workers[w].blocks != MAP_FAILED);
    }
    memset(seen, 1, sizeof seen); /* resident from now on */
    empty = resident();
    for (unsigned w = 0; w < WORKERS; w++)
        CHECK(pthread_create(&workers[w].thread, NULL, body, &workers[w]) == 0);
    while (atomic_load(&done) < WORKERS)
        usleep(1000);
}

static void finish(void) {
    for (unsigned w = 0; w < WORKERS; w++)
        check_kept(&workers[w]);
}

/* ---- waiting for the reclaimer ----------------------------------------------------- */

/* Not a timed assertion: it may take as long as it needs, but not for ever. */
enum { PATIENCE_MS = 10000, LOOK_MS = 20 };

static void expect_floor(size_t below) {
    size_t bound = page_floor() + page_floor() / 20 + ALLOWED, now = 0;
    for (unsigned ms = 0; ms < PATIENCE_MS; ms += LOOK_MS) {
        now = resident() - empty - below;
        if (now <= bound)
            return;
        usleep(LOOK_MS * 1000);
    }
    dprintf(2, "%zu bytes are resident, the page floor is %zu\n", now, page_floor());
    CHECK(!"back at the floor");
}

/* The reclaimer's thread id; 0: there is none. */
static int reclaimer(void) {
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    int found = 0;
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        char path[300], name[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "r");
        if (file != NULL && fgets(name, sizeof name, file) != NULL &&
            strcmp(name, "ebb-reclaim\n") == 0)
            found = atoi(entry->d_name);
        if (file != NULL)
            fclose(file);
    }
    closedir(tasks);
    return found;
}

/* It takes its name when it first runs. */
static int expect_reclaimer(void) {
    int thread = 0;
    for (unsigned ms = 0; ms < PATIENCE_MS && (thread = reclaimer()) == 0; ms += LOOK_MS)
        usleep(LOOK_MS * 1000);
    CHECK(thread != 0);
    return thread;
}

/* A number of the reclaimer's /proc/.../status. */
static unsigned long long status(int thread, const char *field, int base) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/self/task/%d/status", thread);
    /* by read(2): stdio would allocate, and wake it */
    static char text[8192];
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    setvbuf(file, text, _IOFBF, sizeof text);
    unsigned long long value = 0;
    bool found = false;
    while (!found && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, field, strlen(field)) == 0) {
            value = strtoull(line + strlen(field) + 1, NULL, base);
            found = true;
        }
    fclose(file);
    CHECK(found);
    return value;
}

/* ---- cases ------------------------------------------------------------------------- */

static void parked(void) {
    start(park);
    expect_floor(0);
}

static void ticking(void) {
    start(tick);
    expect_floor(0);
}

static void one_busy(void) {
    start(first_stays_busy);
    expect_floor(0);
    atomic_store(&stop, true);
    pthread_join(workers[0].thread, NULL);
}

static void exited(void) {
    start(work);
    for (unsigned w = 0; w < WORKERS; w++)
        pthread_join(workers[w].thread, NULL);
    expect_floor(0);
}

/* A program without threads of its own. */
static void alone(void) {
    struct block *blocks = mmap(NULL, BLOCKS * sizeof *blocks, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    CHECK(blocks != MAP_FAILED);
    for (unsigned w = 0; w < WORKERS; w++)
        workers[w] = (struct worker){.number = w, .blocks = blocks};
    memset(seen, 1, sizeof seen);
    empty = resident();
    CHECK(reclaimer() == 0);
    fill(&workers[0]);
    CHECK(reclaimer() == 0); /* nothing has been freed yet */
    thin_out(&workers[0]);
    expect_reclaimer();
    expect_floor(0);
}

/* Once everything is back it sleeps, and the kernel counts not one more switch to it;
 * then somebody comes back, and it is awake again. */
static void sleeps(void) {
    start(park);
    expect_floor(0);
    int thread = expect_reclaimer();
    /* Asking allocates, which wakes it: ask, give it time, ask again. */
    status(thread, "voluntary_ctxt_switches", 10);
    usleep(1500000);
    unsigned long long before = status(thread, "voluntary_ctxt_switches", 10);
    usleep(1500000);
    unsigned long long first = status(thread, "voluntary_ctxt_switches", 10);
    usleep(4500000);
    unsigned long long second = status(thread, "voluntary_ctxt_switches", 10);
    /* The question itself wakes it for a few ticks, whatever the pause. */
    CHECK(second - first <= first - before + 1);
    CHECK(first - before < 10);
    size_t survivors = page_floor();
    for (unsigned w = 0; w < WORKERS; w++)
        fill(&workers[w]);
    for (unsigned w = 0; w < WORKERS; w++)
        thin_out(&workers[w]);
    expect_floor(survivors); /* those of the first round are lost to us */
}

static void signals(void) {
    start(park);
    int thread = expect_reclaimer();
    unsigned long long blocked = status(thread, "SigBlk:", 16);
    for (int number = 1; number < 32; number++)
        CHECK(number == SIGKILL || number == SIGSTOP || (blocked >> (number - 1) & 1));
    finish();
}

static void wait_for(pid_t child) {
    int result;
    CHECK(waitpid(child, &result, 0) == child);
    CHECK(WIFEXITED(result) && WEXITSTATUS(result) == 0);
}

/* Forks while it sweeps; each child has a whole heap and gets a reclaimer of its own. */
static void forks(void) {
    start(park);
    for (unsigned i = 0; i < 30; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            finish();
            if (i % 10 == 0) {
                for (unsigned w = 0; w < WORKERS; w++)
                    for (unsigned k = 0; k < BLOCKS; k += KEPT_EVERY)
                        T(free)(workers[w].blocks[k].at);
                fill(&workers[0]);
                thin_out(&workers[0]);
                expect_reclaimer();
                check_kept(&workers[0]);
            }
            _exit(0);
        }
        usleep(10000);
        wait_for(child);
    }
    expect_floor(0);
}

/* A call that only a process of one thread may make. Whether this process may make it at
 * all, a child without a reclaimer tells. */
static void unshares(void) {
    pid_t child = fork();
    if (child == 0)
        _exit(unshare(CLONE_NEWUSER) != 0);
    int result;
    CHECK(waitpid(child, &result, 0) == child);
    if (WEXITSTATUS(result) != 0) {
        dprintf(1, "skipped: this process may not have a user namespace\n");
        _exit(77);
    }
    alone();
    expect_reclaimer();
    CHECK(unshare(CLONE_NEWUSER) == 0); /* fails while there is a second thread */
}

static size_t member(const char *text, const char *name) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(text, key);
    CHECK(at != NULL);
    return strtoull(at + strlen(key), NULL, 10);
}

static size_t returned(void) {
    char text[16384];
    ebb_stats(text, sizeof text);
    return member(text, "returned_bytes");
}

enum { BURST_BYTES = 32 << 20 };

static void burst(size_t size) {
    static void *blocks[BURST_BYTES / 1024];
    size_t count = BURST_BYTES / size;
    for (size_t i = 0; i < count; i++) {
        CHECK((blocks[i] = T(malloc)(size)) != NULL);
        memset(blocks[i], 1, size);
    }
    for (size_t i = 0; i < count; i++)
        T(free)(blocks[i]);
}

/* Bursts of work with pauses that are longer than the delay: what is wanted again soon
 * isn't given back in every one of them; in a longer pause it is. */
static void bursts_of(size_t size, unsigned rounds, unsigned pause_us) {
    size_t before = returned();
    for (unsigned round = 0; round < rounds; round++) {
        burst(size);
        usleep(pause_us);
    }
    size_t sum = returned() - before;
    dprintf(1, "bursts of %zu B: %zu MiB given back\n", size, sum >> 20);
    CHECK(sum < (size_t)BURST_BYTES * rounds * 6 / 10);
    burst(size);
    size_t held = resident();
    for (unsigned ms = 0; ms < PATIENCE_MS && resident() + BURST_BYTES / 2 > held;
         ms += LOOK_MS)
        usleep(LOOK_MS * 1000);
    CHECK(resident() + BURST_BYTES / 2 < held);
}

static void bursts(void) {
    bursts_of(1024, 10, 330000);     /* through caches */
    bursts_of(64 << 10, 10, 330000); /* and without */
}

/* As of a program that encodes batch after batch: some thread is always busy. */
static void busy_bursts(void) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, stay_busy, NULL) == 0);
    bursts_of(1024, 6, 1200000);
    atomic_store(&stop, true);
    CHECK(pthread_join(thread, NULL) == 0);
}

/* A heap that grew by huge pages, of which every hundredth block stays: they are split,
 * and come back page by page like others. */
static void huge(void) {
    warm_memory();
    start(park);
    char text[16384];
    ebb_stats(text, sizeof text);
    bool on = strstr(text, "\"huge_pages\":\"off\"") == NULL;
    expect_floor(0);
    enum { COUNT = 200000, SIZE = 500 };
    static unsigned char *blocks[COUNT];
    memset(blocks, 1, sizeof blocks);
    for (int i = 0; i < COUNT; i++)
        memset(blocks[i] = T(malloc)(SIZE), i & 255, SIZE);
    ebb_stats(text, sizeof text);
    size_t bytes = member(text, "huge_page_bytes");
    dprintf(1, "huge pages: %zu MiB\n", bytes >> 20);
    CHECK(on || bytes == 0);
    size_t kept = 0, before = resident();
    for (int i = 0; i < COUNT; i++)
        if (i % 100 == 0)
            kept++;
        else
            T(free)(blocks[i]);
    size_t gone = (size_t)COUNT * SIZE - kept * PAGE - ALLOWED;
    for (unsigned ms = 0; ms < PATIENCE_MS && resident() + gone > before; ms += LOOK_MS)
        usleep(LOOK_MS * 1000);
    CHECK(resident() + gone <= before);
    for (int i = 0; i < COUNT; i += 100)
        for (int at = 0; at < SIZE; at++)
            CHECK(blocks[i][at] == (i & 255));
    if (on && bytes == 0) {
        dprintf(1, "skipped: the kernel had no huge page\n");
        _exit(77);
    }
}

/* The process ends with the program's last thread, though the reclaimer is there. */
static void *outlive_main(void *argument) {
    usleep(300000);
    check_kept(argument);
    return NULL;
}

static void last_thread(void) {
    start(work);
    for (unsigned w = 0; w < WORKERS; w++)
        pthread_join(workers[w].thread, NULL);
    expect_reclaimer();
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, outlive_main, &workers[1]) == 0);
    pthread_detach(thread);
    pthread_exit(NULL);
}

/* exit() in the middle of its work. */
static void exits(void) {
    for (unsigned i = 0; i < 20; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            start(park);
            usleep(i * 12000);
            exit(0);
        }
        wait_for(child);
    }
}

/* EBB_RECLAIM=manual: nothing by itself, all on request. */
static void manual(void) {
    start(park);
    CHECK(reclaimer() == 0);
    size_t held = resident() - empty;
    CHECK(held > 2 * page_floor() + ALLOWED);
    usleep(700000);
    CHECK(resident() - empty > held - held / 10);
    ebb_collect();
    expect_floor(0);
}

/* EBB_RECLAIM=off: not even then. */
static void off(void) {
    start(park);
    size_t held = resident() - empty;
    CHECK(ebb_collect() == 0);
    CHECK(resident() - empty > held - held / 10);
    CHECK(reclaimer() == 0);
}

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"parked", parked},
    {"ticking", ticking},
    {"one_busy", one_busy},
    {"exited", exited},
    {"alone", alone},
    {"sleeps", sleeps},
    {"signals", signals},
    {"forks", forks},
    {"unshares", unshares},
    {"bursts", bursts},
    {"busy_bursts", busy_bursts},
    {"huge", huge},
    {"exits", exits},
    {"manual", manual},
    {"off", off},
    {"last_thread", last_thread},
};

int main(int argc, char **argv) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (argc == 2 && strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            if (workers[0].blocks != NULL && cases[i].run != exits)
                finish();
            atomic_store(&stop, true);
            return 0;
        }
    dprintf(2, "usage: idle CASE\n");
    return 2;
}

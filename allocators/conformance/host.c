/* A program whose malloc is libc's. It opens addons that contain an allocator, and puts
 * each through what a bundler's addon meets. docs/conformance.md says why each case is
 * here.
 *
 * usage: host CASE ONE TWO TLS TLS-SMALL
 *
 * ONE and TWO are copies of the same addon; in the case `rust`, ONE is rust/addon.rs. TLS
 * and TLS-SMALL are tls.c. A line "idle_kib N" says how much anonymous memory is resident
 * one second after the work, beyond what was resident before the addon was opened. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "open.h"
#include "resident.h"

static const char *path_one, *path_two, *path_tls, *path_tls_small;
static struct addon one, two;

static void sleep_ms(long ms) {
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void say_idle(size_t before) {
    sleep_ms(1000);
    size_t now = resident();
    dprintf(1, "idle_kib %zu\n", (now > before ? now - before : 0) / 1024);
}

/* ---- an addon works, and nobody else notices --------------------------------------- */

static void blocks(void) {
    Dl_info libc, other;
    open_addon(&one, path_one);
    dprintf(1, "version %s\n", one.version());
    CHECK(dladdr((void *)(uintptr_t)dlsym(RTLD_DEFAULT, "malloc"), &libc) != 0);
    CHECK(dladdr((void *)(uintptr_t)dlsym(RTLD_DEFAULT, "printf"), &other) != 0);
    CHECK(libc.dli_fbase == other.dli_fbase); /* the program's malloc is still libc's */
    CHECK(dladdr(dlsym(one.object, "malloc"), &libc) != 0);
    CHECK(libc.dli_fbase == other.dli_fbase); /* also if the addon is asked for it */
    expect_nothing(one.served());
    expect_nothing(one.check());
    expect_nothing(one.served());
}

/* Closing one copy does not change the other. */
static void two_copies(void) {
    open_addon(&one, path_one);
    open_addon(&two, path_two);
    CHECK(one.allocate != two.allocate);
    char *first = one.allocate(1000), *second = two.allocate(1000);
    CHECK(first != NULL && second != NULL);
    memset(first, 1, 1000);
    memset(second, 2, 1000);
    for (int i = 0; i < 2; i++) {
        expect_nothing(one.check());
        expect_nothing(two.check());
    }
    expect_nothing(one.served());
    CHECK(first[0] == 1 && first[999] == 1);
    one.release(first);
    CHECK(dlclose(one.object) == 0);
    expect_nothing(two.check());
    expect_nothing(two.served());
    CHECK(second[0] == 2 && second[999] == 2);
    two.release(second);
}

/* ---- threads ----------------------------------------------------------------------- */

enum { THREADS = 64, BLOCKS = 400 };

static unsigned char *made[THREADS][2][BLOCKS];
static pthread_barrier_t all_made;

static size_t size_of(uintptr_t thread, int i) {
    return 1 + ((size_t)i * 37 + thread) % 3000;
}

/* Each thread frees the blocks that its neighbour has made, in both copies. */
static void *hand_over(void *argument) {
    uintptr_t number = (uintptr_t)argument;
    struct addon *addons[] = {&one, &two};
    for (int copy = 0; copy < 2; copy++)
        for (int i = 0; i < BLOCKS; i++) {
            size_t size = size_of(number, i);
            CHECK((made[number][copy][i] = addons[copy]->allocate(size)) != NULL);
            memset(made[number][copy][i], (int)number, size);
        }
    pthread_barrier_wait(&all_made);
    uintptr_t next = (number + 1) % THREADS;
    for (int copy = 0; copy < 2; copy++)
        for (int i = 0; i < BLOCKS; i++) {
            unsigned char *block = made[next][copy][i];
            CHECK(block[0] == next && block[size_of(next, i) - 1] == next);
            addons[copy]->release(block);
        }
    return NULL;
}

static void threads(void) {
    size_t before = resident();
    open_addon(&one, path_one);
    open_addon(&two, path_two);
    for (int round = 0; round < 20; round++) {
        pthread_t ids[THREADS];
        CHECK(pthread_barrier_init(&all_made, NULL, THREADS) == 0);
        for (uintptr_t i = 0; i < THREADS; i++)
            CHECK(pthread_create(&ids[i], NULL, hand_over, (void *)i) == 0);
        for (int i = 0; i < THREADS; i++)
            CHECK(pthread_join(ids[i], NULL) == 0);
    }
    expect_nothing(one.served());
    say_idle(before);
}

/* ---- thread ids that are used again ------------------------------------------------ */

enum { LANES = 4, LIVES = 300, KEPT = 300, STACK = 256 << 10 };

/* Runs one thread after the other on the same stack. So pthread_self() and the addresses
 * of thread-local variables are those of a dead thread. */
struct lane {
    char *stack;
    unsigned char *kept[KEPT];   /* passed on from life to life */
    unsigned number, life, same; /* same: lives with the id of the one before */
    pthread_t last;
};

static size_t lane_size(unsigned i, unsigned life) {
    return 16 + (i * 131 + life * 17) % (i % 20 == 0 ? 40000 : 900);
}

static void *live(void *argument) {
    struct lane *lane = argument;
    unsigned life = lane->life;
    if (one.object == NULL)
        open_addon(&one, path_one);
    lane->same += life > 0 && pthread_equal(lane->last, pthread_self());
    lane->last = pthread_self();
    for (unsigned i = 0; i < KEPT; i++) {
        unsigned char *old = lane->kept[i],
                      mark = (unsigned char)(i + life + lane->number);
        if (old != NULL) {
            size_t size = lane_size(i, life - 1);
            CHECK(old[0] == (unsigned char)(mark - 1));
            CHECK(old[size - 1] == (unsigned char)(mark - 1));
        }
        if (i % 3 != 0) /* try both orders: free the dead thread's block before the new
                           one, or after */
            one.release(old);
        size_t size = lane_size(i, life);
        CHECK((lane->kept[i] = one.allocate(size)) != NULL);
        memset(lane->kept[i], mark, size);
        if (i % 3 == 0)
            one.release(old);
    }
    return NULL;
}

static char *make_stack(void) {
    char *stack =
        mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(stack != MAP_FAILED);
    return stack;
}

static void *run_lane(void *argument) {
    struct lane *lane = argument;
    for (lane->life = 0; lane->life < LIVES; lane->life++) {
        pthread_attr_t attributes;
        pthread_t thread;
        CHECK(pthread_attr_init(&attributes) == 0);
        CHECK(pthread_attr_setstack(&attributes, lane->stack, STACK) == 0);
        CHECK(pthread_create(&thread, &attributes, live, lane) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    return NULL;
}

static void thread_ids(void) {
    static struct lane lanes[LANES];
    pthread_t ids[LANES];
    open_addon(&one, path_one);
    for (unsigned i = 0; i < LANES; i++) {
        lanes[i].number = i;
        lanes[i].stack =
            mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(lanes[i].stack != MAP_FAILED);
        CHECK(pthread_create(&ids[i], NULL, run_lane, &lanes[i]) == 0);
    }
    for (int i = 0; i < LANES; i++) {
        CHECK(pthread_join(ids[i], NULL) == 0);
        CHECK(lanes[i].same == LIVES - 1); /* every id was used again */
    }
}

/* The thread that opened the addon dies, and later threads have its id. */
static void first_thread(void) {
    static struct lane lane;
    size_t before = resident();
    lane.stack = make_stack();
    run_lane(&lane);
    CHECK(lane.same == LIVES - 1);
    for (int i = 0; i < KEPT; i++)
        one.release(lane.kept[i]);
    expect_nothing(one.served());
    say_idle(before);
}

/* ---- Rust -------------------------------------------------------------------------- */

static bool (*rust_work)(void);

static void *work_in_rust(void *argument) {
    CHECK(rust_work());
    return argument;
}

/* In each round new threads and the main thread call into the addon. Then it is closed,
 * while the main thread lives on, and opened again in the next round. */
static void rust(void) {
    enum { WORKERS = 5, ROUNDS = 4 };
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t ids[WORKERS];
        void *object = dlopen(path_one, RTLD_NOW | RTLD_LOCAL);
        if (object == NULL)
            dprintf(2, "failed: %s\n", dlerror());
        CHECK(object != NULL);
        rust_work = (bool (*)(void))symbol(object, "addon_work");
        const char *(*is_served)(void) =
            (const char *(*)(void))symbol(object, "addon_served");
        expect_nothing(is_served());
        for (int i = 0; i < WORKERS; i++)
            CHECK(pthread_create(&ids[i], NULL, work_in_rust, NULL) == 0);
        CHECK(rust_work());
        for (int i = 0; i < WORKERS; i++)
            CHECK(pthread_join(ids[i], NULL) == 0);
        expect_nothing(is_served());
        CHECK(dlclose(object) == 0);
    }
}

/* ---- fork -------------------------------------------------------------------------- */

static atomic_bool stop_churning;

static void *churn(void *argument) {
    struct addon *addon = argument;
    while (!stop_churning) {
        void *held[100];
        for (int i = 0; i < 100; i++)
            CHECK((held[i] = addon->allocate(1 + (size_t)i * 91)) != NULL);
        for (int i = 0; i < 100; i++)
            addon->release(held[i]);
    }
    return NULL;
}

static void work_in_child(void) {
    for (int i = 1; i < 200; i++) {
        void *a = one.allocate(5000), *b = two.allocate((size_t)i * 50);
        CHECK(a != NULL && b != NULL);
        one.release(a);
        two.release(b);
    }
}

/* Forks children and grandchildren while other threads are inside both copies. */
static void forks(void) {
    pthread_t ids[2];
    open_addon(&one, path_one);
    open_addon(&two, path_two);
    CHECK(pthread_create(&ids[0], NULL, churn, &one) == 0);
    CHECK(pthread_create(&ids[1], NULL, churn, &two) == 0);
    for (int i = 0; i < 200; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            limit_time(20);
            work_in_child();
            if (i % 10 == 0) {
                pid_t grandchild = fork();
                if (grandchild != 0) {
                    wait_for(grandchild);
                } else {
                    limit_time(10);
                    work_in_child();
                }
            }
            _exit(0);
        }
        wait_for(child);
    }
    stop_churning = true;
    pthread_join(ids[0], NULL);
    pthread_join(ids[1], NULL);
}

/* ---- no room for thread-local variables -------------------------------------------- */

/* The loader opens the same file only once. So each copy must be a file of its own. */
static bool open_copy(const char *path) {
    char copy[64], buffer[4096];
    int fd = memfd_create("tls", 0), from = open(path, O_RDONLY);
    CHECK(fd >= 0 && from >= 0);
    for (ssize_t n; (n = read(from, buffer, sizeof buffer)) > 0;)
        CHECK(write(fd, buffer, (size_t)n) == n);
    close(from);
    snprintf(copy, sizeof copy, "/proc/self/fd/%d", fd);
    return dlopen(copy, RTLD_NOW | RTLD_LOCAL) != NULL;
}

static int open_copies(const char *path) {
    int copies = 0;
    while (copies < 200 && open_copy(path))
        copies++;
    CHECK(copies < 200);
    return copies;
}

/* Other objects use up the static TLS block to the last bytes. The addon must load
 * nevertheless. */
static void static_tls(void) {
    CHECK(open_copies(path_tls) > 0);
    open_copies(path_tls_small);
    open_addon(&one, path_one);
    expect_nothing(one.check());
}

/* ---- refused calls ----------------------------------------------------------------- */

/* Runs under a filter of cases.def. All of them refuse the first three calls. */
static void filtered(void) {
    CHECK(syscall(SYS_membarrier, 0, 0, 0) == -1);
    CHECK(syscall(SYS_clone3, NULL, 0) == -1 && errno == ENOSYS);
    CHECK(syscall(SYS_pkey_alloc, 0, 0) == -1);
    open_addon(&one, path_one);
    open_addon(&two, path_two);
    expect_nothing(one.check());
    expect_nothing(one.served());
    threads();
    thread_ids();
    forks();
}

/* ---- little memory ----------------------------------------------------------------- */

enum { LIMIT_MIB = 512 };

static size_t live_mib; /* of a wave */
static void **held;     /* the program's own table, from no allocator */
static size_t held_count, held_max;

/* Allocates up to so many MiB in blocks of one size. False if memory ran out. */
static bool fill(size_t size, size_t mib) {
    size_t most = (mib << 20) / size;
    CHECK(most <= held_max);
    for (held_count = 0; held_count < most; held_count++) {
        unsigned char *block = one.allocate(size);
        if (block == NULL)
            break;
        memset(block, (int)(held_count % 251), size);
        held[held_count] = block;
    }
    return held_count == most;
}

/* Frees the blocks of fill(). */
static void empty(size_t size) {
    for (size_t i = 0; i < held_count; i++) {
        unsigned char *block = held[i];
        CHECK(block[0] == i % 251 && block[size - 1] == i % 251);
        one.release(block);
    }
}

static void *fill_half(void *argument) {
    size_t size = (size_t)(uintptr_t)argument;
    bool had_all = fill(size, live_mib);
    if (!had_all)
        dprintf(2, "failed: no memory at %zu MiB in blocks of %zu, under a limit of %d\n",
                held_count * size >> 20, size, LIMIT_MIB);
    CHECK(had_all);
    return NULL;
}

/* Each wave is allocated by another thread, in blocks of another size, and freed by the
 * main thread. The memory of one wave must serve the next. */
static void waves(void) {
    static const size_t sizes[] = {64, 1000, 9000, 70000, 3000000, 200, 20000, 32};
    open_addon(&one, path_one);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, fill_half, (void *)sizes[i]) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
        empty(sizes[i]);
    }
}

/* If memory runs out, the allocator returns NULL and the process goes on. It must get at
 * least half a wave. What was freed must be available again. */
static void exhaust(void) {
    size_t first = 0;
    for (int time = 0; time < 3; time++) {
        CHECK(!fill(5000, 2 * LIMIT_MIB)); /* the limit must work */
        size_t mib = held_count * 5000 >> 20;
        dprintf(1, "note %zu MiB of %d\n", mib, LIMIT_MIB);
        CHECK(mib >= live_mib / 2);
        if (mib < first * 3 / 4)
            dprintf(2, "failed: %zu MiB at first, %zu after all was freed, of %d\n",
                    first, mib, LIMIT_MIB);
        CHECK(mib >= first * 3 / 4);
        first = time == 0 ? mib : first;
        empty(5000);
    }
}

static void limited(size_t mib, int resource) {
    live_mib = mib;
    held_max = (live_mib << 20) / 32;
    held = mmap(NULL, held_max * sizeof *held, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(held != MAP_FAILED);
    if (resource >= 0) {
        /* address space: the program's own table comes on top */
        size_t more = resource == RLIMIT_AS ? held_max * sizeof *held : 0;
        struct rlimit limit = {(LIMIT_MIB << 20) + more, (LIMIT_MIB << 20) + more};
        CHECK(setrlimit(resource, &limit) == 0);
    }
    waves();
    if (resource >= 0)
        exhaust();
}

static void limit_data(void) {
    limited(LIMIT_MIB / 2, RLIMIT_DATA);
}

/* The limit is for the addon's allocator. But libc's malloc also reserves address space:
 * 64 MiB for each thread that calls it, and the loader calls it for thread-local
 * variables. So it gets only one arena. */
static void limit_as(void) {
#ifdef M_ARENA_MAX
    CHECK(mallopt(M_ARENA_MAX, 1) == 1);
#endif
    limited(LIMIT_MIB / 2, RLIMIT_AS);
}

/* cell.c has put this process into a control group of 512 MiB. */
static void limit_cgroup(void) {
    limited(LIMIT_MIB / 2, -1);
}

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {{"blocks", blocks},
             {"two_copies", two_copies},
             {"threads", threads},
             {"thread_ids", thread_ids},
             {"first_thread", first_thread},
             {"fork", forks},
             {"rust", rust},
             {"static_tls", static_tls},
             {"filtered", filtered},
             {"limit_data", limit_data},
             {"limit_as", limit_as},
             {"limit_cgroup", limit_cgroup}};

int main(int argc, char **argv) {
    CHECK(argc == 6);
    limit_time(100);
    path_one = argv[2];
    path_two = argv[3];
    path_tls = argv[4];
    path_tls_small = argv[5];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (strcmp(argv[1], cases[i].name) == 0) {
            cases[i].run();
            return 0;
        }
    CHECK(!"a case");
}

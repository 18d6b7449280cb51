/* Two addons with a copy of ebb each, in a program whose malloc is libc's.
 *
 * usage: embed CASE ONE TWO TLS */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "child.h"

struct addon {
    void *object;
    void *(*allocate)(size_t);
    void (*release)(void *);
    size_t (*usable)(void *);
    const char *(*check)(void);
    int (*configure)(unsigned, const char *);
    size_t (*stats)(char *, size_t);
    size_t (*collect)(void);
};

static struct addon one, two;

static void *symbol(void *object, const char *name) {
    void *address = dlsym(object, name);
    CHECK(address != NULL);
    return address;
}

static void open_addon(struct addon *addon, const char *path) {
    addon->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (addon->object == NULL)
        dprintf(2, "%s\n", dlerror());
    CHECK(addon->object != NULL);
    addon->allocate = (void *(*)(size_t))symbol(addon->object, "addon_malloc");
    addon->release = (void (*)(void *))symbol(addon->object, "addon_free");
    addon->usable = (size_t(*)(void *))symbol(addon->object, "addon_usable");
    addon->check = (const char *(*)(void))symbol(addon->object, "addon_check");
    addon->configure =
        (int (*)(unsigned, const char *))symbol(addon->object, "addon_configure");
    addon->stats = (size_t(*)(char *, size_t))symbol(addon->object, "addon_stats");
    addon->collect = (size_t(*)(void))symbol(addon->object, "addon_collect");
}

static void sleep_ms(long ms) {
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* ---- what it does, and that nobody else notices ------------------------------------ */

static void blocks(void) {
    Dl_info libc, other;
    open_addon(&one, one.object);
    open_addon(&two, two.object);
    CHECK(dladdr((void *)(uintptr_t)dlsym(RTLD_DEFAULT, "malloc"), &libc) != 0);
    CHECK(dladdr((void *)(uintptr_t)dlsym(RTLD_DEFAULT, "printf"), &other) != 0);
    CHECK(libc.dli_fbase == other.dli_fbase); /* the program's malloc is still libc's */
    CHECK(dlsym(one.object, "ebb_malloc") == NULL);
    CHECK(dlsym(one.object, "_Znwm") == NULL || dlsym(RTLD_DEFAULT, "_Znwm") != NULL);
    for (struct addon *addon = &one; addon; addon = addon == &one ? &two : NULL) {
        const char *wrong = addon->check();
        if (wrong)
            dprintf(2, "does not hold: %s\n", wrong);
        CHECK(wrong == NULL);
    }
}

/* ---- threads ----------------------------------------------------------------------- */

enum { THREADS = 64, BLOCKS = 400 };

static void *made[THREADS][2][BLOCKS];
static pthread_barrier_t all_made;

/* Each thread frees what its neighbour has made, in both copies. */
static void *work(void *argument) {
    uintptr_t number = (uintptr_t)argument;
    struct addon *addons[] = {&one, &two};
    for (int copy = 0; copy < 2; copy++)
        for (int i = 0; i < BLOCKS; i++) {
            size_t size = 1 + ((size_t)i * 37 + number) % 3000;
            CHECK((made[number][copy][i] = addons[copy]->allocate(size)) != NULL);
            memset(made[number][copy][i], (int)number, size);
        }
    pthread_barrier_wait(&all_made);
    uintptr_t next = (number + 1) % THREADS;
    for (int copy = 0; copy < 2; copy++)
        for (int i = 0; i < BLOCKS; i++) {
            CHECK(*(unsigned char *)made[next][copy][i] == next);
            addons[copy]->release(made[next][copy][i]);
        }
    return NULL;
}

static void threads(void) {
    open_addon(&one, one.object);
    open_addon(&two, two.object);
    for (int round = 0; round < 20; round++) { /* thread ids come again */
        pthread_t ids[THREADS];
        CHECK(pthread_barrier_init(&all_made, NULL, THREADS) == 0);
        for (uintptr_t i = 0; i < THREADS; i++)
            CHECK(pthread_create(&ids[i], NULL, work, (void *)i) == 0);
        for (int i = 0; i < THREADS; i++)
            CHECK(pthread_join(ids[i], NULL) == 0);
    }
}

/* ---- fork -------------------------------------------------------------------------- */

static volatile int stop_churning;

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

/* Children that fork again, while other threads are inside both copies. */
static void forks(void) {
    pthread_t ids[2];
    open_addon(&one, one.object);
    open_addon(&two, two.object);
    CHECK(pthread_create(&ids[0], NULL, churn, &one) == 0);
    CHECK(pthread_create(&ids[1], NULL, churn, &two) == 0);
    for (int i = 0; i < 200; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            void *a = one.allocate(5000), *b = two.allocate(700);
            CHECK(a != NULL && b != NULL);
            one.release(a);
            two.release(b);
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    stop_churning = 1;
    pthread_join(ids[0], NULL);
    pthread_join(ids[1], NULL);
}

/* ---- idle -------------------------------------------------------------------------- */

static long status_kib(const char *label) {
    char text[8192], *found;
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    CHECK(n > 0);
    text[n] = '\0';
    CHECK((found = strstr(text, label)) != NULL);
    return strtol(found + strlen(label), NULL, 10);
}

enum { COUNT = 40000, LEFT_KIB = 100 };

static void *held[COUNT];

static void use_much(struct addon *addon) {
    for (int i = 0; i < COUNT; i++) {
        size_t size = 16 + (size_t)i % 2000;
        CHECK((held[i] = addon->allocate(size)) != NULL);
        memset(held[i], 1, size);
    }
    for (int i = 0; i < COUNT; i++)
        addon->release(held[i]);
}

/* Each copy has used 40 MB; idle, each leaves a thread and less than 100 KiB. */
static void idle(void) {
    open_addon(&one, one.object);
    open_addon(&two, two.object);
    memset(held, 1, sizeof held); /* the program's own */
    long before = status_kib("RssAnon:"), threads_before = status_kib("Threads:");
    use_much(&one);
    use_much(&two);
    long busy = status_kib("RssAnon:");
    CHECK(busy - before > 20000);
    long left = busy;
    for (int i = 0; i < 40 && left > 2 * LEFT_KIB; i++) {
        sleep_ms(100);
        left = status_kib("RssAnon:") - before;
    }
    long threads_left = status_kib("Threads:") - threads_before;
    dprintf(1, "busy %ld KiB, left %ld KiB, %ld threads\n", busy - before, left,
            threads_left);
    CHECK(left <= 2 * LEFT_KIB);
    CHECK(threads_left <= 2);
}

/* ---- what is configured ------------------------------------------------------------ */

static int has_thread(const char *name) {
    DIR *tasks = opendir("/proc/self/task");
    int found = 0;
    for (struct dirent *entry; (entry = readdir(tasks));) {
        char path[300], text[64] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        int fd = open(path, O_RDONLY);
        if (fd < 0)
            continue;
        if (read(fd, text, sizeof text - 1) > 0)
            found |= strncmp(text, name, strlen(name)) == 0;
        close(fd);
    }
    closedir(tasks);
    return found;
}

static void configure(void) {
    open_addon(&one, one.object);
    open_addon(&two, two.object);
    CHECK(one.configure(1, NULL) == -1 && errno == EINVAL);
    CHECK(one.configure(50, "a name that is too long") == -1 && errno == EINVAL);
    CHECK(one.configure(50, "mine") == 0);
    char text[16384];
    two.stats(text, sizeof text); /* asks what the settings are */
    CHECK(two.configure(50, "yours") == -1 && errno == EBUSY);
    use_much(&one);
    use_much(&two);
    sleep_ms(20);
    CHECK(has_thread("mine") && has_thread("ebb-reclaim"));
    CHECK(one.configure(50, "mine") == -1 && errno == EBUSY);
}

/* ---- no room for thread-local variables -------------------------------------------- */

/* What is there for objects that are loaded later is used up by one that asks for it;
 * then the addon is loaded all the same. */
static void static_tls(const char *tls) {
    char copy[64];
    int fills = 0;
    for (; fills < 64; fills++) {
        /* the loader knows a file by its identity: each must be another one */
        snprintf(copy, sizeof copy, "/proc/self/fd/%d", memfd_create("tls", 0));
        int fd = (int)strtol(copy + 14, NULL, 10), from = open(tls, O_RDONLY);
        char buffer[4096];
        for (ssize_t n; (n = read(from, buffer, sizeof buffer)) > 0;)
            CHECK(write(fd, buffer, (size_t)n) == n);
        close(from);
        if (dlopen(copy, RTLD_NOW | RTLD_LOCAL) == NULL)
            break;
    }
    CHECK(fills > 0 && fills < 64); /* it was used up, and there had been some */
    open_addon(&one, one.object);
    CHECK(one.check() == NULL);
}

int main(int argc, char **argv) {
    CHECK(argc == 5);
    limit_time(100);
    /* the paths wait where the objects will be */
    one.object = argv[2];
    two.object = argv[3];
    if (strcmp(argv[1], "blocks") == 0)
        blocks();
    else if (strcmp(argv[1], "threads") == 0)
        threads();
    else if (strcmp(argv[1], "fork") == 0)
        forks();
    else if (strcmp(argv[1], "idle") == 0)
        idle();
    else if (strcmp(argv[1], "configure") == 0)
        configure();
    else if (strcmp(argv[1], "static_tls") == 0)
        static_tls(argv[4]);
    else
        CHECK(!"a case");
    return 0;
}

/* Two addons with a copy of ebb each, in a program whose malloc is libc's: what any
 * allocator in an addon has to do is asked by the conformance tests, and here what ebb's
 * users are promised beyond that.
 *
 * usage: embed CASE ONE TWO */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "open.h"
#include "resident.h"

struct ebb_addon {
    struct addon any;
    int (*configure)(unsigned, const char *);
    size_t (*stats)(char *, size_t);
    const char *(*check_own)(void);
};

static const char *path_one, *path_two;
static struct ebb_addon one, two;

static void open_ebb(struct ebb_addon *addon, const char *path) {
    open_addon(&addon->any, path);
    void *object = addon->any.object;
    addon->configure = (int (*)(unsigned, const char *))symbol(object, "addon_configure");
    addon->stats = (size_t(*)(char *, size_t))symbol(object, "addon_stats");
    addon->check_own = (const char *(*)(void))symbol(object, "addon_check_own");
}

static void open_both(void) {
    open_ebb(&one, path_one);
    open_ebb(&two, path_two);
}

static void sleep_ms(long ms) {
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* ---- its own functions ------------------------------------------------------------- */

static void blocks(void) {
    open_both();
    expect_nothing(one.check_own());
    expect_nothing(two.check_own());
    CHECK(dlsym(one.any.object, "ebb_malloc") == NULL);
    CHECK(dlsym(one.any.object, "_Znwm") == NULL || dlsym(RTLD_DEFAULT, "_Znwm") != NULL);
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

static long resident_kib(void) {
    return (long)(resident() / 1024);
}

enum { COUNT = 40000, LEFT_KIB = 100 /* by both */ };

static void *held[COUNT];

static void use_much(struct ebb_addon *addon) {
    for (int i = 0; i < COUNT; i++) {
        size_t size = 16 + (size_t)i % 2000;
        CHECK((held[i] = addon->any.allocate(size)) != NULL);
        memset(held[i], 1, size);
    }
    for (int i = 0; i < COUNT; i++)
        addon->any.release(held[i]);
}

/* Of libc's malloc: each thread that calls it gets one, up to eight times the processors.
 */
static int arenas(void) {
    int count = 0;
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    CHECK(file != NULL && malloc_info(0, file) == 0 && fclose(file) == 0);
    for (char *at = text; (at = strstr(at, "<heap nr=")) != NULL; at++)
        count++;
    free(text);
    return count;
}

/* Each copy has used 40 MB; idle, each leaves a thread, and both together 100 KiB. That
 * thread has not called libc's malloc, which would map 64 MiB for it. */
static void idle(void) {
    open_both();
    memset(held, 1, sizeof held); /* the program's own, as is the next one's stack */
    status_kib("Threads:");
    long before = resident_kib(), threads_before = status_kib("Threads:");
    use_much(&one);
    use_much(&two);
    long busy = resident_kib();
    CHECK(busy - before > 20000);
    long left = busy;
    for (int i = 0; i < 10 || (i < 40 && left > LEFT_KIB); i++) {
        sleep_ms(100);
        left = resident_kib() - before;
    }
    long threads_left = status_kib("Threads:") - threads_before;
    dprintf(1, "busy %ld KiB, left %ld KiB, %ld threads\n", busy - before, left,
            threads_left);
    CHECK(left <= LEFT_KIB);
    CHECK(threads_left <= 2);
    CHECK(arenas() == 1);
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
    open_both();
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

int main(int argc, char **argv) {
    CHECK(argc == 4);
    limit_time(100);
    path_one = argv[2];
    path_two = argv[3];
    if (strcmp(argv[1], "blocks") == 0)
        blocks();
    else if (strcmp(argv[1], "idle") == 0)
        idle();
    else if (strcmp(argv[1], "configure") == 0)
        configure();
    else
        CHECK(!"a case");
    return 0;
}

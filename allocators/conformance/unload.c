/* Threads use an addon that contains an allocator. Then the addon is unloaded while they
 * live. What they do when they exit must not lead into unloaded code. The program's
 * malloc is libc's.
 *
 * usage: unload ADDON */
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "child.h"

enum { ROUNDS = 5, THREADS = 4, BLOCKS = 3000 };

struct addon {
    void *(*allocate)(size_t);
    void (*release)(void *);
    size_t (*usable)(void *);
};

static struct addon addon;
static pthread_barrier_t used, unloaded;

static void *symbol(void *object, const char *name) {
    void *address = dlsym(object, name);
    CHECK(address != NULL);
    return address;
}

static void *use(void *argument) {
    uintptr_t number = (uintptr_t)argument;
    static unsigned char *blocks[THREADS][BLOCKS];
    for (int i = 0; i < BLOCKS; i++) {
        size_t size = 1 + (size_t)i * 7 % 5000;
        CHECK((blocks[number][i] = addon.allocate(size)) != NULL);
        CHECK(addon.usable(blocks[number][i]) >= size);
        memset(blocks[number][i], (int)number, size);
    }
    for (int i = 0; i < BLOCKS; i++) {
        CHECK(*blocks[number][i] == number);
        addon.release(blocks[number][i]);
    }
    pthread_barrier_wait(&used);
    pthread_barrier_wait(&unloaded);
    return NULL; /* the thread-specific destructors run now */
}

static void one_round(const char *path) {
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object == NULL)
        dprintf(2, "%s\n", dlerror());
    CHECK(object != NULL && dlsym(object, "ebb_collect") == NULL);
    addon.allocate = (void *(*)(size_t))symbol(object, "addon_malloc");
    addon.release = (void (*)(void *))symbol(object, "addon_free");
    addon.usable = (size_t(*)(void *))symbol(object, "addon_usable");
    /* the block must not be the program's: glibc's blocks have other sizes */
    void *theirs = addon.allocate(100);
    size_t usable = addon.usable(theirs);
    CHECK(usable >= 100 && usable % 16 == 0); /* glibc's are 8 below a multiple of 16 */
    addon.release(theirs);
    CHECK(pthread_barrier_init(&used, NULL, THREADS + 1) == 0);
    CHECK(pthread_barrier_init(&unloaded, NULL, THREADS + 1) == 0);
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, use, (void *)i) == 0);
    pthread_barrier_wait(&used);
    CHECK(dlclose(object) == 0);
    pthread_barrier_wait(&unloaded);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    limit_time(100);
    for (int i = 0; i < ROUNDS; i++)
        one_round(argv[1]);
    return 0;
}

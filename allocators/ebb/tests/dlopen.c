/* Shared objects that come and go, again and again: blocks outlive the object that they
 * were made by, and nothing piles up.
 *
 * usage: dlopen PLUGIN     an object that allocates, under ebb
 *        dlopen LIBEBB     ebb itself, in a program whose malloc is another */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "check.h"

enum { ROUNDS = 200 };

/* Loads on one thread, unloads on another. */
static void *unload(void *object) {
    CHECK(dlclose(object) == 0);
    return NULL;
}

static void round_of_plugin(void *object) {
    char *(*make)(void) = (char *(*)(void))dlsym(object, "plugin_label");
    CHECK(make != NULL);
    char *label = make();
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, unload, object) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(strcmp(label, "plugin") == 0);
    free(label);
}

/* The program's malloc stays what it was; ebb, asked by name, works beside it. */
static void round_of_ebb(void *object) {
    size_t (*collect)(void) = (size_t(*)(void))dlsym(object, "ebb_collect");
    void *(*ebb_malloc)(size_t) = (void *(*)(size_t))dlsym(object, "malloc");
    void (*ebb_free)(void *) = (void (*)(void *))dlsym(object, "free");
    CHECK(ebb_malloc != NULL && ebb_malloc != malloc);
    char *ours = ebb_malloc(5000), *others = malloc(5000);
    CHECK(ours != NULL && others != NULL);
    memset(ours, 1, 5000);
    memset(others, 2, 5000);
    CHECK(ours[4999] == 1 && others[4999] == 2);
    ebb_free(ours);
    free(others);
    collect();
    CHECK(dlclose(object) == 0);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    size_t settled = 0;
    for (int i = 0; i < ROUNDS; i++) {
        void *object = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        if (object == NULL)
            dprintf(2, "%s\n", dlerror());
        CHECK(object != NULL);
        if (dlsym(object, "ebb_collect") != NULL && dlsym(object, "plugin_label") == NULL)
            round_of_ebb(object);
        else
            round_of_plugin(object);
        if (i == ROUNDS / 2)
            settled = mallinfo2().uordblks;
    }
    CHECK(mallinfo2().uordblks <= settled + 1000);
    return 0;
}

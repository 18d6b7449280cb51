/* A shared object that allocates whenever it can. dlopen.c opens and closes it. */
#include <pthread.h>
#include <string.h>

#include "check.h"

char *plugin_label(void);

static char *label;
static void *specific; /* also of a thread that may not be the unloading one */
static pthread_key_t key;

__attribute__((constructor)) static void loaded(void) {
    label = strdup("plugin");
    CHECK(pthread_key_create(&key, NULL) == 0);
    specific = malloc(3000);
    CHECK(pthread_setspecific(key, specific) == 0);
}

__attribute__((destructor)) static void unloaded(void) {
    CHECK(strcmp(label, "plugin") == 0);
    free(label);
    CHECK(pthread_key_delete(key) == 0);
    free(specific);
}

/* The caller's to free, even after the object is gone. */
char *plugin_label(void) {
    return strdup(label);
}

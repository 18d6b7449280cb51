/* Opens an addon.c and finds its functions, for a host. */
#ifndef CONFORMANCE_OPEN_H
#define CONFORMANCE_OPEN_H

#include <dlfcn.h>

#include "child.h"

struct addon {
    void *object;
    void *(*allocate)(size_t);
    void (*release)(void *);
    size_t (*usable)(void *);
    const char *(*check)(void);
    const char *(*served)(void);
    const char *(*version)(void);
};

static inline void *symbol(void *object, const char *name) {
    void *address = dlsym(object, name);
    CHECK(address != NULL);
    return address;
}

static inline void open_addon(struct addon *addon, const char *path) {
    addon->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (addon->object == NULL)
        dprintf(2, "failed: %s\n", dlerror());
    CHECK(addon->object != NULL);
    addon->allocate = (void *(*)(size_t))symbol(addon->object, "addon_malloc");
    addon->release = (void (*)(void *))symbol(addon->object, "addon_free");
    addon->usable = (size_t(*)(void *))symbol(addon->object, "addon_usable");
    addon->check = (const char *(*)(void))symbol(addon->object, "addon_check");
    addon->served = (const char *(*)(void))symbol(addon->object, "addon_served");
    addon->version = (const char *(*)(void))symbol(addon->object, "addon_version");
}

static inline void expect_nothing(const char *wrong) {
    if (wrong)
        dprintf(2, "failed: %s\n", wrong);
    CHECK(wrong == NULL);
}

#endif

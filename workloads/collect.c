#include "collect.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static void (*ebb_collect_call)(void);
static void (*mi_collect_call)(bool force);
static int (*mallctl_call)(const char *, void *, size_t *, void *, size_t);
static void (*release_free_memory)(void);

static void by_ebb(void) {
    ebb_collect_call();
}

static void by_mimalloc(void) {
    mi_collect_call(true);
}

/* 4096 is MALLCTL_ARENAS_ALL of jemalloc 5. */
static void by_jemalloc(void) {
    mallctl_call("thread.tcache.flush", NULL, NULL, NULL, 0);
    mallctl_call("arena.4096.purge", NULL, NULL, NULL, 0);
}

static void by_tcmalloc(void) {
    release_free_memory();
}

/* -101 is Scudo's M_PURGE. It empties every cache, also that of the calling thread. */
static void by_scudo(void) {
    mallopt(-101, 0);
}

static void by_glibc(void) {
    malloc_trim(0);
}

static void (*call)(void);
static const char *name = "none";
static const char *malloc_path = "unknown";

static void choose(void (*chosen)(void), const char *its_name) {
    call = chosen;
    name = its_name;
}

/* malloc_trim() exists under every allocator, but trims only glibc's own heap. */
static bool is_from_libc(const char *path) {
    const char *slash = strrchr(path, '/');
    return strncmp(slash ? slash + 1 : path, "libc.so", 7) == 0 ||
           strncmp(slash ? slash + 1 : path, "libc-", 5) == 0;
}

static void *find(const char *symbol) {
    return dlsym(RTLD_DEFAULT, symbol);
}

void collect_setup(void) {
    static Dl_info info;
    void *(*volatile allocate)(size_t) = malloc; /* as the dynamic linker chose */
    if (dladdr((void *)allocate, &info) && info.dli_fname)
        malloc_path = info.dli_fname;
    if ((ebb_collect_call = (void (*)(void))find("ebb_collect")))
        choose(by_ebb, "ebb_collect");
    else if ((mi_collect_call = (void (*)(bool))find("mi_collect")))
        choose(by_mimalloc, "mi_collect");
    else if ((mallctl_call = (int (*)(const char *, void *, size_t *, void *,
                                      size_t))find("mallctl")))
        choose(by_jemalloc, "mallctl");
    else if ((release_free_memory =
                  (void (*)(void))find("MallocExtension_ReleaseFreeMemory")))
        choose(by_tcmalloc, "MallocExtension_ReleaseFreeMemory");
    else if (find("__scudo_print_stats"))
        choose(by_scudo, "mallopt");
    else if (is_from_libc(malloc_path))
        choose(by_glibc, "malloc_trim");
}

const char *collect_name(void) {
    return name;
}

const char *collect_malloc_path(void) {
    return malloc_path;
}

void collect(void) {
    if (call)
        call();
}

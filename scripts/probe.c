/*
 * What an allocator says of itself. Run under LD_PRELOAD, with the settings in question.
 *
 *     probe           the object that malloc comes from and the allocator's own word on
 * its version, separated by a tab ("-" where it has none) probe KEY...    a line
 * KEY=VALUE for each, as the allocator reads its setting back; "KEY=?" where it has no
 * such thing
 *
 * scripts/allocators.sh compiles it to look at a library, and the driver runs it to see
 * that the settings of a policy took effect.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 64 };

/* Puts the value of a key into `value`; false where there is no such key. */
typedef bool reader(void *symbol, const char *key, char *value);

/* ---- jemalloc: the names of its mallctl ---- */

typedef int mallctl_call(const char *, void *, size_t *, void *, size_t);

static bool read_jemalloc(void *symbol, const char *key, char *value) {
    mallctl_call *mallctl = (mallctl_call *)symbol;
    bool flag;
    ssize_t number;
    size_t size = sizeof flag;
    if (mallctl(key, &flag, &size, NULL, 0) == 0) { /* the size tells the type */
        strcpy(value, flag ? "true" : "false");
        return true;
    }
    size = sizeof number;
    if (mallctl(key, &number, &size, NULL, 0) != 0)
        return false;
    snprintf(value, VALUE_MAX, "%zd", number);
    return true;
}

/* ---- mimalloc: the names of its options, as it lists them when it is verbose ---- */

/* mi_option_get() takes numbers that differ between versions; the list has names. */
static char listed[16384];

static void take_output(const char *text, void *arg) {
    (void)arg;
    size_t used = strlen(listed);
    snprintf(listed + used, sizeof listed - used, "%s", text);
}

static bool read_mimalloc(void *symbol, const char *key, char *value) {
    void (*register_output)(void (*)(const char *, void *), void *) =
        (void (*)(void (*)(const char *, void *), void *))symbol;
    if (!listed[0]) /* it hands over what it has said since it was loaded */
        register_output(take_output, NULL);
    char wanted[96];
    snprintf(wanted, sizeof wanted, "option '%s': ", key);
    const char *found = strstr(listed, wanted);
    return found && sscanf(found + strlen(wanted), "%63[-0-9]", value) == 1;
}

/* ---- ebb: the members of its statistics ---- */

static bool read_ebb(void *symbol, const char *key, char *value) {
    size_t (*stats)(char *, size_t) = (size_t(*)(char *, size_t))symbol;
    static char text[65536];
    stats(text, sizeof text);
    char wanted[96];
    snprintf(wanted, sizeof wanted, "\"%s\":", key);
    const char *found = strstr(text, wanted);
    return found && sscanf(found + strlen(wanted), " \"%63[^\"]\"", value) == 1;
}

/* ---- tcmalloc: the names of its numeric properties ---- */

static bool read_tcmalloc(void *symbol, const char *key, char *value) {
    int (*property)(const char *, size_t *) = (int (*)(const char *, size_t *))symbol;
    size_t number;
    if (!property(key, &number))
        return false;
    snprintf(value, VALUE_MAX, "%zu", number);
    return true;
}

/* ---- glibc: by what its settings do, since it reads none of them back ---- */

enum { PROBE_THREADS = 6 };

static pthread_barrier_t barrier;

static void *hold_a_block(void *arg) {
    void *volatile block = malloc(100);
    pthread_barrier_wait(&barrier); /* every thread has its arena: let them be counted */
    pthread_barrier_wait(&barrier);
    free(block);
    return arg;
}

/* malloc_info() lists an arena as a heap. */
static unsigned count_arenas(void) {
    char *text = NULL;
    size_t length;
    pthread_t threads[PROBE_THREADS];
    pthread_barrier_init(&barrier, NULL, PROBE_THREADS + 1);
    for (int i = 0; i < PROBE_THREADS; i++)
        pthread_create(&threads[i], NULL, hold_a_block, NULL);
    pthread_barrier_wait(&barrier);
    FILE *out = open_memstream(&text, &length);
    malloc_info(0, out);
    fclose(out);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < PROBE_THREADS; i++)
        pthread_join(threads[i], NULL);
    unsigned arenas = 0;
    for (const char *at = text; (at = strstr(at, "<heap nr=")); at++)
        arenas++;
    free(text);
    return arenas;
}

/*
 * Frees from the top of the heap downwards in steps of 4 KiB: what is free at the top
 * grows up to the threshold, is given back, and grows again.
 */
static size_t measure_trim_kib(void) {
    enum { BLOCKS = 512, STEP = 4096 };
    static void *blocks[BLOCKS];
    size_t most = 0;
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = malloc(STEP - 16); /* with its header exactly a step */
    for (int i = BLOCKS; i-- > 0;) {
        free(blocks[i]);
        size_t top = mallinfo2().keepcost;
        if (top > most)
            most = top;
    }
    return (most + STEP - 1) / STEP * STEP / 1024;
}

static bool read_glibc(void *symbol, const char *key, char *value) {
    (void)symbol;
    if (strcmp(key, "arenas") == 0)
        snprintf(value, VALUE_MAX, "%u", count_arenas());
    else if (strcmp(key, "trims_at_kib") == 0)
        snprintf(value, VALUE_MAX, "%zu", measure_trim_kib());
    else
        return false;
    return true;
}

/* The first whose symbol is there; glibc's own is always there, and comes last. */
static const struct {
    const char *symbol;
    reader *read;
} readers[] = {
    {"ebb_stats", read_ebb},     {"mi_register_output", read_mimalloc},
    {"mallctl", read_jemalloc},  {"MallocExtension_GetNumericProperty", read_tcmalloc},
    {"malloc_info", read_glibc},
};

static void read_back(const char *key) {
    char value[VALUE_MAX] = "?";
    size_t i = 0;
    void *symbol;
    while (!(symbol = dlsym(RTLD_DEFAULT, readers[i].symbol)))
        i++;
    if (!readers[i].read(symbol, key, value))
        strcpy(value, "?");
    printf("%s=%s\n", key, value);
}

/* ---- version ---- */

/* mimalloc: 209 is 2.0.9; since the minor number outgrew a digit, 30600 is 3.6.0. */
static void print_mimalloc(int version) {
    if (version >= 10000)
        printf("%d.%d.%d\n", version / 10000, version / 100 % 100, version % 100);
    else
        printf("%d.%d.%d\n", version / 100, version / 10 % 10, version % 10);
}

static int print_version(void) {
    Dl_info info;
    void *(*volatile allocate)(size_t) = malloc;
    if (!dladdr((void *)allocate, &info))
        return 1;
    printf("%s\t", info.dli_fname);
    int (*mi_version)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "mi_version");
    mallctl_call *mallctl = (mallctl_call *)dlsym(RTLD_DEFAULT, "mallctl");
    const char *(*tc_version)(int *, int *, const char **) =
        (const char *(*)(int *, int *, const char **))dlsym(RTLD_DEFAULT, "tc_version");
    const char *text;
    size_t size = sizeof text;
    int major, minor;
    if (mi_version)
        print_mimalloc(mi_version());
    else if (mallctl && mallctl("version", &text, &size, NULL, 0) == 0)
        printf("%s\n", text);
    else if (tc_version && tc_version(&major, &minor, &text))
        printf("%d.%d\n", major, minor);
    else
        puts("-");
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 1)
        return print_version();
    for (int i = 1; i < argc; i++)
        read_back(argv[i]);
    return 0;
}

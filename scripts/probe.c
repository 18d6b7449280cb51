/*
 * Asks the allocator about itself. Run it under LD_PRELOAD, with the settings in
 * question.
 *
 *     probe
 *         prints the path of the object that malloc comes from and, after a tab, the
 *         version that the allocator reports, or "-" if it reports none
 *     probe KEY...
 *         prints a line KEY=VALUE for each key, with the value that the allocator reads
 *         back; "KEY=?" if it does not know the key
 *
 * scripts/allocators.sh compiles it to look at a library. The driver runs it to check
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

/* Puts the value of a key into `value`, which has room for VALUE_MAX. False if there is
 * no such key. `symbol` is the function of readers[]. */
typedef bool reader(void *symbol, const char *key, char *value);

/* ---- jemalloc: keys are names of mallctl() ---- */

typedef int mallctl_call(const char *, void *, size_t *, void *, size_t);

static bool read_jemalloc(void *symbol, const char *key, char *value) {
    mallctl_call *mallctl = (mallctl_call *)symbol;
    bool flag;
    ssize_t number;
    size_t size = sizeof flag;
    if (mallctl(key, &flag, &size, NULL, 0) == 0) { /* only if the size fits the type */
        strcpy(value, flag ? "true" : "false");
        return true;
    }
    size = sizeof number;
    if (mallctl(key, &number, &size, NULL, 0) != 0)
        return false;
    snprintf(value, VALUE_MAX, "%zd", number);
    return true;
}

/* ---- mimalloc: keys are names of options, as it lists them when it is verbose ---- */

/* The list has names. mi_option_get() takes numbers, which differ between versions. */
static char listed[16384];

static void take_output(const char *text, void *arg) {
    (void)arg;
    size_t used = strlen(listed);
    snprintf(listed + used, sizeof listed - used, "%s", text);
}

static bool read_mimalloc(void *symbol, const char *key, char *value) {
    void (*register_output)(void (*)(const char *, void *), void *) =
        (void (*)(void (*)(const char *, void *), void *))symbol;
    if (!listed[0]) /* it passes on all output since it was loaded */
        register_output(take_output, NULL);
    char wanted[96];
    snprintf(wanted, sizeof wanted, "option '%s': ", key);
    const char *found = strstr(listed, wanted);
    return found && sscanf(found + strlen(wanted), "%63[-0-9]", value) == 1;
}

/* ---- ebb: keys are members of its statistics ---- */

static bool read_ebb(void *symbol, const char *key, char *value) {
    size_t (*stats)(char *, size_t) = (size_t(*)(char *, size_t))symbol;
    static char text[65536];
    stats(text, sizeof text);
    char wanted[96];
    snprintf(wanted, sizeof wanted, "\"%s\":", key);
    const char *found = strstr(text, wanted);
    return found && sscanf(found + strlen(wanted), " \"%63[^\"]\"", value) == 1;
}

/* ---- tcmalloc: keys are names of numeric properties ---- */

static bool read_tcmalloc(void *symbol, const char *key, char *value) {
    int (*property)(const char *, size_t *) = (int (*)(const char *, size_t *))symbol;
    size_t number;
    if (!property(key, &number))
        return false;
    snprintf(value, VALUE_MAX, "%zu", number);
    return true;
}

/* ---- glibc: cannot read its settings back, so their effect is measured ---- */

enum { PROBE_THREADS = 6 };

static pthread_barrier_t barrier;

static void *hold_a_block(void *arg) {
    void *volatile block = malloc(100);
    pthread_barrier_wait(&barrier); /* all threads have a block: count the arenas */
    pthread_barrier_wait(&barrier);
    free(block);
    return arg;
}

/* malloc_info() lists each arena as a heap. */
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
 * Frees blocks from the top of the heap downwards, in steps of 4 KiB. The free memory at
 * the top grows up to the threshold; glibc gives it back; it grows again.
 */
static size_t measure_trim_kib(void) {
    enum { BLOCKS = 512, STEP = 4096 };
    static void *blocks[BLOCKS];
    size_t most = 0;
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = malloc(STEP - 16); /* with its header it takes exactly a step */
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

/* The first reader whose symbol exists is used. glibc's always exists: it comes last. */
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

/* mimalloc: 209 is 2.0.9. Newer versions have two digits in a part: 30600 is 3.6.0. */
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

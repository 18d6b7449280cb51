/*
 * Run under LD_PRELOAD by scripts/allocators.sh: prints the object that malloc comes from
 * and the allocator's own word on its version, separated by a tab ("-" where it has
 * none).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

/* mimalloc: 209 is 2.0.9; since the minor number outgrew a digit, 30600 is 3.6.0. */
static void print_mimalloc(int version) {
    if (version >= 10000)
        printf("%d.%d.%d\n", version / 10000, version / 100 % 100, version % 100);
    else
        printf("%d.%d.%d\n", version / 100, version / 10 % 10, version % 10);
}

int main(void) {
    Dl_info info;
    void *(*volatile allocate)(size_t) = malloc;
    if (!dladdr((void *)allocate, &info))
        return 1;
    printf("%s\t", info.dli_fname);
    int (*mi_version)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "mi_version");
    int (*mallctl)(const char *, void *, size_t *, void *, size_t) =
        (int (*)(const char *, void *, size_t *, void *, size_t))dlsym(RTLD_DEFAULT,
                                                                       "mallctl");
    const char *text;
    size_t size = sizeof text;
    if (mi_version)
        print_mimalloc(mi_version());
    else if (mallctl && mallctl("version", &text, &size, NULL, 0) == 0)
        printf("%s\n", text);
    else
        puts("-");
    return 0;
}

/* host LIBRARY: loads it twice, works in it, prints how many calls its allocator got. */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
    void *function = library ? dlsym(library, "addon_work") : NULL;
    if (!function || dlopen(argv[1], RTLD_NOW) != library) {
        fprintf(stderr, "host: %s\n", library ? "loaded as two" : dlerror());
        return 1;
    }
    uint64_t (*work)(void);
    memcpy(&work, &function, sizeof work);
    printf("%" PRIu64 " calls of its own\n", work());
    return 0;
}

/* A program that uses an installed ebb; in C, and copied as C++: see ../packaging.sh. */
#ifdef __cplusplus
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>
#else
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#endif

#ifdef WITH_MI
#include <ebb_mi.h>
#endif
#include <ebb.h>

#ifdef WITH_MI
#define allocate mi_malloc
#define release mi_free
#elif defined(WITH_EMBED)
#define allocate ebb_malloc
#define release ebb_free
#else
#define allocate malloc
#define release free
#endif

static unsigned long live(void) {
    static char account[32768];
    ebb_stats(account, sizeof account);
    const char *found = strstr(account, "\"live_bytes\":");
    return found == NULL ? 0 : strtoul(found + strlen("\"live_bytes\":"), NULL, 10);
}

int main(void) {
    unsigned long before = live();
    char *volatile block = (char *)allocate(1000000);
    if (block == NULL || live() < before + 1000000)
        return fprintf(stderr, "ebb has not served the block\n"), 1;
    memset(block, 1, 1000000);
    release(block);
#ifdef __cplusplus
    before = live();
    std::vector<char> numbers(1000000);
    std::unique_ptr<long[]> more(new long[100000]);
#if !defined WITH_MI && !defined WITH_EMBED
    if (live() < before + 1800000)
        return fprintf(stderr, "ebb has not served new\n"), 1;
#endif
#endif
    ebb_collect();
    return 0;
}

/* The loop whose instructions scripts/embedding.sh counts: pairs of malloc and free of 16
 * to 520 bytes, in a shared object. With ALLOC_SHIM the object has an allocator inside.
 * With PROGRAMS it calls the program's malloc. With neither it has a stand-in. With MAIN
 * this is the program that calls the object; its argument is the number of pairs. */
#include <stdlib.h>

void pairs(unsigned long count);

#ifdef MAIN
int main(int argc, char **argv) {
    pairs(argc > 1 ? strtoul(argv[1], NULL, 10) : 1);
    return 0;
}
#else

#if defined(ALLOC_SHIM)
#include ALLOC_SHIM
#elif defined(PROGRAMS)
#define ALLOC_MALLOC(size) malloc(size)
#define ALLOC_FREE(block) free(block)
#else
static char stand_in[520];
static __attribute__((noinline)) void *one(size_t size) {
    __asm__ volatile("" : "+r"(size));
    return stand_in;
}
static __attribute__((noinline)) void none(void *block) {
    __asm__ volatile("" ::"r"(block));
}
#define ALLOC_MALLOC(size) one(size)
#define ALLOC_FREE(block) none(block)
#endif

/* 1024 blocks are live. Each pair frees the oldest and allocates another. */
__attribute__((visibility("default"))) void pairs(unsigned long count) {
    static char *alive[1024];
    for (unsigned long i = 0; i < count; i++) {
        char **block = &alive[i % 1024];
        if (*block != NULL)
            ALLOC_FREE(*block);
        *block = ALLOC_MALLOC(16 + i * 8 % 512);
        *(volatile char *)*block = 1;
    }
}
#endif

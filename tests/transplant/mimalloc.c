/*
 * An addon that calls a real mimalloc by functions that transplant knows. UNKNOWN: also
 * by one that transplant does not know.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *mi_malloc(size_t size);
void *mi_malloc_aligned(size_t size, size_t alignment);
void *mi_zalloc(size_t size);
void *mi_zalloc_aligned(size_t size, size_t alignment);
void *mi_calloc(size_t count, size_t size);
void *mi_realloc(void *block, size_t size);
void *mi_realloc_aligned(void *block, size_t size, size_t alignment);
void *mi_reallocn(void *block, size_t count, size_t size);
void *mi_malloc_small(size_t size);
void mi_free(void *block);
size_t mi_usable_size(const void *block);
uint64_t addon_work(void);

static void check(int is_sound) {
    if (!is_sound)
        abort();
}

static void work_aligned(void) {
    char *block = mi_malloc_aligned(1234, 64), *zeroed = mi_zalloc_aligned(2345, 256);
    check((uintptr_t)block % 64 == 0 && (uintptr_t)zeroed % 256 == 0);
    check(zeroed[0] == 0 && zeroed[2344] == 0 && mi_usable_size(zeroed) >= 2345);
    memset(block, 7, 1234);
    memset(zeroed, 7, 2345);
    block = mi_realloc_aligned(block, 3456, 64);
    check((uintptr_t)block % 64 == 0 && block[1233] == 7);
    mi_free(block);
    mi_free(zeroed);
}

static void work_plainly(void) {
    char *block = mi_malloc(77), *zeroed = mi_zalloc(88), *many = mi_calloc(7, 99);
    check(zeroed[87] == 0 && many[7 * 99 - 1] == 0);
    memset(block, 7, 77);
    memset(zeroed, 7, 88);
    memset(many, 7, (size_t)7 * 99);
    block = mi_realloc(block, 7777);
    check(block[76] == 7);
    mi_free(block);
    mi_free(zeroed);
    mi_free(many);
}

__attribute__((visibility("default"))) uint64_t addon_work(void) {
    for (int i = 0; i < 1000; i++) {
        work_aligned();
        work_plainly();
#ifdef UNKNOWN
        mi_free(UNKNOWN);
#endif
    }
    return 1;
}

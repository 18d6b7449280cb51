/* The allocator, with the functions that addon.rs calls as Rust's global allocator. */
#include "served.h"

void *global_alloc(size_t size, size_t align);
void *global_alloc_zeroed(size_t size, size_t align);
void *global_realloc(void *block, size_t size, size_t align);
void global_dealloc(void *block, size_t size, size_t align);
const char *global_served(void);

void *global_alloc(size_t size, size_t align) {
    return ALLOC_ALIGNED(size, align);
}

void *global_alloc_zeroed(size_t size, size_t align) {
    return ALLOC_ZERO_ALIGNED(size, align);
}

void *global_realloc(void *block, size_t size, size_t align) {
    return ALLOC_REALLOC_ALIGNED(block, size, align);
}

void global_dealloc(void *block, size_t size, size_t align) {
    ALLOC_FREE_SIZE(block, size, align);
}

const char *global_served(void) {
    return served();
}

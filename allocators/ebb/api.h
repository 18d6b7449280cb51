/* What the api_*.c files share: the form of public names, and the allocation paths behind
 * them. */
#ifndef EBB_API_H
#define EBB_API_H

#include <stdbool.h>
#include <stddef.h>

/* Built with EBB_PREFIXED, malloc is called ebb_malloc, and so on. That is for programs
 * that can't have their malloc replaced, such as sanitizer builds. Built with EBB_EMBED,
 * ebb is linked into an addon. Its names are prefixed, nothing of it is visible outside,
 * and it has no more of libc's family than ebb.h declares (DESIGN.md, "Embedded"). */
#if defined(EBB_PREFIXED) || defined(EBB_EMBED)
#define EBB_NAME(name) ebb_##name
#else
#define EBB_NAME(name) name
#endif
#ifdef EBB_EMBED
#define EBB_EXPORT __attribute__((visibility("hidden")))
#else
#define EBB_EXPORT __attribute__((visibility("default")))
#endif

EBB_EXPORT void *EBB_NAME(malloc)(size_t size);
EBB_EXPORT void EBB_NAME(free)(void *block);
EBB_EXPORT void *EBB_NAME(calloc)(size_t count, size_t size);
EBB_EXPORT void *EBB_NAME(realloc)(void *block, size_t size);
EBB_EXPORT void *EBB_NAME(reallocarray)(void *block, size_t count, size_t size);
EBB_EXPORT void *EBB_NAME(aligned_alloc)(size_t align, size_t size);
EBB_EXPORT int EBB_NAME(posix_memalign)(void **ret_block, size_t align, size_t size);
EBB_EXPORT void *EBB_NAME(memalign)(size_t align, size_t size);
EBB_EXPORT void *EBB_NAME(valloc)(size_t size);
EBB_EXPORT void *EBB_NAME(pvalloc)(size_t size);
EBB_EXPORT size_t EBB_NAME(malloc_usable_size)(void *block);
EBB_EXPORT void EBB_NAME(free_sized)(void *block, size_t size);
EBB_EXPORT void EBB_NAME(free_aligned_sized)(void *block, size_t align, size_t size);

/* align is a power of two. NULL when out of memory; errno may be set then, or not. */
void *ebb_aligned(size_t align, size_t size);

#endif

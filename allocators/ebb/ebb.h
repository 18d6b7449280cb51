/* ebb: a memory allocator that gives memory back.
 *
 * Preload libebb.so or link with -lebb. Then ebb serves malloc and its whole family, and
 * C++'s operator new and delete. Memory that an idle program no longer uses goes back to
 * the system by itself. A program need not call anything here. See ebb(3).
 *
 * Or link libebb-embed.a into an addon (a shared object that some program opens at run
 * time) and call ebb_malloc() and its kin there. The program's malloc stays what it is.
 * Nothing of ebb is visible outside the addon, and other addons may have their own
 * copies. */
#ifndef EBB_H
#define EBB_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EBB_VERSION "0.1.0"

/* Environment variables; what they mean is in ebb(3). */
#define EBB_OPTION_RECLAIM "EBB_RECLAIM"
#define EBB_OPTION_DELAY "EBB_RECLAIM_DELAY_MS"
#define EBB_OPTION_WORTH "EBB_RECLAIM_WORTH_KIB"
#define EBB_OPTION_HEAP "EBB_RECLAIM_HEAP_KIB"
#define EBB_OPTION_HUGE_PAGES "EBB_HUGE_PAGES"
#define EBB_OPTION_RESERVE "EBB_RESERVE_MIB"
#define EBB_OPTION_ZERO "EBB_ZERO_ON_FREE"
#define EBB_OPTION_QUARANTINE "EBB_QUARANTINE"
#define EBB_OPTION_GUARD "EBB_GUARD_SAMPLE"

/* Gives memory back to the operating system, at once: the caches of all threads that
 * are outside the allocator, free slices and runs, and whole free pages inside partly
 * used slabs. Any thread. Returns the bytes that were given back. */
size_t ebb_collect(void);

/* Writes an account of the heap to buffer as one JSON object, NUL-terminated and cut
 * off at size bytes, without allocating. Returns the length that the whole object has
 * (like snprintf); call again with more room if that is not below size. The figures are
 * exact while no other thread allocates.
 *
 *   version            of ebb
 *   reserved_bytes     address space
 *   heap_bytes         usable slices
 *   live_bytes         in the program's hands, rounded up to blocks
 *   cached_bytes       free, in caches of threads
 *   free_bytes         free, in slabs, perhaps resident
 *   cold_bytes         free, in slabs, given back
 *   free_slice_bytes, resident_slice_bytes   free slices, and the resident ones of them
 *   run_bytes, direct_bytes                  live blocks above 32 KiB, part of live_bytes
 *   stuck_bytes        mappings that were freed and could not be unmapped yet
 *   huge_page_bytes    of the heap that huge pages back, or may back
 *   metadata_bytes     pages of metadata that may be resident
 *   caches             threads that have a cache
 *   huge_pages         EBB_HUGE_PAGES as it is in force: on, filled or off
 *   reclaim            EBB_RECLAIM as it is in force: on, manual or off
 *   reclaimer          its thread: none, awake or asleep
 *   returned_bytes     given back to the system so far
 *   classes            [{size, slabs, live, cached, free, cold}], counted in blocks
 */
size_t ebb_stats(char *buffer, size_t size);

/* ---- in libebb-embed.a only ----
 *
 * A block belongs to the copy of ebb that made it, and any thread of the process may free
 * it there. Alignments are powers of two; sizes of 0 are served like 1. If there is no
 * memory, the result is NULL with errno ENOMEM. */

void *ebb_malloc(size_t size);
void *ebb_zalloc(size_t size); /* zeroed */
void *ebb_calloc(size_t count, size_t size);
/* Like realloc(). With NULL it is ebb_malloc(), with size 0 it is ebb_free(). */
void *ebb_realloc(void *block, size_t size);
void ebb_free(void *block); /* NULL is ignored */

void *ebb_malloc_aligned(size_t size, size_t align);
void *ebb_zalloc_aligned(size_t size, size_t align);
/* The block keeps that alignment, whether it moves or not. */
void *ebb_realloc_aligned(void *block, size_t size, size_t align);

/* Like ebb_free(), for a caller that knows the size and alignment that it asked for. */
void ebb_free_size(void *block, size_t size);
void ebb_free_size_aligned(void *block, size_t size, size_t align);

/* Bytes that the block has room for; 0 for NULL. */
size_t ebb_usable_size(const void *block);
/* What ebb_usable_size() would return for a block of that size. */
size_t ebb_good_size(size_t size);

/* EBB_VERSION of the copy that is linked in. */
const char *ebb_version(void);

enum ebb_reclaim {
    EBB_RECLAIM_DEFAULT,
    EBB_RECLAIM_ON,
    EBB_RECLAIM_MANUAL,
    EBB_RECLAIM_OFF,
};

/* The blocks for which a growing heap asks for huge pages. */
enum ebb_huge_pages {
    EBB_HUGE_PAGES_DEFAULT,
    EBB_HUGE_PAGES_OFF,
    EBB_HUGE_PAGES_FILLED, /* blocks of up to 8 KiB, which are written wholly */
    EBB_HUGE_PAGES_ON,     /* all */
};

/* Settings for an addon, which can't set its process's environment. 0 and NULL leave the
 * default. If the environment variables above are set, they prevail, so that a user can
 * still change a setting. */
struct ebb_config {
    size_t size; /* sizeof(struct ebb_config), so that later versions may have more */
    enum ebb_reclaim reclaim;
    unsigned reclaim_delay_ms;  /* 2 to 3,600,000 */
    unsigned reclaim_worth_kib; /* up to 1,048,576 */
    unsigned reclaim_heap_kib;  /* up to 1,073,741,824 */
    enum ebb_huge_pages huge_pages;
    unsigned reserve_mib;    /* of address space: 16 to 4,194,304 */
    const char *thread_name; /* of the thread that gives memory back; 15 bytes, copied */
};

/* Call this before any other function of this copy, and not from several threads at once.
 * Returns 0. Otherwise it returns -1, changes nothing, and sets errno: EBUSY if this copy
 * is in use already, EINVAL if a value is out of range. */
int ebb_configure(const struct ebb_config *config);

#ifdef __cplusplus
}
#endif

#endif

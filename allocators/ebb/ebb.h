/* ebb: a memory allocator that gives memory back.
 *
 * Preload libebb.so or link with -lebb: malloc and its whole family, and C++'s operator
 * new and delete, are then ebb's, and what an idle program no longer uses goes back to
 * the system by itself. Nothing here has to be called. See ebb(3).
 */
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
 *   stuck_bytes        mappings that were freed and could not be unmapped, yet
 *   huge_page_bytes    of the heap that huge pages are behind
 *   metadata_bytes     pages of metadata that may be resident
 *   caches             threads that have a cache
 *   huge_pages         EBB_HUGE_PAGES as it is in force: on or off
 *   reclaim            EBB_RECLAIM as it is in force: on, manual or off
 *   reclaimer          its thread: none, awake or asleep
 *   returned_bytes     given back to the system so far
 *   classes            [{size, slabs, live, cached, free, cold}], counted in blocks
 */
size_t ebb_stats(char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif

#include "ebb_mi.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "api.h"
#include "ebb.h"
#include "os.h"

/* ---- blocks ------------------------------------------------------------------------ */

EBB_EXPORT void *mi_malloc(size_t size) {
    return ebb_malloc(size);
}

/* Clears all of the block's room, not only what was asked for. So a block that
 * mi_rezalloc() lets grow into its room reads as zero there. */
static void *zero_all(size_t size) {
    return ebb_calloc(1, ebb_good_size(size));
}

/* count * size, or more than there can be. */
static size_t product(size_t count, size_t size) {
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes;
}

EBB_EXPORT void *mi_zalloc(size_t size) {
    return zero_all(size);
}

EBB_EXPORT void *mi_calloc(size_t count, size_t size) {
    return zero_all(product(count, size));
}

EBB_EXPORT void *mi_realloc(void *block, size_t size) {
    return ebb_realloc(block, size != 0 ? size : 1);
}

EBB_EXPORT void *mi_reallocf(void *block, size_t size) {
    void *moved = mi_realloc(block, size);
    if (moved == NULL)
        ebb_free(block);
    return moved;
}

EBB_EXPORT void *mi_mallocn(size_t count, size_t size) {
    return ebb_malloc(product(count, size));
}

EBB_EXPORT void *mi_reallocn(void *block, size_t count, size_t size) {
    return mi_realloc(block, product(count, size));
}

/* The bytes that the block gains read as zero, provided that it was made by a function
 * that clears. */
EBB_EXPORT void *mi_rezalloc(void *block, size_t size) {
    size_t old_size = ebb_usable_size(block);
    char *moved = mi_realloc(block, size);
    if (moved != NULL && ebb_usable_size(moved) > old_size)
        memset(moved + old_size, 0, ebb_usable_size(moved) - old_size);
    return moved;
}

EBB_EXPORT void *mi_recalloc(void *block, size_t count, size_t size) {
    return mi_rezalloc(block, product(count, size));
}

EBB_EXPORT void *mi_expand(void *block, size_t size) {
    return block != NULL && size <= ebb_usable_size(block) ? block : NULL;
}

EBB_EXPORT void *mi_malloc_small(size_t size) {
    return ebb_malloc(size);
}

EBB_EXPORT void *mi_zalloc_small(size_t size) {
    return zero_all(size);
}

EBB_EXPORT void mi_free(void *block) {
    ebb_free(block);
}

EBB_EXPORT void mi_free_size(void *block, size_t size) {
    ebb_free_size(block, size);
}

EBB_EXPORT void mi_free_size_aligned(void *block, size_t size, size_t align) {
    ebb_free_size_aligned(block, size, align);
}

EBB_EXPORT void mi_free_aligned(void *block, size_t align) {
    (void)align;
    ebb_free(block);
}

static char *duplicate(const char *text, size_t length) {
    char *copy = ebb_malloc(length + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

EBB_EXPORT char *mi_strdup(const char *text) {
    return text != NULL ? duplicate(text, strlen(text)) : NULL;
}

EBB_EXPORT char *mi_strndup(const char *text, size_t most) {
    return text != NULL ? duplicate(text, strnlen(text, most)) : NULL;
}

/* ---- aligned ----------------------------------------------------------------------- */

EBB_EXPORT void *mi_malloc_aligned(size_t size, size_t align) {
    return ebb_malloc_aligned(size, align);
}

/* As zero_all(). */
EBB_EXPORT void *mi_zalloc_aligned(size_t size, size_t align) {
    char *block = ebb_malloc_aligned(size, align);
    return block != NULL ? memset(block, 0, ebb_usable_size(block)) : NULL;
}

EBB_EXPORT void *mi_calloc_aligned(size_t count, size_t size, size_t align) {
    return mi_zalloc_aligned(product(count, size), align);
}

EBB_EXPORT void *mi_realloc_aligned(void *block, size_t size, size_t align) {
    return ebb_realloc_aligned(block, size != 0 ? size : 1, align);
}

EBB_EXPORT size_t mi_usable_size(const void *block) {
    return ebb_usable_size(block);
}

EBB_EXPORT size_t mi_good_size(size_t size) {
    return ebb_good_size(size);
}

/* ---- the process ------------------------------------------------------------------- */

EBB_EXPORT void mi_collect(bool force) {
    (void)force;
    ebb_collect();
}

EBB_EXPORT int mi_version(void) {
    int major = 0, minor = 0, patch = 0;
    sscanf(EBB_VERSION, "%d.%d.%d", &major, &minor, &patch);
    return 100 * major + 10 * minor + patch;
}

static size_t milliseconds(const struct timeval *time) {
    return (size_t)time->tv_sec * 1000 + (size_t)time->tv_usec / 1000;
}

/* The second number of /proc/self/statm, in pages. `otherwise` if it cannot be read. */
static size_t resident_bytes(size_t otherwise) {
    unsigned long size, resident;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return otherwise;
    bool read = fscanf(file, "%lu %lu", &size, &resident) == 2;
    fclose(file);
    return read ? resident * os_page_size() : otherwise;
}

static void tell(size_t *ret, size_t value) {
    if (ret != NULL)
        *ret = value;
}

EBB_EXPORT void mi_process_info(size_t *elapsed_ms, size_t *user_ms, size_t *system_ms,
                                size_t *current_rss, size_t *peak_rss,
                                size_t *current_commit, size_t *peak_commit,
                                size_t *page_faults) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    size_t peak = (size_t)usage.ru_maxrss * 1024, resident = resident_bytes(peak);
    tell(elapsed_ms, (size_t)clock() / (CLOCKS_PER_SEC / 1000)); /* of the processor */
    tell(user_ms, milliseconds(&usage.ru_utime));
    tell(system_ms, milliseconds(&usage.ru_stime));
    tell(current_rss, resident);
    tell(peak_rss, peak);
    tell(current_commit, resident); /* we don't count committed memory separately */
    tell(peak_commit, peak);
    tell(page_faults, (size_t)usage.ru_majflt);
}

EBB_EXPORT void mi_thread_init(void) {
}

EBB_EXPORT void mi_thread_done(void) {
}

EBB_EXPORT void mi_process_init(void) {
}

/* ---- options ----------------------------------------------------------------------- */

EBB_EXPORT bool mi_option_is_enabled(int option) {
    (void)option;
    return false;
}

EBB_EXPORT void mi_option_enable(int option) {
    (void)option;
}

EBB_EXPORT void mi_option_disable(int option) {
    (void)option;
}

EBB_EXPORT void mi_option_set_enabled(int option, bool enable) {
    (void)option;
    (void)enable;
}

EBB_EXPORT void mi_option_set_enabled_default(int option, bool enable) {
    (void)option;
    (void)enable;
}

EBB_EXPORT long mi_option_get(int option) {
    (void)option;
    return 0;
}

EBB_EXPORT void mi_option_set(int option, long value) {
    (void)option;
    (void)value;
}

EBB_EXPORT void mi_option_set_default(int option, long value) {
    (void)option;
    (void)value;
}

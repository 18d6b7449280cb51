/* Accounts of the heap: as JSON, as mallinfo2 and malloc_info, and on stderr. The fast
 * paths count nothing; a caller pays by a walk over the metadata. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "accounts.h"
#include "api.h"
#include "direct.h"
#include "ebb.h"
#include "heap.h"
#include "huge.h"
#include "lifetime.h"
#include "lock.h"
#include "meta.h"
#include "options.h"
#include "os.h"
#include "reclaim.h"
#include "reclaimer.h"
#include "run.h"
#include "slab.h"
#include "slice.h"

#ifndef EBB_EMBED
EBB_EXPORT struct mallinfo2 EBB_NAME(mallinfo2)(void);
EBB_EXPORT struct mallinfo EBB_NAME(mallinfo)(void);
EBB_EXPORT void EBB_NAME(malloc_stats)(void);
EBB_EXPORT int EBB_NAME(malloc_info)(int options, FILE *stream);
#endif

struct account {
    struct slab_count slabs[CLASS_SLOTS];
    size_t cached[CLASS_SLOTS];
    size_t live_bytes, cached_bytes, free_bytes, cold_bytes;
    size_t free_slices, resident_slices;
    size_t runs, run_bytes, directs, direct_bytes, stuck_bytes;
    size_t caches, cache_bytes;
};

static size_t live_blocks(const struct account *account, unsigned class) {
    const struct slab_count *count = &account->slabs[class];
    size_t not_live = count->free_blocks + count->cold_blocks + account->cached[class];
    size_t all = count->slabs * size_classes[class].capacity;
    return all > not_live ? all - not_live : 0; /* others may allocate meanwhile */
}

static void take_account(struct account *ret_account) {
    struct account *account = ret_account;
    memset(account, 0, sizeof *account);
    direct_count(&account->directs, &account->direct_bytes, &account->stuck_bytes);
    account->live_bytes = account->direct_bytes;
    if (heap_init() != 0)
        return;
    lock_acquire(&list_lock);
    cache_count(account->cached, &account->caches, &account->cache_bytes);
    lock_release(&list_lock);
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        size_t size = size_classes[class].size;
        slab_count(class, &account->slabs[class]);
        account->live_bytes += live_blocks(account, class) * size;
        account->cached_bytes += account->cached[class] * size;
        account->free_bytes += account->slabs[class].free_blocks * size;
        account->cold_bytes += account->slabs[class].cold_blocks * size;
    }
    slice_count(&account->free_slices, &account->resident_slices);
    run_count(&account->runs, &account->run_bytes);
    account->live_bytes += account->run_bytes;
}

/* ---- JSON, without stdio ----------------------------------------------------------- */

struct writer {
    char *buffer;
    size_t size, length; /* length may exceed size: what the whole text takes */
};

static void put_text(struct writer *writer, const char *text) {
    for (; *text != '\0'; text++) {
        if (writer->length + 1 < writer->size)
            writer->buffer[writer->length] = *text;
        writer->length++;
    }
}

static void put_number(struct writer *writer, size_t value) {
    char digits[24];
    char *at = digits + sizeof digits - 1;
    *at = '\0';
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    put_text(writer, at);
}

static void put_field(struct writer *writer, const char *name, size_t value) {
    put_text(writer, "\"");
    put_text(writer, name);
    put_text(writer, "\":");
    put_number(writer, value);
    put_text(writer, ",");
}

static void put_word(struct writer *writer, const char *name, const char *word) {
    const char *parts[] = {"\"", name, "\":\"", word, "\","};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        put_text(writer, parts[i]);
}

static void put_classes(struct writer *writer, const struct account *account) {
    const char *separator = "";
    put_text(writer, "\"classes\":[");
    for (unsigned class = 1; class < CLASS_SLOTS; class ++) {
        const struct slab_count *count = &account->slabs[class];
        if (count->slabs == 0)
            continue;
        put_text(writer, separator);
        put_text(writer, "{");
        put_field(writer, "size", size_classes[class].size);
        put_field(writer, "slabs", count->slabs);
        put_field(writer, "live", live_blocks(account, class));
        put_field(writer, "cached", account->cached[class]);
        put_field(writer, "free", count->free_blocks);
        put_text(writer, "\"cold\":");
        put_number(writer, count->cold_blocks);
        put_text(writer, "}");
        separator = ",";
    }
    put_text(writer, "]");
}

EBB_EXPORT size_t ebb_stats(char *buffer, size_t size) {
    struct account account;
    take_account(&account);
    struct writer writer = {buffer, size, 0};
    size_t frontier = load_relaxed(&heap.frontier);
    put_text(&writer, "{");
    put_word(&writer, "version", EBB_VERSION);
    put_field(&writer, "reserved_bytes", heap_reserved_bytes());
    put_field(&writer, "heap_bytes", (frontier - heap.first) << SLICE_SHIFT);
    put_field(&writer, "live_bytes", account.live_bytes);
    put_field(&writer, "cached_bytes", account.cached_bytes);
    put_field(&writer, "free_bytes", account.free_bytes);
    put_field(&writer, "cold_bytes", account.cold_bytes);
    put_field(&writer, "free_slice_bytes", account.free_slices << SLICE_SHIFT);
    put_field(&writer, "resident_slice_bytes", account.resident_slices << SLICE_SHIFT);
    put_field(&writer, "run_bytes", account.run_bytes);
    put_field(&writer, "direct_bytes", account.direct_bytes);
    put_field(&writer, "stuck_bytes", account.stuck_bytes);
    put_field(&writer, "huge_page_bytes", huge_bytes());
    put_field(&writer, "metadata_bytes",
              meta_bytes() + account.cache_bytes + heap_metadata_bytes());
    put_field(&writer, "caches", account.caches);
    put_word(&writer, "huge_pages", options_huge_pages_name());
    put_word(&writer, "reclaim", options_reclaim_name());
    put_word(&writer, "reclaimer", reclaimer_state_name());
    put_field(&writer, "returned_bytes", reclaim_total());
    put_classes(&writer, &account);
    put_text(&writer, "}");
    if (size > 0)
        buffer[writer.length < size ? writer.length : size - 1] = '\0';
    return writer.length;
}

#ifndef EBB_EMBED
/* ---- the C library's forms --------------------------------------------------------- */

struct mallinfo2 EBB_NAME(mallinfo2)(void) {
    struct account account;
    take_account(&account);
    struct mallinfo2 info;
    memset(&info, 0, sizeof info);
    size_t idle = account.cached_bytes + account.free_bytes +
                  (account.resident_slices << SLICE_SHIFT);
    info.arena = account.live_bytes - account.direct_bytes + idle;
    info.hblks = account.directs;
    info.hblkhd = account.direct_bytes;
    info.uordblks = account.live_bytes - account.direct_bytes;
    info.fordblks = idle;
    info.keepcost = account.resident_slices << SLICE_SHIFT;
    return info;
}

/* The old form, whose fields are too narrow: they wrap, as glibc's do. */
struct mallinfo EBB_NAME(mallinfo)(void) {
    struct mallinfo2 wide = EBB_NAME(mallinfo2)();
    struct mallinfo info;
    memset(&info, 0, sizeof info);
    info.arena = (int)wide.arena;
    info.hblks = (int)wide.hblks;
    info.hblkhd = (int)wide.hblkhd;
    info.uordblks = (int)wide.uordblks;
    info.fordblks = (int)wide.fordblks;
    info.keepcost = (int)wide.keepcost;
    return info;
}

void EBB_NAME(malloc_stats)(void) {
    char text[8192];
    size_t length = ebb_stats(text, sizeof text);
    os_write_error(text, length < sizeof text ? length : sizeof text - 1);
    os_write_error("\n", 1);
}

/* The outer form is glibc's; the figures are ours. */
int EBB_NAME(malloc_info)(int options, FILE *stream) {
    if (options != 0) {
        errno = EINVAL;
        return -1;
    }
    struct mallinfo2 info = EBB_NAME(mallinfo2)();
    int written =
        fprintf(stream,
                "<malloc version=\"ebb-" EBB_VERSION "\">\n"
                "<total type=\"rest\" count=\"0\" size=\"%zu\"/>\n"
                "<total type=\"mmap\" count=\"%zu\" size=\"%zu\"/>\n"
                "<system type=\"current\" size=\"%zu\"/>\n"
                "</malloc>\n",
                info.fordblks, info.hblks, info.hblkhd, info.arena + info.hblkhd);
    return written < 0 ? -1 : 0;
}
#endif

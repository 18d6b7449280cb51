/* ebb_stats: well-formed, adds up, cut off cleanly; the metadata's bounds; and that
 * ebb_collect really gives memory back, by the kernel's account. */
#define _GNU_SOURCE /* memfd_create */
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"
#include "ebb.h"
#include "resident.h"

static char text[16384];

static size_t field(const char *name) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(text, key);
    CHECK(at != NULL);
    return strtoull(at + strlen(key), NULL, 10);
}

static void take_stats(void) {
    size_t length = ebb_stats(text, sizeof text);
    CHECK(length == strlen(text) && length < sizeof text);
    CHECK(text[0] == '{' && text[length - 1] == '}');
    int depth = 0;
    for (size_t i = 0; i < length; i++) {
        depth += text[i] == '{' || text[i] == '[';
        depth -= text[i] == '}' || text[i] == ']';
        CHECK(depth > 0 || i == length - 1);
        CHECK(!(text[i] == ',' && strchr("]},", text[i + 1]) != NULL));
    }
    CHECK(depth == 0);
}

enum { BLOCKS = 400000 };
static void **blocks;

static void fill_heap(size_t size) {
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(size);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], 1, size);
    }
}

/* Keeps one block in `every`, or none if that is 0; returns bytes kept. */
static size_t drain(size_t size, size_t every) {
    size_t kept = 0;
    for (size_t i = 0; i < BLOCKS; i++)
        if (every != 0 && i % every == 0)
            kept += size;
        else
            free(blocks[i]);
    return kept;
}

static void drop_kept(size_t every) {
    for (size_t i = 0; i < BLOCKS; i += every) {
        CHECK(*(unsigned char *)blocks[i] == 1); /* survived the discards */
        free(blocks[i]);
    }
}

/* Freed blocks are found again: the heap doesn't grow while every other block is freed
 * and allocated anew, in whatever order. */
static void reuse(size_t size) {
    fill_heap(size);
    take_stats();
    size_t before = field("heap_bytes");
    for (int round = 0; round < 4; round++) {
        for (size_t i = (size_t)round % 2; i < BLOCKS; i += 2)
            free(blocks[i]);
        for (size_t i = (size_t)round % 2; i < BLOCKS; i += 2)
            CHECK((blocks[i] = malloc(size)) != NULL);
    }
    take_stats();
    CHECK(field("heap_bytes") == before);
    drain(size, 0);
    ebb_collect();
}

/* malloc_stats: the same account, as one line on stderr. */
static void printed(void) {
    void *volatile held = malloc(100);
    int stderr_before = dup(2), file = memfd_create("stderr", 0);
    CHECK(stderr_before >= 0 && file >= 0 && dup2(file, 2) == 2);
    malloc_stats();
    CHECK(dup2(stderr_before, 2) == 2);
    ssize_t length = pread(file, text, sizeof text - 1, 0);
    CHECK(length > 100 && text[length - 1] == '\n');
    text[length - 1] = '\0';
    CHECK(strchr(text, '\n') == NULL && strncmp(text, "{\"version\":", 11) == 0);
    CHECK(text[length - 2] == '}' && field("heap_bytes") > 0);
    close(file);
    close(stderr_before);
    free(held);
}

/* mallinfo and mallinfo2 agree with each other and with the account. */
static void informed(void) {
    void *volatile small = malloc(1000), *volatile large = malloc(1 << 20);
    struct mallinfo2 wide = mallinfo2();
    take_stats();
    CHECK(wide.uordblks + wide.hblkhd == field("live_bytes"));
    CHECK(wide.hblkhd == field("direct_bytes"));
    CHECK(wide.arena == wide.uordblks + wide.fordblks);
    CHECK(wide.keepcost == field("resident_slice_bytes"));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    struct mallinfo narrow = mallinfo();
#pragma GCC diagnostic pop
    CHECK(narrow.uordblks == (int)wide.uordblks && narrow.arena == (int)wide.arena);
    free(small);
    free(large);
}

int main(void) {
    printed();
    informed();
    blocks = mmap(NULL, BLOCKS * sizeof *blocks, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    CHECK(blocks != MAP_FAILED);
    take_stats();
    CHECK(field("metadata_bytes") < (1 << 20));
    /* First, while there are no free slices that would hide growth. */
    reuse(48);
    reuse(300);
    size_t empty = resident();
    CHECK(empty < BLOCKS * sizeof *blocks + (1 << 20));

    size_t sizes[] = {16, 48, 100, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fill_heap(sizes[i]);
        take_stats();
        CHECK(field("live_bytes") >= BLOCKS * sizes[i]);
        /* grown for what is in use, whether there are huge pages or not */
        CHECK(field("heap_bytes") < 2 * field("live_bytes") + (128 << 20));
        CHECK(field("metadata_bytes") < field("live_bytes") / 50 + (1 << 20));
        size_t peak = resident();
        CHECK(peak > empty + BLOCKS * sizes[i]);
        /* one survivor per 64 KiB, so most pages are free */
        size_t every = 65536 / sizes[i];
        drain(sizes[i], every);
        CHECK(ebb_collect() > BLOCKS * sizes[i] / 2);
        size_t floor = (BLOCKS / every + 1) * 4096;
        CHECK(resident() < empty + floor + BLOCKS * sizes[i] / 50 + (1 << 20));
        drop_kept(every);
        ebb_collect();
        CHECK(resident() < empty + (1 << 20));
        take_stats();
        CHECK(field("live_bytes") < (1 << 20));
    }

    size_t whole = ebb_stats(text, sizeof text);
    char part[100];
    memset(part, 'x', sizeof part);
    CHECK(ebb_stats(part, 50) >= whole - 100 && part[49] == '\0' && part[50] == 'x');
    CHECK(strncmp(part, text, 20) == 0);
    CHECK(ebb_stats(NULL, 0) > 50);
    return 0;
}

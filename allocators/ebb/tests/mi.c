/* A program that was written for mimalloc's names, with its header and its habits. */
#include "ebb_mi.h"

#include <stdint.h>
#include <string.h>

#include "check.h"

static int is_zero(const unsigned char *block, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (block[i] != 0)
            return 0;
    return 1;
}

static void blocks(void) {
    unsigned char *block = mi_malloc(0);
    CHECK(block != NULL);
    CHECK((block = mi_realloc(block, 100)) != NULL && mi_usable_size(block) >= 100);
    memset(block, 7, 100);
    CHECK((block = mi_realloc(block, 0)) != NULL); /* mimalloc's: a block, not NULL */
    mi_free(block);
    mi_free(NULL);
    CHECK((block = mi_zalloc(5000)) != NULL && is_zero(block, 5000));
    memset(block, 1, mi_usable_size(block));
    mi_free_size(block, 5000);
    CHECK((block = mi_calloc(300, 40)) != NULL && is_zero(block, 12000));
    CHECK(mi_expand(block, 12000) == block && mi_expand(block, 1 << 20) == NULL);
    mi_free(block);
    CHECK((block = mi_zalloc(64)) != NULL);
    CHECK((block = mi_rezalloc(block, 100000)) != NULL && is_zero(block, 100000));
    mi_free(block);
    CHECK((block = mi_malloc(112)) != NULL); /* a class of its own, and 100 is in it */
    memset(block, 0xaa, 112);
    mi_free(block);
    CHECK((block = mi_zalloc(100)) != NULL);
    CHECK((block = mi_rezalloc(block, 112)) != NULL && is_zero(block, 112));
    CHECK((block = mi_rezalloc(block, 300)) != NULL && is_zero(block, 300));
    mi_free(block);
    CHECK(mi_mallocn(SIZE_MAX / 2, 3) == NULL && mi_calloc(SIZE_MAX / 2, 3) == NULL);
    CHECK(mi_calloc_aligned(SIZE_MAX / 2, 3, 64) == NULL);
    char *text = mi_strdup("mimalloc's names");
    CHECK(strcmp(text, "mimalloc's names") == 0);
    mi_free(text);
    text = mi_strndup("mimalloc", 2);
    CHECK(strcmp(text, "mi") == 0);
    mi_free(text);
    CHECK(mi_good_size(1000) >= 1000);
}

static void aligned(void) {
    for (size_t align = 8; align <= 1 << 20; align *= 2)
        for (size_t size = 1; size < 1 << 21; size = size * 5 + 3) {
            unsigned char *block = mi_zalloc_aligned(size, align);
            CHECK(block != NULL && (uintptr_t)block % align == 0 && is_zero(block, size));
            memset(block, 9, size);
            block = mi_realloc_aligned(block, 2 * size, align);
            CHECK(block != NULL && (uintptr_t)block % align == 0);
            CHECK(block[0] == 9 && block[size - 1] == 9);
            mi_free_size_aligned(block, 2 * size, align);
        }
}

static void process(void) {
    size_t elapsed, user, system, rss, peak, commit, peak_commit, faults;
    mi_process_info(&elapsed, &user, &system, &rss, &peak, &commit, &peak_commit,
                    &faults);
    CHECK(rss > 0 && peak >= rss / 2 && commit == rss);
    mi_process_info(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    CHECK(mi_version() > 0);
    mi_option_set(3, 17);
    mi_option_enable(3);
    CHECK(mi_option_get(3) == 0 && !mi_option_is_enabled(3));
    mi_collect(true);
    mi_thread_init();
    mi_thread_done();
}

int main(void) {
    blocks();
    aligned();
    process();
    return 0;
}

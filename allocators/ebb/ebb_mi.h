/* ebb under mimalloc's names, in libebb-mi.a: the part of mimalloc's API that Rust's
 * bindings (libmimalloc-sys) and programs like them use, so that ebb takes mimalloc's
 * place without a change of the program. mimalloc's documentation says what each function
 * does; the comments here say where ebb differs. All names are hidden in the object that
 * links this archive, like libebb-embed.a's API, which is in the same archive. */
#ifndef EBB_MI_H
#define EBB_MI_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *mi_malloc(size_t size);
void *mi_zalloc(size_t size);
void *mi_calloc(size_t count, size_t size);
void *mi_realloc(void *block, size_t size); /* to 0: a block, not NULL */
void *mi_reallocf(void *block, size_t size);
void *mi_mallocn(size_t count, size_t size);
void *mi_reallocn(void *block, size_t count, size_t size);
void *mi_rezalloc(void *block, size_t size);
void *mi_recalloc(void *block, size_t count, size_t size);
void *mi_expand(void *block, size_t size); /* where it is, or NULL */
void *mi_malloc_small(size_t size);
void *mi_zalloc_small(size_t size);
void mi_free(void *block);
void mi_free_size(void *block, size_t size);
void mi_free_size_aligned(void *block, size_t size, size_t align);
void mi_free_aligned(void *block, size_t align);

char *mi_strdup(const char *text);
char *mi_strndup(const char *text, size_t most);

void *mi_malloc_aligned(size_t size, size_t align);
void *mi_zalloc_aligned(size_t size, size_t align);
void *mi_calloc_aligned(size_t count, size_t size, size_t align);
void *mi_realloc_aligned(void *block, size_t size, size_t align);

size_t mi_usable_size(const void *block);
size_t mi_good_size(size_t size);

void mi_collect(bool force); /* ebb_collect(): of all threads, forced or not */
int mi_version(void);        /* of ebb, in mimalloc's form: 0.1.0 is 10 */
void mi_process_info(size_t *elapsed_ms, size_t *user_ms, size_t *system_ms,
                     size_t *current_rss, size_t *peak_rss, size_t *current_commit,
                     size_t *peak_commit, size_t *page_faults);
void mi_thread_init(void); /* this and the next two do nothing */
void mi_thread_done(void);
void mi_process_init(void);

/* mimalloc's options have no effect here, whatever their number. They can be set, and
 * read back as off and 0. ebb.h has ebb's own options. */
bool mi_option_is_enabled(int option);
void mi_option_enable(int option);
void mi_option_disable(int option);
void mi_option_set_enabled(int option, bool enable);
void mi_option_set_enabled_default(int option, bool enable);
long mi_option_get(int option);
void mi_option_set(int option, long value);
void mi_option_set_default(int option, long value);

#ifdef __cplusplus
}
#endif

#endif

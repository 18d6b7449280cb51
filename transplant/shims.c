/* Reads only segments and relocations, since sections may have been stripped. */
#include "shims.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "elfimage.h"

enum { SHIMS = 4, JUMP_BYTES = 6, MOVE_BYTES = 3, APART_MAX = 16 };

static const enum kind kinds[SHIMS] = {KIND_MALLOC_ALIGNED, KIND_FREE,
                                       KIND_REALLOC_ALIGNED, KIND_ZALLOC_ALIGNED};

/* The address to which the slot at `address` leads after relocation. 0 if it is no such
 * slot. */
static uint64_t target_of(const struct elfimage *image, uint64_t address) {
    for (size_t i = 0; i < image->relocation_count; i++)
        if (image->relocations[i].r_offset == address &&
            ELF64_R_TYPE(image->relocations[i].r_info) == R_X86_64_RELATIVE)
            return (uint64_t)image->relocations[i].r_addend;
    return 0;
}

static bool is_jump(const unsigned char *code) {
    return code[0] == 0xff && code[1] == 0x25; /* jmp *displacement(%rip) */
}

/* The jump 8 or 16 bytes before, or NULL. */
static const unsigned char *jump_before(const unsigned char *code) {
    for (int apart = 8; apart <= APART_MAX; apart += 8)
        if (is_jump(code - apart))
            return code - apart;
    return NULL;
}

static const unsigned char *jump_after(const unsigned char *code) {
    for (int apart = 16; apart <= 2 * APART_MAX; apart += 8)
        if (is_jump(code + apart))
            return code + apart;
    return NULL;
}

/* Whether the code at `realloc` is the third of the four shims. If so, `ret` gets the
 * functions to which all four lead. */
static bool match(const struct elfimage *image, const Elf64_Phdr *text,
                  const unsigned char *realloc, struct functions *ret) {
    static const unsigned char move[MOVE_BYTES] = {0x48, 0x89, 0xce}; /* mov %rcx,%rsi */
    if (memcmp(realloc, move, sizeof move) != 0 || !is_jump(realloc + MOVE_BYTES))
        return false;
    const unsigned char *dealloc = jump_before(realloc);
    const unsigned char *alloc = dealloc ? jump_before(dealloc) : NULL;
    const unsigned char *zeroed = jump_after(realloc);
    if (!alloc || !zeroed)
        return false;
    const unsigned char *const jumps[SHIMS] = {alloc, dealloc, realloc + MOVE_BYTES,
                                               zeroed};
    for (int i = 0; i < SHIMS; i++) {
        uint64_t address =
            text->p_vaddr + (uint64_t)(jumps[i] - (image->bytes + text->p_offset));
        uint64_t target = target_of(image, function_target(jumps[i], address, 2));
        const Elf64_Phdr *segment =
            target ? elfimage_segment(image, target, FUNCTION_JUMP_BYTES) : NULL;
        if (!segment || !(segment->p_flags & PF_X))
            return false;
        ret->list[i] =
            (struct function){target, elfimage_offset(segment, target), kinds[i]};
        for (int k = 0; k < i; k++)
            if (ret->list[k].address == target)
                return false;
    }
    ret->count = SHIMS;
    return true;
}

/* Counts the places that match. `ret` gets the functions of the last one. */
static unsigned search(const struct elfimage *image, struct functions *ret) {
    enum { MARGIN = 2 * APART_MAX, AFTER = 2 * APART_MAX + JUMP_BYTES };
    unsigned found = 0;
    for (size_t i = 0; i < image->segment_count; i++) {
        const Elf64_Phdr *text = &image->segments[i];
        if (text->p_type != PT_LOAD || !(text->p_flags & PF_X) ||
            text->p_filesz < MARGIN + AFTER)
            continue;
        const unsigned char *begin = image->bytes + text->p_offset,
                            *last = begin + text->p_filesz - AFTER;
        for (const unsigned char *at = begin + MARGIN; at <= last; at += 8)
            found += match(image, text, at, ret);
    }
    return found;
}

int shims_find(const struct elfimage *image, struct functions *ret,
               const char **ret_why) {
    struct functions shims;
    unsigned found = search(image, &shims);
    if (found == 1) {
        *ret = shims;
        return 0;
    }
    *ret_why = found ? "more than one place looks like the shims of its allocator"
                     : "it has neither four shims of a Rust allocator with mimalloc "
                       "behind them, nor mimalloc's code: it uses the C library's "
                       "malloc, or another allocator";
    return found ? -EINVAL : -ENOENT;
}

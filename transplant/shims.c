/* Reads only segments and relocations, since sections may have been stripped. */
#include "shims.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { JUMP_BYTES = 6, MOVE_BYTES = 3, APART_MAX = 16 };

struct image {
    const unsigned char *file;
    size_t length;
    const Elf64_Phdr *segments;
    size_t segment_count;
    const Elf64_Rela *relocations;
    size_t relocation_count;
};

static bool is_inside(const struct image *image, uint64_t offset, uint64_t bytes) {
    return offset <= image->length && bytes <= image->length - offset;
}

/* The segment that an address of the file's own numbering lies in, or NULL. */
static const Elf64_Phdr *segment_of(const struct image *image, uint64_t address,
                                    uint64_t bytes) {
    for (size_t i = 0; i < image->segment_count; i++) {
        const Elf64_Phdr *segment = &image->segments[i];
        if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
            bytes <= segment->p_filesz &&
            address - segment->p_vaddr <= segment->p_filesz - bytes)
            return segment;
    }
    return NULL;
}

static size_t offset_of(const Elf64_Phdr *segment, uint64_t address) {
    return (size_t)(address - segment->p_vaddr + segment->p_offset);
}

/* ---- reading the file ---- */

static bool find_relocations(struct image *image) {
    uint64_t address = 0, bytes = 0;
    for (size_t i = 0; i < image->segment_count; i++) {
        const Elf64_Phdr *segment = &image->segments[i];
        if (segment->p_type != PT_DYNAMIC ||
            !is_inside(image, segment->p_offset, segment->p_filesz))
            continue;
        const Elf64_Dyn *entry = (const void *)(image->file + segment->p_offset);
        for (size_t n = segment->p_filesz / sizeof *entry; n > 0; n--, entry++) {
            if (entry->d_tag == DT_RELA)
                address = entry->d_un.d_ptr;
            else if (entry->d_tag == DT_RELASZ)
                bytes = entry->d_un.d_val;
        }
    }
    const Elf64_Phdr *segment = bytes ? segment_of(image, address, bytes) : NULL;
    if (!segment || !is_inside(image, offset_of(segment, address), bytes))
        return false;
    image->relocations = (const void *)(image->file + offset_of(segment, address));
    image->relocation_count = bytes / sizeof *image->relocations;
    return true;
}

static const char *open_image(struct image *image) {
    const Elf64_Ehdr *head = (const void *)image->file;
    if (image->length < sizeof *head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_machine != EM_X86_64)
        return "it is not a 64-bit ELF file for x86-64, the only processor that "
               "transplant knows";
    image->segment_count = head->e_phnum;
    if (!is_inside(image, head->e_phoff, head->e_phnum * sizeof(Elf64_Phdr)))
        return "its table of segments is cut off";
    image->segments = (const void *)(image->file + head->e_phoff);
    for (size_t i = 0; i < image->segment_count; i++)
        if (image->segments[i].p_type == PT_LOAD &&
            !is_inside(image, image->segments[i].p_offset, image->segments[i].p_filesz))
            return "one of its segments is cut off";
    if (!find_relocations(image))
        return "it has no table of relocations, so nothing says where its calls lead";
    return NULL;
}

/* ---- the shims ---- */

/* Where the slot at `address` leads once it is relocated; 0 where it is none. */
static uint64_t target_of(const struct image *image, uint64_t address) {
    for (size_t i = 0; i < image->relocation_count; i++)
        if (image->relocations[i].r_offset == address &&
            ELF64_R_TYPE(image->relocations[i].r_info) == R_X86_64_RELATIVE)
            return (uint64_t)image->relocations[i].r_addend;
    return 0;
}

static bool is_jump(const unsigned char *code) {
    return code[0] == 0xff && code[1] == 0x25; /* jmp *displacement(%rip) */
}

/* The slot of a jump whose code lies at `address`. */
static uint64_t slot_of(const unsigned char *code, uint64_t address) {
    int32_t displacement;
    memcpy(&displacement, code + 2, sizeof displacement);
    return address + JUMP_BYTES + (uint64_t)(int64_t)displacement;
}

/* The jump before this one, 8 or 16 bytes away; NULL where none is. */
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

/* Whether the code at `realloc` is the third of the four; then where they lead. */
static bool match(const struct image *image, const Elf64_Phdr *text,
                  const unsigned char *realloc, struct shims *ret) {
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
            text->p_vaddr + (uint64_t)(jumps[i] - (image->file + text->p_offset));
        uint64_t target = target_of(image, slot_of(jumps[i], address));
        const Elf64_Phdr *segment =
            target ? segment_of(image, target, SHIMS_JUMP_BYTES) : NULL;
        if (!segment || !(segment->p_flags & PF_X))
            return false;
        ret->address[i] = target;
        ret->offset[i] = offset_of(segment, target);
        for (int k = 0; k < i; k++)
            if (ret->address[k] == target)
                return false;
    }
    return true;
}

/* How many places match; the last one is in `ret`. */
static unsigned search(const struct image *image, struct shims *ret) {
    enum { MARGIN = 2 * APART_MAX, AFTER = 2 * APART_MAX + JUMP_BYTES };
    unsigned found = 0;
    for (size_t i = 0; i < image->segment_count; i++) {
        const Elf64_Phdr *text = &image->segments[i];
        if (text->p_type != PT_LOAD || !(text->p_flags & PF_X) ||
            text->p_filesz < MARGIN + AFTER)
            continue;
        const unsigned char *begin = image->file + text->p_offset,
                            *last = begin + text->p_filesz - AFTER;
        for (const unsigned char *at = begin + MARGIN; at <= last; at += 8)
            found += match(image, text, at, ret);
    }
    return found;
}

int shims_find(const unsigned char *file, size_t length, struct shims *ret,
               const char **ret_why) {
    struct image image = {.file = file, .length = length};
    struct shims shims;
    const char *why = open_image(&image);
    int error = why ? -ENOENT : 0;
    if (!why) {
        unsigned found = search(&image, &shims);
        error = found == 0 ? -ENOENT : found > 1 ? -EINVAL : 0;
        if (found == 0)
            why = "it does not have the four shims of a Rust allocator with mimalloc "
                  "behind them: it uses the C library's malloc or another allocator, or "
                  "the compiler inlined the shims";
        else if (found > 1)
            why = "more than one place looks like the shims of its allocator";
    }
    if (why)
        *ret_why = why;
    else
        *ret = shims;
    return error;
}

void shims_put_jump(unsigned char *code, const void *target) {
    static const unsigned char jump[SHIMS_JUMP_BYTES] = {
        0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, /* movabs $target,%rax */
        0xff, 0xe0,                         /* jmp *%rax */
    };
    memcpy(code, jump, sizeof jump);
    memcpy(code + 2, &target, sizeof target);
}

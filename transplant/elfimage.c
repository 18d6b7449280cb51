/* Reads only segments and relocations, since sections may have been stripped. */
#include "elfimage.h"

#include <stdbool.h>
#include <string.h>

static bool is_inside(const struct elfimage *image, uint64_t offset, uint64_t bytes) {
    return offset <= image->length && bytes <= image->length - offset;
}

const Elf64_Phdr *elfimage_segment(const struct elfimage *image, uint64_t address,
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

size_t elfimage_offset(const Elf64_Phdr *segment, uint64_t address) {
    return (size_t)(address - segment->p_vaddr + segment->p_offset);
}

/* ---- reading the file ---- */

static bool find_relocations(struct elfimage *image) {
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
    const Elf64_Phdr *segment = bytes ? elfimage_segment(image, address, bytes) : NULL;
    if (!segment || !is_inside(image, elfimage_offset(segment, address), bytes))
        return false;
    image->relocations = (const void *)(image->file + elfimage_offset(segment, address));
    image->relocation_count = bytes / sizeof *image->relocations;
    return true;
}

const char *elfimage_open(struct elfimage *ret, const unsigned char *file,
                          size_t length) {
    struct elfimage *image = ret;
    *image = (struct elfimage){.file = file, .length = length};
    const Elf64_Ehdr *head = (const void *)image->file;
    if (image->length < sizeof *head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 ||
        head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_machine != EM_X86_64)
        return "it is no 64-bit ELF file for x86-64, the only one whose code is known";
    image->segment_count = head->e_phnum;
    if (!is_inside(image, head->e_phoff, head->e_phnum * sizeof(Elf64_Phdr)))
        return "its table of segments is cut off";
    image->segments = (const void *)(image->file + head->e_phoff);
    for (size_t i = 0; i < image->segment_count; i++)
        if (image->segments[i].p_type == PT_LOAD &&
            !is_inside(image, image->segments[i].p_offset, image->segments[i].p_filesz))
            return "one of its segments is cut off";
    if (!find_relocations(image))
        return "it has no table of relocations to tell by where its calls lead";
    return NULL;
}

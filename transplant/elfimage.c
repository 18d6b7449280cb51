#include "elfimage.h"

#include <string.h>

/* Whether the file has `bytes` bytes at an offset. */
static bool holds(const struct elfimage *image, uint64_t offset, uint64_t bytes) {
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

bool elfimage_dynamic(const struct elfimage *image, size_t *at, Elf64_Dyn *ret) {
    for (size_t i = 0; i < image->segment_count; i++) {
        const Elf64_Phdr *segment = &image->segments[i];
        if (segment->p_type != PT_DYNAMIC ||
            !holds(image, segment->p_offset, segment->p_filesz))
            continue;
        if (*at >= segment->p_filesz / sizeof *ret)
            return false;
        memcpy(ret, image->bytes + segment->p_offset + (*at)++ * sizeof *ret,
               sizeof *ret);
        return ret->d_tag != DT_NULL;
    }
    return false;
}

/* ---- texts, sections and symbols ---- */

const char *elfimage_text(const struct elfimage *image, uint64_t offset) {
    enum { LENGTH_MAX = 4096 };
    if (offset >= image->length)
        return NULL;
    size_t room = image->length - offset;
    const char *text = (const char *)image->bytes + offset;
    return memchr(text, 0, room < LENGTH_MAX ? room : LENGTH_MAX) ? text : NULL;
}

bool elfimage_find_offset(const struct elfimage *image, uint64_t address, uint64_t bytes,
                          uint64_t *ret) {
    const Elf64_Phdr *segment = elfimage_segment(image, address, bytes);
    if (segment)
        *ret = elfimage_offset(segment, address);
    return segment != NULL;
}

static const char *name_of(const struct elfimage *image, const Elf64_Shdr *strings,
                           uint32_t name) {
    if (name >= strings->sh_size || !holds(image, strings->sh_offset, strings->sh_size))
        return NULL;
    return elfimage_text(image, strings->sh_offset + name);
}

const Elf64_Shdr *elfimage_section(const struct elfimage *image, const char *name) {
    const Elf64_Ehdr *head = (const void *)image->bytes;
    if (head->e_shstrndx >= image->section_count)
        return NULL;
    for (size_t i = 0; i < image->section_count; i++) {
        const Elf64_Shdr *section = &image->sections[i];
        const char *own =
            name_of(image, &image->sections[head->e_shstrndx], section->sh_name);
        if (own && strcmp(own, name) == 0 && section->sh_type != SHT_NOBITS &&
            holds(image, section->sh_offset, section->sh_size))
            return section;
    }
    return NULL;
}

const char *elfimage_next_symbol(const struct elfimage *image, const Elf64_Shdr *table,
                                 size_t *at, Elf64_Sym *ret) {
    if (!table || table->sh_link >= image->section_count)
        return NULL;
    while (*at < table->sh_size / sizeof *ret) {
        memcpy(ret, image->bytes + table->sh_offset + (*at)++ * sizeof *ret, sizeof *ret);
        const char *name = name_of(image, &image->sections[table->sh_link], ret->st_name);
        if (name && *name)
            return name;
    }
    return NULL;
}

/* ---- reading the file ---- */

static void find_relocations(struct elfimage *image) {
    uint64_t address = 0, bytes = 0;
    Elf64_Dyn entry;
    for (size_t at = 0; elfimage_dynamic(image, &at, &entry);)
        if (entry.d_tag == DT_RELA)
            address = entry.d_un.d_ptr;
        else if (entry.d_tag == DT_RELASZ)
            bytes = entry.d_un.d_val;
    const Elf64_Phdr *segment = bytes ? elfimage_segment(image, address, bytes) : NULL;
    if (!segment)
        return;
    image->relocations = (const void *)(image->bytes + elfimage_offset(segment, address));
    image->relocation_count = bytes / sizeof *image->relocations;
}

const char *elfimage_read(struct elfimage *ret, const unsigned char *file,
                          size_t length) {
    struct elfimage image = {.bytes = file, .length = length};
    const Elf64_Ehdr *head = (const void *)file;
    if (length < sizeof *head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0)
        return "it is not an ELF file; name a program, a library or an addon";
    if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_ident[EI_DATA] != ELFDATA2LSB)
        return "it is not a 64-bit little-endian ELF file, the only kind that tidemark "
               "reads";
    if (head->e_phnum == 0 || head->e_phentsize != sizeof(Elf64_Phdr) ||
        !holds(&image, head->e_phoff, head->e_phnum * sizeof(Elf64_Phdr)))
        return "its table of segments is missing or incomplete (is it an object file, or "
               "cut off?)";
    image.machine = head->e_machine;
    image.type = head->e_type;
    image.segments = (const void *)(file + head->e_phoff);
    image.segment_count = head->e_phnum;
    for (size_t i = 0; i < image.segment_count; i++)
        if (image.segments[i].p_type == PT_LOAD &&
            !holds(&image, image.segments[i].p_offset, image.segments[i].p_filesz))
            return "one of its segments is cut off";
    if (head->e_shnum > 0 && head->e_shentsize == sizeof(Elf64_Shdr) &&
        holds(&image, head->e_shoff, head->e_shnum * sizeof(Elf64_Shdr))) {
        image.sections = (const void *)(file + head->e_shoff);
        image.section_count = head->e_shnum;
    }
    find_relocations(&image);
    *ret = image;
    return NULL;
}

const char *elfimage_open(struct elfimage *ret, const unsigned char *file,
                          size_t length) {
    const char *why = elfimage_read(ret, file, length);
    if (!why && ret->machine != EM_X86_64)
        why = "it is not for x86-64, the only processor whose code is known";
    if (!why && !ret->relocation_count)
        why = "it has no table of relocations to tell by where its calls lead";
    return why;
}

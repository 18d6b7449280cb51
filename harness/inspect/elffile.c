#include "elffile.h"

#include <string.h>

/* ---- places ---- */

const char *elffile_text(const struct elfimage *file, uint64_t offset,
                         size_t length_max) {
    if (offset >= file->length)
        return NULL;
    size_t room = file->length - offset;
    const char *text = (const char *)file->bytes + offset;
    return memchr(text, 0, room < length_max ? room : length_max) ? text : NULL;
}

bool elffile_offset(const struct elfimage *file, uint64_t address, size_t bytes,
                    uint64_t *ret) {
    const Elf64_Phdr *segment = elfimage_segment(file, address, bytes);
    if (segment)
        *ret = elfimage_offset(segment, address);
    return segment != NULL;
}

/* ---- sections ---- */

static const char *name_of(const struct elfimage *file, const Elf64_Shdr *strings,
                           uint32_t name) {
    if (name >= strings->sh_size ||
        !elfimage_holds(file, strings->sh_offset, strings->sh_size))
        return NULL;
    return elffile_text(file, strings->sh_offset + name, ELFFILE_NAME_MAX);
}

const Elf64_Shdr *elffile_section(const struct elfimage *file, const char *name) {
    const Elf64_Ehdr *head = (const void *)file->bytes;
    if (head->e_shstrndx >= file->section_count)
        return NULL;
    for (size_t i = 0; i < file->section_count; i++) {
        const Elf64_Shdr *section = &file->sections[i];
        const char *own =
            name_of(file, &file->sections[head->e_shstrndx], section->sh_name);
        if (own && strcmp(own, name) == 0 && section->sh_type != SHT_NOBITS &&
            elfimage_holds(file, section->sh_offset, section->sh_size))
            return section;
    }
    return NULL;
}

const char *elffile_next_symbol(const struct elfimage *file, const Elf64_Shdr *table,
                                size_t *at, Elf64_Sym *ret) {
    if (!table || table->sh_link >= file->section_count)
        return NULL;
    while (*at < table->sh_size / sizeof *ret) {
        memcpy(ret, file->bytes + table->sh_offset + (*at)++ * sizeof *ret, sizeof *ret);
        const char *name = name_of(file, &file->sections[table->sh_link], ret->st_name);
        if (name && *name)
            return name;
    }
    return NULL;
}

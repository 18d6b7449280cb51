#include "elffile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "reason.h"

enum { NAME_MAX_BYTES = 4096 };

int elffile_open(struct elfimage *ret, const char *path, struct reason *reason) {
    char *bytes;
    size_t length;
    int error = file_read(path, &bytes, &length);
    if (error) {
        reason_set(reason, "cannot read %s: %s", path, strerror(-error));
        return error;
    }
    const char *why = elfimage_read(ret, (const unsigned char *)bytes, length);
    if (why) {
        reason_set(reason, "%s: %s", path, why);
        free(bytes);
        return -ENOEXEC;
    }
    return 0;
}

void elffile_close(struct elfimage *file) {
    free((void *)file->bytes);
    *file = (struct elfimage){0};
}

/* ---- places ---- */

const char *elffile_text(const struct elfimage *file, uint64_t offset,
                         size_t length_max) {
    if (offset >= file->length)
        return NULL;
    size_t room = file->length - offset;
    const char *text = (const char *)file->bytes + offset;
    return memchr(text, 0, room < length_max ? room : length_max) ? text : NULL;
}

bool elffile_address(const struct elfimage *file, uint64_t offset, uint64_t *ret) {
    for (size_t i = 0; i < file->segment_count; i++) {
        const Elf64_Phdr *segment = &file->segments[i];
        if (segment->p_type == PT_LOAD && offset >= segment->p_offset &&
            offset - segment->p_offset < segment->p_filesz) {
            *ret = segment->p_vaddr + (offset - segment->p_offset);
            return true;
        }
    }
    return false;
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
    return elffile_text(file, strings->sh_offset + name, NAME_MAX_BYTES);
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

void elffile_symbols(const struct elfimage *file, const char *section,
                     elffile_symbol *call, void *context) {
    const Elf64_Shdr *table = elffile_section(file, section);
    if (!table || table->sh_link >= file->section_count)
        return;
    const Elf64_Shdr *strings = &file->sections[table->sh_link];
    for (size_t i = 0; i < table->sh_size / sizeof(Elf64_Sym); i++) {
        Elf64_Sym symbol;
        memcpy(&symbol, file->bytes + table->sh_offset + i * sizeof symbol,
               sizeof symbol);
        const char *name = name_of(file, strings, symbol.st_name);
        if (name && *name)
            call(context, name, &symbol);
    }
}

/* ---- the dynamic segment ---- */

/* The value of the first entry with this tag, or 0. */
static uint64_t dynamic_value(const struct elfimage *file, int64_t tag) {
    Elf64_Dyn entry;
    for (size_t at = 0; elfimage_dynamic(file, &at, &entry);)
        if (entry.d_tag == tag)
            return entry.d_un.d_val;
    return 0;
}

bool elffile_is_pie(const struct elfimage *file) {
    return dynamic_value(file, DT_FLAGS_1) & DF_1_PIE;
}

void elffile_each_needed(const struct elfimage *file, elffile_needed *call,
                         void *context) {
    uint64_t strings;
    if (!elffile_offset(file, dynamic_value(file, DT_STRTAB), 1, &strings))
        return;
    Elf64_Dyn entry;
    for (size_t at = 0; elfimage_dynamic(file, &at, &entry);) {
        const char *name =
            entry.d_tag == DT_NEEDED && entry.d_un.d_val < file->length
                ? elffile_text(file, strings + entry.d_un.d_val, NAME_MAX_BYTES)
                : NULL;
        if (name)
            call(context, name);
    }
}

bool elffile_find_pointer(const struct elfimage *file, uint64_t address, uint64_t *ret) {
    for (size_t i = 0; i < file->relocation_count; i++) {
        const Elf64_Rela *entry = &file->relocations[i];
        if (ELF64_R_SYM(entry->r_info) == 0 && (uint64_t)entry->r_addend == address &&
            elffile_offset(file, entry->r_offset, sizeof address, ret))
            return true;
    }
    for (size_t i = 0; i < file->segment_count; i++) {
        const Elf64_Phdr *segment = &file->segments[i];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_X)
            continue;
        for (uint64_t n = (8 - segment->p_vaddr % 8) % 8;
             n + sizeof address <= segment->p_filesz; n += sizeof address) {
            uint64_t value;
            memcpy(&value, file->bytes + segment->p_offset + n, sizeof value);
            if (value == address) {
                *ret = segment->p_offset + n;
                return true;
            }
        }
    }
    return false;
}

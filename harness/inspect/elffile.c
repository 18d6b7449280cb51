#include "elffile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "reason.h"

enum { NAME_MAX_BYTES = 4096 };

static bool is_inside(const struct elffile *file, uint64_t offset, uint64_t bytes) {
    return offset <= file->length && bytes <= file->length - offset;
}

/* Reads the head. Returns NULL, or why it is not the head of a supported file. */
static const char *read_head(struct elffile *file) {
    const Elf64_Ehdr *head = (const void *)file->bytes;
    if (file->length < sizeof *head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0)
        return "it is not an ELF file; name a program, a library or an addon";
    if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_ident[EI_DATA] != ELFDATA2LSB)
        return "it is not a 64-bit little-endian ELF file, the only kind that tidemark "
               "reads";
    if (head->e_phnum == 0 || head->e_phentsize != sizeof(Elf64_Phdr) ||
        !is_inside(file, head->e_phoff, head->e_phnum * sizeof(Elf64_Phdr)))
        return "its table of segments is missing or incomplete (is it an object file, or "
               "cut off?)";
    file->machine = head->e_machine;
    file->type = head->e_type;
    file->segments = (const void *)(file->bytes + head->e_phoff);
    file->segment_count = head->e_phnum;
    for (size_t i = 0; i < file->segment_count; i++)
        if (file->segments[i].p_type == PT_LOAD &&
            !is_inside(file, file->segments[i].p_offset, file->segments[i].p_filesz))
            return "one of its segments is cut off";
    if (head->e_shnum > 0 && head->e_shentsize == sizeof(Elf64_Shdr) &&
        is_inside(file, head->e_shoff, head->e_shnum * sizeof(Elf64_Shdr))) {
        file->sections = (const void *)(file->bytes + head->e_shoff);
        file->section_count = head->e_shnum;
    }
    return NULL;
}

int elffile_open(struct elffile *ret, const char *path, struct reason *reason) {
    struct elffile file = {0};
    char *bytes;
    int error = file_read(path, &bytes, &file.length);
    if (error) {
        reason_set(reason, "cannot read %s: %s", path, strerror(-error));
        return error;
    }
    file.bytes = (unsigned char *)bytes;
    const char *why = read_head(&file);
    if (why) {
        reason_set(reason, "%s: %s", path, why);
        free(bytes);
        return -ENOEXEC;
    }
    *ret = file;
    return 0;
}

void elffile_close(struct elffile *file) {
    free(file->bytes);
    *file = (struct elffile){0};
}

/* ---- places ---- */

const char *elffile_text(const struct elffile *file, uint64_t offset, size_t length_max) {
    if (offset >= file->length)
        return NULL;
    size_t room = file->length - offset;
    const char *text = (const char *)file->bytes + offset;
    return memchr(text, 0, room < length_max ? room : length_max) ? text : NULL;
}

bool elffile_address(const struct elffile *file, uint64_t offset, uint64_t *ret) {
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

bool elffile_offset(const struct elffile *file, uint64_t address, size_t bytes,
                    uint64_t *ret) {
    for (size_t i = 0; i < file->segment_count; i++) {
        const Elf64_Phdr *segment = &file->segments[i];
        if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
            bytes <= segment->p_filesz &&
            address - segment->p_vaddr <= segment->p_filesz - bytes) {
            *ret = segment->p_offset + (address - segment->p_vaddr);
            return true;
        }
    }
    return false;
}

/* ---- sections ---- */

static const char *name_of(const struct elffile *file, const Elf64_Shdr *strings,
                           uint32_t name) {
    if (name >= strings->sh_size ||
        !is_inside(file, strings->sh_offset, strings->sh_size))
        return NULL;
    return elffile_text(file, strings->sh_offset + name, NAME_MAX_BYTES);
}

const Elf64_Shdr *elffile_section(const struct elffile *file, const char *name) {
    const Elf64_Ehdr *head = (const void *)file->bytes;
    if (head->e_shstrndx >= file->section_count)
        return NULL;
    for (size_t i = 0; i < file->section_count; i++) {
        const Elf64_Shdr *section = &file->sections[i];
        const char *own =
            name_of(file, &file->sections[head->e_shstrndx], section->sh_name);
        if (own && strcmp(own, name) == 0 && section->sh_type != SHT_NOBITS &&
            is_inside(file, section->sh_offset, section->sh_size))
            return section;
    }
    return NULL;
}

void elffile_symbols(const struct elffile *file, const char *section,
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

/* Reads the next entry of the dynamic segment and advances *at, which starts at 0. False
 * after the last entry. */
static bool next_dynamic(const struct elffile *file, size_t *at, Elf64_Dyn *ret) {
    for (size_t i = 0; i < file->segment_count; i++) {
        const Elf64_Phdr *segment = &file->segments[i];
        if (segment->p_type != PT_DYNAMIC ||
            !is_inside(file, segment->p_offset, segment->p_filesz))
            continue;
        if (*at >= segment->p_filesz / sizeof *ret)
            return false;
        memcpy(ret, file->bytes + segment->p_offset + (*at)++ * sizeof *ret, sizeof *ret);
        return ret->d_tag != DT_NULL;
    }
    return false;
}

/* The value of the first entry with this tag, or 0. */
static uint64_t dynamic_value(const struct elffile *file, int64_t tag) {
    Elf64_Dyn entry;
    for (size_t at = 0; next_dynamic(file, &at, &entry);)
        if (entry.d_tag == tag)
            return entry.d_un.d_val;
    return 0;
}

bool elffile_is_pie(const struct elffile *file) {
    return dynamic_value(file, DT_FLAGS_1) & DF_1_PIE;
}

void elffile_each_needed(const struct elffile *file, elffile_needed *call,
                         void *context) {
    uint64_t strings;
    if (!elffile_offset(file, dynamic_value(file, DT_STRTAB), 1, &strings))
        return;
    Elf64_Dyn entry;
    for (size_t at = 0; next_dynamic(file, &at, &entry);) {
        const char *name =
            entry.d_tag == DT_NEEDED && entry.d_un.d_val < file->length
                ? elffile_text(file, strings + entry.d_un.d_val, NAME_MAX_BYTES)
                : NULL;
        if (name)
            call(context, name);
    }
}

static bool find_relocated(const struct elffile *file, uint64_t address, uint64_t *ret) {
    uint64_t bytes = dynamic_value(file, DT_RELASZ), table;
    if (!bytes || !elffile_offset(file, dynamic_value(file, DT_RELA), bytes, &table))
        return false;
    for (uint64_t at = table; at + sizeof(Elf64_Rela) <= table + bytes;
         at += sizeof(Elf64_Rela)) {
        Elf64_Rela entry;
        memcpy(&entry, file->bytes + at, sizeof entry);
        if (ELF64_R_SYM(entry.r_info) == 0 && (uint64_t)entry.r_addend == address)
            return elffile_offset(file, entry.r_offset, sizeof address, ret);
    }
    return false;
}

bool elffile_find_pointer(const struct elffile *file, uint64_t address, uint64_t *ret) {
    if (find_relocated(file, address, ret))
        return true;
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

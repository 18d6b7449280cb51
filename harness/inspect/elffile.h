#ifndef TIDEMARK_HARNESS_ELFFILE_H
#define TIDEMARK_HARNESS_ELFFILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reason;

/*
 * A 64-bit little-endian ELF file that was read whole. Every offset is checked before it
 * is followed; a part that is cut off counts as missing. Addresses are the file's own,
 * before relocation.
 */
struct elffile {
    unsigned char *bytes; /* owned */
    size_t length;
    const Elf64_Phdr *segments;
    size_t segment_count;
    const Elf64_Shdr *sections; /* none where they were removed */
    size_t section_count;
    uint16_t machine, type;
};

/* -errno with `reason` where the file cannot be read or is none of this kind. */
int elffile_open(struct elffile *ret, const char *path, struct reason *reason);
void elffile_close(struct elffile *file);

/* The section of this name, with its contents in the file; NULL where there is none. */
const Elf64_Shdr *elffile_section(const struct elffile *file, const char *name);

/* The text at an offset, NUL-terminated within the file and `length_max`; or NULL. */
const char *elffile_text(const struct elffile *file, uint64_t offset, size_t length_max);

/* Offset to address and back; false where no loaded segment has it. */
bool elffile_address(const struct elffile *file, uint64_t offset, uint64_t *ret);
bool elffile_offset(const struct elffile *file, uint64_t address, size_t bytes,
                    uint64_t *ret);

/* Called for each symbol; `name` lies in the file. */
typedef void elffile_symbol(void *context, const char *name, const Elf64_Sym *symbol);

/* Those of the section ".dynsym" or ".symtab". */
void elffile_symbols(const struct elffile *file, const char *section,
                     elffile_symbol *call, void *context);

/* Called for each library that the file needs. */
typedef void elffile_needed(void *context, const char *name);
void elffile_each_needed(const struct elffile *file, elffile_needed *call, void *context);

/* The offset of a pointer to `address` among the data: relocated, or in place. */
bool elffile_find_pointer(const struct elffile *file, uint64_t address, uint64_t *ret);

#endif

#ifndef TIDEMARK_HARNESS_ELFFILE_H
#define TIDEMARK_HARNESS_ELFFILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reason;

/*
 * A 64-bit little-endian ELF file, read as a whole. Every offset is checked before it is
 * followed. A part that is cut off counts as missing. Addresses are those in the file,
 * before relocation.
 */
struct elffile {
    unsigned char *bytes; /* owned */
    size_t length;
    const Elf64_Phdr *segments;
    size_t segment_count;
    const Elf64_Shdr *sections; /* NULL if they were removed */
    size_t section_count;
    uint16_t machine, type;
};

/* -errno with `reason` if the file cannot be read or is not of this kind. */
int elffile_open(struct elffile *ret, const char *path, struct reason *reason);
void elffile_close(struct elffile *file);

/* The section of this name if the file holds its contents, or NULL. */
const Elf64_Shdr *elffile_section(const struct elffile *file, const char *name);

/* The text at an offset, or NULL if no NUL ends it within the file and `length_max`
 * bytes. */
const char *elffile_text(const struct elffile *file, uint64_t offset, size_t length_max);

/* Convert an offset to an address and back. False if no loaded segment holds it. */
bool elffile_address(const struct elffile *file, uint64_t offset, uint64_t *ret);
bool elffile_offset(const struct elffile *file, uint64_t address, size_t bytes,
                    uint64_t *ret);

/* Called for each symbol with a name. `name` points into the file. */
typedef void elffile_symbol(void *context, const char *name, const Elf64_Sym *symbol);

/* Calls `call` for the symbols of the section ".dynsym" or ".symtab". */
void elffile_symbols(const struct elffile *file, const char *section,
                     elffile_symbol *call, void *context);

/* Whether it is marked as a program that can be loaded anywhere. */
bool elffile_is_pie(const struct elffile *file);

/* Called for each library that the file needs. */
typedef void elffile_needed(void *context, const char *name);
void elffile_each_needed(const struct elffile *file, elffile_needed *call, void *context);

/* Finds a pointer to `address` in the data of the file, and returns its offset. The
 * pointer may come from a relocation, or stand in the data itself. */
bool elffile_find_pointer(const struct elffile *file, uint64_t address, uint64_t *ret);

#endif

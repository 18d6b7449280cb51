#ifndef TIDEMARK_TRANSPLANT_ELFIMAGE_H
#define TIDEMARK_TRANSPLANT_ELFIMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A whole 64-bit little-endian ELF file in memory. Every offset is checked before it is
 * followed. A part that is cut off counts as missing. Addresses are those in the file,
 * before relocation.
 */
struct elfimage {
    const unsigned char *bytes;
    size_t length;
    uint16_t machine, type;
    const Elf64_Phdr *segments;
    size_t segment_count;
    const Elf64_Rela *relocations;
    size_t relocation_count;
    const Elf64_Shdr *sections; /* NULL if they were removed */
    size_t section_count;
};

/* Returns NULL, or why the file cannot be read (a constant text). `file` must outlive the
 * image. */
const char *elfimage_read(struct elfimage *ret, const unsigned char *file, size_t length);

/* Like elfimage_read(), for a file whose code is searched: it must be for x86-64 and have
 * relocations. */
const char *elfimage_open(struct elfimage *ret, const unsigned char *file, size_t length);

/* Reads the next entry of the dynamic segment and advances *at, which starts at 0. False
 * after the last entry. */
bool elfimage_dynamic(const struct elfimage *image, size_t *at, Elf64_Dyn *ret);

/* The segment that holds `bytes` bytes from an address, or NULL. */
const Elf64_Phdr *elfimage_segment(const struct elfimage *image, uint64_t address,
                                   uint64_t bytes);

/* The offset of an address of the segment in the file. */
size_t elfimage_offset(const Elf64_Phdr *segment, uint64_t address);

/* The offset of `bytes` bytes from an address. False if no loaded segment holds them. */
bool elfimage_find_offset(const struct elfimage *image, uint64_t address, uint64_t bytes,
                          uint64_t *ret);

/* The text at an offset, or NULL if no NUL ends it within the file and 4096 bytes. */
const char *elfimage_text(const struct elfimage *image, uint64_t offset);

/* The section of this name if the file holds its contents, or NULL. */
const Elf64_Shdr *elfimage_section(const struct elfimage *image, const char *name);

/*
 * The name of the next symbol that has one, and the symbol, in the section .dynsym or
 * .symtab. *at starts at 0. NULL after the last, or if `table` is NULL.
 */
const char *elfimage_next_symbol(const struct elfimage *image, const Elf64_Shdr *table,
                                 size_t *at, Elf64_Sym *ret);

#endif

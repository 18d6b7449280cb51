#ifndef TIDEMARK_HARNESS_ELFFILE_H
#define TIDEMARK_HARNESS_ELFFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "elfimage.h"

/* What inspect reads in an ELF file besides segments and relocations (elfimage.h). */
enum { ELFFILE_NAME_MAX = 4096 }; /* longer names are not read */

/* The section of this name if the file holds its contents, or NULL. */
const Elf64_Shdr *elffile_section(const struct elfimage *file, const char *name);

/* The text at an offset, or NULL if no NUL ends it within the file and `length_max`
 * bytes. */
const char *elffile_text(const struct elfimage *file, uint64_t offset, size_t length_max);

/* The offset of `bytes` bytes from an address. False if no loaded segment holds them. */
bool elffile_offset(const struct elfimage *file, uint64_t address, size_t bytes,
                    uint64_t *ret);

/*
 * The name of the next symbol that has one, and the symbol, in the section .dynsym or
 * .symtab. *at starts at 0. NULL after the last, or if `table` is NULL.
 */
const char *elffile_next_symbol(const struct elfimage *file, const Elf64_Shdr *table,
                                size_t *at, Elf64_Sym *ret);

#endif

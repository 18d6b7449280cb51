#ifndef TIDEMARK_HARNESS_ELFFILE_H
#define TIDEMARK_HARNESS_ELFFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "elfimage.h"

struct reason;

/*
 * Reads an ELF file (elfimage.h) and its sections. elffile_open() reads the whole file,
 * and elffile_close() frees it. -errno with `reason` if the file cannot be read or is of
 * another kind.
 */
int elffile_open(struct elfimage *ret, const char *path, struct reason *reason);
void elffile_close(struct elfimage *file);

/* The section of this name if the file holds its contents, or NULL. */
const Elf64_Shdr *elffile_section(const struct elfimage *file, const char *name);

/* The text at an offset, or NULL if no NUL ends it within the file and `length_max`
 * bytes. */
const char *elffile_text(const struct elfimage *file, uint64_t offset, size_t length_max);

/* Convert an offset to an address and back. False if no loaded segment holds it. */
bool elffile_address(const struct elfimage *file, uint64_t offset, uint64_t *ret);
bool elffile_offset(const struct elfimage *file, uint64_t address, size_t bytes,
                    uint64_t *ret);

/* Called for each symbol with a name. `name` points into the file. */
typedef void elffile_symbol(void *context, const char *name, const Elf64_Sym *symbol);

/* Calls `call` for the symbols of the section ".dynsym" or ".symtab". */
void elffile_symbols(const struct elfimage *file, const char *section,
                     elffile_symbol *call, void *context);

/* Whether it is marked as a program that can be loaded anywhere. */
bool elffile_is_pie(const struct elfimage *file);

/* Called for each library that the file needs. */
typedef void elffile_needed(void *context, const char *name);
void elffile_each_needed(const struct elfimage *file, elffile_needed *call,
                         void *context);

/* Finds a pointer to `address` in the data of the file, and returns its offset. The
 * pointer may come from a relocation, or stand in the data itself. */
bool elffile_find_pointer(const struct elfimage *file, uint64_t address, uint64_t *ret);

#endif

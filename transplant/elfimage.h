#ifndef TIDEMARK_TRANSPLANT_ELFIMAGE_H
#define TIDEMARK_TRANSPLANT_ELFIMAGE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

/* A whole ELF file for x86-64 in memory: its segments and relocations. */
struct elfimage {
    const unsigned char *file;
    size_t length;
    const Elf64_Phdr *segments;
    size_t segment_count;
    const Elf64_Rela *relocations;
    size_t relocation_count;
};

/* NULL; or why the file is none (a constant text). It has to outlive the image. */
const char *elfimage_open(struct elfimage *ret, const unsigned char *file, size_t length);

/* The segment that an address of the file's own numbering lies in, or NULL. */
const Elf64_Phdr *elfimage_segment(const struct elfimage *image, uint64_t address,
                                   uint64_t bytes);

/* Where it lies in the file. */
size_t elfimage_offset(const Elf64_Phdr *segment, uint64_t address);

#endif

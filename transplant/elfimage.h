#ifndef TIDEMARK_TRANSPLANT_ELFIMAGE_H
#define TIDEMARK_TRANSPLANT_ELFIMAGE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

/* The segments and relocations of a whole x86-64 ELF file in memory. */
struct elfimage {
    const unsigned char *file;
    size_t length;
    const Elf64_Phdr *segments;
    size_t segment_count;
    const Elf64_Rela *relocations;
    size_t relocation_count;
};

/* Returns NULL, or why the file is not usable (a constant text). `file` must outlive the
 * image. */
const char *elfimage_open(struct elfimage *ret, const unsigned char *file, size_t length);

/* The segment that holds `bytes` bytes from an address (of the file, before relocation),
 * or NULL. */
const Elf64_Phdr *elfimage_segment(const struct elfimage *image, uint64_t address,
                                   uint64_t bytes);

/* The offset of an address of the segment in the file. */
size_t elfimage_offset(const Elf64_Phdr *segment, uint64_t address);

#endif

#ifndef TIDEMARK_TRANSPLANT_FUNCTIONS_H
#define TIDEMARK_TRANSPLANT_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

/* What a function of an allocator does, and its arguments. */
enum kind {
    KIND_NONE,
    KIND_MALLOC,          /* (size) */
    KIND_MALLOC_ALIGNED,  /* (size, alignment) */
    KIND_ZALLOC,          /* (size): zeroed */
    KIND_ZALLOC_ALIGNED,  /* (size, alignment): zeroed */
    KIND_CALLOC,          /* (count, size): zeroed */
    KIND_REALLOC,         /* (block, size) */
    KIND_REALLOC_ALIGNED, /* (block, size, alignment) */
    KIND_FREE,            /* (block, ...) */
    KIND_USABLE_SIZE,     /* (block) */
    KIND_OTHER,           /* a function of an allocator, but none of these */
    KINDS,
};

enum { FUNCTIONS_MAX = 400 };

/* Functions of a file. */
struct functions {
    size_t count;
    struct function {
        uint64_t address; /* in the file, before relocation */
        size_t offset;    /* of its code in the file */
        enum kind kind;
    } list[FUNCTIONS_MAX];
};

/* The address that an instruction at `address` names by its displacement, which follows
 * `before` bytes of the instruction and ends it. */
uint64_t function_target(const unsigned char *code, uint64_t address, unsigned before);

/* The size of a jump to another function. */
enum { FUNCTION_JUMP_BYTES = 12 };

/* Writes a jump to `target` over a function's first FUNCTION_JUMP_BYTES bytes. */
void function_put_jump(unsigned char *code, const void *target);

#endif

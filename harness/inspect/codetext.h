#ifndef TIDEMARK_HARNESS_CODETEXT_H
#define TIDEMARK_HARNESS_CODETEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elffile;

/*
 * A text in a file, and the code that uses it. A text alone proves little: this very
 * program holds the texts that it looks for. Code that takes a text's address belongs to
 * the functions that print the text. Only the code of x86-64 is known.
 */
struct codetext {
    const char *text; /* with its NUL it is what is looked for */
    bool is_there;
    uint64_t offset, address; /* of the first, or of the one that is used */
    uint64_t use;             /* address of code that takes it; 0: none was found */
    int use_register;         /* number of the register that takes it */
};

/* Whether uses can be told in this file. */
bool codetext_knows_code(const struct elffile *file);

/* Looks for all of them at once; only `text` is set before. -ENOMEM. */
int codetext_find(const struct elffile *file, struct codetext *texts, size_t count);

/*
 * The whole number that the code around a use passes as argument `n` after the text (1 is
 * the next); -1 if it is unknown. Between the text and its call nothing else happens, so
 * the nearest write to the argument's register counts.
 */
int64_t codetext_argument(const struct elffile *file, const struct codetext *text,
                          unsigned n);

#endif

#ifndef TIDEMARK_HARNESS_CODETEXT_H
#define TIDEMARK_HARNESS_CODETEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elfimage;

/*
 * A text in a file, and the code that uses it. A text alone proves little: this very
 * program holds the texts that it looks for. Code that takes the address of a text
 * belongs to the functions that print it. Only x86-64 code is understood.
 */
struct codetext {
    const char *text; /* searched with its NUL */
    bool is_there;
    uint64_t address; /* of the used occurrence, or else of the first */
    uint64_t use;     /* address of the code that takes it; 0: none was found */
    int use_register; /* number of the register that gets the address */
};

/* Whether the code of this file is understood, so that uses can be found. */
bool codetext_knows_code(const struct elfimage *file);

/* Looks for all `texts` at once. The caller sets only `text` of each. */
void codetext_find(const struct elfimage *file, struct codetext *texts, size_t count);

/*
 * The whole number that the code around a use passes as the n-th argument after the text.
 * -1 if it is unknown. The code does nothing else between loading the text and the call,
 * so the last write to the register of the argument counts.
 */
int64_t codetext_argument(const struct elfimage *file, const struct codetext *text,
                          unsigned n);

#endif

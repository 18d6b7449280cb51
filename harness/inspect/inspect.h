#ifndef TIDEMARK_HARNESS_INSPECT_H
#define TIDEMARK_HARNESS_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct elfimage;
struct reason;

/*
 * What the file of a program, a library or an addon says about the allocators that it
 * contains or calls, by its symbols, its texts and its code. Nothing in the file is run.
 */
enum certainty {
    CERTAIN,  /* proven by the file: a symbol, or code that uses the texts */
    LIKELY,   /* there are signs, but something else could leave them, too */
    POSSIBLE, /* texts that no code uses, or only one place */
    CERTAINTIES
};

struct claim {
    char what[160], evidence[320];
    enum certainty certainty;
};

enum { CLAIMS_MAX = 40, SUMMARY_MAX = 96 };

struct inspection {
    char kind[96]; /* "shared library, x86-64, stripped" */
    struct claim claims[CLAIMS_MAX];
    size_t claim_count;
    /* Short texts for a table; "" if unknown. */
    char inside[SUMMARY_MAX], version[SUMMARY_MAX], options[SUMMARY_MAX];
    char libc[SUMMARY_MAX];    /* the allocation functions that it takes from elsewhere */
    const char *no_transplant; /* why not; NULL: tidemark transplant finds functions */
    enum certainty inside_certainty;
    bool is_told; /* at least one claim names an allocator and is more than POSSIBLE */
};

/* -errno with `reason` if the file cannot be read or is no ELF file. */
int inspect_file(struct inspection *ret, const char *path, struct reason *reason);

/*
 * Whether a process runs a program made by Go's toolchain. The file of such a program has
 * a section .gopclntab, which Go's runtime needs and which stripping keeps. False if that
 * is unknown. Addresses would not tell: Go 1.26 and newer put the heap at a random
 * address.
 */
bool inspect_is_go(pid_t pid);

const char *inspect_certainty_name(enum certainty certainty);

/* Adds a claim. Drops it if there are CLAIMS_MAX already. Only for inspect*.c. */
__attribute__((format(printf, 4, 5))) void inspect_claim(struct inspection *inspection,
                                                         enum certainty certainty,
                                                         const char *what,
                                                         const char *evidence, ...);

/* Appends a name to a list of names, after a comma if it is not the first. Cuts the list
 * if it is too long. */
void inspect_append(char *buffer, size_t size, const char *name);

/*
 * Add claims about version and build options. Call each only if that allocator is inside.
 */
void inspect_mimalloc(struct inspection *ret, const struct elfimage *file);
void inspect_jemalloc(struct inspection *ret, const struct elfimage *file);
void inspect_ebb(struct inspection *ret, const struct elfimage *file);
void inspect_glibc(struct inspection *ret, const struct elfimage *file);

#endif

#ifndef TIDEMARK_HARNESS_VARIANT_H
#define TIDEMARK_HARNESS_VARIANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reason;

/*
 * A variant: an allocator with a policy (environment settings). The registered allocators
 * come from the manifest that set-up writes, one row for each line of allocators.def; a
 * user's own come from `--allocator NAME=BASE[,ENV=VALUE…]`. A variant can also be a
 * command that is timed as a whole (`tidemark time`); it has a name and no library.
 */

enum {
    VARIANT_COMMAND_MAX = 2048,
    VARIANT_ENV_MAX = 8,
    VARIANT_CHECKS_MAX = 8,
    VARIANTS_MAX = 48
};

enum variant_status {
    VARIANT_OK,
    VARIANT_NOT_BUILT,   /* ours, and not built yet */
    VARIANT_UNAVAILABLE, /* could not be had; `detail` says why */
};

struct variant {
    char name[48];
    char family[16];
    char version[40];
    enum variant_status status;
    char library[512];
    char sha256[65];
    uint64_t bytes;
    char source[160];
    char detail[512];
    char command[VARIANT_COMMAND_MAX]; /* a program of a user's own; empty: a library */
    bool is_extra;                     /* measured only where it is named */
    bool preload; /* false: the C library's own malloc, which needs none */
    unsigned env_count;
    char env[VARIANT_ENV_MAX][192]; /* "NAME=VALUE" */
    unsigned unchecked;             /* settings among them that nobody can read back */
    unsigned check_count;
    char checks[VARIANT_CHECKS_MAX][80]; /* "KEY=VALUE" as the allocator must say it */
};

struct variant_list {
    size_t count;
    struct variant at[VARIANTS_MAX];
};

/*
 * Reads the manifest. Corrects rows of status `ok` whose library has disappeared, and
 * rows of status `not-built` whose library exists now. -errno with `reason` (which names
 * the remedy) if the manifest is missing or malformed.
 */
int variant_read_manifest(const char *path, struct variant_list *ret,
                          struct reason *reason);

/*
 * Adds the variant that `--allocator NAME=BASE[,ENV=VALUE…]` describes, where BASE is the
 * path of a shared library, or the name of a variant that is in the list already, or one
 * of those with policies (policy.h); NAME=BASE can be just such a name. A comma
 * starts a new setting only before NAME=, so that values may hold commas. -EINVAL and so
 * on, with `reason`, for bad input.
 */
int variant_add_custom(struct variant_list *list, const char *description,
                       struct reason *reason);

/* Adds `ENV=VALUE[,ENV=VALUE…]`; commas as above. -EINVAL or -E2BIG with `reason`. */
int variant_add_settings(struct variant *variant, const char *text,
                         struct reason *reason);

/*
 * Whether the library is still the file whose SHA-256 the variant carries: -ESTALE with
 * `reason` if it has changed, another -errno if it cannot be read.
 */
int variant_check_library(const struct variant *variant, struct reason *reason);

const struct variant *variant_find(const struct variant_list *list, const char *name);

/* Whether the object at path `loaded` (what malloc resolves to) is this variant's
 * library. */
bool variant_provides(const struct variant *variant, const char *loaded);

/* `ok`, `not-built` or `unavailable`. */
const char *variant_status_name(enum variant_status status);

/* The inverse; -EINVAL for another word. */
int variant_status_parse(const char *name, enum variant_status *ret);

#endif

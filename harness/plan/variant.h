#ifndef TIDEMARK_HARNESS_VARIANT_H
#define TIDEMARK_HARNESS_VARIANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reason;

/*
 * A variant: an allocator with its policies or settings (environment variables). The
 * registered allocators come from the manifest that set-up writes; it has one row for
 * each line of allocators.def. A user's own come from `--allocator
 * NAME=BASE[,ENV=VALUE…]`. A variant can also be a command that is timed as a whole
 * (`tidemark time`). Such a variant has a name and a command, but no library.
 */

enum {
    VARIANT_COMMAND_MAX = 2048,
    VARIANT_ENV_MAX = 8,
    VARIANT_CHECKS_MAX = 8,
    VARIANTS_MAX = 48
};

enum variant_status {
    VARIANT_OK,
    VARIANT_NOT_BUILT,   /* an allocator of this repository that is not built yet */
    VARIANT_UNAVAILABLE, /* set-up could not get it; `detail` says why */
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
    char command[VARIANT_COMMAND_MAX]; /* a command to be timed; empty: a library */
    bool is_extra;                     /* measured only if it is named */
    bool preload; /* false: the C library's own malloc, which needs no preload */
    unsigned env_count;
    char env[VARIANT_ENV_MAX][192]; /* "NAME=VALUE" */
    unsigned unchecked;             /* how many of `env` cannot be read back */
    unsigned check_count;
    char checks[VARIANT_CHECKS_MAX][80]; /* "KEY=VALUE", as the allocator must answer */
};

struct variant_list {
    size_t count;
    struct variant at[VARIANTS_MAX];
};

/*
 * Reads the manifest. A row of status `ok` becomes `unavailable` if its library has
 * disappeared. A row of status `not-built` becomes `ok` if its library exists now. -errno
 * with `reason` (which names the remedy) if the manifest is missing or malformed.
 */
int variant_read_manifest(const char *path, struct variant_list *ret,
                          struct reason *reason);

/*
 * Adds the variant that `--allocator NAME=BASE[,ENV=VALUE…]` describes. BASE is the path
 * of a shared library, the name of a listed variant, or such a name with policies
 * (policy.h). A description that is only ALLOCATOR+POLICY names the variant itself. A
 * comma starts a new setting only before NAME=, so values may hold commas. -EINVAL and so
 * on, with `reason`, for bad input.
 */
int variant_add_custom(struct variant_list *list, const char *description,
                       struct reason *reason);

/* Adds `ENV=VALUE[,ENV=VALUE…]`; commas as in variant_add_custom(). -EINVAL or -E2BIG
 * with `reason`. */
int variant_add_settings(struct variant *variant, const char *text,
                         struct reason *reason);

/* Checks that the library is still the file with the SHA-256 of the variant. -ESTALE with
 * `reason` if it has changed, another -errno if it cannot be read. */
int variant_check_library(const struct variant *variant, struct reason *reason);

/* Appends a copy. With `reason`: -EEXIST if its name is there, -E2BIG if the list is
 * full. */
int variant_append(struct variant_list *list, const struct variant *variant,
                   struct reason *reason);

const struct variant *variant_find(const struct variant_list *list, const char *name);

/* Whether the file `loaded`, from which a process has its malloc, is this variant's
 * library. */
bool variant_provides(const struct variant *variant, const char *loaded);

/* "ok", "not-built" or "unavailable". */
const char *variant_status_name(enum variant_status status);

/* The inverse of variant_status_name(). -EINVAL for another word. */
int variant_status_parse(const char *name, enum variant_status *ret);

#endif

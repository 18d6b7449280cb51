#include "variant.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assignment.h"
#include "capture.h"
#include "file.h"
#include "policy.h"
#include "reason.h"

enum { COLUMNS = 10 };

static const char *const status_names[] = {
    [VARIANT_OK] = "ok",
    [VARIANT_NOT_BUILT] = "not-built",
    [VARIANT_UNAVAILABLE] = "unavailable",
};

const char *variant_status_name(enum variant_status status) {
    return status_names[status];
}

int variant_status_parse(const char *name, enum variant_status *ret) {
    for (size_t i = 0; i < sizeof status_names / sizeof status_names[0]; i++) {
        if (strcmp(name, status_names[i]) == 0) {
            *ret = (enum variant_status)i;
            return 0;
        }
    }
    return -EINVAL;
}

const struct variant *variant_find(const struct variant_list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->at[i].name, name) == 0)
            return &list->at[i];
    return NULL;
}

int variant_append(struct variant_list *list, const struct variant *variant,
                   struct reason *reason) {
    if (variant_find(list, variant->name)) {
        reason_set(reason, "the allocator %s is named twice", variant->name);
        return -EEXIST;
    }
    if (list->count == VARIANTS_MAX) {
        reason_set(reason, "name at most %d allocators for one run", VARIANTS_MAX);
        return -E2BIG;
    }
    list->at[list->count++] = *variant;
    return 0;
}

bool variant_provides(const struct variant *variant, const char *loaded) {
    struct stat asked, found;
    return stat(variant->library, &asked) == 0 && stat(loaded, &found) == 0 &&
           asked.st_dev == found.st_dev && asked.st_ino == found.st_ino;
}

static void copy_text(char *target, size_t size, const char *source) {
    snprintf(target, size, "%s", strcmp(source, "-") == 0 ? "" : source);
}

/* Sets the size and the SHA-256 of the library as it is now. */
static int hash_library(struct variant *variant, struct reason *reason) {
    struct stat info;
    if (stat(variant->library, &info) < 0) {
        int error = -errno;
        reason_set(reason, "allocator %s: cannot read %s: %s", variant->name,
                   variant->library, strerror(-error));
        return error;
    }
    if (!S_ISREG(info.st_mode)) {
        reason_set(reason, "allocator %s: %s is not a file; name a shared library",
                   variant->name, variant->library);
        return -EINVAL;
    }
    variant->bytes = (uint64_t)info.st_size;
    char output[128];
    char *argv[] = {"sha256sum", "--", variant->library, NULL};
    int code = capture_command(argv, 0, output, sizeof output);
    if (code != 0 || strspn(output, "0123456789abcdef") != 64) {
        reason_set(reason, "allocator %s: sha256sum of %s failed: %s", variant->name,
                   variant->library,
                   code == -ENOENT ? "sha256sum is not installed (package coreutils)"
                   : code < 0      ? strerror(-code)
                                   : "can you read the file?");
        return code < 0 ? code : -EIO;
    }
    memcpy(variant->sha256, output, 64);
    variant->sha256[64] = '\0';
    return 0;
}

int variant_check_library(const struct variant *variant, struct reason *reason) {
    struct variant now = *variant;
    int error = hash_library(&now, reason);
    if (!error && strcmp(now.sha256, variant->sha256) != 0) {
        reason_set(reason,
                   "allocator %s: %s has changed (its SHA-256 is %.16s..., was %.16s...)",
                   variant->name, variant->library, now.sha256, variant->sha256);
        error = -ESTALE;
    }
    return error;
}

/* Updates the status: the library may have appeared or disappeared since the manifest was
 * written. */
static int refresh_status(struct variant *variant, struct reason *reason) {
    if (variant->status == VARIANT_UNAVAILABLE)
        return 0;
    if (access(variant->library, R_OK) == 0) {
        if (variant->status == VARIANT_NOT_BUILT)
            variant->detail[0] = '\0'; /* it said that the library is not built */
        variant->status = VARIANT_OK;
        return hash_library(variant, reason);
    }
    if (variant->status == VARIANT_OK) {
        variant->status = VARIANT_UNAVAILABLE;
        snprintf(variant->detail, sizeof variant->detail,
                 "its library has disappeared since set-up; run `make setup`");
    }
    return 0;
}

static int parse_row(char *row, struct variant *ret, struct reason *reason) {
    char *columns[COLUMNS];
    size_t count = 0;
    for (char *column; (column = strsep(&row, "\t"));)
        if (count++ < COLUMNS)
            columns[count - 1] = column;
    struct variant variant = {0};
    if (count != COLUMNS || variant_status_parse(columns[3], &variant.status) < 0) {
        reason_set(reason, "a line has %zu columns instead of %d, or an unknown status",
                   count, COLUMNS);
        return -EBADMSG;
    }
    copy_text(variant.name, sizeof variant.name, columns[0]);
    copy_text(variant.family, sizeof variant.family, columns[1]);
    copy_text(variant.version, sizeof variant.version, columns[2]);
    copy_text(variant.library, sizeof variant.library, columns[4]);
    copy_text(variant.sha256, sizeof variant.sha256, columns[5]);
    variant.bytes = strtoull(columns[6], NULL, 10);
    copy_text(variant.source, sizeof variant.source, columns[7]);
    variant.is_extra = strcmp(columns[8], "extra") == 0;
    copy_text(variant.detail, sizeof variant.detail, columns[9]);
    variant.preload = strcmp(variant.family, "glibc") != 0;
    *ret = variant;
    return refresh_status(ret, reason);
}

static int parse_manifest(char *text, struct variant_list *list, struct reason *reason) {
    char *rest = text;
    strsep(&rest, "\n"); /* the header */
    for (char *row; (row = strsep(&rest, "\n"));) {
        if (*row == '\0')
            continue;
        if (list->count == VARIANTS_MAX) {
            reason_set(reason, "it has more than %d rows", VARIANTS_MAX);
            return -E2BIG;
        }
        int error = parse_row(row, &list->at[list->count], reason);
        if (error)
            return error;
        list->count++;
    }
    return 0;
}

int variant_read_manifest(const char *path, struct variant_list *ret,
                          struct reason *reason) {
    char *text;
    int error = file_read(path, &text, NULL);
    if (error) {
        reason_set(reason,
                   "cannot read the allocators' manifest %s: %s; run `make setup`", path,
                   strerror(-error));
        return error;
    }
    struct reason detail = {""};
    ret->count = 0;
    error = parse_manifest(text, ret, &detail);
    if (error)
        reason_set(reason,
                   "the allocators' manifest %s is malformed: %.300s; run "
                   "`make setup`",
                   path, detail.text);
    free(text);
    return error;
}

int variant_add_settings(struct variant *variant, const char *text,
                         struct reason *reason) {
    struct assignment_target target = {
        "allocator",     variant->name,          "ENV=VALUE",     "settings",
        variant->env[0], sizeof variant->env[0], VARIANT_ENV_MAX, &variant->env_count};
    return assignment_append(&target, text, reason);
}

/* Adds the user's own settings, and counts them as unchecked: nobody knows what the
 * allocator should answer about them. */
static int add_own_settings(struct variant *variant, const char *text,
                            struct reason *reason) {
    unsigned before = variant->env_count;
    int error = variant_add_settings(variant, text, reason);
    variant->unchecked += variant->env_count - before;
    return error;
}

static bool is_variant_name(const char *text, size_t length) {
    if (length == 0 || length >= sizeof((struct variant *)0)->name)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("+-._", text[i]))
            return false;
    return true;
}

/* Takes everything but the name from `base`: a listed variant, one with policies, or the
 * path of a library. */
static int set_base(struct variant_list *list, struct variant *variant, const char *base,
                    struct reason *reason) {
    const struct variant *listed = variant_find(list, base);
    if (listed || (strchr(base, '+') && !strchr(base, '/'))) {
        char name[sizeof variant->name];
        memcpy(name, variant->name, sizeof name);
        int error = listed ? 0 : policy_compose_registered(list, base, variant, reason);
        if (listed)
            *variant = *listed;
        memcpy(variant->name, name, sizeof name);
        return error;
    }
    if (!strchr(base, '/')) {
        reason_set(reason,
                   "allocator %s: \"%s\" is neither a listed allocator (`tidemark list "
                   "allocators`) nor a path (which has a slash in it)",
                   variant->name, base);
        return -EINVAL;
    }
    char *resolved = realpath(base, NULL);
    if (!resolved || strlen(resolved) >= sizeof variant->library ||
        strpbrk(resolved, " :\t\n")) {
        int error = resolved ? -EINVAL : -errno;
        reason_set(reason, "allocator %s: %s: %s", variant->name, base,
                   resolved ? "the dynamic loader cannot preload a path with a space or "
                              "a colon in it; copy the library elsewhere"
                            : strerror(-error));
        free(resolved);
        return error;
    }
    snprintf(variant->family, sizeof variant->family, "custom");
    snprintf(variant->library, sizeof variant->library, "%s", resolved);
    snprintf(variant->source, sizeof variant->source, "named by the user");
    free(resolved);
    variant->preload = true;
    return hash_library(variant, reason);
}

int variant_add_custom(struct variant_list *list, const char *description,
                       struct reason *reason) {
    const char *equals = strchr(description, '=');
    size_t length = equals ? (size_t)(equals - description) : 0;
    bool is_composed = !equals && strchr(description, '+');
    if (is_composed) /* ALLOCATOR+POLICY is also its name */
        length = strlen(description);
    if (!is_variant_name(description, length)) {
        reason_set(
            reason,
            "\"%s\" is not NAME=PATH[,ENV=VALUE...] with a NAME of letters, digits "
            "and + - . _",
            description);
        return -EINVAL;
    }
    struct variant variant = {0};
    memcpy(variant.name, description, length);
    if (variant_find(list, variant.name)) {
        reason_set(reason, "there is an allocator named %s already; choose another name",
                   variant.name);
        return -EEXIST;
    }
    const char *start = is_composed ? description : equals + 1;
    const char *end = assignment_end(start);
    char base[PATH_MAX];
    snprintf(base, sizeof base, "%.*s", (int)(end - start), start);
    int error = set_base(list, &variant, base, reason);
    if (!error && *end)
        error = add_own_settings(&variant, end + 1, reason);
    return error ? error : variant_append(list, &variant, reason);
}

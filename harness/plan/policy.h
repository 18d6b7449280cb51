#ifndef TIDEMARK_HARNESS_POLICY_H
#define TIDEMARK_HARNESS_POLICY_H

#include <stddef.h>

#include "variant.h"

struct reason;

/*
 * The registry allocators/policies.def. A policy has settings of an allocator, and the
 * answers that the allocator must give when it is asked whether they took effect.
 * ALLOCATOR+POLICY names a variant.
 */
enum { POLICIES_MAX = 48 };

struct policy {
    char name[24];
    char allocator[48]; /* the name or the family of a variant */
    char settings[192]; /* ENV=VALUE[,ENV=VALUE]... */
    char checks[192];   /* KEY=VALUE[,KEY=VALUE]... */
    char summary[96];
};

struct policy_list {
    size_t count;
    struct policy at[POLICIES_MAX];
};

/* Reads the registry of this build, or the file that TIDEMARK_POLICIES names. -errno with
 * `reason`. */
int policy_read(struct policy_list *ret, struct reason *reason);

/* Parses the text of the registry. With `reason`: -EBADMSG if a line is malformed, -E2BIG
 * if there are more than POLICIES_MAX. */
int policy_parse(const char *text, struct policy_list *ret, struct reason *reason);

/* The first policy with this name that fits the allocator, or NULL. */
const struct policy *policy_find(const struct policy_list *policies, const char *name,
                                 const struct variant *allocator);

/* Makes the variant ALLOCATOR+POLICY[+POLICY]... from a listed allocator. -EINVAL with
 * `reason` if one of the names is unknown, or if two policies set the same variable. */
int policy_compose(const struct policy_list *policies, const struct variant_list *list,
                   const char *name, struct variant *ret, struct reason *reason);

/* Like policy_compose(), with the registry that policy_read() reads. */
int policy_compose_registered(const struct variant_list *list, const char *name,
                              struct variant *ret, struct reason *reason);

#endif

#ifndef TIDEMARK_HARNESS_POLICY_H
#define TIDEMARK_HARNESS_POLICY_H

#include <stddef.h>

#include "variant.h"

struct reason;

/*
 * The registry allocators/policies.def: an allocator's own settings, and what the
 * allocator must answer when it is asked whether they took effect. ALLOCATOR+POLICY names
 * a variant.
 */
enum { POLICIES_MAX = 48 };

struct policy {
    char name[24];
    char allocator[48]; /* a variant's name or its family */
    char settings[192]; /* ENV=VALUE[,ENV=VALUE]... */
    char checks[192];   /* KEY=VALUE[,KEY=VALUE]... */
    char summary[96];
};

struct policy_list {
    size_t count;
    struct policy at[POLICIES_MAX];
};

/* Reads the registry of this build, or the file that TIDEMARK_POLICIES names. -errno. */
int policy_read(struct policy_list *ret, struct reason *reason);

/* Parses the registry's text. -EBADMSG with `reason` for a malformed line. */
int policy_parse(const char *text, struct policy_list *ret, struct reason *reason);

/* The first policy with this name that fits the allocator; NULL where none does. */
const struct policy *policy_find(const struct policy_list *policies, const char *name,
                                 const struct variant *allocator);

/*
 * Makes the variant ALLOCATOR+POLICY[+POLICY]... out of a listed allocator. -EINVAL with
 * `reason` where one of them is not known, or two policies want the same variable.
 */
int policy_compose(const struct policy_list *policies, const struct variant_list *list,
                   const char *name, struct variant *ret, struct reason *reason);

/* The same, of the registry that policy_read() reads. */
int policy_compose_registered(const struct variant_list *list, const char *name,
                              struct variant *ret, struct reason *reason);

#endif

#include "policy.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "heap.h"
#include "paths.h"
#include "reason.h"

static int parse_line(const char *line, struct policy *ret) {
    struct policy p = {0};
    int from = 0, to = 0;
    if (sscanf(line, "%23s %47s %191s %191s %n%*[^\n]%n", p.name, p.allocator, p.settings,
               p.checks, &from, &to) < 4 ||
        to <= from || (size_t)(to - from) >= sizeof p.summary ||
        !strchr(p.settings, '=') || !strchr(p.checks, '='))
        return -EBADMSG;
    memcpy(p.summary, line + from, (size_t)(to - from));
    *ret = p;
    return 0;
}

int policy_parse(const char *text, struct policy_list *ret, struct reason *reason) {
    char *copy = strdup(text), *rest = copy;
    int error = 0;
    if (!copy)
        heap_exhausted();
    ret->count = 0;
    for (char *line; !error && (line = strsep(&rest, "\n"));) {
        if (!*line || *line == '#')
            continue;
        if (ret->count == POLICIES_MAX) {
            reason_set(reason, "the registry of policies has more than %d policies",
                       POLICIES_MAX);
            error = -E2BIG;
        } else if ((error = parse_line(line, &ret->at[ret->count++])) < 0)
            reason_set(reason,
                       "a line of the registry of policies is not NAME ALLOCATOR "
                       "SETTING=VALUE KEY=VALUE SUMMARY, or is too long: \"%.60s\"",
                       line);
    }
    free(copy);
    return error;
}

int policy_read(struct policy_list *ret, struct reason *reason) {
    char path[PATH_MAX], *text;
    const char *named = getenv("TIDEMARK_POLICIES");
    int error = 0;
    if (named)
        snprintf(path, sizeof path, "%s", named);
    else
        error = paths_in_build(path, sizeof path, "share/policies.def");
    if (!error)
        error = file_read(path, &text, NULL);
    if (error) {
        reason_set(reason, "cannot read the registry of policies%s%s: %s; %s",
                   named ? " " : "", named ? named : "", strerror(-error),
                   named ? "TIDEMARK_POLICIES names that file" : "build again");
        return error;
    }
    error = policy_parse(text, ret, reason);
    free(text);
    return error;
}

const struct policy *policy_find(const struct policy_list *policies, const char *name,
                                 const struct variant *allocator) {
    for (size_t i = 0; i < policies->count; i++) {
        const struct policy *policy = &policies->at[i];
        if (strcmp(policy->name, name) == 0 &&
            (strcmp(policy->allocator, allocator->name) == 0 ||
             strcmp(policy->allocator, allocator->family) == 0))
            return policy;
    }
    return NULL;
}

/* Refuses a second value for a variable. The two would have to be merged, and how differs
 * by allocator. */
static int refuse_same_variable(const struct variant *variant, unsigned before,
                                struct reason *reason) {
    for (unsigned i = before; i < variant->env_count; i++)
        for (unsigned k = 0; k < before; k++) {
            size_t length = strcspn(variant->env[i], "=") + 1;
            if (strncmp(variant->env[i], variant->env[k], length) != 0)
                continue;
            reason_set(
                reason,
                "allocator %s: one variable is set twice, by \"%.80s\" and \"%.80s\"",
                variant->name, variant->env[k], variant->env[i]);
            return -EINVAL;
        }
    return 0;
}

static int add_checks(struct variant *variant, const char *checks,
                      struct reason *reason) {
    char copy[sizeof((struct policy *)0)->checks], *rest = copy;
    snprintf(copy, sizeof copy, "%s", checks);
    for (char *check; (check = strsep(&rest, ","));) {
        if (variant->check_count == VARIANT_CHECKS_MAX) {
            reason_set(reason, "allocator %s: at most %d settings can be read back",
                       variant->name, VARIANT_CHECKS_MAX);
            return -E2BIG;
        }
        snprintf(variant->checks[variant->check_count++], sizeof variant->checks[0],
                 "%.79s", check);
    }
    return 0;
}

static int apply(const struct policy_list *policies, const struct variant *allocator,
                 const char *name, struct variant *variant, struct reason *reason) {
    const struct policy *policy = policy_find(policies, name, allocator);
    if (!policy) {
        reason_set(reason,
                   "allocator %s: there is no policy \"%s\" for %s; see `tidemark list "
                   "policies`",
                   variant->name, name, allocator->name);
        return -EINVAL;
    }
    unsigned before = variant->env_count;
    int error = variant_add_settings(variant, policy->settings, reason);
    if (!error)
        error = refuse_same_variable(variant, before, reason);
    return error ? error : add_checks(variant, policy->checks, reason);
}

int policy_compose(const struct policy_list *policies, const struct variant_list *list,
                   const char *name, struct variant *ret, struct reason *reason) {
    char copy[sizeof ret->name], *rest = copy;
    if (snprintf(copy, sizeof copy, "%s", name) >= (int)sizeof copy) {
        reason_set(reason, "\"%.60s...\" is too long for an allocator's name", name);
        return -ENAMETOOLONG;
    }
    const char *base = strsep(&rest, "+");
    const struct variant *allocator = variant_find(list, base);
    if (!allocator) {
        reason_set(reason, "there is no allocator \"%s\"; see `tidemark list allocators`",
                   base);
        return -EINVAL;
    }
    struct variant variant = *allocator;
    snprintf(variant.name, sizeof variant.name, "%s", name);
    int error = 0;
    for (char *policy; !error && (policy = strsep(&rest, "+"));)
        error = apply(policies, allocator, policy, &variant, reason);
    if (!error)
        *ret = variant;
    return error;
}

int policy_compose_registered(const struct variant_list *list, const char *name,
                              struct variant *ret, struct reason *reason) {
    struct policy_list policies;
    int error = policy_read(&policies, reason);
    return error ? error : policy_compose(&policies, list, name, ret, reason);
}

#include "merge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "reason.h"
#include "result.h"
#include "text.h"

static int by_shard(const void *a, const void *b) {
    const struct result *x = a, *y = b;
    return (x->plan.shard > y->plan.shard) - (x->plan.shard < y->plan.shard);
}

/*
 * The plan without what may differ between machines: the number of the shard, the seed of
 * the order of cells, and the paths of files (their SHA-256 must still agree).
 */
static json_t *comparable_plan(const struct result *shard) {
    json_t *plan = json_deep_copy(json_object_get(shard->root, "plan")), *entry;
    size_t i;
    json_object_del(plan, "shard");
    json_object_del(plan, "shards");
    json_object_del(plan, "seed");
    json_array_foreach(json_object_get(plan, "variants"), i, entry) {
        json_object_del(entry, "library");
        json_object_del(entry, "detail");
        json_object_del(entry, "source");
    }
    json_array_foreach(json_object_get(plan, "workloads"), i, entry)
        json_object_del(entry, "program");
    return plan;
}

static int check_plans(const struct result *a, const struct result *b,
                       struct reason *reason) {
    json_t *ours = comparable_plan(a), *theirs = comparable_plan(b);
    json_t *all = json_copy(ours), *value;
    const char *name, *differs = NULL;
    json_object_update_missing(all, theirs); /* of another version */
    json_object_foreach(all, name, value) {
        if (!json_equal(json_object_get(ours, name), json_object_get(theirs, name)))
            differs = name;
    }
    if (differs)
        reason_set(reason,
                   "shards %u and %u have different plans: their %s differ; run both "
                   "with the same options and builds",
                   a->plan.shard, b->plan.shard, differs);
    json_decref(all);
    json_decref(ours);
    json_decref(theirs);
    return differs ? -EINVAL : 0;
}

static int check_programs(const struct result *a, const struct result *b,
                          struct reason *reason) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)a->environment, name, value) {
        if (strncmp(name, "sha256 of ", 10) != 0 ||
            json_equal(value, json_object_get(b->environment, name)))
            continue;
        reason_set(reason,
                   "shards %u and %u measured different programs: the %s differs; give "
                   "every machine the same build",
                   a->plan.shard, b->plan.shard, name);
        return -EINVAL;
    }
    return 0;
}

static int check_shards(const struct result *shards, size_t count,
                        struct reason *reason) {
    for (size_t i = 0; i < count; i++) {
        if (shards[i].plan.shards == 0) {
            reason_set(reason, "one of these runs is not a shard; make shards with "
                               "`tidemark run --shard=I/N`");
            return -EINVAL;
        }
        if (i == 0)
            continue;
        if (shards[i].plan.shards != shards[0].plan.shards) {
            reason_set(reason,
                       "one run is a shard of %u, another a shard of %u; merge only "
                       "shards of one run",
                       shards[0].plan.shards, shards[i].plan.shards);
            return -EINVAL;
        }
        if (shards[i].plan.shard == shards[i - 1].plan.shard) {
            reason_set(reason, "shard %u of %u is named twice", shards[i].plan.shard,
                       shards[i].plan.shards);
            return -EINVAL;
        }
        if (check_plans(&shards[0], &shards[i], reason) < 0 ||
            check_programs(&shards[0], &shards[i], reason) < 0)
            return -EINVAL;
    }
    return 0;
}

/* All different values of a fact, in the order of shards: "X" or "X | Y". */
static json_t *join_fact(const struct result *shards, size_t count, const char *name) {
    char joined[1024] = "";
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(shards[i].environment, name);
        bool known = false;
        for (size_t k = 0; k < i; k++)
            known |= json_equal(value, json_object_get(shards[k].environment, name));
        if (!known)
            text_append(joined, sizeof joined, "%s%s", i ? " | " : "",
                        json_is_string(value) ? json_string_value(value) : "-");
    }
    return json_string(joined);
}

static json_t *join_environments(const struct result *shards, size_t count) {
    json_t *environment = json_object(), *value;
    const char *name;
    json_object_foreach((json_t *)shards[0].environment, name, value)
        json_object_set_new(environment, name, join_fact(shards, count, name));
    return environment;
}

static json_t *list_machines(const struct result *shards, size_t count) {
    json_t *machines = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(machines,
                              json_pack("{s:i, s:O}", "shard", (int)shards[i].plan.shard,
                                        "environment", shards[i].environment));
    return machines;
}

static void list_missing(const struct result *shards, size_t count, char *buffer,
                         size_t size) {
    size_t next = 0;
    *buffer = '\0';
    for (unsigned shard = 1; shard <= shards[0].plan.shards; shard++) {
        if (next < count && shards[next].plan.shard == shard) {
            next++;
            continue;
        }
        text_append(buffer, size, "%s%u", *buffer ? ", " : "", shard);
    }
}

int merge_results(struct result *shards, size_t count, json_t **ret_root,
                  char *ret_missing, size_t size, struct reason *reason) {
    qsort(shards, count, sizeof *shards, by_shard);
    if (check_shards(shards, count, reason) < 0)
        return -EINVAL;
    list_missing(shards, count, ret_missing, size);
    bool complete = *ret_missing == '\0';
    double wall_s = 0;
    json_t *records = json_array();
    for (size_t i = 0; i < count; i++) {
        complete &= shards[i].complete;
        wall_s += shards[i].wall_s;
        json_array_extend(records, json_object_get(shards[i].root, "records"));
    }
    json_t *plan = json_deep_copy(json_object_get(shards[0].root, "plan"));
    json_object_del(plan, "shard");
    json_object_del(plan, "shards");
    json_t *file = json_pack("{s:o, s:o}", "plan", plan, "environment",
                             join_environments(shards, count));
    json_t *root = file ? result_assemble(file, records, complete) : NULL;
    json_decref(file);
    json_decref(records);
    if (!root)
        heap_exhausted();
    json_object_set_new(root, "wall_s", json_real(wall_s));
    json_object_set_new(root, "machines", list_machines(shards, count));
    *ret_root = root;
    return 0;
}

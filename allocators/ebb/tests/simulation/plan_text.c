/* Plans as text: what a failure prints, and what --replay reads. */
#include <string.h>

#include "plan.h"

static const char *const kind_names[OP_KINDS] = {
    "malloc",  "calloc", "aligned", "realloc", "free", "write",
    "collect", "stats",  "exit",    "unshare", "fork", "idle",
};
static const char *const touch_names[TOUCH_KINDS] = {"nothing", "all", "head", "tail",
                                                     "some"};

struct setting {
    const char *name;
    size_t offset;
    unsigned plain;
};

static const struct setting table[] = {
#define PLAN_ROW(name, plain) {#name, offsetof(struct settings, name), plain},
    PLAN_SETTINGS(PLAN_ROW)
#undef PLAN_ROW
};

static unsigned *value_of(struct settings *settings, const struct setting *setting) {
    return (unsigned *)((char *)settings + setting->offset);
}

unsigned plan_settings_count(void) {
    return sizeof table / sizeof *table;
}

bool plan_make_plain(struct settings *settings, unsigned number) {
    unsigned *value = value_of(settings, &table[number]);
    bool plain = *value == table[number].plain;
    *value = table[number].plain;
    return plain;
}

/* "A realloc slot 3 size 100 detail 0 touch all seed 1f every 10 times 1 hold 3" */
void op_format(const struct op *op, char *buffer, size_t size) {
    snprintf(buffer, size,
             "%c %-7s slot %2u size %6u detail %u touch %-7s seed %08x every %u times %u "
             "hold %u",
             'A' + (int)op->thread, kind_names[op->kind], op->slot, op->size, op->detail,
             touch_names[op->touch], op->seed, op->every, op->times, op->hold);
}

void plan_print(const struct plan *plan, FILE *to) {
    struct settings settings = plan->settings;
    for (unsigned i = 0; i < plan_settings_count(); i++)
        if (*value_of(&settings, &table[i]) != table[i].plain)
            fprintf(to, "set %s %u\n", table[i].name, *value_of(&settings, &table[i]));
    for (unsigned i = 0; i < plan->count; i++) {
        char line[200];
        op_format(&plan->ops[i], line, sizeof line);
        fprintf(to, "%s\n", line);
    }
}

static unsigned index_of(const char *name, const char *const *names, unsigned count) {
    unsigned i = 0;
    while (i < count && strcmp(name, names[i]) != 0)
        i++;
    return i;
}

static bool parse_setting(struct plan *plan, const char *line) {
    char name[40];
    unsigned value;
    if (sscanf(line, "set %39s %u", name, &value) != 2)
        return false;
    for (unsigned i = 0; i < plan_settings_count(); i++)
        if (strcmp(name, table[i].name) == 0) {
            *value_of(&plan->settings, &table[i]) = value;
            return true;
        }
    return false;
}

static bool parse_op(struct op *op, const char *line) {
    char thread, kind[20], touch[20];
    if (sscanf(line,
               "%c %19s slot %u size %u detail %u touch %19s seed %x every %u times %u "
               "hold %u",
               &thread, kind, &op->slot, &op->size, &op->detail, touch, &op->seed,
               &op->every, &op->times, &op->hold) != 10)
        return false;
    op->thread = (unsigned)(thread - 'A');
    op->kind = (enum op_kind)index_of(kind, kind_names, OP_KINDS);
    op->touch = (enum touch)index_of(touch, touch_names, TOUCH_KINDS);
    return op->thread < PLAN_THREADS && op->kind < OP_KINDS && op->touch < TOUCH_KINDS &&
           op->slot < PLAN_SLOTS;
}

bool plan_parse(struct plan *plan, FILE *from) {
    char line[256];
    memset(plan, 0, sizeof *plan);
    for (unsigned i = 0; i < plan_settings_count(); i++)
        plan_make_plain(&plan->settings, i);
    while (fgets(line, sizeof line, from) != NULL) {
        if (line[0] == '#' || line[0] == '\n' || parse_setting(plan, line))
            continue;
        if (plan->count == PLAN_OPS || !parse_op(&plan->ops[plan->count++], line)) {
            fprintf(stderr, "not understood: %s", line);
            return false;
        }
    }
    return true;
}

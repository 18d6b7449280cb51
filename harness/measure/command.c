#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "plan.h"
#include "reason.h"

/* Appends a string. */
__attribute__((format(printf, 2, 3))) static char *add(struct command *command,
                                                       const char *format, ...) {
    size_t room = sizeof command->text - command->length;
    char *start = command->text + command->length;
    va_list args;
    va_start(args, format);
    size_t length = (size_t)vsnprintf(start, room, format, args);
    va_end(args);
    if (length < room)
        command->length += length + 1;
    else
        command->is_cut = true;
    return start;
}

static void build_arguments(struct command *c, const struct plan *plan,
                            const struct cell *cell, const char *report) {
    size_t n = 0;
    c->argv[n++] = add(c, "%s", cell->workload->program);
    c->argv[n++] = add(c, "%s", cell->workload->base);
    c->argv[n++] = add(c, "--threads=%u", cell->threads);
    c->argv[n++] = add(c, "--scale=%g", plan->scale);
    c->argv[n++] = add(c, "--seed=%llu", (unsigned long long)plan->workload_seed);
    if (plan->builds)
        c->argv[n++] = add(c, "--builds=%u", plan->builds);
    c->argv[n++] = add(c, "--idle=%s", plan_idle_name((enum idle_driver)cell->idle));
    if (cell->kind == CELL_LATENCY)
        c->argv[n++] = add(c, "--latency=1");
    for (unsigned i = 0; i < cell->workload->option_count; i++)
        c->argv[n++] = add(c, "--%s", cell->workload->options[i]);
    c->argv[n++] = add(c, "--report=%s", report);
}

static void build_environment(struct command *c, const struct variant *variant) {
    const char *path = getenv("PATH");
    size_t n = 0;
    c->envp[n++] = add(c, "PATH=%s", path ? path : "/usr/bin:/bin");
    c->envp[n++] = add(c, "LC_ALL=C");
    if (variant->preload)
        c->envp[n++] = add(c, "LD_PRELOAD=%s", variant->library);
    for (unsigned i = 0; i < variant->env_count; i++)
        c->envp[n++] = add(c, "%s", variant->env[i]);
}

int command_build(struct command *ret, const struct plan *plan, const struct cell *cell,
                  const char *report, struct reason *reason) {
    memset(ret, 0, sizeof *ret);
    build_arguments(ret, plan, cell, report);
    build_environment(ret, cell->variant);
    if (!ret->is_cut)
        return 0;
    reason_set(reason, "the command line of %s is too long", cell->workload->name);
    return -E2BIG;
}

/* Appends one word in single quotes; a quote inside becomes '\''. */
static void add_quoted(FILE *out, const char *word) {
    fputs(" '", out);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    }
    fputc('\'', out);
}

char *command_to_line(const struct command *command, const struct variant *variant) {
    char *line = NULL;
    size_t length;
    FILE *out = open_memstream(&line, &length);
    if (!out)
        heap_exhausted();
    if (variant->command[0]) {
        fputs("sh -c", out);
        add_quoted(out, variant->command);
    } else {
        fputs("env -i", out);
        for (char *const *word = command->envp; *word; word++)
            add_quoted(out, *word);
        for (char *const *word = command->argv; *word; word++)
            add_quoted(out, *word);
    }
    if (fclose(out) != 0)
        heap_exhausted();
    return line;
}

#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

/* Appends a string; NULL where there is no room. */
__attribute__((format(printf, 2, 3))) static char *add(struct command *command,
                                                       const char *format, ...) {
    size_t room = sizeof command->text - command->length;
    char *start = command->text + command->length;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(start, room, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= room)
        return NULL;
    command->length += (size_t)n + 1;
    return start;
}

static int build_arguments(struct command *c, const struct plan *plan,
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
    for (size_t i = 0; i < n; i++)
        if (!c->argv[i])
            return -E2BIG;
    return 0;
}

static int build_environment(struct command *c, const struct variant *variant) {
    const char *path = getenv("PATH");
    size_t n = 0;
    c->envp[n++] = add(c, "PATH=%s", path ? path : "/usr/bin:/bin");
    c->envp[n++] = add(c, "LC_ALL=C");
    if (variant->preload)
        c->envp[n++] = add(c, "LD_PRELOAD=%s", variant->library);
    for (unsigned i = 0; i < variant->env_count; i++)
        c->envp[n++] = add(c, "%s", variant->env[i]);
    for (size_t i = 0; i < n; i++)
        if (!c->envp[i])
            return -E2BIG;
    return 0;
}

int command_build(struct command *ret, const struct plan *plan, const struct cell *cell,
                  const char *report) {
    memset(ret, 0, sizeof *ret);
    int error = build_arguments(ret, plan, cell, report);
    return error ? error : build_environment(ret, cell->variant);
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

/* Writes `start` and the words of both lists, quoted. */
static int write_line(const char *start, char *const *words, char *const *more,
                      char *buffer, size_t size) {
    FILE *out = fmemopen(buffer, size, "w");
    if (!out)
        return -errno;
    fputs(start, out);
    for (; *words; words++)
        add_quoted(out, *words);
    for (; *more; more++)
        add_quoted(out, *more);
    fputc('\0', out);
    int cut = fflush(out) != 0 || ferror(out) || (size_t)ftell(out) >= size;
    fclose(out);
    return cut ? -E2BIG : 0;
}

int command_of_shell(const char *command, char *buffer, size_t size) {
    char *const words[] = {(char *)command, NULL};
    return write_line("sh -c", words, words + 1, buffer, size);
}

int command_to_line(const struct command *command, char *buffer, size_t size) {
    return write_line("env -i", command->envp, command->argv, buffer, size);
}

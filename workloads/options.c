#include "options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "idle.h"
#include "say.h"

/* The numbers that every workload takes. The workload sets the defaults of builds and
 * survivors. If its share of survivors is 0, it decides by itself what survives, and has
 * no option --survivors. */
enum { THREADS, BUILDS, SURVIVORS, SCALE, SEED, LATENCY, COMMON };

static struct option common[COMMON + 1] = {
    [THREADS] = {"threads", 4, 1, 64, "worker threads"},
    [BUILDS] = {"builds", 1, 1, 1000, "builds in this process"},
    [SURVIVORS] = {"survivors", 5, 0, 100, "share that is kept, percent"},
    [SCALE] = {"scale", 1, 0.01, 100, "size, relative to the default"},
    [SEED] = {"seed", 1, 0, 1e15, "of everything that is random"},
    [LATENCY] = {"latency", 0, 0, 1, "1: time every call, and report percentiles"},
};

static struct option *find(struct option *options, const char *name, size_t length) {
    for (; options && options->name; options++)
        if (strlen(options->name) == length && strncmp(options->name, name, length) == 0)
            return options;
    return NULL;
}

static double parse_number(const struct option *option, const char *text) {
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (errno || end == text || *end || !(value >= option->low && value <= option->high))
        say_usage("--%s takes a number from %g to %g (%s), not \"%s\"", option->name,
                  option->low, option->high, option->help, text);
    return value;
}

static void set(struct options *ret, const struct workload *workload, const char *name,
                size_t length, const char *value) {
    struct option *option = find(common, name, length);
    if (option == &common[SURVIVORS] && workload->survivors == 0)
        say_usage("--survivors does nothing here: %s decides by itself what survives",
                  workload->name);
    if (!option)
        option = find(workload->options, name, length);
    struct text_option *text = workload->text;
    if (option)
        option->value = parse_number(option, value);
    else if (text && strlen(text->name) == length && !strncmp(name, text->name, length))
        text->value = value;
    else if (length == 4 && strncmp(name, "idle", 4) == 0)
        ret->idle = value;
    else if (length == 6 && strncmp(name, "report", 6) == 0)
        ret->report = value;
    else if (length == 6 && strncmp(name, "record", 6) == 0)
        ret->record = value;
    else
        say_usage("there is no option --%.*s; `tidemark-workload %s --help` lists them",
                  (int)length, name, workload->name);
}

void options_parse(struct options *ret, const struct workload *workload, int argc,
                   char **argv) {
    *ret = (struct options){.idle = "dead"};
    common[BUILDS].value = workload->builds;
    common[SURVIVORS].value = workload->survivors;
    for (int i = 0; i < argc; i++) {
        const char *text = argv[i];
        if (strncmp(text, "--", 2) != 0)
            say_usage("\"%s\" is not --option=value", text);
        text += 2;
        const char *equals = strchr(text, '=');
        if (!equals && i + 1 == argc)
            say_usage("--%s lacks its value", text);
        set(ret, workload, text, equals ? (size_t)(equals - text) : strlen(text),
            equals ? equals + 1 : argv[++i]);
    }
    if (ret->record && workload->is_bare)
        say_usage("%s cannot be recorded: it calls malloc itself; record another",
                  workload->name);
    if (!idle_is_driver(ret->idle))
        say_usage("--idle takes " IDLE_NAMES ", not \"%s\"", ret->idle);
    ret->threads = (unsigned)common[THREADS].value;
    ret->builds = (unsigned)common[BUILDS].value;
    ret->survivors = common[SURVIVORS].value;
    ret->scale = common[SCALE].value;
    ret->seed = (uint64_t)common[SEED].value;
    ret->latency = common[LATENCY].value == 1;
}

static void help_of(const struct option *options, const struct workload *workload) {
    for (; options && options->name; options++)
        if (options != &common[SURVIVORS] || workload->survivors > 0)
            say("  --%s=N  %s (%g to %g; default %g)", options->name, options->help,
                options->low, options->high, options->value);
}

void options_help(const struct workload *workload) {
    common[BUILDS].value = workload->builds;
    common[SURVIVORS].value = workload->survivors;
    say("usage: tidemark-workload %s [options]", workload->name);
    help_of(common, workload);
    help_of(workload->options, workload);
    if (workload->text)
        say("  --%s=TEXT  %s (default %s)", workload->text->name, workload->text->help,
            workload->text->value);
    say("  --idle=DRIVER  what it does while idle: " IDLE_NAMES " (default dead)");
    if (!workload->is_bare)
        say("  --record=PATH  writes a trace of its calls: for `tidemark profile`, not "
            "for "
            "measuring");
    say("  --report=fd:N|PATH  where its report goes: see docs/protocol.md");
}

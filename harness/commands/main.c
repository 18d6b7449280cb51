/*
 * tidemark, the driver: a table of subcommands. This file also has functions that they
 * share (messages, numbers, loading a run), since only this file and cmd_*.c print.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "composed.h"
#include "heap.h"
#include "optiontable.h"
#include "paths.h"
#include "procfile.h"
#include "reason.h"
#include "result.h"
#include "summary.h"
#include "verdict.h"

static const struct command commands[] = {
    {"run", "measure workloads under allocators and report", cmd_run},
    {"time", "compare the times of your own commands, as whole processes", cmd_time},
    {"watch", "follow the memory of a real program's processes", cmd_watch},
    {"guard", "guard a repository's programs against growing memory", cmd_guard},
    {"record", "record the allocator calls of a real program as a trace", cmd_record},
    {"replay", "measure a recorded program's calls under allocators", cmd_replay},
    {"transplant", "let native addons use malloc instead of their linked-in mimalloc",
     cmd_transplant},
    {"inspect", "say which allocators are in a program, a library or an addon",
     cmd_inspect},
    {"report", "print a run's tables again, or a page on whether to switch", cmd_report},
    {"compare", "judge what differs between two runs, or a run and a baseline",
     cmd_compare},
    {"merge", "put the shards of a run together", cmd_merge},
    {"baseline", "save or show the figures that later runs are compared with",
     cmd_baseline},
    {"bounds", "check a run against absolute bounds, or tighten them", cmd_bounds},
    {"history", "keep runs in a database, and say where figures changed", cmd_history},
    {"site", "write runs and the history as a web page", cmd_site},
    {"export", "print a run in the format of an existing tracker", cmd_export},
    {"plot", "draw a run's plots again", cmd_plot},
    {"profile", "print what recorded allocations consist of, or compare two",
     cmd_profile},
    {"import", "convert a recording of allocator calls into a trace", cmd_import},
    {"claims", "compare public claims with what runs measured", cmd_claims},
    {"list", "list the allocators or the workloads", cmd_list},
    {"doctor", "check this machine: tools, allocators, kernel", cmd_doctor},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void complain(const char *format, va_list args) {
    fputs("tidemark: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

void cmd_complain(const char *format, ...) {
    va_list args;
    va_start(args, format);
    complain(format, args);
    va_end(args);
}

void cmd_fail(int code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    complain(format, args);
    va_end(args);
    exit(code);
}

struct result *cmd_load_results(const struct words *paths) {
    struct result *results = heap_new((size_t)paths->count, sizeof *results);
    struct reason reason;
    for (int i = 0; i < paths->count; i++)
        if (result_load(&results[i], paths->at[i], &reason) < 0)
            cmd_fail(EXIT_USAGE, "%s", reason.text);
    return results;
}

/* NULL with `reason` if there is no run. */
static const struct summary *load(const char *path, struct reason *reason) {
    struct result *result = heap_new(1, sizeof *result);
    struct summary *summary = heap_new(1, sizeof *summary);
    if (result_load(result, path, reason) < 0)
        return NULL;
    summary_make(summary, result);
    return summary;
}

const struct summary *cmd_load(const char *path) {
    struct reason reason;
    const struct summary *summary = load(path, &reason);
    if (!summary)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    return summary;
}

void cmd_load_whole(const char *path, const char *profile, struct cmd_loaded *ret) {
    ret->summary = load(path, NULL);
    if (ret->summary)
        runfigures_of(&ret->figures, ret->summary, path);
    else
        cmd_load_figures(path, profile, &ret->figures);
}

/* Prints a success or a fault. `context` counts the faults. */
static void on_verdict(void *context, const struct composed_verdict *verdict) {
    unsigned *faults = context;
    struct reason why;
    if (strcmp(verdict->verdict, VERDICT_DONE) == 0)
        cmd_complain("process %s: %s runs on malloc", verdict->pid, verdict->path);
    if (!composed_is_fault(verdict, &why))
        return;
    cmd_complain("process %s: %s", verdict->pid, why.text);
    ++*faults;
}

int cmd_read_verdicts(const struct composed *composed) {
    unsigned faults = 0;
    struct reason why;
    int error = composed_read(composed, on_verdict, &faults, &why);
    if (error && !faults)
        cmd_complain("%s", why.text);
    return error;
}

int cmd_read_allocators(struct variant_list *ret, struct reason *reason) {
    char path[4096];
    int error = paths_in_build(path, sizeof path, "allocators/manifest.tsv");
    if (!error)
        return variant_read_manifest(path, ret, reason);
    reason_set(reason, "cannot find where this program lies (is /proc mounted?)");
    return error;
}

double cmd_number(struct argp_state *state, const char *option, const char *text,
                  double low, double high) {
    char *end;
    errno = 0;
    double number = strtod(text, &end);
    if (errno || end == text || *end || !(number >= low && number <= high))
        argp_error(state, "--%s takes a number from %g to %g, not \"%s\"", option, low,
                   high, text);
    return number;
}

uint64_t cmd_integer(struct argp_state *state, const char *option, const char *text,
                     uint64_t low, uint64_t high) {
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno || end == text || *end || *text == '-' || number < low || number > high)
        argp_error(state, "--%s takes a whole number from %llu to %llu, not \"%s\"",
                   option, (unsigned long long)low, (unsigned long long)high, text);
    return number;
}

void cmd_shard(struct argp_state *state, const char *text, unsigned *ret_shard,
               unsigned *ret_shards) {
    char end;
    int fields = sscanf(text, "%u/%u%c", ret_shard, ret_shards, &end);
    if (fields != 2 || *ret_shard < 1 || *ret_shard > *ret_shards || *ret_shards > 1000)
        argp_error(state, "--shard takes I/N with 1 <= I <= N <= 1000, not \"%s\"", text);
}

static void print_help(FILE *out) {
    fputs("usage: tidemark <command> [options]\n\n"
          "Measures what memory allocators give back when a program goes idle, and what\n"
          "that costs in speed.\n\n",
          out);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fputs("\n"
          "`tidemark <command> --help` lists a command's options. Exit codes: 0: fine,\n"
          "1: a regression was found, 2: wrong usage, 3: a measurement failed.\n",
          out);
}

static int run_command(const char *name, int argc, char **argv) {
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(name, commands[i].name) != 0)
            continue;
        char own_name[64];
        snprintf(own_name, sizeof own_name, "tidemark %s", name);
        argv[0] = own_name;
        program_invocation_name = program_invocation_short_name = own_name;
        return commands[i].run(argc, argv);
    }
    cmd_complain("'%s' is not a command; `tidemark help` lists them", name);
    return EXIT_USAGE;
}

/* `tidemark help COMMAND` is `tidemark COMMAND --help`. */
static int run_help(int argc, char **argv) {
    if (argc < 3) {
        print_help(stdout);
        return EXIT_FINE;
    }
    char help[] = "--help";
    char *help_argv[] = {argv[0], help, NULL};
    return run_command(argv[2], 2, help_argv);
}

int main(int argc, char **argv) {
    argp_err_exit_status = EXIT_USAGE;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ,
           SIG_IGN); /* write(2) then fails with EFBIG, which is reported as an error */
    if (getenv("TIDEMARK_PROC"))
        procfile_set_root(getenv("TIDEMARK_PROC"));
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0)
        return run_help(argc, argv);
    if (strcmp(argv[1], "--version") == 0) {
        puts("tidemark " TIDEMARK_VERSION);
        return EXIT_FINE;
    }
    if (strcmp(argv[1], "--describe") == 0) { /* for scripts/manual.sh */
        for (int i = 0; i < COMMANDS; i++)
            printf("%s\t%s\n", commands[i].name, commands[i].summary);
        return EXIT_FINE;
    }
    return run_command(argv[1], argc - 1, argv + 1);
}

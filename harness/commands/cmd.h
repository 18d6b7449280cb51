#ifndef TIDEMARK_HARNESS_CMD_H
#define TIDEMARK_HARNESS_CMD_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "runfigures.h"
#include "summary.h"

struct composed;
struct plan;
struct reason;
struct variant_list;
struct words;

/*
 * What the subcommands share. Each subcommand is a function in a file of its own. Its
 * argv[0] is "tidemark NAME". It returns the driver's exit code.
 */
enum {
    EXIT_FINE = 0,
    EXIT_REGRESSION = 1,
    EXIT_USAGE = 2,
    EXIT_MEASUREMENT = 3,
};

struct command {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
};

int cmd_baseline(int argc, char **argv);
int cmd_bounds(int argc, char **argv);
int cmd_claims(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_guard(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_plot(int argc, char **argv);
int cmd_profile(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_site(int argc, char **argv);
int cmd_time(int argc, char **argv);
int cmd_transplant(int argc, char **argv);
int cmd_watch(int argc, char **argv);

/* Prints "tidemark: ..." and a line end to standard error. */
__attribute__((format(printf, 1, 2))) void cmd_complain(const char *format, ...);

/* The same, and ends the program with this exit code. Only where there is nothing to undo
 * or to save (or where atexit() does it): no program runs, no folder has to be removed.
 */
__attribute__((noreturn, format(printf, 2, 3))) void cmd_fail(int code,
                                                              const char *format, ...);

/* The run to use if none is named. The second initializes a command's words with it. */
#define CMD_LATEST "results/latest"
#define CMD_LATEST_WORD                                                                  \
    { .at = (char *[]){CMD_LATEST}, .count = 1 }

/* The committed bounds. */
#define CMD_BOUNDS "results/bounds.json"

/* Where baselines are committed, one file for each profile. */
#define CMD_BASELINES "results/baseline"

/*
 * The next four end the program if they fail. What they load lives until then.
 *
 * Loads the figures of a run, a baseline, or a git revision's baseline. If `path` is a
 * folder of baselines or a revision, `profile` says which baseline.
 */
void cmd_load_figures(const char *path, const char *profile, struct runfigures *ret);

/* Loads a run and sums it up. */
const struct summary *cmd_load(const char *path);

/* Loads several runs. */
struct result *cmd_load_results(const struct words *paths);

/* Loads a run with its figures; or a baseline, which has only figures (`summary` NULL).
 */
struct cmd_loaded {
    struct runfigures figures;
    const struct summary *summary;
};
void cmd_load_whole(const char *path, const char *profile, struct cmd_loaded *ret);

/*
 * cmd_write_report() writes a run's report.md and, if `plots`, draws its plots, all in
 * `folder`. cmd_draw_plots() only draws the plots. They serve runs of workloads and of
 * watched programs. -errno with `reason`. cmd_tell() writes the report, prints the tables
 * and the report's name, and complains on failure. It returns an exit code, which also
 * says whether measurements failed or are missing.
 */
int cmd_write_report(const struct summary *summary, const char *folder, bool plots,
                     struct reason *reason);
int cmd_draw_plots(const struct summary *summary, const char *folder,
                   struct reason *reason);
int cmd_tell(const struct summary *summary, const char *folder, bool plots);

/* Measures a plan as `tidemark run` does, and makes the run's folder in `output`. Draws
 * no plots. Returns the exit code. */
int cmd_run_plan(const struct plan *plan, const char *output);

/*
 * Prints what was transplanted in a program that ran, and what was not. 0 if everything
 * that should have been transplanted was. -ENOTSUP if something was not, or if that
 * cannot be known: then the program's figures are not those of a transplanted program.
 */
int cmd_read_verdicts(const struct composed *composed);

/* Reads the manifest of this build's allocators. -errno with `reason`. */
int cmd_read_allocators(struct variant_list *ret, struct reason *reason);

/* Both parse an option's number. If it is not one within [low, high], argp_error() ends
 * the program. */
double cmd_number(struct argp_state *state, const char *option, const char *text,
                  double low, double high);
uint64_t cmd_integer(struct argp_state *state, const char *option, const char *text,
                     uint64_t low, uint64_t high);

/* Parses "I/N" of --shard. If it is malformed, argp_error() ends the program. */
void cmd_shard(struct argp_state *state, const char *text, unsigned *ret_shard,
               unsigned *ret_shards);

#endif

/* tidemark merge SHARD...: makes one run of its shards. */
#include <limits.h>
#include <stdbool.h>

#include "cmd.h"
#include "file.h"
#include "merge.h"
#include "optiontable.h"
#include "reason.h"
#include "result.h"

struct arguments {
    struct words shards;
    const char *output;
    bool no_plots;
};

static const struct option_row option_rows[] = {
    TEXT(0, 'o', "output", "DIR", output,
         "the merged run's folder (default: results/merged)"),
    FLAG(0, 0, "no-plots", no_plots, "draw nothing"),
};

int cmd_merge(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows),
        .least = 1,
        .most = INT_MAX,
        .too_few = "name the shards' folders",
        .usage = "SHARD...",
        .doc = "Put the shards of a run together, as if one machine had measured them "
               "all.\vSHARD is the folder or results.json of `tidemark run --shard=I/N`. "
               "One shard holds all variants of a workload at one number of threads, so "
               "every verdict compares figures of one machine. Exit code 3: a shard is "
               "missing or has failed cells."};
    struct arguments a = {.output = "results/merged"};
    optiontable_parse(&table, argc, argv, &a);
    char missing[512];
    struct reason reason = {"out of memory"};
    json_t *root;
    if (merge_results(cmd_load_results(&a.shards), (size_t)a.shards.count, &root, missing,
                      sizeof missing, &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    int error = file_make_directories(a.output, &reason);
    if (!error)
        error = result_write(root, a.output, &reason);
    if (error)
        cmd_fail(EXIT_MEASUREMENT, "%s", reason.text);
    int code = cmd_tell(cmd_load(a.output), a.output, !a.no_plots);
    if (!*missing)
        return code;
    cmd_complain("the run is incomplete; these shards are missing: %s", missing);
    return EXIT_MEASUREMENT;
}

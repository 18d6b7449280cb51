/*
 * tidemark time: times a user's own commands as whole processes, on memory in a known
 * condition, and compares them. It is `tidemark run` with commands in place of
 * allocators. So resuming, comparing, baselines and history work as for any run.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "optiontable.h"
#include "plan.h"
#include "reason.h"
#include "request.h"

struct arguments {
    struct plan plan;
    const char *output, *memory;
};

static void add_command(struct argp_state *state, const char *text) {
    struct plan *plan = &((struct arguments *)state->input)->plan;
    const char *equals = strchr(text, '=');
    struct variant *variant = &plan->variants.at[plan->variants.count];
    size_t length = equals ? (size_t)(equals - text) : 0;
    if (length == 0 || !equals[1] || memchr(text, '/', length))
        argp_error(state, "\"%s\" is not NAME=COMMAND, with a NAME without a slash",
                   text);
    if (plan->variants.count == VARIANTS_MAX || length >= sizeof variant->name ||
        strlen(equals + 1) >= sizeof variant->command)
        argp_error(state,
                   "give at most %d commands, of at most %zu characters each, with names "
                   "of at most %zu characters",
                   VARIANTS_MAX, sizeof variant->command - 1, sizeof variant->name - 1);
    memset(variant, 0, sizeof *variant);
    memcpy(variant->name, text, length);
    if (variant_find(&plan->variants, variant->name))
        argp_error(state, "the name %s is given twice", variant->name);
    snprintf(variant->command, sizeof variant->command, "%s", equals + 1);
    variant->status = VARIANT_OK;
    plan->variants.count++;
}

static void take_name(struct argp_state *state, const char *text) {
    struct plan_workload *workload =
        &((struct arguments *)state->input)->plan.workloads[0];
    if (!*text || strchr(text, '/') || strlen(text) >= sizeof workload->name)
        argp_error(state, "--name takes 1 to %zu characters without a slash",
                   sizeof workload->name - 1);
    snprintf(workload->name, sizeof workload->name, "%s", text);
}

static const struct option_row option_rows[] = {
    INTEGER(
        0, 'r', "rounds", "N", plan.timed_rounds, 1, PLAN_ROUNDS_MAX,
        "number of rounds; each runs each command once (default: 8; a verdict needs 6)"),
    TEXT(0, 'm', "memory", "LIST", memory,
         "the condition of free memory when a command begins: warm (it is there; the "
         "default), cold (a virtual machine's host has to supply it), warm,cold, or any "
         "(as it happens to be)"),
    CALL(0, 'n', "name", "NAME", take_name,
         "name of the set of commands in the report (default: commands)"),
    INTEGER(0, 't', "timeout", "SECONDS", plan.timeout_s, 1, 86400,
            "time limit of one command (default: 600)"),
    SEED(0, 's', "seed", plan.seed,
         "seed of the order of commands (default: random, recorded)"),
    TEXT(0, 'o', "output", "DIR", output, "where runs are kept (default: results)"),
};

static void check(struct argp_state *state) {
    if (((struct arguments *)state->input)->plan.variants.count == 0)
        argp_error(state, "name the commands: tidemark time NAME=COMMAND...");
}

int cmd_time(int argc, char **argv) {
    static const struct option_table table = {
        OPTION_ROWS(option_rows), .word = add_command, .check = check,
        .usage = "NAME=COMMAND...",
        .doc =
            "Time commands as whole processes, one at a time and unsampled, in rounds of "
            "random order. Each command is compared with the first, pair by pair within "
            "a round.\vA shell runs each command, in this folder and environment. The "
            "run is kept like one of `tidemark run`: `tidemark run --resume` resumes it, "
            "and `tidemark compare` compares two. Exit code 0: everything was measured; "
            "2: bad input; 3: a command failed or the run was interrupted."};
    static struct arguments a; /* too large to be initialized in the program's file */
    struct plan *plan = &a.plan;
    struct reason reason;
    a.output = "results";
    a.memory = "warm";
    strcpy(plan->profile, "time");
    strcpy(plan->workloads[0].name, "commands");
    plan->scale = 1;
    plan->seed = request_random_seed();
    plan->workload_count = plan->thread_counts = 1;
    plan->threads[0] = 1;
    plan->timed_rounds = 8;
    plan->timeout_s = 600;
    plan->time_tolerance = REQUEST_TIME_TOLERANCE;
    plan->memory_tolerance = REQUEST_MEMORY_TOLERANCE;
    optiontable_parse(&table, argc, argv, &a);
    strcpy(plan->reference, plan->variants.at[0].name);
    if (request_take_memory(plan, a.memory, &reason) < 0)
        cmd_fail(EXIT_USAGE, "%s", reason.text);
    return cmd_run_plan(plan, a.output);
}

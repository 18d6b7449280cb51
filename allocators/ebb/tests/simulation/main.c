/* ebb under simulation: runs, each from a seed, until the time is up or one fails.
 *
 *     ebb-simulation                    30 seconds, from a random seed
 *     ebb-simulation --seed=S           that run only, and shorter if it fails
 *     ebb-simulation --replay=FILE      a list of operations that a failure printed
 *
 * Status 0: all is well; 1: something was found; 2: usage; 3: the campaign never came
 * across one of the things that it is for. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#include "ebb.h"
#include "plan.h"
#include "result.h"
#include "shrink.h"
#include "system.h"

int __real_clock_gettime(clockid_t, struct timespec *);

const char *argp_program_version = "ebb-simulation " EBB_VERSION;

static struct arguments {
    double seconds, shrink_seconds;
    unsigned long runs;
    bool seeded;
    uint64_t seed;
    const char *replay;
    bool go_on;
} arguments = {.seconds = 30, .shrink_seconds = 30, .runs = ~0ul};

enum { KEY_REPLAY = 256, KEY_SHRINK, KEY_GO_ON };

static const struct argp_option options[] = {
    {"seconds", 's', "N", 0, "stop after so many seconds (30)", 0},
    {"runs", 'n', "N", 0, "stop after so many runs", 0},
    {"seed", 'S', "SEED", 0, "of the first run; without --runs the only one", 0},
    {"replay", KEY_REPLAY, "FILE", 0, "perform the list of operations in FILE", 0},
    {"shrink", KEY_SHRINK, "N", 0, "seconds for making a failing run shorter (30)", 0},
    {"go-on", KEY_GO_ON, NULL, 0, "name what fails, and go on without shrinking it", 0},
    {"verbose", 'v', NULL, 0, "tell every step", 0},
    {0},
};

static uint64_t parse_number(struct argp_state *state, const char *text) {
    char *end;
    uint64_t number = strtoull(text, &end, 0);
    if (end == text || *end != '\0')
        argp_error(state, "%s is no number", text);
    return number;
}

static error_t parse(int key, char *text, struct argp_state *state) {
    switch (key) {
    case 's':
        arguments.seconds = (double)parse_number(state, text);
        break;
    case 'n':
        arguments.runs = parse_number(state, text);
        break;
    case 'S':
        arguments.seed = parse_number(state, text);
        arguments.seeded = true;
        break;
    case 'v':
        verbose = true;
        break;
    case KEY_REPLAY:
        arguments.replay = text;
        break;
    case KEY_SHRINK:
        arguments.shrink_seconds = (double)parse_number(state, text);
        break;
    case KEY_GO_ON:
        arguments.go_on = true;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static double now(void) {
    struct timespec time;
    __real_clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- reports ----------------------------------------------------------------------- */

static const char *const feature_names[FEATURE_COUNT] = {
#define FEATURE_TEXT(name) #name,
    FEATURES(FEATURE_TEXT)
#undef FEATURE_TEXT
};

static void print_failure(const struct plan *plan) {
    printf("FAILED, seed %#lx: %s\n  %s\n", plan->seed, result->what, result->details);
}

static void print_shrunk(struct plan *plan) {
    unsigned before = plan->count;
    unsigned runs = shrink(plan, arguments.shrink_seconds);
    printf("%u operations are left of %u, after %u runs. As a file for --replay:\n\n"
           "# %s: %s\n",
           plan->count, before, runs, result->what, result->details);
    plan_print(plan, stdout);
}

/* Whether everything was come across. */
static bool print_summary(unsigned long runs, double seconds) {
    bool complete = true;
    printf("%lu runs in %.1f s\n", runs, seconds);
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        printf("%12lu %s\n", result->features[i], feature_names[i]);
        complete = complete && result->features[i] > 0;
    }
    return complete;
}

/* ---- runs -------------------------------------------------------------------------- */

static int replay(const char *path) {
    static struct plan plan;
    FILE *file = fopen(path, "r");
    if (file == NULL || !plan_parse(&plan, file)) {
        fprintf(stderr, "%s can't be read\n", path);
        return 2;
    }
    fclose(file);
    if (try_plan(&plan)) {
        printf("all is well\n");
        return 0;
    }
    print_failure(&plan);
    return 1;
}

/* Fewer runs than this may miss something that they are for. */
enum { RUNS_ENOUGH = 300 };

static int campaign(void) {
    static struct plan plan;
    double start = now();
    unsigned long runs = 0, failures = 0;
    for (; runs < arguments.runs && now() - start < arguments.seconds; runs++) {
        plan_draw(&plan, arguments.seed + runs);
        if (try_plan(&plan))
            continue;
        failures++;
        print_failure(&plan);
        if (!arguments.go_on) {
            print_shrunk(&plan);
            return 1;
        }
    }
    bool complete = print_summary(runs, now() - start);
    if (failures > 0) {
        printf("%lu runs failed\n", failures);
        return 1;
    }
    if (!complete && runs >= RUNS_ENOUGH) {
        printf("something was never come across: change how plans are drawn\n");
        return 3;
    }
    return 0;
}

int main(int argc, char **argv) {
    static const struct argp argp = {
        options, parse, NULL, "Runs ebb under a simulated system.", NULL, NULL, NULL};
    if (getrandom(&arguments.seed, sizeof arguments.seed, 0) < 0)
        arguments.seed = (uint64_t)time(NULL);
    arguments.seed >>= 16; /* shorter to write down */
    if (argp_parse(&argp, argc, argv, 0, NULL, NULL) != 0)
        return 2;
    result = __real_mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED)
        return 2;
    if (arguments.seeded && arguments.runs == ~0ul)
        arguments.runs = 1;
    if (arguments.replay != NULL)
        return replay(arguments.replay);
    printf("seed %#lx\n", arguments.seed);
    return campaign();
}

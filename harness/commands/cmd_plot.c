/* tidemark plot [RUN] */
#include <stdio.h>

#include "cmd.h"
#include "plot.h"
#include "reason.h"
#include "summary.h"

static error_t parse_option(int key, char *text, struct argp_state *state) {
    const char **run = state->input;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (state->arg_num > 0)
        argp_error(state, "one run at a time");
    *run = text;
    return 0;
}

int cmd_plot(int argc, char **argv) {
    static const struct argp argp = {NULL,
                                     parse_option,
                                     "[RUN]",
                                     "Draw a run's plots again, as SVG and PNG, into its "
                                     "folder plots.\vRUN is the run's "
                                     "folder; without it, " CMD_LATEST ".",
                                     NULL,
                                     NULL,
                                     NULL};
    const char *run = CMD_LATEST;
    argp_parse(&argp, argc, argv, 0, NULL, &run);
    struct result result;
    struct summary summary;
    int code = cmd_load(run, &result, &summary);
    if (code != EXIT_FINE)
        return code;
    struct reason reason;
    if (plot_all(&summary, run, &reason) < 0) {
        cmd_complain("%s", reason.text);
        code = EXIT_MEASUREMENT;
    } else {
        printf("plots are in %s/" RESULT_PLOTS "\n", run);
    }
    summary_finish(&summary);
    result_finish(&result);
    return code;
}

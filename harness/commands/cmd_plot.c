/* tidemark plot [RUN] */
#include <stdio.h>

#include "cmd.h"
#include "optiontable.h"
#include "reason.h"
#include "summary.h"

int cmd_plot(int argc, char **argv) {
    static const struct option_table table = {
        .rest = optiontable_one_run,
        .usage = "[RUN]",
        .doc = "Draw a run's plots again, as SVG and PNG, into the run's folder "
               "plots/.\vRUN is the run's folder; without it, " CMD_LATEST "."};
    const char *run = CMD_LATEST;
    optiontable_parse(&table, argc, argv, &run);
    struct result result;
    struct summary summary;
    int code = cmd_load(run, &result, &summary);
    if (code != EXIT_FINE)
        return code;
    struct reason reason;
    if (cmd_draw_plots(&summary, run, &reason) < 0) {
        cmd_complain("%s", reason.text);
        code = EXIT_MEASUREMENT;
    } else {
        printf("plots are in %s/" RESULT_PLOTS "\n", run);
    }
    summary_finish(&summary);
    result_finish(&result);
    return code;
}

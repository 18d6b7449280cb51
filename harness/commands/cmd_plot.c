/* tidemark plot [RUN] */
#include <stdio.h>

#include "cmd.h"
#include "optiontable.h"
#include "reason.h"
#include "summary.h"

int cmd_plot(int argc, char **argv) {
    static const struct option_table table = {
        .most = 1,
        .too_many = "name one run only",
        .usage = "[RUN]",
        .doc = "Draw a run's plots again, as SVG and PNG, into the run's folder "
               "plots/.\vRUN is the run's folder; without it, " CMD_LATEST "."};
    struct words run = CMD_LATEST_WORD;
    struct reason reason;
    optiontable_parse(&table, argc, argv, &run);
    if (cmd_draw_plots(cmd_load(run.at[0]), run.at[0], &reason) < 0)
        cmd_fail(EXIT_MEASUREMENT, "%s", reason.text);
    printf("plots are in %s/" RESULT_PLOTS "\n", run.at[0]);
    return EXIT_FINE;
}

#ifndef TIDEMARK_HARNESS_SITE_H
#define TIDEMARK_HARNESS_SITE_H

#include <jansson.h>

struct reason;

/*
 * The site is one page, FOLDER/index.html, with all of its parts in it. So it works from
 * a folder as well as from a server, and loads nothing from another host.
 *
 * The parts are plain files in BUILD/share/site: ours (page/), and the chart library
 * uPlot, which set-up puts there (scripts/charts.sh). The page's script finds `data` in
 * the page (sitehistory.h and siterun.h make its larger parts):
 *
 *     {"tidemark", "made", "subject", "measures", "history" or null, "runs": [...],
 *      "compared" or null}
 *
 * -ENOENT if a part of the site is missing; `reason` names the remedy. Other errors are
 * -errno with `reason`.
 */
int site_write(const json_t *data, const char *folder, struct reason *reason);

#endif

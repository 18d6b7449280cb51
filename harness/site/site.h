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
 * it:
 *
 *     {"tidemark", "made", "measures", "history" or null, "runs": [...],
 *      "compared" or null}                  sitehistory.h, siterun.h
 *
 * -ENOENT with `reason`, which names the remedy, where a part is missing; else -errno.
 */
int site_write(const json_t *data, const char *folder, struct reason *reason);

#endif

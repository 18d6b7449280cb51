/* See watchspec.h. */
#include "watchspec.h"

#include <stdio.h>

static const char *const until_names[] = {
    [WATCH_UNTIL_EXIT] = "exit",   [WATCH_UNTIL_OUTPUT] = "output",
    [WATCH_UNTIL_QUIET] = "quiet", [WATCH_UNTIL_DRIVEN] = "driven",
    [WATCH_UNTIL_NOW] = "now",
};

void watchspec_idle_name(double idle_s, char *buffer, size_t size) {
    snprintf(buffer, size, "idle@%gs", idle_s);
}

json_t *watchspec_to_json(const struct watch_spec *spec) {
    json_t *idle = json_array();
    for (size_t i = 0; i < spec->idle_count; i++)
        json_array_append_new(idle, json_real(spec->idle_s[i]));
    return json_pack("{s:s, s:f, s:f, s:o, s:i, s:f, s:s?}", "until",
                     until_names[spec->until], "quiet_percent", spec->quiet_percent,
                     "quiet_s", spec->quiet_s, "idle_s", idle, "interval_ms",
                     (int)spec->interval_ms, "timeout_s", spec->timeout_s, "driver",
                     spec->driver);
}

void watchspec_finish(struct watch_spec *spec) {
    if (spec->until == WATCH_UNTIL_OUTPUT)
        regfree(&spec->until_pattern);
    if (spec->has_ready)
        regfree(&spec->ready_pattern);
    for (size_t i = 0; i < spec->mark_count; i++)
        if (!spec->marks[i].by_time)
            regfree(&spec->marks[i].pattern);
}

/* docs/protocol.md describes the lines that the workload writes. */
#include "transcript.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "protocol.h"
#include "record.h"
#include "variant.h"

/* Takes over one line of the workload's report. */
static void take_line(json_t *record, const struct variant *variant, const char *text) {
    struct protocol_line line;
    if (!protocol_parse(text, &line)) {
        record_fault(record, "garbage", RECORD_GARBAGE, text);
    } else if (strcmp(line.verb, "allocator") == 0) {
        const char *loaded = protocol_get(&line, "malloc");
        json_object_set_new(record, "malloc", json_string(loaded ? loaded : ""));
        if (!loaded || !variant_provides(variant, loaded))
            record_fault(record, "not-loaded", "malloc comes from %s, not from %s",
                         loaded ? loaded : "nowhere", variant->library);
    } else {
        const char *lacks = record_take_line(record, &line);
        if (lacks)
            record_fault(record, "garbage", "%s", lacks);
    }
}

void transcript_take(json_t *record, const struct variant *variant, const char *path) {
    char *text;
    if (file_read(path, &text, NULL) < 0) {
        record_fault(record, "incomplete", "it wrote no report");
        return;
    }
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line)
            take_line(record, variant, line);
    free(text);
    if (!json_object_get(record, "malloc") || !json_object_get(record, "work"))
        record_fault(record, "incomplete",
                     "its report lacks the allocator or the result");
}

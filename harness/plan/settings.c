#include "settings.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "capture.h"
#include "paths.h"
#include "reason.h"
#include "variant.h"

/* `output` holds a line "KEY=VALUE" for each key that the probe knows, and begins with a
 * line end. */
static int compare(const struct variant *variant, const char *output,
                   struct reason *reason) {
    for (unsigned i = 0; i < variant->check_count; i++) {
        const char *check = variant->checks[i], *asked = strchr(check, '=') + 1;
        char line[sizeof variant->checks[0] + 1];
        snprintf(line, sizeof line, "\n%.*s", (int)(asked - check), check);
        const char *says = strstr(output, line);
        says = says ? says + strlen(line) : NULL;
        size_t length = says ? strcspn(says, "\n") : 0;
        if (says && strlen(asked) == length && strncmp(says, asked, length) == 0)
            continue;
        int key = (int)(asked - check - 1);
        if (says && strncmp(says, "?", length) == 0)
            reason_set(reason,
                       "the setting %.*s of %s did not take effect: asked for %s, but "
                       "the allocator knows no setting of that name",
                       key, check, variant->name, asked);
        else
            reason_set(reason,
                       "the setting %.*s of %s did not take effect: asked for %s, but "
                       "the allocator says %.*s",
                       key, check, variant->name, asked, (int)length, says ? says : "");
        return -EREMOTEIO;
    }
    return 0;
}

int settings_check(const struct variant *variant, struct reason *reason) {
    if (variant->check_count == 0)
        return 0;
    char probe[PATH_MAX], preload[sizeof variant->library + 16], output[4096] = "\n";
    char keys[VARIANT_CHECKS_MAX][sizeof variant->checks[0]];
    char *argv[8 + VARIANT_ENV_MAX + VARIANT_CHECKS_MAX];
    size_t n = 0;
    int error = paths_in_build(probe, sizeof probe, "bin/tidemark-probe");
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", variant->library);
    argv[n++] = "env";
    argv[n++] = "-i";
    /*
     * mimalloc lists its options only if this is set; the probe reads them from that list
     */
    argv[n++] = "MIMALLOC_VERBOSE=1";
    if (variant->preload)
        argv[n++] = preload;
    for (unsigned i = 0; i < variant->env_count; i++)
        argv[n++] = (char *)variant->env[i];
    argv[n++] = probe;
    for (unsigned i = 0; i < variant->check_count; i++) {
        snprintf(keys[i], sizeof keys[i], "%.*s", (int)strcspn(variant->checks[i], "="),
                 variant->checks[i]);
        argv[n++] = keys[i];
    }
    argv[n] = NULL;
    int code = error ? error : capture_command(argv, 0, output + 1, sizeof output - 1);
    if (code != 0) {
        char how[64];
        snprintf(how, sizeof how, "exited with %d", code);
        reason_set(reason, "the settings of %s cannot be read back: the probe %s",
                   variant->name,
                   code > 0         ? how
                   : code == -EINTR ? "was ended by a signal (does the library run in "
                                      "other programs?)"
                                    : strerror(-code));
        return code < 0 ? code : -EIO;
    }
    return compare(variant, output, reason);
}

json_t *settings_to_json(const struct variant *variant, int error,
                         const struct reason *reason) {
    char key[80];
    snprintf(key, sizeof key, "setting/%s", variant->name);
    return json_pack("{s:s, s:s, s:s, s:b, s:s}", "key", key, "kind", "setting",
                     "variant", variant->name, "took_effect", error == 0, "reason",
                     error ? reason->text : "");
}

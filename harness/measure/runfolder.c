#include "runfolder.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "environment.h"
#include "file.h"
#include "plan.h"
#include "reason.h"
#include "result.h"

int runfolder_make(const char *output, const char *name, char *folder, size_t size,
                   struct reason *reason) {
    int error = file_make_directories(output, reason);
    if (error)
        return error;
    char stamp[32];
    time_t now = time(NULL);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime(&now));
    for (int attempt = 1; attempt < 100; attempt++) {
        char suffix[8] = "";
        if (attempt > 1)
            snprintf(suffix, sizeof suffix, "-%d", attempt);
        snprintf(folder, size, "%s/%s-%s%s", output, stamp, name, suffix);
        if (mkdir(folder, 0755) == 0)
            return 0;
        error = -errno;
        if (error != -EEXIST)
            break;
    }
    reason_set(reason, "cannot create %s: %s", folder, strerror(-error));
    return error;
}

int runfolder_write_plan(const json_t *file, const char *folder, struct reason *reason) {
    return result_write_json(file, JSON_INDENT(1), folder, RESULT_PLAN, reason);
}

int runfolder_begin_plan(const struct plan *plan, const char *folder, json_t **ret_file,
                         struct reason *reason) {
    json_t *file = json_pack("{s:o, s:o}", "plan", plan_to_json(plan), "environment",
                             environment_fingerprint(plan));
    int error = runfolder_write_plan(file, folder, reason);
    if (error)
        json_decref(file);
    else
        *ret_file = file;
    return error;
}

int runfolder_point(const char *output, const char *link, const char *folder) {
    char target[PATH_MAX], fresh[PATH_MAX];
    snprintf(target, sizeof target, "%s/%s", output, link);
    snprintf(fresh, sizeof fresh, "%s/%s.%d", output, link, (int)getpid());
    if (symlink(file_base_name(folder), fresh) == 0 && rename(fresh, target) == 0)
        return 0;
    int error = -errno;
    unlink(fresh);
    return error;
}

int runfolder_read_plan(const char *folder, struct plan *ret, json_t **ret_file,
                        struct reason *reason) {
    char path[PATH_MAX];
    json_error_t json_error;
    snprintf(path, sizeof path, "%s/" RESULT_PLAN, folder);
    json_t *file = json_load_file(path, 0, &json_error);
    if (!file) {
        reason_set(reason, "cannot resume %s: %s", folder, json_error.text);
        return -ENOENT;
    }
    int error = plan_from_json(json_object_get(file, "plan"), ret, reason);
    struct reason why = {""};
    json_t *now = error ? NULL : environment_fingerprint(ret);
    if (now)
        error = environment_matches(json_object_get(file, "environment"), now, &why);
    if (error && why.text[0])
        reason_set(reason, "cannot resume %s: %.500s; start a new run", folder, why.text);
    json_decref(now);
    if (error)
        json_decref(file);
    else
        *ret_file = file;
    return error;
}

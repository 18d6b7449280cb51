#include "environment.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "capture.h"
#include "file.h"
#include "paths.h"
#include "plan.h"
#include "procfile.h"
#include "reason.h"
#include "text.h"

static void put(json_t *json, const char *name, const char *value) {
    json_t *text = json_string(value); /* NULL where it is not UTF-8 */
    json_object_set_new(json, name, text ? text : json_string("unknown"));
}

/* What follows `tag` in a small file, up to one of the characters `ends`. */
static void put_after(json_t *json, const char *name, const char *path, const char *tag,
                      const char *ends) {
    char *text, value[128] = "unknown";
    if (file_read(path, &text, NULL) == 0) {
        const char *found = strstr(text, tag);
        if (found) {
            found += strlen(tag);
            snprintf(value, sizeof value, "%.*s", (int)strcspn(found, ends), found);
        }
        free(text);
    }
    put(json, name, value);
}

/* The first line of a small file. */
static void put_file(json_t *json, const char *name, const char *path) {
    put_after(json, name, path, "", "\n");
}

/* The output of a command, up to one of the characters `ends`. */
static void put_command(json_t *json, const char *name, const char *ends,
                        char *const argv[]) {
    char output[512];
    int code = capture_command(argv, 0, output, sizeof output);
    output[strcspn(output, ends)] = '\0';
    put(json, name, code == 0 && *output ? output : "unknown");
}

static void put_memory_size(json_t *json, const char *name, const char *field) {
    char *text, value[32] = "unknown";
    uint64_t bytes;
    if (file_read("/proc/meminfo", &text, NULL) == 0) {
        if (procfile_kib_field(text, field, &bytes))
            snprintf(value, sizeof value, "%llu MiB", (unsigned long long)bytes >> 20);
        free(text);
    }
    put(json, name, value);
}

static void put_cores(json_t *json) {
    char value[32];
    snprintf(value, sizeof value, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    put(json, "cores", value);
}

static void put_kernel(json_t *json) {
    struct utsname name;
    char value[sizeof name.sysname + sizeof name.release + sizeof name.machine];
    if (uname(&name) < 0)
        return;
    snprintf(value, sizeof value, "%s %s %s", name.sysname, name.release, name.machine);
    put(json, "kernel", value);
}

static void put_start(json_t *json) {
    char value[32];
    time_t now = time(NULL);
    struct tm utc;
    strftime(value, sizeof value, "%Y-%m-%d %H:%M UTC", gmtime_r(&now, &utc));
    put(json, "started", value);
}

/* The commit of tidemark; in a watched run that of the current folder. */
static void put_commit(json_t *json, const struct plan *plan) {
    char folder[PATH_MAX] = ".";
    if (!plan_is_watched(plan) && paths_in_build(folder, sizeof folder, "") < 0)
        return;
    put_command(json, "git_commit", "\n",
                (char *[]){"git", "-C", folder, "describe", "--always", "--dirty",
                           "--abbrev=12", NULL});
}

static void put_programs(json_t *json, const struct plan *plan) {
    bool are_ours = !plan_is_of_commands(plan) && !plan_is_watched(plan);
    for (size_t i = 0; are_ours && i < plan->workload_count; i++) {
        char name[PLAN_PATH_MAX + 16], path[PLAN_PATH_MAX];
        snprintf(path, sizeof path, "%s", plan->workloads[i].program);
        snprintf(name, sizeof name, "sha256 of %s", file_base_name(path));
        if (!json_object_get(json, name)) /* behind the hash stands the path */
            put_command(json, name, " \n", (char *[]){"sha256sum", "--", path, NULL});
    }
}

json_t *environment_fingerprint(const struct plan *plan) {
    json_t *json = json_object();
    if (!json)
        return NULL;
    put_start(json);
    put_kernel(json);
    put_after(json, "distribution", "/etc/os-release", "PRETTY_NAME=\"", "\"\n");
    put_after(json, "cpu", "/proc/cpuinfo", "model name\t: ", "\n");
    put_cores(json);
    put_memory_size(json, "memory", "MemTotal");
    put_memory_size(json, "swap", "SwapTotal");
    put_file(json, "thp", "/sys/kernel/mm/transparent_hugepage/enabled");
    put_file(json, "thp_defrag", "/sys/kernel/mm/transparent_hugepage/defrag");
    put_file(json, "khugepaged_max_ptes_none",
             "/sys/kernel/mm/transparent_hugepage/khugepaged/max_ptes_none");
    put_file(json, "overcommit_memory", "/proc/sys/vm/overcommit_memory");
    put_file(json, "load_at_start", "/proc/loadavg");
    put(json, "libc", gnu_get_libc_version());
    put(json, "compiler", TIDEMARK_COMPILER);
    put_command(json, "hyperfine", "\n", (char *[]){"hyperfine", "--version", NULL});
    put_command(json, "gnuplot", "\n", (char *[]){"gnuplot", "--version", NULL});
    put(json, "tidemark", TIDEMARK_VERSION);
    put_commit(json, plan);
    put_programs(json, plan);
    return json;
}

int environment_matches(const json_t *then, const json_t *now, struct reason *reason) {
    static const char *const may_differ[] = {"started", "load_at_start", "gnuplot",
                                             "git_commit"};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)then, name, value) {
        const json_t *other = json_object_get(now, name);
        if (text_is_among(may_differ, sizeof may_differ / sizeof may_differ[0], name) ||
            json_equal(value, other))
            continue;
        const char *text = json_string_value(other);
        reason_set(reason, "%s was \"%.200s\" when the run began and is \"%.200s\" now",
                   name, json_string_value(value), text ? text : "absent");
        return -EINVAL;
    }
    return 0;
}

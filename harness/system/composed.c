#include "composed.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "file.h"
#include "reason.h"
#include "verdict.h"

enum { DESCRIPTORS = 8 };

/* ---- the folder ---- */

int composed_check_folder(const char *folder, struct reason *reason) {
    struct statfs kind;
    struct statvfs mount;
    const char *why = NULL;
    if (statfs(folder, &kind) < 0 || statvfs(folder, &mount) < 0)
        why = "cannot be read";
    else if (kind.f_type == TMPFS_MAGIC || kind.f_type == RAMFS_MAGIC)
        why = "is in memory, so libraries loaded from it would count as the program's "
              "memory";
    else if (mount.f_flag & ST_NOEXEC)
        why = "is mounted noexec, so nothing can be loaded from it";
    if (why)
        reason_set(reason,
                   "the temporary folder %s %s; set TMPDIR to a folder on a disk from "
                   "which programs can be run",
                   folder, why);
    return why ? -EINVAL : 0;
}

static int make_folder(const char *parent, char *ret, size_t size) {
    if (snprintf(ret, size, "%s/tidemark.XXXXXX", parent) >= (int)size)
        return -ENAMETOOLONG;
    return mkdtemp(ret) ? 0 : -errno;
}

/* Makes the folder in the first parent from which copies can be loaded. If there is none,
 * makes it in the first parent that can be written. */
static int choose_folder(char *ret, size_t size, struct reason *reason) {
    const char *set = getenv("TMPDIR");
    const char *parents[] = {set && *set ? set : "/var/tmp", set && *set ? set : "/tmp"};
    int error = -ENOENT;
    for (int is_strict = 1; is_strict >= 0; is_strict--) {
        for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++) {
            if (is_strict && composed_check_folder(parents[i], NULL) < 0)
                continue;
            error = make_folder(parents[i], ret, size);
            if (!error)
                return 0;
        }
    }
    reason_set(reason,
               "cannot create a folder in %s: %s; set TMPDIR to one that can be "
               "written",
               parents[0], strerror(-error));
    return error;
}

int composed_begin(struct composed *ret, struct reason *reason) {
    const char *outer = getenv(VERDICT_FOLDERS_VARIABLE);
    char log[PATH_MAX];
    int error = choose_folder(ret->folder, sizeof ret->folder, reason);
    if (error)
        return error;
    snprintf(log, sizeof log, "%s/" VERDICT_LOG, ret->folder);
    int fd = open(log, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd >= 0)
        close(fd);
    error = fd < 0 ? -errno : 0;
    if (!error && asprintf(&ret->variable, VERDICT_FOLDERS_VARIABLE "=%s%s%s",
                           ret->folder, outer ? ":" : "", outer ? outer : "") < 0)
        error = -ENOMEM;
    if (error) {
        ret->variable = NULL;
        composed_finish(ret);
        reason_set(reason, "cannot write into %s: %s", log, strerror(-error));
    }
    return error;
}

static int remove_entry(const char *path, const struct stat *info, int kind,
                        struct FTW *position) {
    (void)info;
    (void)kind;
    (void)position;
    remove(path);
    return 0;
}

void composed_finish(struct composed *composed) {
    nftw(composed->folder, remove_entry, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
    free(composed->variable);
    composed->variable = NULL;
}

/* ---- the verdicts ---- */

/* Splits the line in place. False if it is not a verdict. */
static bool take_apart(char *line, struct composed_verdict *ret) {
    ret->id = strsep(&line, "\t");
    ret->pid = strsep(&line, "\t");
    ret->verdict = strsep(&line, "\t");
    ret->path = strsep(&line, "\t");
    ret->why = line;
    return ret->why != NULL;
}

/* Whether a line says that the transplant `id` replaced an allocator. */
static bool was_done(const char *text, const char *id) {
    size_t length = strlen(id);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *pid = strncmp(line, id, length) == 0 ? line + length : "";
        const char *verdict = *pid == '\t' ? strchr(pid + 1, '\t') : NULL;
        if (verdict &&
            strncmp(verdict, "\t" VERDICT_DONE "\t", sizeof VERDICT_DONE + 1) == 0)
            return true;
    }
    return false;
}

bool composed_is_fault(const struct composed_verdict *verdict, struct reason *ret_why) {
    static const struct {
        const char *verdict, *words;
    } faults[] = {
        {VERDICT_REFUSED, "cannot be transplanted and ran as it is"},
        {VERDICT_MIXED, "ran on malloc and on its own allocator"},
        {VERDICT_FAILED, "nothing was transplanted"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (strcmp(verdict->verdict, faults[i].verdict) != 0)
            continue;
        reason_set(ret_why, "%s%s%s: %s", verdict->path, *verdict->path ? " " : "",
                   faults[i].words, verdict->why);
        return true;
    }
    return false;
}

/* Judges one line. -ENOTSUP with `why` if the program's figures are not those of a
 * transplanted program. */
static int judge(const struct composed_verdict *verdict, const char *text,
                 struct reason *why) {
    if (composed_is_fault(verdict, why))
        return -ENOTSUP;
    if (strcmp(verdict->verdict, VERDICT_BEGUN) != 0 || was_done(text, verdict->id))
        return 0;
    reason_set(why, "nothing was transplanted: the program loaded no addon (*.node), and "
                    "no library whose allocator transplant recognises");
    return -ENOTSUP;
}

/* Judges all lines of `text`. `copy` holds the same text; it is split in place. */
static int read_lines(const char *text, char *copy, composed_on_verdict *on_verdict,
                      void *context, struct reason *why) {
    int error = 0;
    for (char *line; (line = strsep(&copy, "\n")) && *line;) {
        struct composed_verdict verdict;
        bool is_whole = take_apart(line, &verdict);
        if (!is_whole)
            reason_set(why, "cannot tell what was transplanted: \"%s\" is not a verdict",
                       line);
        else if (on_verdict)
            on_verdict(context, &verdict);
        if (!is_whole || judge(&verdict, text, why) < 0)
            error = -ENOTSUP; /* a later line may give a more exact reason */
    }
    return error;
}

int composed_read(const struct composed *composed, composed_on_verdict *on_verdict,
                  void *context, struct reason *why) {
    char path[PATH_MAX], *text = NULL;
    snprintf(path, sizeof path, "%s/" VERDICT_LOG, composed->folder);
    int error = file_read(path, &text, NULL);
    char *copy = error ? NULL : strdup(text);
    if (copy)
        error = read_lines(text, copy, on_verdict, context, why);
    else
        reason_set(why, "cannot tell what was transplanted: cannot read %s: %s", path,
                   strerror(error ? -error : ENOMEM));
    bool is_read = copy != NULL;
    free(copy);
    free(text);
    return is_read ? error : -ENOTSUP;
}

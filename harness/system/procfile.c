#include "procfile.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "heap.h"

static const char *proc_root = "/proc";

void procfile_set_root(const char *root) {
    proc_root = root;
}

const char *procfile_root(void) {
    return proc_root;
}

void procfile_path(char *buffer, size_t size, pid_t pid, const char *name) {
    snprintf(buffer, size, "%s/%d/%s", proc_root, (int)pid, name);
}

int procfile_read(pid_t pid, const char *name, char **ret_text, size_t *ret_length) {
    char path[PATH_MAX];
    procfile_path(path, sizeof path, pid, name);
    return file_read(path, ret_text, ret_length);
}

/*
 * Whether a thread still has memory. The statm of a thread that has exited is all zeros.
 */
static bool has_memory(pid_t tid) {
    char *text;
    if (procfile_read(tid, "statm", &text, NULL) < 0)
        return false;
    bool has = strtoull(text, NULL, 10) > 0;
    free(text);
    return has;
}

static int is_number(const struct dirent *entry) {
    return isdigit((unsigned char)entry->d_name[0]);
}

int procfile_list(pid_t pid, pid_t **ret, size_t *ret_count) {
    char path[PATH_MAX];
    struct dirent **entries;
    snprintf(path, sizeof path, "%s", proc_root);
    if (pid > 0)
        procfile_path(path, sizeof path, pid, "task");
    int count = scandir(path, &entries, is_number, NULL);
    if (count < 0)
        return -errno;
    pid_t *ids = heap_new((size_t)count, sizeof *ids);
    for (int i = 0; i < count; i++) {
        ids[i] = (pid_t)strtol(entries[i]->d_name, NULL, 10);
        free(entries[i]);
    }
    free(entries);
    *ret = ids;
    *ret_count = (size_t)count;
    return 0;
}

pid_t procfile_memory_thread(pid_t pid) {
    pid_t *tids, found = pid;
    size_t count;
    if (has_memory(pid) || procfile_list(pid, &tids, &count) < 0)
        return pid;
    for (size_t i = 0; found == pid && i < count; i++)
        if (has_memory(tids[i]))
            found = tids[i];
    free(tids);
    return found;
}

int procfile_reset_peak(pid_t pid) {
    static const char reset_vmhwm[] = "5"; /* proc(5), clear_refs */
    char path[PATH_MAX];
    procfile_path(path, sizeof path, pid, "clear_refs");
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int error = write(fd, reset_vmhwm, 1) == 1 ? 0 : -errno;
    close(fd);
    return error;
}

static const char *find_line(const char *text, const char *name) {
    size_t length = strlen(name);
    for (const char *line = text; line && *line;) {
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            return line + length + 1;
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return NULL;
}

bool procfile_kib_field(const char *text, const char *name, uint64_t *ret_bytes) {
    const char *value = find_line(text, name);
    uint64_t kib;
    int end = 0;
    if (!value || sscanf(value, " %" SCNu64 " kB%n", &kib, &end) != 1 || end == 0)
        return false;
    if (value[end] != '\n') /* the line is cut off */
        return false;
    *ret_bytes = kib * 1024;
    return true;
}

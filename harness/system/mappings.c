#include "mappings.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heap.h"
#include "procfile.h"
#include "reason.h"

enum { PAGEMAP_ENTRIES = 512 }; /* read by one call */

/* Parses "7f00-7f10 rw-p 00000000 fe:00 123 NAME". False if it is not such a line. */
static bool parse_head(char *line, struct mapping *ret) {
    struct mapping mapping = {0};
    char permissions[5];
    uint64_t inode;
    int end = 0;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %*x:%*x %" SCNu64 "%n",
               &mapping.start, &mapping.end, permissions, &inode, &end) != 4 ||
        end == 0)
        return false;
    mapping.readable = permissions[0] == 'r';
    mapping.writable = permissions[1] == 'w';
    mapping.executable = permissions[2] == 'x';
    mapping.shared = permissions[3] == 's';
    mapping.has_inode = inode != 0;
    mapping.name = line + end + strspn(line + end, " ");
    *ret = mapping;
    return true;
}

/* Parses a line such as "Rss: 12 kB" or "VmFlags: rd wr". Ignores other lines. */
static void parse_detail(const char *line, struct mapping *mapping) {
    const struct {
        const char *name;
        uint64_t *value;
    } sizes[] = {{"Rss:", &mapping->rss},
                 {"Pss:", &mapping->pss},
                 {"Anonymous:", &mapping->anonymous},
                 {"LazyFree:", &mapping->lazyfree},
                 {"SwapPss:", &mapping->swap_pss}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t length = strlen(sizes[i].name);
        if (strncmp(line, sizes[i].name, length) == 0)
            *sizes[i].value = strtoull(line + length, NULL, 10) * 1024;
    }
    if (strncmp(line, "VmFlags:", 8) != 0)
        return;
    mapping->no_reserve = strstr(line, " nr") != NULL;
    mapping->no_huge = strstr(line, " nh") != NULL;
    mapping->not_in_child = strstr(line, " dc") != NULL;
}

static size_t count_lines(const char *text) {
    size_t lines = 1;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

int mappings_parse(char *text, struct mappings *ret) {
    if (!*text)
        return -ENODATA;
    if (text[strlen(text) - 1] != '\n')
        return -EBADMSG; /* the text is cut off */
    struct mapping *list = heap_new(count_lines(text), sizeof *list);
    size_t count = 0;
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        bool is_head = isxdigit((unsigned char)*line) && parse_head(line, &list[count]);
        if (is_head)
            count++;
        else if (count > 0)
            parse_detail(line, &list[count - 1]);
        else
            break;
    }
    if (count == 0) {
        free(list);
        return -EBADMSG;
    }
    *ret = (struct mappings){.text = text, .at = list, .count = count};
    return 0;
}

static int read_text(pid_t pid, const char *file, struct mappings *ret) {
    char *text;
    int error = procfile_read(pid, file, &text, NULL);
    if (error)
        return error;
    error = mappings_parse(text, ret);
    if (error)
        free(text);
    return error;
}

int mappings_read(pid_t pid, struct mappings *ret, struct reason *reason) {
    int error = read_text(pid, "smaps", ret);
    if (error)
        reason_set(reason, "cannot read smaps of process %d: %s", (int)pid,
                   strerror(-error));
    return error;
}

int mappings_read_plain(pid_t pid, struct mappings *ret) {
    return read_text(pid, "maps", ret);
}

int mappings_resident(pid_t pid, uint64_t start, uint64_t end, uint64_t *ret_bytes) {
    const uint64_t present = UINT64_C(1) << 63, page = (uint64_t)sysconf(_SC_PAGESIZE);
    char path[PATH_MAX];
    uint64_t entries[PAGEMAP_ENTRIES], pages = 0;
    procfile_path(path, sizeof path, pid, "pagemap");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int error = fd < 0 ? -errno : 0;
    for (uint64_t at = start / page; !error && at < end / page;) {
        uint64_t left = end / page - at;
        size_t wanted = left < PAGEMAP_ENTRIES ? (size_t)left : PAGEMAP_ENTRIES;
        ssize_t n =
            pread(fd, entries, wanted * sizeof *entries, (off_t)(at * sizeof *entries));
        if (n < (ssize_t)sizeof *entries)
            error = n < 0 ? -errno : -ENODATA;
        for (size_t i = 0; !error && i < (size_t)n / sizeof *entries; i++, at++)
            pages += (entries[i] & present) != 0;
    }
    if (fd >= 0)
        close(fd);
    if (!error)
        *ret_bytes = pages * page;
    return error;
}

bool mapping_is_anonymous(const struct mapping *mapping) {
    return !mapping->has_inode && !mapping->shared;
}

bool mapping_is_kernel(const struct mapping *mapping) {
    return strncmp(mapping->name, "[v", 2) == 0;
}

void mappings_finish(struct mappings *mappings) {
    free(mappings->at);
    free(mappings->text);
    *mappings = (struct mappings){0};
}

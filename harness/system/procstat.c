#include "procstat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "procfile.h"

/* Numbers of the fields after the name, as in proc(5). */
enum {
    FIELD_FIRST = 3,
    FIELD_MINOR_FAULTS = 10,
    FIELD_UTIME = 14,
    FIELD_STIME,
    FIELD_CHILDREN_UTIME,
    FIELD_CHILDREN_STIME,
    FIELD_THREADS = 20,
    FIELD_START = 22,
    FIELD_EXIT_CODE = 52
};

/* The text of field `number`, or NULL if the line ends before it. `after` is the text
 * after the name. */
static const char *field(const char *after, int number) {
    const char *text = after;
    for (int i = FIELD_FIRST; text && i < number; i++) {
        text = strchr(text, ' ');
        text += text != NULL;
    }
    return text && *text && *text != '\n' ? text : NULL;
}

static uint64_t number_at(const char *after, int number) {
    const char *text = field(after, number);
    return text ? strtoull(text, NULL, 10) : 0;
}

static uint64_t cpu_ticks(const char *after) {
    return number_at(after, FIELD_UTIME) + number_at(after, FIELD_STIME) +
           number_at(after, FIELD_CHILDREN_UTIME) +
           number_at(after, FIELD_CHILDREN_STIME);
}

/* The name may hold spaces and parentheses. It ends at the last ")". */
int procstat_parse(const char *text, struct procstat *ret) {
    const char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close || close < open || close[1] != ' ' ||
        !field(close + 2, FIELD_START))
        return -EBADMSG;
    const char *after = close + 2;
    struct procstat stat = {.pid = (pid_t)strtol(text, NULL, 10),
                            .parent = (pid_t)number_at(after, FIELD_FIRST + 1),
                            .group = (pid_t)number_at(after, FIELD_FIRST + 2),
                            .state = *after,
                            .minor_faults = number_at(after, FIELD_MINOR_FAULTS),
                            .cpu_ticks = cpu_ticks(after),
                            .start_ticks = number_at(after, FIELD_START),
                            .threads = (unsigned)number_at(after, FIELD_THREADS),
                            .status = (int)number_at(after, FIELD_EXIT_CODE)};
    snprintf(stat.name, sizeof stat.name, "%.*s", (int)(close - open - 1), open + 1);
    *ret = stat;
    return 0;
}

int procstat_read(pid_t pid, struct procstat *ret) {
    char *text;
    int error = procfile_read(pid, "stat", &text, NULL);
    if (error)
        return error;
    error = procstat_parse(text, ret);
    free(text);
    return error;
}

/* If the main thread has exited while others go on, its state is Z, but the process
 * lives. */
bool procstat_is_zombie(const struct procstat *stat) {
    return (stat->state == 'Z' || stat->state == 'X') && stat->threads <= 1;
}

int procstat_list(struct procstat **ret_list, size_t *ret_count) {
    pid_t *pids;
    size_t processes, count = 0;
    int error = procfile_list(0, &pids, &processes);
    if (error)
        return error;
    struct procstat *list = calloc(processes + 1, sizeof *list);
    for (size_t i = 0; list && i < processes; i++)
        count += procstat_read(pids[i], &list[count]) == 0;
    free(pids);
    if (!list)
        return -ENOMEM;
    *ret_list = list;
    *ret_count = count;
    return 0;
}

#include "procstat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "procfile.h"

/* Numbers of the fields after the name, as in proc(5). All but the state are numbers. */
enum {
    FIELD_STATE = 3,
    FIELD_PARENT,
    FIELD_GROUP,
    FIELD_MINOR_FAULTS = 10,
    FIELD_UTIME = 14,
    FIELD_STIME,
    FIELD_CHILDREN_UTIME,
    FIELD_CHILDREN_STIME,
    FIELD_THREADS = 20,
    FIELD_START = 22,
    FIELD_EXIT_CODE = 52
};

/* The name may hold spaces and parentheses. It ends at the last ")". */
int procstat_parse(const char *text, struct procstat *ret) {
    const char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (!open || !close || close < open || close[1] != ' ')
        return -EBADMSG;
    struct procstat stat = {.pid = (pid_t)strtol(text, NULL, 10), .state = close[2]};
    uint64_t field[FIELD_EXIT_CODE + 1] = {0};
    int count = FIELD_STATE;
    const char *rest = close + 2 + (close[2] != '\0');
    while (count < FIELD_EXIT_CODE && rest[0] == ' ' && rest[1] > ' ') {
        field[++count] = strtoull(rest, NULL, 10);
        rest += 1 + strcspn(rest + 1, " ");
    }
    if (count < FIELD_START)
        return -EBADMSG;
    stat.parent = (pid_t)field[FIELD_PARENT];
    stat.group = (pid_t)field[FIELD_GROUP];
    stat.minor_faults = field[FIELD_MINOR_FAULTS];
    stat.cpu_ticks = field[FIELD_UTIME] + field[FIELD_STIME] +
                     field[FIELD_CHILDREN_UTIME] + field[FIELD_CHILDREN_STIME];
    stat.start_ticks = field[FIELD_START];
    stat.threads = (unsigned)field[FIELD_THREADS];
    stat.status = (int)field[FIELD_EXIT_CODE];
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
    struct procstat *list = heap_new(processes, sizeof *list);
    for (size_t i = 0; i < processes; i++)
        count += procstat_read(pids[i], &list[count]) == 0;
    free(pids);
    *ret_list = list;
    *ret_count = count;
    return 0;
}

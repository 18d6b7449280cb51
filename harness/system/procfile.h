#ifndef TIDEMARK_HARNESS_PROCFILE_H
#define TIDEMARK_HARNESS_PROCFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Files below /proc/PID, and their "Name:   123 kB" lines. The root can be another
 * folder, so that tests can show the harness a truncated or unreadable /proc.
 */

/* Sets and tells where /proc is. The text is kept, not copied. */
void procfile_set_root(const char *root);
const char *procfile_root(void);

/* Writes the path of /proc/PID/NAME into `buffer`. */
void procfile_path(char *buffer, size_t size, pid_t pid, const char *name);

/* Reads /proc/PID/NAME; the caller frees the text. -errno on failure. */
int procfile_read(pid_t pid, const char *name, char **ret_text, size_t *ret_length);

/* Lists the threads of a process, or all processes if `pid` is 0. The caller frees the
 * array. -errno. */
int procfile_list(pid_t pid, pid_t **ret, size_t *ret_count);

/*
 * Finds a thread with files /proc/TID/NAME that show the memory of a process. That is the
 * main thread. If the main thread has exited while the process goes on, it is another
 * thread. If no thread has memory, it is `pid` itself.
 */
pid_t procfile_memory_thread(pid_t pid);

/* Resets a process's VmHWM, so that it shows the peak from now on. The process must be
 * ours. -errno on failure. */
int procfile_reset_peak(pid_t pid);

/*
 * The value of the line that starts with `name` and a colon, in bytes. Returns false, and
 * leaves `ret_bytes` untouched, if there is no such line or its value is not "<number>
 * kB\n".
 */
bool procfile_kib_field(const char *text, const char *name, uint64_t *ret_bytes);

#endif

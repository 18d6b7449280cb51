#ifndef TIDEMARK_HARNESS_CAPTURE_H
#define TIDEMARK_HARNESS_CAPTURE_H

#include <stddef.h>

/*
 * Runs a command without a shell (argv[0] is looked up in PATH) and waits for it. Keeps
 * up to `size - 1` bytes of its standard output, and of its standard error if
 * `with_errors`, as a NUL-terminated text without line ends at its end.
 *
 * Returns its exit code (0..255). -EINTR if a signal ended it, another -errno if it could
 * not be started.
 */
int capture_command(char *const argv[], int with_errors, char *buffer, size_t size);

#endif

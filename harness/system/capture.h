#ifndef TIDEMARK_HARNESS_CAPTURE_H
#define TIDEMARK_HARNESS_CAPTURE_H

#include <stddef.h>

struct reason;

/*
 * Runs a command (argv[0] is looked up in PATH) without a shell, waits for it, and keeps
 * up to `size - 1` bytes of what it wrote to standard output (and to standard error when
 * `with_errors`), NUL-terminated, with the last line end cut. Returns its exit code
 * (0..255), or -errno where it could not be started or was ended by a signal (-EINTR).
 */
int capture_command(char *const argv[], int with_errors, char *buffer, size_t size);

#endif

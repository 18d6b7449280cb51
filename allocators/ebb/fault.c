/* Reports a fault by one write, without allocation and stdio, and aborts. */
#include "fault.h"

#include <stdint.h>
#include <string.h>

#include "os.h"

static char *append(char *to, const char *end, const char *text) {
    while (*text != '\0' && to < end)
        *to++ = *text++;
    return to;
}

_Noreturn void fault(const char *what, const void *address) {
    char line[256], digits[2 * sizeof address];
    char *end = line + sizeof line - 32;
    char *to = append(line, end, "ebb: ");
    to = append(to, end, what);
    to = append(to, line + sizeof line, ": 0x");
    uintptr_t value = (uintptr_t)address;
    size_t count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % 16];
        value /= 16;
    } while (value != 0);
    while (count > 0)
        *to++ = digits[--count];
    *to++ = '\n';
    os_write_error(line, (size_t)(to - line));
    os_abort();
}

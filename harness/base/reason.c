#include "reason.h"

#include <stdio.h>

void reason_set(struct reason *reason, const char *format, ...) {
    va_list args;
    va_start(args, format);
    reason_vset(reason, format, args);
    va_end(args);
}

void reason_vset(struct reason *reason, const char *format, va_list args) {
    if (reason)
        vsnprintf(reason->text, sizeof reason->text, format, args);
}

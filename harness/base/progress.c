#include "progress.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

enum { LOG_EVERY_S = 10 };

void progress_begin(struct progress *ret, FILE *out) {
    *ret = (struct progress){.out = out, .live = isatty(fileno(out))};
}

static void format_left(double left_s, char *buffer, size_t size) {
    if (left_s < 0)
        snprintf(buffer, size, "time left not known yet");
    else if (left_s < 90)
        snprintf(buffer, size, "about %.0f s left", left_s);
    else
        snprintf(buffer, size, "about %.0f min left", left_s / 60);
}

void progress_show(struct progress *progress, const char *what, size_t done, size_t total,
                   double left_s) {
    uint64_t now = clock_now_ns();
    if (!progress->live && progress->last_log_ns &&
        now - progress->last_log_ns < LOG_EVERY_S * NS_PER_S)
        return;
    progress->last_log_ns = now;
    char left[40], line[256];
    format_left(left_s, left, sizeof left);
    int length = snprintf(line, sizeof line, "[%zu/%zu] %s, %s", done, total, what, left);
    if (progress->live) {
        fprintf(progress->out, "\r%s%*s", line,
                progress->width > (size_t)length ? (int)(progress->width - (size_t)length)
                                                 : 0,
                "");
        progress->width = (size_t)length;
    } else {
        fprintf(progress->out, "%s\n", line);
    }
    fflush(progress->out);
}

void progress_end(struct progress *progress) {
    if (progress->live && progress->width)
        fprintf(progress->out, "\r%*s\r", (int)progress->width, "");
    progress->width = 0;
    fflush(progress->out);
}

void progress_say(struct progress *progress, const char *format, ...) {
    progress_end(progress);
    va_list args;
    va_start(args, format);
    vfprintf(progress->out, format, args);
    va_end(args);
    fputc('\n', progress->out);
    fflush(progress->out);
}

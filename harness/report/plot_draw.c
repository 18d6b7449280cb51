#include "plot_draw.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "capture.h"
#include "file.h"
#include "paths.h"
#include "plan.h"
#include "reason.h"

bool plot_shows(const struct plan *plan, const struct variant *variant) {
    return variant->status == VARIANT_OK && strcmp(variant->name, plan->again) != 0;
}

int plot_write(const char *path, plot_writer *writer, const void *context,
               size_t *ret_blocks, struct reason *reason) {
    struct file_draft draft;
    int error = file_draft_begin(&draft, path, reason);
    if (error)
        return error;
    *ret_blocks = writer(context, draft.out);
    return file_draft_write(&draft, 0, reason);
}

const char *plot_quoted(const char *text, char *buffer, size_t size) {
    size_t n = 0;
    buffer[n++] = '\'';
    for (; *text && n + 4 < size; text++) {
        if (*text == '\'')
            buffer[n++] = '\'';
        buffer[n++] = (unsigned char)*text < ' ' ? ' ' : *text;
    }
    buffer[n++] = '\'';
    buffer[n] = '\0';
    return buffer;
}

static int run_gnuplot(const char *settings, const char *template, const char *base,
                       const char *format, struct reason *reason) {
    char share[PATH_MAX - 64], script[PATH_MAX], all[8 * PATH_MAX], errors[400];
    char quoted[2][2 * PATH_MAX];
    int error = paths_in_build(share, sizeof share, "share/plots");
    if (error)
        return error;
    snprintf(script, sizeof script, "%s/%s.gp", share, template);
    snprintf(all, sizeof all, "share=%s; base=%s; format='%s'; %s",
             plot_quoted(share, quoted[0], sizeof quoted[0]),
             plot_quoted(base, quoted[1], sizeof quoted[1]), format, settings);
    char *argv[] = {"gnuplot", "-e", all, script, NULL};
    int code = capture_command(argv, 1, errors, sizeof errors);
    if (code == -ENOENT) {
        reason_set(reason,
                   "gnuplot is not installed; `make setup` installs it, or install "
                   "the package gnuplot-nox");
        return code;
    }
    if (code != 0) {
        errors[strcspn(errors, "\n")] = '\0';
        reason_set(reason, "gnuplot failed on %s: %s", base, errors);
        return code < 0 ? code : -EIO;
    }
    return 0;
}

int plot_draw(const char *settings, const char *template, const char *base,
              struct reason *reason) {
    int error = run_gnuplot(settings, template, base, "svg", reason);
    return error ? error : run_gnuplot(settings, template, base, "png", reason);
}

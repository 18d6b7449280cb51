#include "jsonline.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_space(const char *at) {
    return at + strspn(at, " \t\r\n");
}

/* Returns the position after a text in quotation marks. */
static const char *skip_text(const char *at) {
    for (at++; *at && *at != '"'; at++)
        at += at[0] == '\\' && at[1];
    return at + (*at == '"');
}

/* Returns the position after a value, however deeply it is nested. */
static const char *skip_value(const char *at) {
    int depth = 0;
    do {
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at = *at == '"' ? skip_text(at) : at + 1;
    } while (*at && (depth > 0 || !strchr(",]} \t\r\n", *at)));
    return at;
}

/* Whether the text in quotation marks at `at` is `name`. It must hold no escapes. */
static bool is_name(const char *at, const char *name) {
    size_t length = strlen(name);
    return strncmp(at + 1, name, length) == 0 && at[1 + length] == '"';
}

/* Returns the value that a step leads to, or NULL. `ret_shown` gets the place where the
 * value, or its name, begins. */
static const char *step_into(const char *at, const char *step, const char **ret_shown) {
    bool is_object = *at == '{';
    long wanted = is_object ? -1 : strtol(step, NULL, 10);
    if (!is_object && *at != '[')
        return NULL;
    at = skip_space(at + 1);
    for (long i = 0; *at && *at != '}' && *at != ']'; i++) {
        const char *shown = at;
        bool found = is_object ? is_name(at, step) : i == wanted;
        if (is_object)
            at = skip_space(skip_space(skip_text(at)) + 1); /* past the colon */
        if (found) {
            *ret_shown = shown;
            return at;
        }
        at = skip_space(skip_value(at));
        if (*at == ',')
            at = skip_space(at + 1);
    }
    return NULL;
}

unsigned jsonline_of(const char *text, const char *const steps[], size_t count) {
    const char *at = skip_space(text), *shown = at;
    for (size_t i = 0; at && i < count; i++)
        at = step_into(at, steps[i], &shown);
    unsigned line = 1;
    for (const char *c = text; c < shown; c++)
        line += *c == '\n';
    return line;
}

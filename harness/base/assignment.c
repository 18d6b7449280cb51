#include "assignment.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "reason.h"

static bool starts(const char *text) {
    if (!isalpha((unsigned char)*text) && *text != '_')
        return false;
    while (isalnum((unsigned char)*text) || *text == '_')
        text++;
    return *text == '=';
}

const char *assignment_end(const char *text) {
    const char *comma = strchr(text, ',');
    while (comma && !starts(comma + 1))
        comma = strchr(comma + 1, ',');
    return comma ? comma : text + strlen(text);
}

int assignment_append(const struct assignment_target *target, const char *list,
                      struct reason *reason) {
    while (*list) {
        const char *end = assignment_end(list);
        size_t length = (size_t)(end - list);
        if (!starts(list)) {
            reason_set(reason, "%s %s: \"%.80s\" is not %s", target->kind, target->name,
                       list, target->form);
            return -EINVAL;
        }
        if (*target->count == target->max || length >= target->size) {
            reason_set(reason, "%s %s: at most %u %s of %zu characters each",
                       target->kind, target->name, target->max, target->what,
                       target->size - 1);
            return -E2BIG;
        }
        char *text = target->texts + (*target->count)++ * target->size;
        memcpy(text, list, length);
        text[length] = '\0';
        list = *end ? end + 1 : end;
    }
    return 0;
}

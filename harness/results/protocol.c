#include "protocol.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_word(const char *text) {
    if (!islower((unsigned char)*text))
        return false;
    for (; *text; text++)
        if (!islower((unsigned char)*text) && !isdigit((unsigned char)*text) &&
            *text != '_')
            return false;
    return true;
}

bool protocol_parse(const char *line, struct protocol_line *ret) {
    size_t length = strlen(line);
    if (length == 0 || length >= sizeof ret->text)
        return false;
    memcpy(ret->text, line, length + 1);
    ret->pairs = 0;
    char *rest = ret->text;
    ret->verb = strsep(&rest, " ");
    if (!is_word(ret->verb))
        return false;
    for (char *pair; (pair = strsep(&rest, " "));) {
        char *equals = strchr(pair, '=');
        if (!equals || ret->pairs == PROTOCOL_PAIRS_MAX)
            return false;
        *equals = '\0';
        if (!is_word(pair))
            return false;
        ret->keys[ret->pairs] = pair;
        ret->values[ret->pairs++] = equals + 1;
    }
    return true;
}

const char *protocol_get(const struct protocol_line *line, const char *key) {
    for (unsigned i = 0; i < line->pairs; i++)
        if (strcmp(line->keys[i], key) == 0)
            return line->values[i];
    return NULL;
}

bool protocol_number(const struct protocol_line *line, const char *key, uint64_t *ret) {
    const char *value = protocol_get(line, key);
    if (!value || !isdigit((unsigned char)*value))
        return false;
    char *end;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 10);
    if (errno || *end)
        return false;
    *ret = number;
    return true;
}

bool protocol_numbers_to_json(const struct protocol_line *line, const char *const keys[],
                              json_t *target) {
    for (; *keys; keys++) {
        uint64_t value;
        if (!protocol_number(line, *keys, &value))
            return false;
        json_object_set_new(target, *keys, json_integer((json_int_t)value));
    }
    return true;
}

/* See assignment.h. */
#include "assignment.h"

#include <ctype.h>
#include <string.h>

bool assignment_starts(const char *text) {
    if (!isalpha((unsigned char)*text) && *text != '_')
        return false;
    while (isalnum((unsigned char)*text) || *text == '_')
        text++;
    return *text == '=';
}

const char *assignment_end(const char *text) {
    const char *comma = strchr(text, ',');
    while (comma && !assignment_starts(comma + 1))
        comma = strchr(comma + 1, ',');
    return comma ? comma : text + strlen(text);
}

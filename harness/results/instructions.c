#include "instructions.h"

#include <stdio.h>
#include <string.h>

bool instructions_parse(const char *text, double *ret) {
    static const char tag[] = "\nsummary: ";
    const char *line = text ? strstr(text, tag) : NULL;
    long long count;
    if (!line || sscanf(line + sizeof tag - 1, "%lld", &count) != 1 || count <= 0)
        return false;
    *ret = (double)count;
    return true;
}

#include "childenv.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heap.h"

/* Whether `variable` and `other`, each "NAME=...", set the same variable. */
static bool same_variable(const char *variable, const char *other) {
    size_t length = strcspn(variable, "=") + 1;
    return strncmp(variable, other, length) == 0;
}

static size_t count_of(char *const variables[]) {
    size_t count = 0;
    while (variables && variables[count])
        count++;
    return count;
}

char **childenv_make(char *const added[]) {
    return childenv_make_from(environ, added);
}

char **childenv_make_from(char *const base[], char *const added[]) {
    size_t count = count_of(base), n = count_of(added);
    char **envp = heap_new(count + n + 1, sizeof *envp);
    if (n)
        memcpy(envp, added, n * sizeof *envp);
    for (size_t i = 0, own = n; i < count; i++) {
        bool replaced = false;
        for (size_t k = 0; k < own; k++)
            replaced |= same_variable(envp[k], base[i]);
        if (!replaced)
            envp[n++] = base[i];
    }
    return envp;
}

char *childenv_preload(const char *library) {
    const char *before = getenv("LD_PRELOAD");
    char *text;
    if (asprintf(&text, "LD_PRELOAD=%s%s%s", library, before && *before ? ":" : "",
                 before ? before : "") < 0)
        heap_exhausted();
    return text;
}

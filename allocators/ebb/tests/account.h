/* Single figures out of ebb_stats' account. No allocation. */
#ifndef EBB_TESTS_ACCOUNT_H
#define EBB_TESTS_ACCOUNT_H

#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "ebb.h"

/* Where the value of the account's first member of this name starts. */
static inline const char *account_at(char *text, size_t size, const char *name) {
    char key[64];
    CHECK(ebb_stats(text, size) < size);
    int length = snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(text, key);
    CHECK(at != NULL);
    return at + length;
}

static inline size_t account_number(const char *name) {
    char text[16384];
    return strtoull(account_at(text, sizeof text, name), NULL, 10);
}

static inline bool account_says(const char *name, const char *word) {
    char text[16384];
    const char *at = account_at(text, sizeof text, name);
    size_t length = strlen(word);
    return at[0] == '"' && strncmp(at + 1, word, length) == 0 && at[length + 1] == '"';
}

/* Not a timed assertion: it may take as long as it needs, but not for ever. */
static inline bool account_comes_to_say(const char *name, const char *word,
                                        unsigned limit_ms) {
    for (unsigned ms = 0; ms < limit_ms; ms += 20) {
        if (account_says(name, word))
            return true;
        usleep(20000);
    }
    return account_says(name, word);
}

#endif

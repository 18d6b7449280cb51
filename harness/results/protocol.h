#ifndef TIDEMARK_HARNESS_PROTOCOL_H
#define TIDEMARK_HARNESS_PROTOCOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The workload's lines (docs/protocol.md): a verb and key=value pairs. */

enum { PROTOCOL_PAIRS_MAX = 24, PROTOCOL_VERSION = 1 };

struct protocol_line {
    char text[1024]; /* a copy of the line, cut into the strings that the pointers below
                        point to */
    const char *verb;
    unsigned pairs;
    const char *keys[PROTOCOL_PAIRS_MAX];
    const char *values[PROTOCOL_PAIRS_MAX];
};

/* Parses one line (no line end in it). False if it is not a line of the protocol. */
bool protocol_parse(const char *line, struct protocol_line *ret);

/* The value of a key, or NULL. It lives as long as `line`. */
const char *protocol_get(const struct protocol_line *line, const char *key);

/* The value of a key as a decimal number. False, with `ret` untouched, if it is not one.
 */
bool protocol_number(const struct protocol_line *line, const char *key, uint64_t *ret);

/*
 * Puts the numbers of `keys` (ended by NULL) into the JSON object `target` under the same
 * names. False if one is missing or is not a number; `target` may have some of them then.
 */
bool protocol_numbers_to_json(const struct protocol_line *line, const char *const keys[],
                              json_t *target);

#endif

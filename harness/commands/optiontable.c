/* See optiontable.h. */
#include "optiontable.h"

#include <stdbool.h>

#include "cmd.h"

enum { FIRST_KEY = 0x100 };

static int key_of(const struct option_row *rows, size_t index) {
    return rows[index].letter ? rows[index].letter : FIRST_KEY + (int)index;
}

void optiontable_to_argp(const struct option_row *rows, size_t count,
                         struct argp_option *ret) {
    for (size_t i = 0; i < count; i++) {
        const struct option_row *row = &rows[i];
        bool is_title = row->type == OPTION_TITLE;
        ret[i] = (struct argp_option){.name = row->name,
                                      .key = is_title ? 0 : key_of(rows, i),
                                      .arg = row->argument,
                                      .flags = row->flags,
                                      .doc = row->help,
                                      .group = row->group};
    }
    ret[count] = (struct argp_option){0};
}

const struct option_row *optiontable_find(const struct option_row *rows, size_t count,
                                          int key) {
    for (size_t i = 0; i < count; i++)
        if (rows[i].type != OPTION_TITLE && key_of(rows, i) == key)
            return &rows[i];
    return NULL;
}

void optiontable_take(const struct option_row *row, struct argp_state *state,
                      void *arguments, const char *text) {
    void *member = (char *)arguments + row->offset;
    switch (row->type) {
    case OPTION_FLAG:
        *(bool *)member = true;
        break;
    case OPTION_TEXT:
        *(const char **)member = text ? text : "";
        break;
    case OPTION_INTEGER:
        *(int *)member = (int)cmd_integer(state, row->name, text, (uint64_t)row->low,
                                          (uint64_t)row->high);
        break;
    case OPTION_NUMBER:
        *(double *)member = cmd_number(state, row->name, text, row->low, row->high);
        break;
    case OPTION_CALL:
        row->call(state, arguments, text);
        break;
    case OPTION_TITLE:
        break;
    }
}

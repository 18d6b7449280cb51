/* Every figure comes from a comparison or a run's own facts. */
#include "decision_report.h"

#include <errno.h>
#include <stdlib.h>

#include "decision_parts.h"
#include "decision_words.h"
#include "table.h"

static void print_picture(const struct decision_page *page, FILE *out) {
    if (page->picture)
        fprintf(out,
                "\n![speed against idle footprint: what is switched from and to stands "
                "out](%s)\n",
                page->picture);
}

int decision_print(const struct decision *d, const struct decision_page *page,
                   FILE *out) {
    struct table *table = malloc(sizeof *table);
    char program[64], names[2][DECISION_NAME_MAX + 2];
    if (!table)
        return -ENOMEM;
    decision_name_program(d, page, program, sizeof program);
    fprintf(out, "# Switch %s from %s to %s?\n\n", program,
            decision_in_words(d->runs[0].base, names[0]),
            decision_in_words(d->runs[0].variant, names[1]));
    decision_print_cautions(d, out);
    decision_print_recommendation(d, out);
    decision_print_measured(d, out);
    decision_print_price(d, table, out);
    decision_print_who(d, table, out);
    decision_print_limits(d, out);
    print_picture(page, out);
    if (page->command)
        fprintf(out, "\n<sub>Made by `%s`; docs/decide.md has the rules.</sub>\n",
                page->command);
    free(table);
    return 0;
}

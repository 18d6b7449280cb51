#include "form.h"

#include <math.h>

#include "judge.h"
#include "table.h"
#include "units.h"

void form_heading(const struct form *form, const char *text) {
    fprintf(form->out, form->markdown ? "\n### %s\n\n" : "\n%s\n\n", text);
}

void form_table(const struct form *form, const struct table *table) {
    if (form->markdown)
        table_print_markdown(table, form->out);
    else
        table_print_terminal(table, form->out);
}

void form_bullet(const struct form *form) {
    fputs(form->markdown ? "- " : "  * ", form->out);
}

void form_fold(const struct form *form, const char *title) {
    if (form->markdown)
        fprintf(form->out, "\n<details><summary>%s</summary>\n\n", title);
    else
        form_heading(form, title);
}

void form_unfold(const struct form *form) {
    if (form->markdown)
        fputs("\n</details>\n", form->out);
}

void form_set_mib(struct table *table, size_t column, double bytes) {
    table_set(table, column, isnan(bytes) ? "-" : "%.1f", bytes / MIB);
}

void form_set_verdict(struct table *table, size_t column,
                      const struct judgement *versus) {
    if (versus->verdict == VERDICT_NONE)
        table_set(table, column, "-");
    else if (isinf(versus->high))
        table_set(table, column, "%.2f (too few rounds)", versus->ratio);
    else
        table_set(table, column, "%.2f [%.2f, %.2f] %s%s", versus->ratio, versus->low,
                  versus->high, verdict_name(versus->verdict),
                  versus->disputed ? ", not by ranks" : "");
}

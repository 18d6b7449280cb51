#include "guardcomment.h"

#include <math.h>
#include <string.h>

#include "compare_report.h"
#include "form.h"
#include "guardverdict.h"
#include "record.h"
#include "table.h"

/* A change in percent, to one decimal; never "-0.0". */
static double percent_of(double ratio) {
    return round(1000 * (ratio - 1)) / 10 + 0.0;
}

static void set_row(struct table *table, const struct comparison *c) {
    char name[MEASURE_NAME_MAX + 16], medians[64];
    guardverdict_name_instant(c->measure, name, sizeof name);
    measure_format_change(c->measure, c->median_a, c->median_b, medians, sizeof medians);
    table_set(table, 0, "%s, %s", c->workload, name);
    table_set(table, 1, "%s", medians);
    if (isfinite(c->judged.high))
        table_set(table, 2, "%+.1f %% [%+.1f, %+.1f]", percent_of(c->judged.ratio),
                  percent_of(c->judged.low), percent_of(c->judged.high));
    else
        table_set(table, 2, "too few rounds");
    table_set(table, 3, "%g %%", 100 * c->tolerance);
    table_set(table, 4, c->judged.verdict == VERDICT_WORSE ? "**%s**" : "%s",
              verdict_name(c->judged.verdict));
}

static void print_demanded(const struct compare_result *result, FILE *out) {
    static const char *const header[] = {"scenario", "before -> after",
                                         "change [95 % interval]", "allowed", "verdict"};
    static struct table table;
    size_t shown = 0;
    table_begin(&table, sizeof header / sizeof header[0], header);
    for (size_t i = 0; i < result->count; i++)
        if (result->comparisons[i].decides && table_add_row(&table) >= 0) {
            set_row(&table, &result->comparisons[i]);
            shown++;
        }
    if (shown)
        table_print_markdown(&table, out);
}

void guardcomment_print(const struct guard_verdict *verdict, const char *headline,
                        const struct form *form) {
    FILE *out = form->out;
    if (verdict->is_compared && !form->markdown)
        compare_print(&verdict->compared, headline, form);
    else
        fprintf(out, form->markdown ? "**%s**\n\n" : "%s\n", headline);
    if (verdict->is_compared && form->markdown) {
        print_demanded(&verdict->compared, out);
        compare_print_notes(&verdict->compared, form);
    }
    for (size_t i = 0; i < verdict->check_count; i++)
        fprintf(out, "%s%sbound: %s\n", i ? "" : "\n", form->markdown ? "- " : "",
                verdict->checks[i].text);
    if (!verdict->is_compared || !form->markdown)
        return;
    if (compare_count(&verdict->compared, VERDICT_INCONCLUSIVE))
        fputs("\nInconclusive: these rounds do not show whether the figure grew beyond "
              "what is allowed. More rounds (`--resume`) would decide it.\n",
              out);
    form_fold(form, "All other figures, whose memory it is, and the method");
    compare_print_table(&verdict->compared, COMPARE_ALL, form);
    compare_print_left_out(&verdict->compared, form);
    compare_print_method(&verdict->compared, form);
    form_unfold(form);
}

/* ---- for other programs ---- */

static json_t *row_to_json(const struct comparison *c) {
    char instant[MEASURE_NAME_MAX + 16], medians[64];
    guardverdict_name_instant(c->measure, instant, sizeof instant);
    measure_format_change(c->measure, c->median_a, c->median_b, medians, sizeof medians);
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s}",
                     "scenario", c->workload, "measure", c->measure, "instant", instant,
                     "medians", medians, "before", record_real(c->median_a), "after",
                     record_real(c->median_b), "ratio", record_real(c->judged.ratio),
                     "low", record_real(c->judged.low), "high",
                     record_real(c->judged.high), "allowed", record_real(c->tolerance),
                     "verdict", verdict_name(c->judged.verdict));
}

/* json_string() takes valid UTF-8 only, but a headline may have been cut in the middle of
 * a character. So this drops bytes from the end until the rest is valid. */
static json_t *text_to_json(const char *text) {
    json_t *json = json_string(text);
    for (size_t length = strlen(text); !json && length > 0; length--)
        json = json_stringn(text, length - 1);
    return json;
}

json_t *guardcomment_to_json(const struct guard_verdict *verdict, const char *headline,
                             int exit_code) {
    json_t *rows = json_array(), *bounds = json_array();
    for (size_t i = 0; verdict->is_compared && i < verdict->compared.count; i++)
        if (verdict->compared.comparisons[i].decides)
            json_array_append_new(rows, row_to_json(&verdict->compared.comparisons[i]));
    for (size_t i = 0; i < verdict->check_count; i++)
        json_array_append_new(bounds, json_string(verdict->checks[i].text));
    return json_pack("{s:s, s:i, s:o, s:i, s:o, s:o}", "schema", GUARD_VERDICT_SCHEMA,
                     "schema_version", 1, "headline", text_to_json(headline), "exit_code",
                     exit_code, "rows", rows, "bounds", bounds);
}

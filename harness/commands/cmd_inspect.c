/* tidemark inspect [--table] FILE... */
#include <limits.h>
#include <stdio.h>

#include "cmd.h"
#include "file.h"
#include "form.h"
#include "inspect.h"
#include "optiontable.h"
#include "reason.h"
#include "table.h"

struct arguments {
    struct words files;
    bool table, markdown;
};

static const struct option_row option_rows[] = {
    FLAG(0, 't', "table", table, "print one row per file instead of all claims"),
    FLAG(0, 'm', "markdown", markdown, "print the rows as Markdown"),
};

/* ---- one file: its claims ---- */

static int print_claims(const char *path, const struct inspection *inspection) {
    printf("%s: %s\n", path, inspection->kind);
    for (int certainty = 0; certainty < CERTAINTIES; certainty++)
        for (size_t i = 0; i < inspection->claim_count; i++) {
            const struct claim *claim = &inspection->claims[i];
            if ((int)claim->certainty == certainty)
                printf("  %-8s  %s\n            (%s)\n",
                       inspect_certainty_name(claim->certainty), claim->what,
                       claim->evidence);
        }
    if (!inspection->is_told)
        cmd_complain("%s: its allocator is unknown: it calls no other file's malloc, and "
                     "shows no sign of a known allocator (glibc, jemalloc, mimalloc, "
                     "ebb, tcmalloc, scudo, Go)",
                     path);
    else if (inspection->no_transplant && *inspection->inside)
        printf("  tidemark transplant cannot move it: %s\n", inspection->no_transplant);
    return inspection->is_told ? EXIT_FINE : EXIT_MEASUREMENT;
}

/* ---- many: a table ---- */

/* Says by what means another allocator can replace this file's. */
static const char *remedy(const struct inspection *inspection) {
    if (!inspection->no_transplant)
        return "transplant";
    if (!*inspection->inside && *inspection->libc)
        return "preload";
    return "nothing";
}

static void add_row(struct table *table, const char *path,
                    const struct inspection *inspection) {
    if (table_add_row(table) < 0)
        return;
    const char *inside = *inspection->inside ? inspection->inside : "none found";
    table_set(table, 0, "%s", file_base_name(path));
    table_set(table, 1, "%s", inspection->is_told ? inside : "unknown");
    table_set(table, 2, "%s", *inspection->version ? inspection->version : "-");
    table_set(table, 3, "%s", *inspection->options ? inspection->options : "-");
    table_set(table, 4, "%s",
              *inspection->inside   ? inspect_certainty_name(inspection->inside_certainty)
              : inspection->is_told ? inspect_certainty_name(LIKELY)
                                    : "-");
    table_set(table, 5, "%s", *inspection->libc ? "yes" : "no");
    table_set(table, 6, "%s", remedy(inspection));
}

/* Inspects a file, and adds a row or, if `table` is NULL, prints what it found. */
static int inspect(const char *path, struct table *table) {
    static struct inspection inspection;
    struct reason reason;
    if (inspect_file(&inspection, path, &reason) < 0) {
        cmd_complain("%s", reason.text);
        return EXIT_USAGE;
    }
    if (!table)
        return print_claims(path, &inspection);
    add_row(table, path, &inspection);
    return inspection.is_told ? EXIT_FINE : EXIT_MEASUREMENT;
}

int cmd_inspect(int argc, char **argv) {
    static const struct option_table options = {
        OPTION_ROWS(option_rows),
        .least = 1,
        .most = INT_MAX,
        .too_few = "name a file: a program, a library or an addon",
        .usage = "FILE...",
        .doc =
            "Say which allocators are in a program, a library or an addon, which "
            "version, with which build options, and whose malloc it calls.\vinspect runs "
            "nothing: it reads the file's symbols, texts and code. Each claim is printed "
            "with its evidence and how certain it is. Exit code 0: each file's allocator "
            "was found; 2: bad input; 3: that of some file is unknown."};
    static const char *const header[] = {
        "file", "inside", "version", "options", "certainty", "calls malloc", "moved by"};
    struct arguments a = {0};
    optiontable_parse(&options, argc, argv, &a);
    bool is_table = a.table || a.markdown;
    static struct table table;
    int worst = EXIT_FINE;
    table_begin(&table, sizeof header / sizeof header[0], header);
    for (int i = 0; i < a.files.count; i++) {
        int code = inspect(a.files.at[i], is_table ? &table : NULL);
        worst = code > worst ? code : worst;
    }
    if (is_table)
        form_table(&(struct form){stdout, a.markdown}, &table);
    return worst;
}

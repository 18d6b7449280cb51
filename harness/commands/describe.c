#include "describe.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "optiontable.h"

/* ---- man pages ---- */

/* Writes a text for roff. Escapes what means something else there: backslashes, hyphens,
 * and a dot or an apostrophe at the beginning of a line. */
static void put_roff(FILE *out, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        bool begins = i == 0 || text[i - 1] == '\n';
        if (begins && (text[i] == '.' || text[i] == '\''))
            fputs("\\&", out);
        if (text[i] == '\\')
            fputs("\\e", out);
        else if (text[i] == '-')
            fputs("\\-", out);
        else
            fputc(text[i], out);
    }
}

static void put_text(FILE *out, const char *text) {
    put_roff(out, text, strlen(text));
}

static void put_date(FILE *out) {
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    time_t when = epoch ? (time_t)strtoll(epoch, NULL, 10) : time(NULL);
    char date[16];
    strftime(date, sizeof date, "%Y-%m-%d", gmtime(&when));
    fputs(date, out);
}

static void begin_page(FILE *out, const char *name, const char *summary) {
    fputs(".TH ", out);
    for (const char *c = name; *c; c++)
        fputc(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, out);
    fputs(" 1 ", out);
    put_date(out);
    fputs(" \"tidemark " TIDEMARK_VERSION "\" \"tidemark\"\n.SH NAME\n", out);
    put_text(out, name);
    fputs(" \\- ", out);
    put_text(out, summary);
    fputc('\n', out);
}

/* Writes one line for each form of the command: table->usage has one form a line. */
static void put_synopsis(const struct option_table *table, const char *command,
                         FILE *out) {
    const char *form = table->usage ? table->usage : "";
    fputs(".SH SYNOPSIS\n", out);
    for (bool first = true; first || *form; first = false) {
        size_t length = strcspn(form, "\n");
        fprintf(out, "%s.B tidemark %s\n[OPTION...]", first ? "" : ".br\n", command);
        if (length)
            fputc(' ', out);
        put_roff(out, form, length);
        fputc('\n', out);
        form += length + (form[length] == '\n');
    }
}

static void put_names(const struct option_row *row, FILE *out) {
    bool optional = row->flags & OPTION_ARG_OPTIONAL;
    fputs(".TP\n", out);
    if (row->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB\\-\\-", out);
    put_text(out, row->name);
    fputs("\\fR", out);
    if (row->argument) {
        fprintf(out, "%s=\\fI", optional ? "[" : "");
        put_text(out, row->argument);
        fprintf(out, "\\fR%s", optional ? "]" : "");
    }
    fputc('\n', out);
}

/* The options that argp adds to each command. */
static const struct option_row own_rows[] = {
    {0, OPTION_FLAG, '?', "help", NULL, "Give this help list", 0, 0, 0, NULL, 0},
    {0, OPTION_FLAG, 0, "usage", NULL, "Give a short usage message", 0, 0, 0, NULL, 0},
};
enum { OWN_ROWS = sizeof own_rows / sizeof own_rows[0] };

static void put_row(const struct option_row *row, FILE *out) {
    if (row->type == OPTION_TITLE) {
        fputs(".SS \"", out);
        put_text(out, row->help);
        fputs("\"\n", out);
        return;
    }
    put_names(row, out);
    put_text(out, row->help);
    fputc('\n', out);
}

void describe_man(const struct option_table *table, const char *command, FILE *out) {
    char name[64];
    const char *more = strchr(table->doc, '\v');
    size_t before = more ? (size_t)(more - table->doc) : strlen(table->doc);
    snprintf(name, sizeof name, "tidemark-%s", command);
    begin_page(out, name, cmd_summary(command));
    put_synopsis(table, command, out);
    fputs(".SH DESCRIPTION\n", out);
    put_roff(out, table->doc, before);
    fputc('\n', out);
    if (more) {
        fputs(".PP\n", out);
        put_text(out, more + 1);
        fputc('\n', out);
    }
    fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; i < table->count; i++)
        put_row(&table->rows[i], out);
    for (size_t i = 0; i < OWN_ROWS; i++)
        put_row(&own_rows[i], out);
    fputs(".SH SEE ALSO\n.BR tidemark (1)\n", out);
}

void describe_man_of_all(const struct command *commands, size_t count, FILE *out) {
    begin_page(out, "tidemark", "measure what memory allocators give back");
    fputs(".SH SYNOPSIS\n.B tidemark\nCOMMAND [OPTION...]\n.SH DESCRIPTION\n"
          "Measures what memory allocators give back when a program goes idle, and what\n"
          "that costs in speed.\n.SH COMMANDS\n",
          out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, ".TP\n.BR tidemark\\-%s (1)\n", commands[i].name);
        put_text(out, commands[i].summary);
        fputc('\n', out);
    }
    fputs(".SH EXIT STATUS\n"
          ".TP\n0\nfine\n"
          ".TP\n1\na regression was found\n"
          ".TP\n2\nwrong usage\n"
          ".TP\n3\na measurement failed, or was inconclusive though a verdict was "
          "demanded\n",
          out);
}

/* ---- lines ---- */

void describe_commands(const struct command *commands, size_t count, FILE *out) {
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s\t%s\n", commands[i].name, commands[i].summary);
}

static void put_line(const struct option_row *row, const char *command, FILE *out) {
    bool optional = row->flags & OPTION_ARG_OPTIONAL;
    if (row->type == OPTION_TITLE)
        return;
    fprintf(out, "%s\t%c\t%s\t%s\t%s\t", command, row->letter ? row->letter : '-',
            row->name,
            !row->argument ? "none"
            : optional     ? "optional"
                           : "required",
            row->argument ? row->argument : "-");
    for (const char *c = row->help; *c; c++)
        fputc(*c == '\n' || *c == '\t' ? ' ' : *c, out);
    fputc('\n', out);
}

void describe_options(const struct option_table *table, const char *command, FILE *out) {
    for (size_t i = 0; i < table->count; i++)
        put_line(&table->rows[i], command, out);
    for (size_t i = 0; i < OWN_ROWS; i++)
        put_line(&own_rows[i], command, out);
}

/* Rows to text by --format: "table", "table TEMPLATE", "json" or a template for each row. */
#ifndef SLIPWAY_CLI_FORMAT_H
#define SLIPWAY_CLI_FORMAT_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct format_header {
    const char *field, *title;
};

struct format {
    const char *type;                    /* "*formatter.ContainerContext" */
    const char *table;                   /* the default table's template */
    const char *quiet;                   /* with -q */
    const char *raw, *raw_quiet;         /* what "raw" means, alone and with -q; NULL: nothing */
    const struct format_header *headers; /* ended by a NULL field */
    const char
        *labels; /* field that `.Label "x"` looks into (an object kept beside the row under "#labels"); NULL: no such method */
    const char *style; /* the person's --format; may be NULL */
    bool quiet_only;
    bool probe;  /* as `ps`: a template is tried before there are rows, and loses to -q with a warning */
    int minimum; /* column width; 0: Docker's usual ten */
};

/* `rows`: objects of strings, one field per heading. What is written is complete or, on an error, stops before the bad row. */
int cli_rows(const struct format *format, json_t *rows, FILE *out, struct error *err);

/* The same on stdout, with the error on stderr; the exit code. */
int cli_show_rows(const struct format *format, json_t *rows);

/* Whether the template asks for this field (so that it is worth asking the engine for it). */
bool cli_wants(const char *style, const char *field);

/* {{json .}} of a row: keys sorted, <, > and & as \u escapes, as Go's encoder does it. Allocated. */
char *cli_row_json(json_t *row);

/* First `most` characters with "…" as the last when it was longer; allocated. */
char *cli_ellipsis(const char *text, int most);
/* sha256: dropped, twelve digits; allocated. */
char *cli_short_id(const char *id);
/* Every 64-digit ID within the text cut to twelve digits and two dots; allocated. */
char *cli_brief_ids(const char *text);
/* "3 minutes ago" since a time in seconds; allocated. */
char *cli_ago(long long seconds);
/* "2026-11-21 09:20:39 +0000 UTC"; allocated. */
char *cli_stamp(long long seconds);
/* "2026-11-21T09:20:39Z"; allocated. */
char *cli_rfc3339(long long seconds);
/* {"a":"1","b":""} to "a=1,b="; allocated. */
char *cli_labels(const json_t *labels);
char *cli_size(double bytes, int digits); /* "1.98MB": decimal with so many significant digits; allocated */

#endif

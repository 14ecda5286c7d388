/* One evaluator of --format for every listing; each listing brings its rows, headings and default table. */
#include "cli/format.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/table.h"
#include "cli/template.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* "\t" and "\n" written as two characters on the command line mean the one. */
static char *unescape(const char *text)
{
    struct buf out = BUF_INIT;
    for (; *text; text++) {
        if (text[0] == '\\' && (text[1] == 't' || text[1] == 'n'))
            buf_putc(&out, *++text == 't' ? '\t' : '\n');
        else
            buf_putc(&out, *text);
    }
    return buf_take(&out);
}

static json_t *row_label(void *data, const char *name, json_t *const *arguments, size_t count)
{
    json_t *row = data;
    if (!str_equal(name, "Label") || count != 1)
        return NULL;
    json_t *labels = json_object_get(row, "#labels");
    json_t *value = json_object_get(labels, json_string_value(arguments[0]));
    return value ? json_incref(value) : json_string("");
}

static json_t *header_label(void *data, const char *name, json_t *const *arguments, size_t count)
{
    (void)data;
    if (!str_equal(name, "Label") || count != 1 || !json_is_string(arguments[0]))
        return NULL;
    const char *label = json_string_value(arguments[0]), *dot = strrchr(label, '.');
    cleanup_free char *title = xstrdup(dot ? dot + 1 : label);
    for (char *p = title; *p; p++)
        if (*p == '-' || *p == '_')
            *p = ' ';
    return json_string(title);
}

/* `ps` runs the whole of --format once over a container of no properties, "table " included, to learn what it asks for. */
static int probe(const struct format *format, const char *style, struct error *err)
{
    cleanup_json json_t *nothing = json_object();
    cleanup_free char *text = unescape(style);
    cleanup_template struct template *template = template_parse(text, err);
    cleanup_buf struct buf unused = BUF_INIT;
    if (!template)
        return error_prefix(err, "failed to parse template");
    for (const struct format_header *header = format->headers; header->field; header++)
        json_object_set_new(nothing, header->field, json_string(""));
    const struct template_subject subject = {
        .type = format->type, .data = nothing, .method = format->labels ? row_label : NULL, .method_name = "Label"};
    int r = template_run(template, nothing, &subject, &unused, err);
    return r < 0 ? error_prefix(err, "failed to execute template") : 0;
}

static int run_row(const struct format *format, const struct template *template, json_t *row, bool header, struct buf *out,
                   struct error *err)
{
    struct template_subject subject = {.type = format->type,
                                       .data = row,
                                       .method = format->labels ? (header ? header_label : row_label) : NULL,
                                       .method_name = "Label",
                                       .heading = header};
    int r = template_run(template, row, &subject, out, err);
    if (r == 0)
        buf_putc(out, '\n');
    return r < 0 ? error_prefix(err, "template parsing error") : 0;
}

static int write_header(const struct format *format, const struct template *template, struct buf *out, struct error *err)
{
    cleanup_json json_t *titles = json_object();
    for (const struct format_header *header = format->headers; header && header->field; header++)
        json_object_set_new(titles, header->field, json_string(header->title));
    return run_row(format, template, titles, true, out, err);
}

static int write_json_rows(json_t *rows, FILE *out)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        cleanup_free char *text = cli_row_json(row);
        fprintf(out, "%s\n", text);
    }
    return 0;
}

int cli_rows(const struct format *format, json_t *rows, FILE *out, struct error *err)
{
    const char *style = str_or(format->style, "table");
    bool table = str_starts(style, "table"), custom = !str_equal(style, "table") && !str_equal(style, "json");
    if (str_equal(style, "json") || str_equal(style, "{{json .}}"))
        return write_json_rows(rows, out);
    bool raw = format->raw && str_equal(style, "raw");
    if (format->probe && custom && probe(format, style, err) < 0)
        return -EINVAL;
    if (format->quiet_only && format->probe && custom)
        fprintf(stderr, "WARNING: Ignoring custom format, because both --format and --quiet are set.\n");
    const char *body = table ? style + 5 + strspn(style + 5, " ") : style;
    if (table && !*body)
        body = format->table;
    if (raw)
        body = format->quiet_only ? format->raw_quiet : format->raw;
    else if (format->quiet_only && (format->probe || str_equal(style, "table"))) {
        body = format->quiet;
        table = false;
    }
    cleanup_free char *text = unescape(body);
    cleanup_template struct template *template = template_parse(text, err);
    if (!template)
        return error_prefix(err, "template parsing error");
    cleanup_buf struct buf lines = BUF_INIT;
    int r = table ? write_header(format, template, &lines, err) : 0;
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        if (r == 0)
            r = run_row(format, template, row, false, &lines, err);
    }
    if (r < 0)
        return r;
    if (table)
        table_write(lines.data, format->minimum ? format->minimum : TABLE_MINIMUM, TABLE_PADDING, out);
    else
        fputs(lines.data ? lines.data : "", out);
    return 0;
}

int cli_show_rows(const struct format *format, json_t *rows)
{
    struct error err = ERROR_INIT;
    if (cli_rows(format, rows, stdout, &err) == 0)
        return 0;
    fprintf(stderr, "%s\n", err.message);
    return 1;
}

bool cli_wants(const char *style, const char *field)
{
    if (str_empty(style))
        return false;
    cleanup_free char *dotted = str_format(".%s", field);
    return str_equal(style, "{{json .}}") || strstr(style, dotted) != NULL;
}

char *cli_row_json(json_t *row)
{
    cleanup_json json_t *copy = json_copy(row);
    json_object_del(copy, "#labels");
    char *plain = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS);
    struct buf out = BUF_INIT;
    for (const char *p = plain; p && *p; p++)
        if (*p == '<' || *p == '>' || *p == '&')
            buf_printf(&out, "\\u%04x", *p);
        else
            buf_putc(&out, *p);
    free(plain);
    return buf_take(&out);
}

char *cli_ellipsis(const char *text, int most)
{
    int count = 0;
    const char *cut = text;
    for (const char *p = text; *p; p++) {
        if ((*p & 0xC0) == 0x80)
            continue;
        if (++count == most)
            cut = p;
        if (count > most)
            return str_format("%.*s…", (int)(cut - text), text);
    }
    return xstrdup(text);
}

char *cli_short_id(const char *id)
{
    const char *bare = str_starts(id, "sha256:") ? id + 7 : id;
    return xstrndup(bare, 12);
}

char *cli_brief_ids(const char *text)
{
    struct buf out = BUF_INIT;
    while (*text) {
        size_t digits = strspn(text, "0123456789abcdef"), rest = digits ? 0 : strcspn(text, "0123456789abcdef");
        buf_add(&out, text, digits >= 64 ? 12 : digits + rest);
        if (digits >= 64)
            buf_puts(&out, "..");
        text += digits + rest;
    }
    return buf_take(&out);
}

char *cli_ago(long long seconds)
{
    const long long zero_time = -62135596800; /* Go's, of images that do not say when they were made */
    char text[CLOCK_TEXT];
    int64_t then, passed;
    if (seconds == zero_time)
        return xstrdup("N/A");
    if (__builtin_mul_overflow(seconds, 1000000000LL, &then) || __builtin_sub_overflow(clock_wall_ns(), then, &passed))
        passed = INT64_MAX;
    clock_human(passed, text);
    return str_format("%s ago", text);
}

char *cli_stamp(long long seconds)
{
    time_t when = (time_t)seconds;
    struct tm tm;
    char text[64];
    localtime_r(&when, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z %Z", &tm);
    return xstrdup(text);
}

char *cli_rfc3339(long long seconds)
{
    char text[CLOCK_TEXT];
    clock_rfc3339(seconds * 1000000000LL, text);
    return xstrdup(text);
}

static int compare(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

char *cli_labels(const json_t *labels)
{
    cleanup_strv char **list = NULL;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)labels, key, value) { strv_take(&list, str_format("%s=%s", key, json_string_value(value))); }
    if (list)
        qsort(list, strv_len(list), sizeof *list, compare);
    return list ? strv_join(list, ",") : xstrdup("");
}

char *cli_size(double bytes, int digits)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    for (; bytes >= 1000 && unit + 1 < ARRAY_LEN(units); unit++)
        bytes /= 1000;
    return str_format("%.*g%s", digits, bytes, units[unit]);
}

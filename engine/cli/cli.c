/* Parsing and reporting for all commands; Docker's words, so that a habit or a search engine's answer carries over. */
#include "cli/cli.h"
#include "cli/catalog.h"
#include "cli/help.h"
#include "cli/template.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What messages call a command that was typed as `typed`. */
static const char *called(const char *typed)
{
    const struct command *command = catalog_find(typed);
    return command ? catalog_called(command, typed) : typed;
}

static int count_error(const struct command_context *context, const char *name, struct cli_operands want)
{
    const char *see = "Run";
    fprintf(stderr, "%s: '%s %s' ", context->program, context->program, name);
    if (want.most == 0) {
        fprintf(stderr, "accepts no arguments");
    } else if (want.least == want.most) {
        fprintf(stderr, "requires %d argument%s", want.least, want.least == 1 ? "" : "s");
    } else if (want.most < 0) {
        fprintf(stderr, "requires at least %d argument%s", want.least, want.least == 1 ? "" : "s");
        see = "See";
    } else if (want.least == 0) {
        fprintf(stderr, "requires at most %d argument%s", want.most, want.most == 1 ? "" : "s");
    } else {
        fprintf(stderr, "requires at least %d and at most %d arguments", want.least, want.most);
    }
    fprintf(stderr, "\n\n");
    help_usage(context, name, stderr);
    fprintf(stderr, "\n%s '%s %s --help' for more information\n", see, context->program, name);
    return 1;
}

int cli_parse(const struct command_context *context, const struct flag *table, void *options, bool *seen,
              struct cli_operands operands, int *argc, char ***argv)
{
    struct error err = ERROR_INIT;
    const char *name = called((*argv)[0]);
    char **rest;
    if (context->describe) {
        context->describe(context->describe_data, table, operands.stop);
        return 0;
    }
    int r = flags_parse(table, options, seen, *argc, *argv, operands.stop, &rest, &err);
    if (r == -ECANCELED) {
        if (str_equal(err.message, "-h"))
            printf("Flag shorthand -h has been deprecated, use --help\n");
        help_command(context, name, table, stdout);
        return 0;
    }
    if (r < 0)
        return cli_bad_flag(context, name, "%s", err.message);
    int count = *argc - (int)(rest - *argv);
    if (count < operands.least || (operands.most >= 0 && count > operands.most))
        return count_error(context, name, operands);
    *argc = count;
    *argv = rest;
    return CLI_GO;
}

int cli_bad_flag(const struct command_context *context, const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    command = called(command);
    fprintf(stderr, "\n\n");
    help_usage(context, command, stderr);
    fprintf(stderr, "\nRun '%s %s --help' for more information\n", context->program, command);
    return CLI_BAD_FLAG;
}

int cli_refuse(const struct command_context *context, const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", context->program);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n\nRun '%s %s --help' for more information\n", context->program, called(command));
    return CLI_BAD_FLAG;
}

/* Codes that client.h gives to answers of the engine; whatever else went wrong happened on the way. */
static bool from_engine(int code)
{
    return code == ENOENT || code == EBUSY || code == EINVAL || code == EIO || code == EPERM || code == ENOSYS;
}

char *cli_error_text(const struct error *err)
{
    return str_format("%s%s", from_engine(err->code) ? "Error response from daemon: " : "", err->message);
}

int cli_failed(const struct error *err)
{
    cleanup_free char *text = cli_error_text(err);
    fflush(stdout);
    fprintf(stderr, "%s\n", text);
    return 1;
}

char *cli_path(const char *prefix, const char *name, const char *suffix)
{
    struct buf out = BUF_INIT;
    buf_puts(&out, prefix);
    while (*name == '/')
        name++;
    for (; *name; name++) {
        if (isalnum((unsigned char)*name) || strchr("-._~/:@", *name))
            buf_putc(&out, *name);
        else
            buf_printf(&out, "%%%02X", (unsigned char)*name);
    }
    buf_puts(&out, suffix);
    return buf_take(&out);
}

void cli_query(struct buf *path, const char *key, const char *value)
{
    cleanup_free char *escaped = client_escape(value);
    buf_printf(path, "%c%s=%s", strchr(path->data, '?') ? '&' : '?', key, escaped);
}

json_t *cli_filters(char *const *list, struct error *err)
{
    json_t *filters = NULL;
    for (; list && *list; list++) {
        cleanup_free char *text = xstrdup(*list);
        char *equals = strchr(text, '=');
        if (!equals) {
            json_decref(filters);
            error_set(err, EINVAL, "invalid argument \"%s\" for \"-f, --filter\" flag: bad format of filter (expected name=value)",
                      *list);
            return NULL;
        }
        *equals = '\0';
        cleanup_free char *key = str_lower(str_trim(text));
        if (!filters)
            filters = json_object();
        json_t *values = json_object_get(filters, key);
        if (!values)
            json_object_set_new(filters, key, values = json_object());
        json_object_set_new(values, str_trim(equals + 1), json_true());
    }
    return filters;
}

int cli_query_filters(struct buf *path, char *const *list, struct error *err)
{
    if (!list)
        return 0;
    cleanup_json json_t *filters = cli_filters(list, err);
    if (!filters)
        return -EINVAL;
    char *text = json_dumps(filters, JSON_COMPACT | JSON_SORT_KEYS);
    cli_query(path, "filters", text);
    free(text);
    return 0;
}

int cli_parse_format(const struct command_context *context, int argc, char **argv, struct template **template)
{
    static const struct flag flags[] = {{'f', "format", FLAG_STRING, 0, NULL, "'json' or a Go template"}, {0}};
    struct error err = ERROR_INIT;
    const char *format = NULL, *name = argv[0];
    int rc = cli_parse(context, flags, &format, NULL, (struct cli_operands){0, 0, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    const char *text = str_equal(format, "json") ? "{{json .}}" : format;
    *template = text ? template_parse(text, &err) : NULL;
    if (!text || *template)
        return CLI_GO;
    const char *what = strstr(err.message, "template: :"); /* the one of `version` has a name */
    if (what && str_equal(name, "version"))
        fprintf(stderr, "template parsing error: template: version:%s\n", what + strlen("template: :"));
    else
        fprintf(stderr, "template parsing error: %s\n", err.message);
    return 64;
}

int cli_filtered_path(const struct command_context *context, const char *command, const char *start, char *const *filters,
                      struct buf *path)
{
    struct error err = ERROR_INIT;
    buf_puts(path, start);
    return cli_query_filters(path, filters, &err) < 0 ? cli_bad_flag(context, command, "%s", err.message) : CLI_GO;
}

json_t *cli_pairs(char *const *list)
{
    json_t *object = json_object();
    for (; list && *list; list++) {
        const char *equals = strchr(*list, '=');
        cleanup_free char *key = equals ? xstrndup(*list, (size_t)(equals - *list)) : xstrdup(*list);
        json_object_set_new(object, key, json_string(equals ? equals + 1 : ""));
    }
    return object;
}

/* For qsort_r, whose elements are pointers to documents and whose data is the way to compare two. */
static int compare_documents(const void *a, const void *b, void *data)
{
    int (*const *compare)(const json_t *, const json_t *) = data;
    return (*compare)(*(json_t *const *)a, *(json_t *const *)b);
}

json_t *cli_sorted(const json_t *list, int (*compare)(const json_t *a, const json_t *b))
{
    size_t count = json_array_size(list);
    cleanup_free json_t **order = xcalloc(count + 1, sizeof *order);
    json_t *sorted = json_array();
    for (size_t i = 0; i < count; i++)
        order[i] = json_array_get(list, i);
    qsort_r(order, count, sizeof *order, compare_documents, &compare);
    for (size_t i = 0; i < count; i++)
        json_array_append(sorted, order[i]);
    return sorted;
}

int cli_by_name(const json_t *a, const json_t *b) { return strcmp(json_str(a, "Name", ""), json_str(b, "Name", "")); }

int cli_for_each(const struct command_context *context, char *const *names, cli_act act, const void *options, bool print)
{
    cleanup_client struct client *client = client_new(context->host);
    cleanup_buf struct buf failures = BUF_INIT;
    for (; *names; names++) {
        struct error err = ERROR_INIT;
        int r = act(client, *names, options, &err);
        if (r >= 0) {
            if (print)
                puts(*names);
            continue;
        }
        cleanup_free char *text = cli_error_text(&err);
        buf_printf(&failures, "%s\n", text);
        if (err.code == ECONNREFUSED)
            break;
    }
    fflush(stdout);
    if (!failures.len)
        return 0;
    fputs(failures.data, stderr);
    return 1;
}

json_t *cli_get(struct client *client, const char *path, struct error *err)
{
    json_t *answer = NULL;
    return client_call(client, "GET", path, NULL, &answer, err) < 0 ? NULL : answer ? answer : json_null();
}

int cli_columns(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
        return size.ws_col;
    return columns && atoi(columns) > 20 ? atoi(columns) : 80;
}

bool cli_colour(int fd)
{
    const char *no = getenv("NO_COLOR");
    return isatty(fd) && str_empty(no) && !str_equal(getenv("TERM"), "dumb");
}

bool cli_utf8(void)
{
    setlocale(LC_CTYPE, "");
    return str_equal(nl_langinfo(CODESET), "UTF-8");
}

void cleanup_client_p(struct client **client) { client_free(*client); }

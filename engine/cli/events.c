/* events: what happens in the engine, one line each, until interrupted or until --until. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/go_type.h"
#include "cli/template.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/when.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

struct options {
    char **filter;
    const char *format, *since, *until;
};

#define AT(member) offsetof(struct options, member)

struct printer {
    struct template *template;
    struct buf partial;
    struct error err;
};

static void print_line(const json_t *event)
{
    char text[64], when[96];
    long long ns = json_num(event, "timeNano", json_num(event, "time", 0) * 1000000000LL);
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm tm;
    localtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    char zone[8];
    strftime(zone, sizeof zone, "%z", &tm);
    bool utc = tm.tm_gmtoff == 0;
    snprintf(when, sizeof when, "%s.%09lld%s", text, ns % 1000000000, utc ? "Z" : "");
    printf("%s", when);
    if (!utc)
        printf("%.3s:%s", zone, zone + 3);
    cleanup_free char *attributes = cli_labels(json_at(event, "Actor.Attributes"));
    cleanup_strv char **list = str_split(attributes, ',');
    cleanup_free char *joined = strv_join(list, ", ");
    printf(" %s %s %s", json_str(event, "Type", ""), json_str(event, "Action", ""), json_str(event, "Actor.ID", ""));
    if (*joined)
        printf(" (%s)", joined);
    putchar('\n');
}

static const struct template_subject subject = {.schema = &go_event};

/* NULL: none is wanted, or it is wrong. One that asks for what no event has is found out before the first comes. */
static struct template *format_template(const char *format, struct error *err)
{
    const char *style = str_equal(format, "json") ? "{{json .}}" : format;
    struct template *template = style ? template_parse(style, err) : NULL;
    cleanup_json json_t *nothing = json_object();
    cleanup_buf struct buf out = BUF_INIT;
    if (template && template_run(template, nothing, &subject, &out, err) < 0) {
        template_free(template);
        return NULL;
    }
    return template;
}

static int print_event(struct printer *printer, json_t *event)
{
    if (!printer->template) {
        print_line(event);
        return 0;
    }
    cleanup_buf struct buf line = BUF_INIT;
    if (template_run(printer->template, event, &subject, &line, &printer->err) < 0)
        return -1;
    printf("%s\n", line.data ? line.data : "");
    return 0;
}

static bool take(void *data, const char *bytes, size_t len)
{
    struct printer *printer = data;
    buf_add(&printer->partial, bytes, len);
    size_t at = 0;
    while (at < printer->partial.len) {
        json_error_t problem;
        cleanup_json json_t *event =
            json_loadb(printer->partial.data + at, printer->partial.len - at, JSON_DISABLE_EOF_CHECK, &problem);
        if (!event)
            break; /* the rest has not come yet */
        at += (size_t)problem.position;
        if (print_event(printer, event) < 0)
            return false;
    }
    buf_consume(&printer->partial, at);
    fflush(stdout);
    return true;
}

static int add_time(struct buf *path, const char *key, const char *text)
{
    cleanup_free char *when = text ? when_parse(text) : NULL;
    if (when)
        cli_query(path, key, when);
    return text && !when ? fprintf(stderr, "failed to parse value as time or duration: \"%s\"\n", text), -EINVAL : 0;
}

/* Ctrl-C is how this command ends; Docker's exit code for it is 130. */
static void on_interrupt(int number)
{
    (void)number;
    _exit(130);
}

int cmd_events(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'f', "filter", FLAG_LIST, AT(filter), "filter", "Show only what matches (type=..., event=..., container=...)"},
        {0, "format", FLAG_STRING, AT(format), NULL, "'json' or a Go template for each event"},
        {0, "since", FLAG_STRING, AT(since), NULL, "Begin at this time, or so long ago"},
        {0, "until", FLAG_STRING, AT(until), NULL, "End at this time, or so long ago"},
        {0}};
    struct options options = {0};
    const char *name = argv[0];
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, 0, false}, &argc, &argv);
    cleanup_strv char **filter = options.filter;
    cleanup_buf struct buf path = BUF_INIT;
    if (rc != CLI_GO)
        return rc;
    if ((rc = cli_filtered_path(context, name, "/events", filter, &path)) != CLI_GO)
        return rc;
    if (add_time(&path, "since", options.since) < 0 || add_time(&path, "until", options.until) < 0)
        return 1;
    struct printer printer = {.template = format_template(options.format, &err)};
    if (options.format && !printer.template)
        return fprintf(stderr, "Error parsing format: %s\n", err.message), 64;
    signal(SIGINT, on_interrupt);
    cleanup_client struct client *client = client_new(context->host);
    rc = client_stream(client, "GET", path.data, NULL, take, &printer, &err) < 0 ? cli_failed(&err) : 0;
    if (printer.err.code)
        rc = (fprintf(stderr, "%s\n", printer.err.message), 1);
    template_free(printer.template);
    buf_free(&printer.partial);
    return rc;
}

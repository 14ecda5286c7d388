/* xray: the live inside of a container, one section or all on a page, or the layers of an image. What is drawn is what
 * GET /slipway/containers/{id}/... and /slipway/images/{id}/layers say; --json gives that document itself, --svg and --html the
 * drawing as a document for a handout. */
#include "cli/xray.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/explain.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/picture.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    bool json, watch, ascii, image, follow, svg, html, by_size;
    const char *layer, *path;
};

#define AT(member) offsetof(struct options, member)

void plain_steps(const struct xray *xray, const json_t *doc)
{
    struct explain explain = {.out = xray->out, .colour = xray->colour};
    size_t i;
    json_t *step;
    plain_heading(xray, "STEPS", "what the engine asked of the kernel, in order");
    json_array_foreach(doc, i, step) { explain_step(&explain, step); }
    explain_summary(&explain);
}

static const struct section {
    const char *name;
    void (*draw)(const struct xray *xray, const json_t *doc);
    bool summary; /* part of the page without a section */
} SECTIONS[] = {{"layers", plain_layers, true},         {"namespaces", plain_namespaces, true}, {"cgroup", plain_cgroup, true},
                {"network", plain_network, true},       {"chains", plain_chains, true},         {"signals", plain_signals, true},
                {"privileges", plain_privileges, true}, {"steps", plain_steps, false},          {"files", NULL, false}};

/* The one that is asked for a directory at a time, and is no part of a page. */
static bool is_files(const struct section *section) { return section && !section->draw; }

static json_t *fetch(struct client *client, bool image, const char *name, const char *section, struct error *err)
{
    cleanup_free char *suffix = str_format("/%s", section);
    cleanup_free char *path = cli_path(image ? "/slipway/images/" : "/slipway/containers/", name, suffix);
    json_t *doc = cli_get(client, path, err);
    if (!doc && err->code == ENOENT && strstr(err->message, "page not found"))
        error_set(err, EPROTO, "xray needs a slipway engine: the one asked knows nothing of it");
    return doc;
}

static int print_json(json_t *doc)
{
    char *text = json_dumps(doc, JSON_INDENT(4));
    puts(text ? text : "null");
    free(text);
    return 0;
}

static int show_section(struct client *client, const struct xray *xray, const char *name, const struct section *section,
                        const struct options *options)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *doc = fetch(client, options->image, name, section->name, &err);
    if (!doc)
        return cli_failed(&err);
    if (options->json)
        return print_json(doc);
    section->draw(xray, doc);
    return 0;
}

static int title(struct client *client, const struct xray *xray, const char *name, struct error *err)
{
    cleanup_free char *path = cli_path("/containers/", name, "/json");
    cleanup_json json_t *container = cli_get(client, path, err);
    if (!container)
        return cli_failed(err);
    const char *shown = json_str(container, "Name", "/");
    cleanup_free char *what =
        str_format("%.12s  %s  %s, pid %lld", json_str(container, "Id", ""), json_str(container, "Config.Image", ""),
                   json_str(container, "State.Status", ""), json_num(container, "State.Pid", 0));
    plain_heading(xray, shown + (*shown == '/'), what);
    return 0;
}

/* A section that cannot be shown (the container has stopped) is told of in one line; the others are still worth seeing. */
static int show_all(struct client *client, const struct xray *xray, const char *name, bool json)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *all = json_object();
    if (!json && title(client, xray, name, &err) != 0)
        return 1;
    for (size_t i = 0; i < ARRAY_LEN(SECTIONS); i++) {
        struct error why = ERROR_INIT;
        if (is_files(&SECTIONS[i]) || (!SECTIONS[i].summary && !json))
            continue;
        json_t *doc = fetch(client, false, name, SECTIONS[i].name, &why);
        if (!doc && i == 0)
            return cli_failed(&why);
        if (json) {
            json_object_set_new(all, SECTIONS[i].name, doc ? doc : json_null());
            continue;
        }
        fputc('\n', xray->out);
        if (doc)
            SECTIONS[i].draw(xray, doc);
        else
            fprintf(xray->out, "%s: %s\n", SECTIONS[i].name, why.message);
        json_decref(doc);
    }
    return json ? print_json(all) : 0;
}

static const struct section *find_section(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(SECTIONS); i++)
        if (str_equal(SECTIONS[i].name, name))
            return &SECTIONS[i];
    return NULL;
}

/* What the flags leave of the sections; *number is the layer that --layer names. */
static int check(const struct options *options, const struct section *section, int *number)
{
    long long layer = 0;
    if (options->image && section && !str_equal(section->name, "layers") && !is_files(section))
        return fprintf(stderr, "an image has no %s: it has layers and files\n", section->name), 1;
    if (options->follow && (options->image || !section || !str_equal(section->name, "layers")))
        return fprintf(stderr, "--follow is for the layers of a container\n"), 1;
    if (options->layer && !options->image && !is_files(section))
        return fprintf(stderr, "--layer is for files and for the layers of an image: give --image\n"), 1;
    if ((options->path || options->by_size) && !is_files(section))
        return fprintf(stderr, "--path and --by-size are for files, as in: slipway xray NAME files\n"), 1;
    if (options->path && *options->path != '/')
        return fprintf(stderr, "invalid path: \"%s\" (it begins with /)\n", options->path), 1;
    if (options->layer && (!str_to_int(options->layer, &layer) || layer < 1 || layer > 65535))
        return fprintf(stderr, "invalid layer: \"%s\" (the lowest is 1)\n", options->layer), 1;
    if (options->json + options->svg + options->html > 1)
        return fprintf(stderr, "--json, --svg and --html exclude each other\n"), 1;
    if ((options->svg || options->html) && (options->watch || options->follow))
        return fprintf(stderr, "--svg and --html are pictures of one moment: leave --watch and --follow away\n"), 1;
    *number = (int)layer;
    return 0;
}

static int draw(struct client *client, const struct xray *xray, const char *name, const struct section *section, int layer,
                const struct options *options)
{
    if (is_files(section))
        return xray_files(client, xray, name,
                          &(struct xray_look){options->image, options->by_size, str_or(options->path, "/"), layer}, options->json);
    if (layer)
        return xray_image_layer(client, xray, name, layer, options->json);
    return section ? show_section(client, xray, name, section, options) : show_all(client, xray, name, options->json);
}

/* The same lines, drawn into memory as for a terminal that has all colours and signs. */
static int draw_document(struct client *client, struct xray xray, const char *name, const struct section *section, int layer,
                         const struct options *options)
{
    cleanup_free char *text = NULL;
    size_t len;
    xray.out = open_memstream(&text, &len);
    xray.colour = true;
    xray.utf8 = !options->ascii;
    int rc = draw(client, &xray, name, section, layer, options);
    fclose(xray.out);
    if (rc != 0)
        return rc;
    cleanup_free char *title = section ? str_format("%s: %s", name, section->name) : xstrdup(name);
    cleanup_free char *document = options->svg ? picture_svg(text, title) : picture_html(text, title);
    fputs(document, stdout);
    return 0;
}

int cmd_xray(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {0, "ascii", FLAG_BOOL, AT(ascii), NULL, "Draw with ASCII only (default when the locale is not UTF-8)"},
        {0, "by-size", FLAG_BOOL, AT(by_size), NULL, "Files: the largest first"},
        {0, "follow", FLAG_BOOL, AT(follow), NULL, "Go on with what a container changes in its layer, as it happens"},
        {0, "html", FLAG_BOOL, AT(html), NULL, "Print the drawing as an HTML page that needs nothing else"},
        {0, "image", FLAG_BOOL, AT(image), NULL, "The name is an image's: show its layers, or its files"},
        {0, "json", FLAG_BOOL, AT(json), NULL, "Print the engine's document instead of a drawing"},
        {0, "layer", FLAG_STRING, AT(layer), "number",
         "List all that this layer of an image changes (the lowest is 1); files: as they are up to it"},
        {0, "path", FLAG_STRING, AT(path), "directory", "Files: the directory to list (default /)"},
        {0, "svg", FLAG_BOOL, AT(svg), NULL, "Print the drawing as an SVG picture"},
        {'w', "watch", FLAG_BOOL, AT(watch), NULL, "Draw again every second"},
        {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, 2, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    const struct section *section = argc > 1 ? find_section(argv[1]) : NULL;
    if (argc > 1 && !section) {
        fprintf(stderr,
                "unknown section: %s (there are layers, namespaces, cgroup, network, chains, signals, privileges, "
                "steps and files)\n",
                argv[1]);
        return 1;
    }
    int number = 0;
    if (check(&options, section, &number) != 0)
        return 1;
    if (options.image && !is_files(section))
        section = find_section("layers");
    int columns = cli_columns() - 2;
    struct xray xray = {.out = stdout,
                        .utf8 = !options.ascii && cli_utf8(),
                        .colour = cli_colour(STDOUT_FILENO),
                        .brief = !section,
                        .width = columns < 60    ? 60
                                 : columns > 110 ? 110
                                                 : columns};
    cleanup_client struct client *client = client_new(context->host);
    if (options.follow)
        return xray_follow(client, &xray, argv[0], options.json);
    if (options.svg || options.html)
        return draw_document(client, xray, argv[0], section, number, &options);
    do {
        if (options.watch && isatty(STDOUT_FILENO))
            fputs("\033[H\033[J", stdout);
        rc = draw(client, &xray, argv[0], section, number, &options);
        fflush(stdout);
    } while (rc == 0 && options.watch && (sleep(1), true));
    return rc;
}

/* The stack of directories that overlay shows as one root file system: where each layer comes from, what it adds and hides, and
 * what a container has changed on top. For an image the same without a top. */
#include "cli/xray.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/format.h"

#include <string.h>

enum { OFFENDERS = 5, OFFENDERS_BRIEF = 2, CHANGES_BRIEF = 5, ORIGIN_MOST = 40 };

static const char *meaning(const char *role)
{
    static const struct {
        const char *role, *text;
    } table[] = {{"upper", "read-write"}, {"init", "read-only: mount points"}};
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (str_equal(table[i].role, role))
            return table[i].text;
    return "read-only";
}

/* The instruction that made it, on one line, as it stands in a Dockerfile; an import has a comment instead. */
static char *instruction_of(const json_t *layer)
{
    static const char shell[] = "/bin/sh -c ", kept[] = "#(nop) ";
    const char *by = str_or(json_str(layer, "created_by", ""), json_str(layer, "comment", ""));
    bool run = str_starts(by, shell);
    by += run ? strlen(shell) : 0;
    bool other = run && str_starts(by, kept);
    by += other ? strlen(kept) : 0;
    char *text = str_format("%s%s", run && !other ? "RUN " : "", by), *out = text;
    for (const char *in = text; *in; in++) { /* runs of blanks and line ends become one blank */
        bool blank = *in == ' ' || *in == '\t' || *in == '\n';
        if (!blank || (out > text && out[-1] != ' '))
            *out++ = blank ? ' ' : *in;
    }
    *out = '\0';
    return text;
}

static void draw_layer(const struct xray *xray, const json_t *layer)
{
    const char *role = json_str(layer, "role", "layer");
    cleanup_free char *size = cli_size((double)json_num(layer, "size", 0), 3);
    long long files = json_num(layer, "files", 0);
    cleanup_free char *counts =
        str_format("+%lld ~%lld -%lld", json_num(layer, "added", 0), json_num(layer, "changed", 0), json_num(layer, "removed", 0));
    bool init = str_equal(role, "init");
    plain_box_row(xray, "%3lld %-5s %9s %6lld file%s  %-18s %s", json_num(layer, "number", 0), role, size, files,
                  files == 1 ? " " : "s", init ? "" : counts, meaning(role));
    cleanup_free char *by = instruction_of(layer);
    if (*by)
        plain_box_row(xray, "      by: %s", by);
    if (!xray->brief) {
        cleanup_free char *directory = cli_brief_ids(json_str(layer, "directory", ""));
        plain_box_row(xray, "      %s", directory);
    }
    long long hidden = json_num(layer, "hidden", 0), hides = json_num(layer, "hides", 0);
    cleanup_free char *bytes = cli_size((double)(hidden + hides), 3);
    if (hidden || hides)
        plain_box_row(xray, "      %s %s", bytes, hidden ? "of it hidden by later layers" : "of the layers below hidden by it");
    cleanup_strv char **others = json_to_strv(json_object_get(layer, "shared_with"));
    cleanup_free char *joined = others ? strv_join(others, ", ") : NULL;
    if (!str_empty(joined))
        plain_box_row(xray, "      shared with %s", joined);
}

static void draw_waste(const struct xray *xray, const json_t *doc)
{
    const json_t *largest = json_at(doc, "waste.largest");
    size_t most = xray->brief ? OFFENDERS_BRIEF : OFFENDERS, i;
    json_t *path;
    if (!json_object_get(doc, "efficiency"))
        return;
    cleanup_free char *bytes = cli_size((double)json_num(doc, "waste.bytes", 0), 3);
    long long files = json_num(doc, "waste.files", 0);
    fprintf(xray->out, "  efficiency %.1f %%   waste %s in %lld file%s that later layers hide%s\n",
            json_number_value(json_object_get(doc, "efficiency")) * 100, bytes, files, files == 1 ? "" : "s",
            json_flag(doc, "truncated", false) ? "   (too many files: these figures are of a part)" : "");
    json_array_foreach(largest, i, path)
    {
        if (i == most)
            break;
        cleanup_free char *size = cli_size((double)json_num(path, "bytes", 0), 3);
        cleanup_free char *shown = plain_text(json_str(path, "path", ""));
        fprintf(xray->out, "    %9s  %-40s layer %lld, hidden by %lld\n", size, shown, json_num(path, "layer", 0),
                json_num(path, "by", 0));
    }
}

void plain_layer_change(const struct xray *xray, const json_t *change, const json_t *layers)
{
    const char *kind = json_str(change, "kind", "?");
    long long from = json_num(change, "from", json_num(change, "layer", 0));
    cleanup_free char *size = cli_size((double)json_num(change, "size", 0), 3), *path = plain_text(json_str(change, "path", ""));
    cleanup_free char *origin = NULL;
    size_t i;
    json_t *layer;
    json_array_foreach(layers, i, layer)
    {
        if (from && json_num(layer, "number", 0) == from)
            origin = instruction_of(layer);
    }
    cleanup_free char *brief = cli_ellipsis(str_or(origin, ""), ORIGIN_MOST), *clean = plain_text(brief);
    fprintf(xray->out, "    %s %-40s %9s", kind, path, *kind == 'D' || *kind == '-' ? "" : size);
    if (from)
        fprintf(xray->out, "  %s layer %lld%s%s", json_flag(change, "copied_up", false) ? "copied up from" : "was in", from,
                *clean ? ": " : "", clean);
    fputc('\n', xray->out);
}

static void draw_changes(const struct xray *xray, const json_t *doc)
{
    const json_t *changes = json_object_get(doc, "changes");
    long long total = json_num(doc, "changes_total", (long long)json_array_size(changes));
    size_t most = xray->brief ? CHANGES_BRIEF : json_array_size(changes), i;
    json_t *change;
    fprintf(xray->out, "\n  %lld change%s since the start (A added, C changed, D deleted)\n", total, total == 1 ? "" : "s");
    json_array_foreach(changes, i, change)
    {
        if (i == most)
            break;
        plain_layer_change(xray, change, json_object_get(doc, "layers"));
    }
    if (total > (long long)most)
        fprintf(xray->out, "    ... and %lld more\n", total - (long long)most);
}

void plain_layers(const struct xray *xray, const json_t *doc)
{
    const json_t *layers = json_object_get(doc, "layers");
    bool container = json_object_get(doc, "changes") != NULL;
    cleanup_free char *note = str_format("one root file system out of %zu director%s", json_array_size(layers),
                                         json_array_size(layers) == 1 ? "y" : "ies");
    plain_heading(xray, "LAYERS", note);
    cleanup_strv char **names = json_to_strv(json_at(doc, "image.names"));
    cleanup_free char *name = names && *names ? xstrdup(*names) : str_format("%.19s", json_str(doc, "image.id", "image"));
    cleanup_free char *title = container ? str_format("/  as the container sees it (%s)", json_str(doc, "mount", "overlay"))
                                         : str_format("%s  (+ added  ~ changed  - removed)", name);
    plain_box_open(xray, title);
    size_t i;
    json_t *layer;
    json_array_foreach(layers, i, layer)
    {
        if (i)
            plain_box_rule(xray);
        draw_layer(xray, layer);
    }
    plain_box_close(xray);
    draw_waste(xray, doc);
    if (!xray->brief && *json_str(doc, "work", ""))
        fprintf(xray->out, "  merged %s\n  work   %s\n", json_str(doc, "merged", ""), json_str(doc, "work", ""));
    if (container)
        draw_changes(xray, doc);
}

/* The stack of directories that overlay shows as one root file system, and what the container has changed in it. */
#include "cli/xray.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/format.h"

static const char *meaning(const char *role)
{
    static const struct {
        const char *role, *text;
    } table[] = {{"upper", "read-write: what the container writes lands here"},
                 {"init", "read-only: mount points and files the engine puts in"},
                 {"lower", "read-only: a layer of the image, shared by all its containers"}};
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (str_equal(table[i].role, role))
            return table[i].text;
    return "";
}

static void draw_layer(const struct xray *xray, const json_t *layer)
{
    const char *role = json_str(layer, "role", "");
    cleanup_free char *size = cli_size((double)json_num(layer, "size", 0), 3);
    long long files = json_num(layer, "files", 0);
    plain_box_row(xray, "%-6s %9s  %6lld file%s  %s", role, size, files, files == 1 ? " " : "s", meaning(role));
    cleanup_free char *directory = cli_brief_ids(json_str(layer, "directory", ""));
    plain_box_row(xray, "       %s", directory);
    const char *by = json_str(layer, "created_by", "");
    if (*by)
        plain_box_row(xray, "       by: %s", by);
}

static void draw_changes(const struct xray *xray, const json_t *doc)
{
    const json_t *changes = json_object_get(doc, "changes");
    long long total = json_num(doc, "changes_total", (long long)json_array_size(changes));
    size_t most = xray->brief ? 5 : json_array_size(changes), i;
    json_t *change;
    fprintf(xray->out, "\n  %lld change%s since the start (A added, C changed, D deleted)\n", total, total == 1 ? "" : "s");
    json_array_foreach(changes, i, change)
    {
        if (i == most)
            break;
        cleanup_free char *size = cli_size((double)json_num(change, "size", 0), 3);
        fprintf(xray->out, "    %s %-50s %s\n", json_str(change, "kind", "?"), json_str(change, "path", ""),
                *json_str(change, "kind", "?") == 'D' ? "" : size);
    }
    if (total > (long long)most)
        fprintf(xray->out, "    ... and %lld more\n", total - (long long)most);
}

void plain_layers(const struct xray *xray, const json_t *doc)
{
    const json_t *layers = json_object_get(doc, "layers");
    cleanup_free char *note = str_format("one root file system out of %zu directories", json_array_size(layers));
    plain_heading(xray, "LAYERS", note);
    cleanup_free char *title = str_format("/  as the container sees it (%s)", json_str(doc, "mount", "overlay"));
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
    if (!xray->brief && *json_str(doc, "work", ""))
        fprintf(xray->out, "  merged %s\n  work   %s\n", json_str(doc, "merged", ""), json_str(doc, "work", ""));
    draw_changes(xray, doc);
}

/* A directory of the merged tree of layers: what processes see there, which layer each thing is from, what was copied up and
 * removed, and a bar for its size. */
#include "cli/xray.h"

#include "base/json.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/format.h"

enum { PAGE = 1000, BAR = 16 };

/* All pages as one document. */
static json_t *fetch(struct client *client, const char *name, const struct xray_look *look, struct error *err)
{
    cleanup_free char *directory = client_escape(look->path);
    json_t *all = NULL, *entries = NULL;
    for (;;) {
        cleanup_free char *suffix = str_format("/tree?path=%s&layer=%d&order=%s&offset=%zu&limit=%d", directory, look->layer,
                                               look->by_size ? "size" : "name", json_array_size(entries), PAGE);
        cleanup_free char *path = cli_path(look->image ? "/slipway/images/" : "/slipway/containers/", name, suffix);
        cleanup_json json_t *page = cli_get(client, path, err);
        const json_t *more = json_object_get(page, "entries");
        if (!page) {
            json_decref(all);
            return NULL;
        }
        if (!all)
            all = json_incref(page);
        else
            json_array_extend(entries, (json_t *)more);
        entries = json_object_get(all, "entries");
        if (!json_array_size(more) || (long long)json_array_size(entries) >= json_num(page, "total", 0))
            return all;
    }
}

static char mark_of(const json_t *entry)
{
    return json_object_get(entry, "gone")         ? 'D'
           : json_flag(entry, "copied_up", false) ? 'U'
           : json_object_get(entry, "was")        ? 'C'
                                                  : ' ';
}

static char *story_of(const json_t *entry)
{
    long long was = json_num(entry, "was", 0), gone = json_num(entry, "gone", 0), hides = json_num(entry, "hides", 0);
    cleanup_free char *bytes = cli_size((double)hides, 3), *hidden = hides ? str_format(", %s hidden here", bytes) : NULL;
    if (gone)
        return str_format("removed by layer %lld%s", gone, str_or(hidden, ""));
    if (was)
        return str_format("%s layer %lld%s", json_flag(entry, "copied_up", false) ? "copied up from" : "replaces the one of", was,
                          str_or(hidden, ""));
    if (json_num(entry, "newest", 0) > json_num(entry, "layer", 0))
        return str_format("last changed below by layer %lld", json_num(entry, "newest", 0));
    return xstrdup("");
}

static void draw_entry(const struct xray *xray, const json_t *entry, long long largest)
{
    bool gone = json_object_get(entry, "gone"), directory = str_equal(json_str(entry, "type", ""), "d");
    cleanup_free char *size = cli_size((double)json_num(entry, "size", 0), 3), *text = plain_text(json_str(entry, "name", ""));
    cleanup_free char *name = str_format("%s%s", text, directory ? "/" : ""), *story = story_of(entry);
    char bar[4 * BAR + 8];
    plain_gauge(xray, (double)json_num(entry, "size", 0), (double)largest, BAR, bar, sizeof bar);
    fprintf(xray->out, "  %c %4lld %9s %s %-28s%s%s\n", mark_of(entry), json_num(entry, "layer", 0), gone ? "-" : size, bar, name,
            *story ? "  " : "", story);
}

int xray_files(struct client *client, const struct xray *xray, const char *name, const struct xray_look *look, bool json)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *doc = fetch(client, name, look, &err);
    if (!doc)
        return cli_failed(&err);
    if (json) {
        cleanup_free char *text = json_dumps(doc, JSON_INDENT(4));
        puts(str_or(text, "null"));
        return 0;
    }
    cleanup_free char *size = cli_size((double)json_num(doc, "size", 0), 3), *path = plain_text(json_str(doc, "path", "/"));
    long long files = json_num(doc, "files", 0);
    cleanup_free char *note = str_format("%s of layers 1 to %lld: %s in %lld file%s%s", path, json_num(doc, "layers", 0), size,
                                         files, files == 1 ? "" : "s", json_flag(doc, "truncated", false) ? ", not all" : "");
    plain_heading(xray, "FILES", note);
    size_t i;
    json_t *entry;
    fprintf(xray->out, "    FROM      SIZE   (C changed, U copied up, D removed)\n");
    json_array_foreach(json_object_get(doc, "entries"), i, entry) { draw_entry(xray, entry, json_num(doc, "largest", 0)); }
    return 0;
}

/* xray layers that goes on: --follow prints what a container changes as it happens, --layer lists what one layer of an image
 * changes, page by page. */
#include "cli/xray.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/cli.h"
#include "cli/format.h"

#include <string.h>

enum { PAGE = 1000 };

struct follower {
    const struct xray *xray;
    bool json, drawn;
    json_t *layers;
    struct buf partial;
};

/* "2026-11-30T15:39:24.039Z": the time of day to the millisecond. */
static void take_line(struct follower *follower, const char *line, size_t len)
{
    cleanup_json json_t *doc = json_loadb(line, len, 0, NULL);
    FILE *out = follower->xray->out;
    if (follower->json) {
        fprintf(out, "%.*s\n", (int)len, line);
    } else if (str_equal(json_str(doc, "type", ""), "layers")) {
        json_decref(follower->layers);
        follower->layers = json_incref(json_object_get(doc, "layers"));
        if (!follower->drawn)
            plain_layers(follower->xray, doc);
        else
            fprintf(out, "  more happened than can be told: %lld changes now\n", json_num(doc, "changes_total", 0));
        follower->drawn = true;
    } else if (str_equal(json_str(doc, "type", ""), "change")) {
        const char *at = strchr(json_str(doc, "at", ""), 'T');
        fprintf(out, "  %.12s", at ? at + 1 : "");
        plain_layer_change(follower->xray, doc, follower->layers);
    }
    fflush(out);
}

static bool take(void *data, const char *bytes, size_t len)
{
    struct follower *follower = data;
    char *end;
    buf_add(&follower->partial, bytes, len);
    while (follower->partial.len && (end = memchr(follower->partial.data, '\n', follower->partial.len))) {
        size_t line = (size_t)(end - follower->partial.data);
        take_line(follower, follower->partial.data, line);
        buf_consume(&follower->partial, line + 1);
    }
    return !ferror(follower->xray->out);
}

int xray_follow(struct client *client, const struct xray *xray, const char *name, bool json)
{
    struct error err = ERROR_INIT;
    struct follower follower = {.xray = xray, .json = json};
    cleanup_free char *path = cli_path("/slipway/containers/", name, "/layers?follow=1");
    int rc = client_stream(client, "GET", path, NULL, take, &follower, &err) < 0 ? cli_failed(&err) : 0;
    json_decref(follower.layers);
    buf_free(&follower.partial);
    return rc;
}

int xray_image_layer(struct client *client, const struct xray *xray, const char *name, int number, bool json)
{
    struct error err = ERROR_INIT;
    long long seen = 0, total = 1;
    for (; seen < total;) {
        cleanup_free char *suffix = str_format("/layers?layer=%d&offset=%lld&limit=%d", number, seen, PAGE);
        cleanup_free char *path = cli_path("/slipway/images/", name, suffix);
        cleanup_json json_t *doc = cli_get(client, path, &err);
        if (!doc)
            return cli_failed(&err);
        const json_t *changes = json_object_get(doc, "changes");
        total = json_num(doc, "total", 0);
        if (!seen && !json) {
            cleanup_free char *note = str_format("layer %d of %s: %lld change%s (A added, C changed, D deleted)", number, name,
                                                 total, total == 1 ? "" : "s");
            plain_heading(xray, "CHANGES", note);
        }
        size_t i;
        json_t *change;
        json_array_foreach(changes, i, change)
        {
            cleanup_free char *text = json ? json_text(change) : NULL;
            if (json)
                fprintf(xray->out, "%s\n", text);
            else
                plain_layer_change(xray, change, NULL);
        }
        seen += (long long)json_array_size(changes);
        if (!json_array_size(changes))
            break;
    }
    return 0;
}

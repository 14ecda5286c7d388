/* Network namespaces as boxes with their links, joined by the veth pairs between them. */
#include "cli/xray.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/format.h"

#include <string.h>

/* Of the host's many links only those that have to do with a wire are worth drawing. */
static bool relevant(const json_t *doc, const json_t *space, const char *name)
{
    if (!str_equal(json_str(space, "name", ""), "host"))
        return true;
    size_t i;
    json_t *wire, *link;
    json_array_foreach(json_object_get(doc, "wires"), i, wire)
    {
        const char *ends[] = {"a", "b"};
        for (size_t e = 0; e < 2; e++) {
            const json_t *end = json_object_get(wire, ends[e]);
            if (str_equal(json_str(end, "namespace", ""), "host") && str_equal(json_str(end, "link", ""), name))
                return true;
        }
    }
    json_array_foreach(json_object_get(space, "links"), i, link)
    {
        if (str_equal(json_str(link, "master", ""), name) && relevant(doc, space, json_str(link, "name", "")))
            return true;
    }
    return false;
}

static void draw_link(const struct xray *xray, const json_t *link)
{
    cleanup_strv char **addresses = json_to_strv(json_object_get(link, "addresses"));
    cleanup_free char *in = cli_size((double)json_num(link, "rx_bytes", 0), 3),
                      *out = cli_size((double)json_num(link, "tx_bytes", 0), 3);
    const char *name = json_str(link, "name", ""), *master = json_str(link, "master", "");
    bool loopback = str_equal(name, "lo"), any = addresses && *addresses;
    plain_box_row(xray, "%-15s %-8s %-5s %-20s %s%s", name, json_str(link, "kind", ""),
                  json_flag(link, "up", false) ? "UP" : "DOWN", any ? addresses[0] : "",
                  *master    ? "port of "
                  : loopback ? ""
                             : json_str(link, "mac", ""),
                  master);
    for (size_t i = 1; any && addresses[i] && !xray->brief; i++)
        plain_box_row(xray, "%-15s %-8s %-5s %s", "", "", "", addresses[i]);
    if (!xray->brief && !loopback)
        plain_box_row(xray, "%-15s received %s in %lld packets, sent %s in %lld", "", in, json_num(link, "rx_packets", 0), out,
                      json_num(link, "tx_packets", 0));
}

static void draw_space(const struct xray *xray, const json_t *doc, const json_t *space)
{
    size_t i, hidden = 0;
    json_t *link, *route;
    cleanup_free char *title = str_format("%s  net:[%lld]", json_str(space, "name", ""), json_num(space, "inode", 0));
    bool host = str_equal(json_str(space, "name", ""), "host");
    plain_box_open(xray, title);
    json_array_foreach(json_object_get(space, "links"), i, link)
    {
        if (relevant(doc, space, json_str(link, "name", "")))
            draw_link(xray, link);
        else
            hidden++;
    }
    if (hidden)
        plain_box_row(xray, "and %zu more link%s that have nothing to do with it", hidden, hidden == 1 ? "" : "s");
    if (!host && json_array_size(json_object_get(space, "routes"))) {
        plain_box_rule(xray);
        json_array_foreach(json_object_get(space, "routes"), i, route)
        {
            plain_box_row(xray, "route  %s", json_string_value(route));
        }
    }
    plain_box_close(xray);
}

static char *end_text(const json_t *wire, const char *end)
{
    cleanup_free char *link = str_format("%s.link", end), *space = str_format("%s.namespace", end);
    return str_format("%s in %s", json_str(wire, link, "?"), json_str(wire, space, "?"));
}

static void draw_wires(const struct xray *xray, const json_t *doc, const char *upper, const char *lower)
{
    size_t i;
    json_t *wire;
    json_array_foreach(json_object_get(doc, "wires"), i, wire)
    {
        const char *a = json_str(wire, "a.namespace", ""), *b = json_str(wire, "b.namespace", "");
        bool straight = str_equal(a, upper) && str_equal(b, lower), turned = str_equal(b, upper) && str_equal(a, lower);
        if (!straight && !turned)
            continue;
        cleanup_free char *from = end_text(wire, straight ? "a" : "b"), *to = end_text(wire, straight ? "b" : "a");
        cleanup_free char *label = str_format("veth: %s to %s", from, to);
        plain_wire(xray, label);
    }
}

void plain_network(const struct xray *xray, const json_t *doc)
{
    const json_t *spaces = json_object_get(doc, "namespaces");
    size_t count = json_array_size(spaces), i;
    plain_heading(xray, "NETWORK", count > 1 ? "namespaces, and the wires between them" : "one namespace and no wire out of it");
    json_t *space, *before = NULL;
    for (int pass = 0; pass < 2; pass++) /* the host's comes last, below */
        json_array_foreach(spaces, i, space)
        {
            if (str_equal(json_str(space, "name", ""), "host") != (pass == 1))
                continue;
            if (before)
                draw_wires(xray, doc, json_str(before, "name", ""), json_str(space, "name", ""));
            draw_space(xray, doc, space);
            before = space;
        }
    if (count < 3)
        return;
    json_t *wire;
    json_array_foreach(json_object_get(doc, "wires"), i, wire)
    {
        cleanup_free char *a = end_text(wire, "a"), *b = end_text(wire, "b");
        fprintf(xray->out, "  wire  %s %s %s\n", a, xray->utf8 ? "═══" : "===", b);
    }
}

/* Runs of ports with the same address and protocol become ranges, but only where inside and outside number agree. */
#include "cli/ports.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

struct port {
    const char *address, *type;
    long long inside, outside;
};

struct group {
    const char *address, *type;
    long long first, last;
};

static int compare(const void *a, const void *b)
{
    const struct port *x = a, *y = b;
    if (x->inside != y->inside)
        return x->inside < y->inside ? -1 : 1;
    int r = strcmp(x->address, y->address);
    if (r)
        return r;
    if (x->outside != y->outside)
        return x->outside < y->outside ? -1 : 1;
    return strcmp(x->type, y->type);
}

static char *join_port(const char *address, const char *port)
{
    return strchr(address, ':') ? str_format("[%s]:%s", address, port) : str_format("%s:%s", address, port);
}

static char *group_text(const struct group *group)
{
    cleanup_free char *range =
        group->first == group->last ? str_format("%lld", group->first) : str_format("%lld-%lld", group->first, group->last);
    if (!*group->address)
        return str_format("%s/%s", range, group->type);
    cleanup_free char *outside = join_port(group->address, range);
    return str_format("%s->%s/%s", outside, range, group->type);
}

static struct group *find(struct group *groups, size_t count, const struct port *port)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(groups[i].address, port->address) && str_equal(groups[i].type, port->type))
            return &groups[i];
    return NULL;
}

static void add_port(const struct port *port, struct group *groups, size_t *count, char ***done, char ***mapped)
{
    if (*port->address && port->inside != port->outside) {
        cleanup_free char *number = str_format("%lld", port->outside);
        cleanup_free char *outside = join_port(port->address, number);
        strv_take(mapped, str_format("%s->%lld/%s", outside, port->inside, port->type));
        return;
    }
    struct group *group = find(groups, *count, port);
    if (!group) {
        groups[(*count)++] = (struct group){port->address, port->type, port->inside, port->inside};
    } else if (port->inside == group->last + 1) {
        group->last = port->inside;
    } else {
        strv_take(done, group_text(group));
        group->first = group->last = port->inside;
    }
}

char *ports_display(const json_t *list)
{
    size_t total = json_array_size(list), count = 0, i;
    struct port *ports = xcalloc(total + 1, sizeof *ports);
    struct group *groups = xcalloc(total + 1, sizeof *groups);
    cleanup_strv char **done = NULL, **mapped = NULL;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        ports[i] = (struct port){json_str(entry, "IP", ""), json_str(entry, "Type", ""), json_num(entry, "PrivatePort", 0),
                                 json_num(entry, "PublicPort", 0)};
    }
    qsort(ports, total, sizeof *ports, compare);
    for (i = 0; i < total; i++)
        add_port(&ports[i], groups, &count, &done, &mapped);
    for (i = 0; i < count; i++)
        strv_take(&done, group_text(&groups[i]));
    for (char **text = mapped; text && *text; text++)
        strv_add(&done, *text);
    free(ports);
    free(groups);
    return done ? strv_join(done, ", ") : xstrdup("");
}

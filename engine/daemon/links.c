/* Links between containers; see links.h. */
#include "daemon/links.h"

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "daemon/disk.h"
#include "daemon/instance.h"
#include "daemon/membership.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS_TEXT = 16 };

/* Most engines have no link at all, and then nobody's names or files need looking through. */
static atomic_bool some;

void links_loaded(const json_t *links)
{
    if (json_array_size(links))
        atomic_store(&some, true);
}

int link_parse(const char *text, char **name, char **alias, struct error *err)
{
    cleanup_strv char **parts = str_split(text, ':');
    size_t count = strv_len(parts);
    if (!*text)
        return error_set(err, EINVAL, "empty string specified for links");
    if (count > 2)
        return error_set(err, EINVAL, "bad format for links: %s", text);
    const char *second = parts[count - 1];
    if (count == 2 && *parts[0] == '/' && strrchr(second, '/')) /* as inspect shows it: "/db:/web/alias" */
        second = strrchr(second, '/') + 1;
    *name = xstrdup(*parts[0] == '/' && count == 2 ? parts[0] + 1 : parts[0]);
    *alias = xstrdup(second);
    return 0;
}

static int resolve_one(struct engine *engine, const char *text, json_t *links, struct error *err)
{
    cleanup_free char *name = NULL, *alias = NULL;
    int rc = link_parse(text, &name, &alias, err);
    if (rc < 0)
        return rc;
    struct instance *child = table_find(engine, name, err);
    if (!child) {
        error_prefix(err, "could not get container for %s", name);
        return -(err->code = EINVAL);
    }
    cleanup_json json_t *host_config = instance_host_config(child);
    bool on_host = str_equal(host_network_mode(host_config), "host");
    json_t *entry = json_pack("{s:s, s:s}", "Id", child->id, "Alias", alias);
    instance_unref(child);
    if (on_host) {
        json_decref(entry);
        return error_set(err, EINVAL,
                         "conflicting options: host type networking can't be used with links. This would result in undefined "
                         "behavior");
    }
    size_t i;
    json_t *other;
    json_array_foreach(links, i, other)
    {
        if (str_equal(json_str(other, "Alias", ""), alias)) { /* the first one has the name */
            json_decref(entry);
            return 0;
        }
    }
    json_array_append_new(links, entry);
    return 0;
}

/* On networks that people made a link is an alias that the name server knows (EndpointSettings.Links), whoever is behind it. */
static bool network_has_links(const char *mode)
{
    static const char *const plain[] = {"bridge", "host", "none"};
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        if (str_equal(mode, plain[i]))
            return true;
    return str_starts(mode, "container:");
}

int links_resolve(struct engine *engine, const json_t *host_config, json_t **links, struct error *err)
{
    size_t i;
    json_t *entry;
    *links = NULL;
    const json_t *given = json_object_get(host_config, "Links");
    if (!json_array_size(given) || !network_has_links(host_network_mode(host_config)))
        return 0;
    *links = json_array();
    json_array_foreach(given, i, entry)
    {
        int rc = resolve_one(engine, str_or(json_string_value(entry), ""), *links, err);
        if (rc < 0) {
            json_decref(*links);
            *links = NULL;
            return rc;
        }
    }
    links_loaded(*links);
    return 0;
}

static json_t *links_of(struct instance *instance)
{
    pthread_mutex_lock(&instance->engine->lock);
    json_t *links = json_incref(instance->links);
    pthread_mutex_unlock(&instance->engine->lock);
    return links;
}

static char *name_of(struct instance *instance)
{
    pthread_mutex_lock(&instance->engine->lock);
    char *name = xstrdup(instance->name);
    pthread_mutex_unlock(&instance->engine->lock);
    return name;
}

/* Its address on the default bridge, or "". */
static void address_of(struct instance *instance, char out[ADDRESS_TEXT])
{
    pthread_mutex_lock(&instance->engine->lock);
    snprintf(out, ADDRESS_TEXT, "%s", instance_default_endpoint(instance)->address);
    pthread_mutex_unlock(&instance->engine->lock);
}

/* The child of a link; NULL when it has been removed meanwhile. */
static struct instance *child_of(struct instance *instance, const json_t *link)
{
    struct error ignored = ERROR_INIT;
    return table_find(instance->engine, json_str(link, "Id", ""), &ignored);
}

int links_check(struct instance *instance, struct error *err)
{
    cleanup_json json_t *links = links_of(instance);
    size_t i;
    json_t *link;
    json_array_foreach(links, i, link)
    {
        cleanup_instance struct instance *child = child_of(instance, link);
        if (!child || instance_running_pid(child))
            continue;
        cleanup_free char *name = name_of(child), *own = name_of(instance);
        return error_set(err, EIO, "Cannot link to a non running container: /%s AS /%s/%s", name, own, json_str(link, "Alias", ""));
    }
    return 0;
}

struct port {
    int number;
    char protocol[8], upper[8];
};

static int by_number(const void *a, const void *b)
{
    const struct port *x = a, *y = b;
    if (x->number != y->number)
        return x->number - y->number;
    return -strcmp(x->protocol, y->protocol); /* udp, tcp, sctp ... */
}

/* tcp comes before others of the same number. */
static int by_number_tcp_first(const void *a, const void *b)
{
    const struct port *x = a, *y = b;
    if (x->number == y->number && str_equal(x->protocol, "tcp") != str_equal(y->protocol, "tcp"))
        return str_equal(x->protocol, "tcp") ? -1 : 1;
    return by_number(a, b);
}

static size_t ports_parse(const json_t *ports, struct port **out)
{
    const char *key;
    json_t *value;
    size_t count = 0;
    *out = xcalloc(json_object_size(ports) + 1, sizeof **out);
    json_object_foreach((json_t *)ports, key, value)
    {
        struct port *port = &(*out)[count];
        const char *slash = strchr(key, '/');
        snprintf(port->protocol, sizeof port->protocol, "%s", slash ? slash + 1 : "tcp");
        port->number = atoi(key);
        for (size_t i = 0; i < sizeof port->upper; i++)
            port->upper[i] = (char)toupper((unsigned char)port->protocol[i]);
        count += port->number > 0;
    }
    qsort(*out, count, sizeof **out, by_number_tcp_first);
    return count;
}

static void put(json_t *env, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(json_t *env, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *text = str_vformat(format, args);
    va_end(args);
    json_array_append_new(env, json_string(text));
}

static void put_port(json_t *env, const char *alias, const char *address, const struct port *port)
{
    cleanup_free char *prefix = str_format("%s_PORT_%d_%s", alias, port->number, port->upper);
    put(env, "%s=%s://%s:%d", prefix, port->protocol, address, port->number);
    put(env, "%s_ADDR=%s", prefix, address);
    put(env, "%s_PORT=%d", prefix, port->number);
    put(env, "%s_PROTO=%s", prefix, port->protocol);
}

/* Three or more in a row are one range. */
static void put_range(json_t *env, const char *alias, const char *address, const struct port *first, const struct port *last)
{
    cleanup_free char *prefix = str_format("%s_PORT_%d_%s", alias, first->number, first->upper);
    put(env, "%s_START=%s://%s:%d", prefix, first->protocol, address, first->number);
    put(env, "%s_ADDR=%s", prefix, address);
    put(env, "%s_PROTO=%s", prefix, first->protocol);
    put(env, "%s_PORT_START=%d", prefix, first->number);
    put(env, "%s_PORT_%d_%s_END=%s://%s:%d", alias, last->number, last->upper, last->protocol, address, last->number);
    put(env, "%s_PORT_END=%d", prefix, last->number);
}

static void put_ports(json_t *env, const char *alias, const char *address, const struct port *ports, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t last = i;
        while (last + 1 < count && ports[last + 1].number == ports[last].number + 1 &&
               str_equal(ports[last + 1].protocol, ports[i].protocol))
            last++;
        if (last > i + 1) {
            put_range(env, alias, address, &ports[i], &ports[last]);
            i = last + 1;
        } else {
            put_port(env, alias, address, &ports[i++]);
        }
    }
}

void link_variables(json_t *env, const char *name, const char *address, const json_t *ports, const json_t *child_env)
{
    const char *slash = strrchr(name, '/');
    cleanup_free char *alias = xstrdup(slash ? slash + 1 : name);
    for (char *c = alias; *c; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    cleanup_free struct port *list = NULL;
    size_t count = ports_parse(ports, &list), i;
    if (count) /* the lowest stands for the service */
        put(env, "%s_PORT=%s://%s:%d", alias, list[0].protocol, address, list[0].number);
    put_ports(env, alias, address, list, count);
    put(env, "%s_NAME=%s", alias, name);
    json_t *entry;
    json_array_foreach(child_env, i, entry)
    {
        const char *text = str_or(json_string_value(entry), "");
        if (strchr(text, '=') && !str_starts(text, "HOME=") && !str_starts(text, "PATH="))
            put(env, "%s_ENV_%s", alias, text);
    }
}

void links_environment(struct instance *instance, json_t *env)
{
    cleanup_json json_t *links = links_of(instance);
    cleanup_free char *own = name_of(instance);
    char here[ADDRESS_TEXT];
    size_t i;
    json_t *link;
    address_of(instance, here);
    if (!*here)
        return;
    json_array_foreach(links, i, link)
    {
        cleanup_instance struct instance *child = child_of(instance, link);
        char address[ADDRESS_TEXT] = "";
        if (child)
            address_of(child, address);
        cleanup_free char *name = str_format("/%s/%s", own, json_str(link, "Alias", ""));
        if (*address)
            link_variables(env, name, address, json_object_get(child->config, "ExposedPorts"),
                           json_object_get(child->config, "Env"));
    }
}

void links_hosts(struct instance *instance, struct buf *hosts)
{
    cleanup_json json_t *links = links_of(instance);
    size_t i;
    json_t *link;
    json_array_foreach(links, i, link)
    {
        cleanup_instance struct instance *child = child_of(instance, link);
        char address[ADDRESS_TEXT] = "";
        if (!child)
            continue;
        address_of(child, address);
        cleanup_free char *name = name_of(child);
        const char *alias = json_str(link, "Alias", "");
        if (*address)
            buf_printf(hosts, "%s\t%s %s%s%s\n", address, alias, json_str(child->config, "Hostname", ""),
                       str_equal(alias, name) ? "" : " ", str_equal(alias, name) ? "" : name);
    }
}

char *hosts_with_address(const char *hosts, const char *alias, const char *address)
{
    struct buf out = BUF_INIT;
    size_t len = strlen(alias);
    for (const char *line = hosts; *line;) {
        size_t end = strcspn(line, "\n");
        const char *tab = memchr(line, '\t', end);
        size_t after = tab ? (size_t)(tab - line) + 1 + len : 0;
        bool hit =
            tab && after <= end && strncmp(tab + 1, alias, len) == 0 && (after == end || isspace((unsigned char)line[after]));
        if (hit)
            buf_printf(&out, "%s%.*s", address, (int)(end - (size_t)(tab - line)), tab);
        else
            buf_add(&out, line, end);
        if (line[end])
            buf_putc(&out, '\n'), end++;
        line += end;
    }
    return buf_take(&out);
}

/* In place: the file is bound into the container, so it must stay the same file. */
static void update_hosts(struct instance *parent, const char *alias, const char *address)
{
    struct error err = ERROR_INIT;
    cleanup_free char *path = path_join(parent->directory, "hosts"), *old = file_read(path, NULL, &err);
    if (!old)
        return;
    cleanup_free char *new = hosts_with_address(old, alias, address);
    if (!str_equal(old, new) && file_write(path, new, strlen(new), 0644, &err) < 0)
        log_warn("%s", err.message);
}

void links_follow(struct instance *instance)
{
    char address[ADDRESS_TEXT];
    size_t count, j;
    json_t *link;
    address_of(instance, address);
    if (!*address || !atomic_load(&some))
        return;
    struct instance **all = table_all(instance->engine, &count);
    for (size_t i = 0; i < count; i++) {
        cleanup_json json_t *links = all[i] == instance ? NULL : links_of(all[i]);
        json_array_foreach(links, j, link)
        {
            if (str_equal(json_str(link, "Id", ""), instance->id) && instance_running_pid(all[i]))
                update_hosts(all[i], json_str(link, "Alias", ""), address);
        }
    }
    table_all_free(all, count);
}

json_t *links_describe(struct instance *instance)
{
    cleanup_json json_t *links = links_of(instance), *out = json_array();
    cleanup_free char *own = name_of(instance);
    size_t i;
    json_t *link;
    json_array_foreach(links, i, link)
    {
        cleanup_instance struct instance *child = child_of(instance, link);
        if (!child)
            continue;
        cleanup_free char *name = name_of(child);
        json_array_append_new(out, json_sprintf("/%s:/%s/%s", name, own, json_str(link, "Alias", "")));
    }
    return json_array_size(out) ? json_incref(out) : json_null();
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

json_t *links_names(struct instance *instance)
{
    struct engine *engine = instance->engine;
    char **names = NULL;
    size_t j;
    json_t *link;
    pthread_mutex_lock(&engine->lock);
    strv_take(&names, str_format("/%s", instance->name));
    for (size_t i = 0; i < engine->count && atomic_load(&some); i++)
        json_array_foreach(engine->table[i]->links, j, link)
        {
            if (str_equal(json_str(link, "Id", ""), instance->id))
                strv_take(&names, str_format("/%s/%s", engine->table[i]->name, json_str(link, "Alias", "")));
        }
    pthread_mutex_unlock(&engine->lock);
    qsort(names, strv_len(names), sizeof *names, by_text);
    json_t *list = json_from_strv(names);
    strv_free(names);
    return list;
}

int container_unlink(struct engine *engine, const char *name, struct error *err)
{
    const char *plain = *name == '/' ? name + 1 : name, *slash = strrchr(plain, '/');
    cleanup_instance struct instance *child = table_find(engine, name, err);
    if (!child)
        return -err->code;
    if (!slash)
        return error_set(err, EIO, "Conflict, cannot remove the default link name of the container");
    cleanup_free char *parent_name = xstrndup(plain, (size_t)(slash - plain));
    struct error ignored = ERROR_INIT;
    cleanup_instance struct instance *parent = table_find(engine, parent_name, &ignored);
    if (!parent)
        return error_set(err, EIO, "Cannot get parent /%s for link name /%s", parent_name, plain);
    size_t i;
    json_t *link;
    pthread_mutex_lock(&engine->lock);
    json_t *rest = json_array(), *old = parent->links;
    json_array_foreach(old, i, link)
    {
        if (!str_equal(json_str(link, "Alias", ""), slash + 1))
            json_array_append(rest, link);
    }
    parent->links = rest;
    pthread_mutex_unlock(&engine->lock);
    json_decref(old);
    disk_note(parent);
    return 0;
}

/* The three files that are bound over a container's /etc: hostname, hosts and resolv.conf. */
#include "daemon/etc.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/disk.h"
#include "daemon/instance.h"
#include "daemon/links.h"
#include "daemon/membership.h"
#include "daemon/settings.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_text(const struct instance *instance, const char *name, const struct buf *text, struct error *err)
{
    cleanup_free char *path = path_join(instance->directory, name);
    return file_write(path, text->data ? text->data : "", text->len, 0644, err);
}

int extra_hosts_check(const json_t *extra, struct error *err)
{
    size_t i;
    json_t *entry;
    unsigned char address[16];
    json_array_foreach(extra, i, entry)
    {
        const char *text = str_or(json_string_value(entry), ""), *cut = strchr(text, '=') ? strchr(text, '=') : strchr(text, ':');
        if (!cut || cut == text)
            return error_set(err, EINVAL, "bad format for add-host: \"%s\"", text);
        if (!str_equal(cut + 1, "host-gateway") && inet_pton(AF_INET, cut + 1, address) != 1 &&
            inet_pton(AF_INET6, cut + 1, address) != 1)
            return error_set(err, EINVAL, "invalid IP address in add-host: \"%s\"", cut + 1);
    }
    return 0;
}

/* What "host-gateway" stands for: the daemon's setting, or the address of its bridge. */
static char *host_gateway(struct engine *engine)
{
    cleanup_json json_t *set = engine_setting(engine, "host-gateway-ip");
    const char *bridge = str_or(engine->options.address, "");
    if (json_is_string(set) && *json_string_value(set))
        return xstrdup(json_string_value(set));
    return xstrndup(bridge, strcspn(bridge, "/"));
}

static void add_extra_hosts(struct buf *hosts, const struct instance *instance, const json_t *host_config)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(host_config, "ExtraHosts"), i, entry)
    {
        cleanup_free char *text = xstrdup(json_string_value(entry) ? json_string_value(entry) : "");
        char *separator = strchr(text, '=') ? strchr(text, '=') : strchr(text, ':');
        if (!separator)
            continue;
        *separator++ = '\0';
        cleanup_free char *address = str_equal(separator, "host-gateway") ? host_gateway(instance->engine) : xstrdup(separator);
        buf_printf(hosts, "%s\t%s\n", address, text);
    }
}

/* A line for each network that it is on. */
static void add_own_names(struct buf *hosts, struct instance *instance)
{
    const char *hostname = json_str(instance->config, "Hostname", ""), *domain = json_str(instance->config, "Domainname", "");
    for (size_t i = 0; i < instance->membership_count; i++) {
        const char *address = instance->memberships[i]->endpoint.address;
        if (*address && *domain)
            buf_printf(hosts, "%s\t%s.%s %s\n", address, hostname, domain, hostname);
        else if (*address)
            buf_printf(hosts, "%s\t%s\n", address, hostname);
    }
}

static int write_hosts(struct instance *instance, const json_t *host_config, struct error *err)
{
    cleanup_buf struct buf hosts = BUF_INIT;
    if (str_equal(host_network_mode(host_config), "host") && !json_array_size(json_object_get(host_config, "ExtraHosts"))) {
        size_t len = 0;
        cleanup_free char *own = file_read("/etc/hosts", &len, NULL);
        if (own)
            buf_add(&hosts, own, len);
        return write_text(instance, "hosts", &hosts, err);
    }
    buf_puts(&hosts,
             "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\n"
             "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n");
    add_extra_hosts(&hosts, instance, host_config);
    links_hosts(instance, &hosts);
    add_own_names(&hosts, instance);
    return write_text(instance, "hosts", &hosts, err);
}

/* The words behind a keyword; NULL when the line has another one. */
static char **words_of(const char *line, const char *keyword)
{
    cleanup_free char *text = xstrdup(line);
    text[strcspn(text, "#;")] = '\0';
    char **words = NULL, *rest = NULL;
    char *word = strtok_r(text, " \t\r", &rest);
    if (!word || !str_equal(word, keyword))
        return NULL;
    while ((word = strtok_r(NULL, " \t\r", &rest)))
        strv_add(&words, word);
    if (!words)
        strv_add(&words, "");
    return words;
}

static bool on_loopback(const char *address) { return str_starts(address, "127.") || str_equal(address, "::1"); }

/* Of all lines with the keyword; `search` and `options` count only as the last line has them. */
static json_t *host_words(char *const *lines, const char *keyword, bool gather)
{
    json_t *out = json_array();
    for (size_t i = 0; lines[i]; i++) {
        cleanup_strv char **words = words_of(lines[i], keyword);
        if (words && !gather)
            json_array_clear(out);
        for (size_t j = 0; words && words[j] && (j < 1 || !gather); j++)
            if (*words[j])
                json_array_append_new(out, json_string(words[j]));
    }
    return out;
}

static void put_words(struct buf *out, const char *keyword, const json_t *list)
{
    size_t i;
    json_t *word;
    bool none = json_array_size(list) == 1 && str_equal(json_string_value(json_array_get(list, 0)), ".");
    if (!json_array_size(list) || none) /* --dns-search . asks for none */
        return;
    buf_puts(out, keyword);
    json_array_foreach(list, i, word) buf_printf(out, " %s", str_or(json_string_value(word), ""));
    buf_putc(out, '\n');
}

/* The host's file line by line, without the servers that cannot be reached. */
static char *filtered(char *const *lines, bool own_network)
{
    struct buf out = BUF_INIT;
    bool any = false;
    for (size_t i = 0; lines[i]; i++) {
        cleanup_strv char **words = words_of(lines[i], "nameserver");
        if (!*lines[i] || (own_network && words && on_loopback(words[0])))
            continue;
        any |= words != NULL;
        buf_printf(&out, "%s\n", lines[i]);
    }
    if (!any && own_network)
        buf_puts(&out, "nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
    return buf_take(&out);
}

char *resolv_conf(const char *host, const struct resolver *given, bool own_network)
{
    cleanup_strv char **lines = str_split(host, '\n');
    if (!json_array_size(given->servers) && !json_array_size(given->search) && !json_array_size(given->options))
        return filtered(lines, own_network);
    struct buf out = BUF_INIT;
    cleanup_json json_t *servers = host_words(lines, "nameserver", true), *search = host_words(lines, "search", false),
                        *options = host_words(lines, "options", false);
    for (size_t i = json_array_size(servers); i-- > 0 && own_network;)
        if (on_loopback(json_string_value(json_array_get(servers, i))))
            json_array_remove(servers, i);
    if (!json_array_size(servers) && own_network) {
        json_array_append_new(servers, json_string("8.8.8.8"));
        json_array_append_new(servers, json_string("8.8.4.4"));
    }
    const json_t *used = json_array_size(given->servers) ? given->servers : servers;
    put_words(&out, "search", json_array_size(given->search) ? given->search : search);
    size_t i;
    json_t *server;
    json_array_foreach(used, i, server) buf_printf(&out, "nameserver %s\n", str_or(json_string_value(server), ""));
    put_words(&out, "options", json_array_size(given->options) ? given->options : options);
    return buf_take(&out);
}

/* With systemd-resolved the usual file names only its stub on loopback; the real servers stand elsewhere. */
static char *host_resolver(bool own_network)
{
    char *text = file_read("/etc/resolv.conf", NULL, NULL);
    if (!text)
        return xstrdup("");
    cleanup_strv char **lines = str_split(text, '\n');
    cleanup_json json_t *servers = host_words(lines, "nameserver", true);
    bool stub = json_array_size(servers) == 1 && str_equal(json_string_value(json_array_get(servers, 0)), "127.0.0.53");
    char *real = own_network && stub ? file_read("/run/systemd/resolve/resolv.conf", NULL, NULL) : NULL;
    if (!real)
        return text;
    free(text);
    return real;
}

static int write_resolv_conf(const struct instance *instance, const json_t *host_config, struct error *err)
{
    bool own_network = !str_equal(host_network_mode(host_config), "host");
    cleanup_free char *host = host_resolver(own_network);
    static const struct {
        const char *key, *setting;
    } lists[] = {{"Dns", "dns"}, {"DnsSearch", "dns-search"}, {"DnsOptions", "dns-opts"}};
    json_t *chosen[ARRAY_LEN(lists)];
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        json_t *given = json_object_get(host_config, lists[i].key);
        chosen[i] = json_array_size(given) ? json_incref(given) : engine_setting(instance->engine, lists[i].setting);
    }
    const struct resolver resolver = {chosen[0], chosen[1], chosen[2]};
    cleanup_free char *text = resolv_conf(host, &resolver, own_network);
    const struct buf out = {.data = text, .len = strlen(text)};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        json_decref(chosen[i]);
    return write_text(instance, "resolv.conf", &out, err);
}

int disk_write_etc(struct instance *instance, const json_t *host_config, struct error *err)
{
    cleanup_buf struct buf hostname = BUF_INIT;
    buf_printf(&hostname, "%s\n", json_str(instance->config, "Hostname", ""));
    int rc = write_text(instance, "hostname", &hostname, err);
    if (rc == 0)
        rc = write_hosts(instance, host_config, err);
    if (rc == 0)
        rc = write_resolv_conf(instance, host_config, err);
    return rc;
}

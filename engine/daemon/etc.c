/* The three files that are bound over a container's /etc: hostname, hosts and resolv.conf. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/disk.h"
#include "daemon/instance.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int write_text(const struct instance *instance, const char *name, const struct buf *text, struct error *err)
{
    cleanup_free char *path = path_join(instance->directory, name);
    return file_write(path, text->data ? text->data : "", text->len, 0644, err);
}

static void add_extra_hosts(struct buf *hosts, const struct instance *instance, const json_t *host_config)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(host_config, "ExtraHosts"), i, entry)
    {
        cleanup_free char *text = xstrdup(json_string_value(entry) ? json_string_value(entry) : "");
        char *separator = strpbrk(text, ":=");
        if (!separator)
            continue;
        *separator++ = '\0';
        buf_printf(hosts, "%s\t%s\n", str_equal(separator, "host-gateway") ? instance->endpoint.gateway : separator, text);
    }
}

static int write_hosts(const struct instance *instance, const json_t *host_config, const char *address, struct error *err)
{
    cleanup_buf struct buf hosts = BUF_INIT;
    const char *hostname = json_str(instance->config, "Hostname", ""), *domain = json_str(instance->config, "Domainname", "");
    if (str_equal(host_network_mode(host_config), "host")) {
        size_t len = 0;
        cleanup_free char *own = file_read("/etc/hosts", &len, NULL);
        if (own)
            buf_add(&hosts, own, len);
        add_extra_hosts(&hosts, instance, host_config);
        return write_text(instance, "hosts", &hosts, err);
    }
    buf_puts(&hosts,
             "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\n"
             "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n");
    add_extra_hosts(&hosts, instance, host_config);
    if (address && *domain)
        buf_printf(&hosts, "%s\t%s.%s %s\n", address, hostname, domain, hostname);
    else if (address)
        buf_printf(&hosts, "%s\t%s\n", address, hostname);
    return write_text(instance, "hosts", &hosts, err);
}

/* Lines of the host's resolv.conf; addresses on the host's own loopback mean nothing in another network namespace. */
static void copy_resolver(struct buf *out, const char *text, bool own_network)
{
    cleanup_strv char **lines = str_split(text, '\n');
    bool any = false;
    for (size_t i = 0; lines[i]; i++) {
        const char *line = lines[i];
        bool server = str_starts(line, "nameserver");
        if (!*line || *line == '#' || *line == ';')
            continue;
        if (server && own_network && (strstr(line, " 127.") || strstr(line, "\t127.") || strstr(line, "::1")))
            continue;
        any |= server;
        buf_printf(out, "%s\n", line);
    }
    if (!any && own_network)
        buf_puts(out, "nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
}

static void add_words(struct buf *out, const char *keyword, const json_t *list, bool one_line)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        const char *word = json_string_value(entry);
        if (!word || str_equal(word, "."))
            continue;
        if (one_line)
            buf_printf(out, "%s %s", i ? "" : keyword, word);
        else
            buf_printf(out, "%s %s\n", keyword, word);
    }
    if (one_line && json_array_size(list))
        buf_puts(out, "\n");
}

static int write_resolv_conf(const struct instance *instance, const json_t *host_config, struct error *err)
{
    cleanup_buf struct buf out = BUF_INIT;
    const json_t *servers = json_object_get(host_config, "Dns");
    if (json_array_size(servers)) {
        add_words(&out, "search", json_object_get(host_config, "DnsSearch"), true);
        add_words(&out, "nameserver", servers, false);
        add_words(&out, "options", json_object_get(host_config, "DnsOptions"), true);
        return write_text(instance, "resolv.conf", &out, err);
    }
    cleanup_free char *own = file_read("/etc/resolv.conf", NULL, NULL);
    copy_resolver(&out, own ? own : "", !str_equal(host_network_mode(host_config), "host"));
    add_words(&out, "search", json_object_get(host_config, "DnsSearch"), true);
    add_words(&out, "options", json_object_get(host_config, "DnsOptions"), true);
    return write_text(instance, "resolv.conf", &out, err);
}

int disk_write_etc(const struct instance *instance, const json_t *host_config, const char *address, struct error *err)
{
    cleanup_buf struct buf hostname = BUF_INIT;
    buf_printf(&hostname, "%s\n", json_str(instance->config, "Hostname", ""));
    int rc = write_text(instance, "hostname", &hostname, err);
    if (rc == 0)
        rc = write_hosts(instance, host_config, address, err);
    if (rc == 0)
        rc = write_resolv_conf(instance, host_config, err);
    return rc;
}

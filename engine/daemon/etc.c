/* The files that are bound over a container's /etc: hostname and hosts; resolv.conf is resolv_conf.c's. */
#include "daemon/etc.h"

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
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

static void add_own_name(struct buf *hosts, const struct instance *instance, const char *address)
{
    const char *hostname = json_str(instance->config, "Hostname", ""), *domain = json_str(instance->config, "Domainname", "");
    if (*address && *domain)
        buf_printf(hosts, "%s\t%s.%s %s\n", address, hostname, domain, hostname);
    else if (*address)
        buf_printf(hosts, "%s\t%s\n", address, hostname);
}

/* A line for each address of each network that it is on. */
static void add_own_names(struct buf *hosts, struct instance *instance)
{
    for (size_t i = 0; i < instance->membership_count; i++) {
        add_own_name(hosts, instance, instance->memberships[i]->endpoint.address);
        add_own_name(hosts, instance, instance->memberships[i]->endpoint.address6);
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

/* --- while it runs: in place, since the file is bound into the container --- */

char *hosts_without(const char *hosts, const char *address)
{
    struct buf out = BUF_INIT;
    size_t length = strlen(address);
    for (const char *line = hosts, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end == '\n';
        if (strncmp(line, address, length) != 0 || line[length] != '\t')
            buf_add(&out, line, (size_t)(end - line));
    }
    return buf_take(&out);
}

static void rewrite_hosts(struct instance *instance, const char *address, bool add)
{
    struct error err = ERROR_INIT;
    cleanup_free char *path = path_join(instance->directory, "hosts"), *old = file_read(path, NULL, &err);
    if (!old || !*address)
        return;
    cleanup_free char *others = hosts_without(old, address);
    cleanup_buf struct buf hosts = BUF_INIT;
    buf_puts(&hosts, others);
    if (add)
        add_own_name(&hosts, instance, address);
    if (write_text(instance, "hosts", &hosts, &err) < 0)
        log_warn("%s", err.message);
}

void hosts_add_own(struct instance *instance, const char *address) { rewrite_hosts(instance, address, true); }
void hosts_drop_own(struct instance *instance, const char *address) { rewrite_hosts(instance, address, false); }

int disk_write_etc(struct instance *instance, const json_t *host_config, struct error *err)
{
    cleanup_buf struct buf hostname = BUF_INIT;
    buf_printf(&hostname, "%s\n", json_str(instance->config, "Hostname", ""));
    int rc = write_text(instance, "hostname", &hostname, err);
    if (rc == 0)
        rc = write_hosts(instance, host_config, err);
    if (rc == 0)
        rc = resolv_conf_write(instance, host_config, err);
    return rc;
}

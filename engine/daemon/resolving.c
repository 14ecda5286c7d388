/* Containers and the name server; see resolving.h. */
#include "daemon/resolving.h"

#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/etc.h"
#include "daemon/instance.h"
#include "daemon/links.h"
#include "network/dns.h"

#include <stdlib.h>

static struct dns *dns_of(const struct instance *instance) { return networks_dns(instance->engine->networks); }

static bool names_on(const struct network *network) { return !network_is_default(network) && network_has_driver(network); }

bool resolving_wanted(struct instance *instance)
{
    bool wanted = false;
    pthread_mutex_lock(&instance->engine->lock);
    for (size_t i = 0; i < instance->membership_count; i++)
        wanted |= instance->memberships[i]->up && names_on(instance->memberships[i]->network);
    pthread_mutex_unlock(&instance->engine->lock);
    return wanted;
}

/* --- names --- */

static char **text_list(const json_t *list)
{
    char **out = NULL;
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        if (json_is_string(entry))
            strv_add(&out, json_string_value(entry));
    }
    return out;
}

/* ["db:database"] into pairs; texts that are none are left out. */
static size_t links_parse(const json_t *list, struct dns_link **out)
{
    size_t i, count = 0;
    json_t *entry;
    *out = xcalloc(json_array_size(list) + 1, sizeof **out);
    json_array_foreach(list, i, entry)
    {
        char *name = NULL, *alias = NULL;
        if (json_is_string(entry) && link_parse(json_string_value(entry), &name, &alias, NULL) == 0)
            (*out)[count++] = (struct dns_link){.alias = alias, .name = name};
    }
    return count;
}

static void links_free(struct dns_link *links, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free((char *)links[i].alias);
        free((char *)links[i].name);
    }
    free(links);
}

static char *name_of(struct instance *instance)
{
    pthread_mutex_lock(&instance->engine->lock);
    char *name = xstrdup(str_or(instance->name, ""));
    pthread_mutex_unlock(&instance->engine->lock);
    return name;
}

void resolving_join(struct instance *instance, struct membership *membership)
{
    const struct network *network = membership->network;
    cleanup_free char *name = name_of(instance);
    cleanup_strv char **aliases = text_list(json_object_get(membership->settings, "Aliases"));
    struct dns_link *links;
    size_t link_count = links_parse(json_object_get(membership->settings, "Links"), &links);
    const struct dns_place place = {.endpoint = membership->endpoint.id,
                                    .container = instance->id,
                                    .name = name,
                                    .network = network_id(network),
                                    .network_name = network_name(network),
                                    .internal = network_internal(network),
                                    .plain = !names_on(network),
                                    .address = membership->endpoint.address,
                                    .address6 = membership->endpoint.address6,
                                    .aliases = aliases,
                                    .links = links,
                                    .link_count = link_count};
    dns_join(dns_of(instance), &place);
    links_free(links, link_count);
    resolving_rename(instance); /* it may have been renamed while this went on */
}

void resolving_leave(struct instance *instance, const struct membership *membership)
{
    if (*membership->endpoint.id)
        dns_leave(dns_of(instance), membership->endpoint.id);
}

void resolving_rename(struct instance *instance)
{
    cleanup_free char *name = name_of(instance);
    dns_rename(dns_of(instance), instance->id, name);
}

/* --- servers --- */

void resolving_begin(struct instance *instance, const json_t *host_config, int netns, bool fresh, struct steps *log)
{
    struct dns_upstream upstreams[DNS_UPSTREAMS_MOST];
    struct dns_service service = {.container = instance->id, .netns = netns, .fresh = fresh, .upstreams = upstreams};
    struct error err = ERROR_INIT;
    if (!resolving_wanted(instance))
        return;
    service.upstream_count = resolv_conf_service(instance, host_config, upstreams, &service.dotted);
    if (dns_serve(dns_of(instance), &service, log, &err) < 0)
        log_warn("container %.12s has no name server: %s", instance->id, err.message);
}

void resolving_live(struct instance *instance, int netns, struct steps *log)
{
    cleanup_json json_t *host_config = instance_host_config(instance);
    struct error err = ERROR_INIT;
    resolving_begin(instance, host_config, netns, false, log);
    if (resolving_wanted(instance) && resolv_conf_switch(instance, host_config, &err) < 0)
        log_warn("%s", err.message);
}

void resolving_end(struct instance *instance) { dns_end(dns_of(instance), instance->id); }

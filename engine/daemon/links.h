/* --link on the default bridge: one container (the parent) knows another (the child) by an alias, in its hosts file, in its
 * environment and as one more name of the child, "/parent/alias". Names and addresses are looked up when they are needed, so a
 * rename or a restart of either is seen.
 */
#ifndef SLIPWAY_DAEMON_LINKS_H
#define SLIPWAY_DAEMON_LINKS_H

#include "base/strings.h"
#include "daemon/engine.h"

/* HostConfig.Links into [{"Id","Alias"}], NULL when there are none. EINVAL with dockerd's text; `*links` is new. */
int links_resolve(struct engine *engine, const json_t *host_config, json_t **links, struct error *err);

/* Tells that there are links, when a container comes from the disk. */
void links_loaded(const json_t *links);

/* "NAME[:ALIAS]" or "/NAME:/PARENT/ALIAS"; both parts allocated. */
int link_parse(const char *text, char **name, char **alias, struct error *err);

/* EIO "Cannot link to a non running container: /db AS /web/db". For the moment before a start. */
int links_check(struct instance *instance, struct error *err);

/* Entries for the environment of the container's processes, onto `env`. */
void links_environment(struct instance *instance, json_t *env);
/* The variables of one link: `name` is "/parent/alias", ports those that the child exposes ("80/tcp": {}). */
void link_variables(json_t *env, const char *name, const char *address, const json_t *ports, const json_t *child_env);

/* Lines of /etc/hosts. */
void links_hosts(struct instance *instance, struct buf *hosts);
/* The container may have another address now: it is put into the hosts files of running containers that link to it. */
void links_follow(struct instance *instance);
/* `hosts` with the address of every line whose first name is `alias` replaced. Allocated. */
char *hosts_with_address(const char *hosts, const char *alias, const char *address);

json_t *links_describe(struct instance *instance); /* ["/db:/web/db"] as HostConfig.Links shows it, or null */
json_t *links_names(struct instance *instance);    /* all its names, "/db", "/web/db", in order */

/* `rm --link PARENT/ALIAS`. */
int container_unlink(struct engine *engine, const char *name, struct error *err);

#endif

/* The network of the whole machine, for people to look at; reads only.
 *
 * {"namespaces":[{"name":"host"|"web"|"lab-x/red","kind":"host"|"container"|"sandbox"|"inner","id":"<container>","containers":["web"],
 *    "inode":N,"links":[as in observe_network, with "rx_dropped","tx_dropped"],"routes":[".."],"routes6":[".."],
 *    "neighbours":["10.0.0.2 dev br0 lladdr 02:.. REACHABLE"]}],
 *  "bridges":[{"name":"br0","namespace":"host","up":true,"addresses":[..],"ports":[{"link":"veth1","peer":{"namespace":"web","link":"eth0"}|null}]}],
 *  "wires":[{"kind":"veth"|"macvlan"|"ipvlan","a":{"namespace":"host","link":"veth1"},"b":{"namespace":"web","link":"eth0"}}]}
 * The host is always first. "containers" are those that live in the namespace (`--network container:web`, `--network host`).
 *
 * Between looks the object keeps a socket in each namespace. A socket keeps a namespace alive: give the list of spaces anew as soon
 * as a container has ended.
 */
#ifndef SLIPWAY_OBSERVE_TOPOLOGY_H
#define SLIPWAY_OBSERVE_TOPOLOGY_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct observe_space {
    const char *name, *id;
    const char *kind; /* "container", "sandbox"; static storage */
    pid_t pid;
};

struct observe_topology;
struct observe_topology *observe_topology_new(bool follow);
void observe_topology_free(struct observe_topology *topology);

/* Which namespaces there are besides the host's (the caller's own). */
int observe_topology_spaces(struct observe_topology *topology, const struct observe_space *spaces, size_t count, struct error *err);
json_t *observe_topology_read(struct observe_topology *topology, struct error *err);

/* Followed: readable when links, addresses, routes or neighbours have changed somewhere. */
int observe_topology_fd(const struct observe_topology *topology);
void observe_topology_heard(struct observe_topology *topology); /* empties it */

/* Which way a packet to `to` would take in a namespace (`ip route get`): the words of `ip route`, allocated. `from` and `in` are
 * known of a packet that is forwarded; else NULL. NULL with the kernel's reason, ENETUNREACH for one. */
char *observe_route(int netns, bool v6, const unsigned char *to, const unsigned char *from, const char *in, struct error *err);

#endif

/* What a network was made of: the document of POST /networks/create, checked and with Docker's defaults. The same document, with
 * Id and Created, is what GET /networks/{id} shows and what is kept on disk. Owned texts; free with definition_clear. */
#ifndef SLIPWAY_NETWORK_DEFINITION_H
#define SLIPWAY_NETWORK_DEFINITION_H

#include "base/digest.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum network_driver { DRIVER_BRIDGE, DRIVER_HOST, DRIVER_NULL, DRIVER_MACVLAN, DRIVER_IPVLAN };

/* One entry of IPAM.Config, as it was given; what was not is "". */
struct subnet_definition {
    char subnet[64], range[64], gateway[64];
    json_t *auxiliary; /* {"name": "address"} or NULL */
};

struct definition {
    char id[ID_TEXT];
    char *name;
    char created[40];
    enum network_driver driver;
    bool internal, attachable, ipv6;
    bool own_subnet;                   /* a subnet was asked for; kept in the document as "SlipwayOwnSubnet" */
    bool made_parent;                  /* the parent was made with the network; kept in the document as "SlipwayMadeParent" */
    struct subnet_definition *subnets; /* of IPv4 first, when the network has been settled */
    size_t subnet_count;
    json_t *ipam_options, *options, *labels; /* objects */
    /* Read out of `options`. */
    char bridge[16]; /* name of the bridge; "" when none was given */
    char parent[16]; /* macvlan and ipvlan: the host's link; "" when none was given */
    char mode[16];   /* macvlan_mode, ipvlan_mode */
    char host_address[46];
    int mtu;
    bool icc, masquerade, inhibit_ipv4;
};

/* Parse and check; `definition` is zeroed before. EINVAL, ENOENT (a driver that is none), with Docker's texts. Id and Created are
 * taken when they are there. */
int definition_parse(const json_t *document, struct definition *definition, struct error *err);
void definition_clear(struct definition *definition);

/* As in GET /networks/{id}, without Containers. */
json_t *definition_json(const struct definition *definition);

/* The first of the family, or NULL. */
struct subnet_definition *definition_subnet(const struct definition *definition, bool v6);
/* An empty one, in front of the others (IPv4) or behind them. */
struct subnet_definition *definition_add_subnet(struct definition *definition, bool v6);

const char *network_driver_name(enum network_driver driver); /* "bridge", "host", "null", ... */

/* 1 to 15 visible characters without '/', ':', '%', '+' and quotes. EINVAL says so. */
int definition_check_link(const char *name, struct error *err);

#endif

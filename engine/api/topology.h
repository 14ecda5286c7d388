/* The network of the whole machine: GET /slipway/topology, GET /slipway/chains, POST /slipway/trace. */
#ifndef SLIPWAY_API_TOPOLOGY_H
#define SLIPWAY_API_TOPOLOGY_H

#include "api/http.h"

enum MHD_Result topology(struct request *request);
enum MHD_Result all_chains(struct request *request);   /* chains.c */
enum MHD_Result trace_packet(struct request *request); /* chains.c */
enum MHD_Result netns_show(struct request *request);   /* chains.c */
enum MHD_Result netns_hide(struct request *request);   /* chains.c */

/* [{"name","id","driver","bridge":"br-..","internal":bool,"subnets":[..]}] */
json_t *topology_networks(struct engine *engine);

#endif

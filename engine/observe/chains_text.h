/* From the text of iptables-save -c to the shape of observe_chains. */
#ifndef SLIPWAY_OBSERVE_CHAINS_TEXT_H
#define SLIPWAY_OBSERVE_CHAINS_TEXT_H

#include <jansson.h>

/* Append the tables of `text` to `tables`. `family`: "ip" or "ip6". Rules that name `bridge` (may be NULL) are marked. `networks`
 * (may be NULL): [{"name","bridge","subnets":[..]}], by which it is known whose rule one is. */
void chains_parse(json_t *tables, const char *family, const char *text, const char *bridge, const json_t *networks);

#endif

/* Published ports as one cell of `ps`. */
#ifndef SLIPWAY_CLI_PORTS_H
#define SLIPWAY_CLI_PORTS_H

#include <jansson.h>

/* [{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}...] to "0.0.0.0:8080->80/tcp, 90-92/tcp"; allocated. */
char *ports_display(const json_t *ports);

#endif

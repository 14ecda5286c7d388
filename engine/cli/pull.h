/* Pulling an image, for all commands that may have to. */
#ifndef SLIPWAY_CLI_PULL_H
#define SLIPWAY_CLI_PULL_H

#include "base/error.h"
#include "cli/image_name.h"
#include "client/client.h"

#include <stdio.h>

/* `image` without tag and digest: all of its repository. `platform` may be NULL; `out` NULL is for nobody who looks on. An error of
 * the engine has the codes of client.h, one that it tells of on the way is EPROTO. */
int pull_image(struct client *client, const struct image_name *image, const char *platform, FILE *out, struct error *err);

#endif

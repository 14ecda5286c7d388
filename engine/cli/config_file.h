/* ~/.docker/config.json, or config.json in $DOCKER_CONFIG: what the client keeps for a person. */
#ifndef SLIPWAY_CLI_CONFIG_FILE_H
#define SLIPWAY_CLI_CONFIG_FILE_H

#include "base/error.h"

#include <jansson.h>

char *config_file_path(void); /* allocated */

/* The whole document; an empty object when there is no file. NULL, EPROTO, for what is none. */
json_t *config_file_read(struct error *err);

/* With tabs, as Docker writes it; whole or not at all, for the person alone (0600), through a symbolic link to where it leads. */
int config_file_write(const json_t *doc, struct error *err);

#endif

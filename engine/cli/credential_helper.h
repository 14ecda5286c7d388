/* Programs that keep secrets (docker-credential-NAME): they are called with what to do, read from standard input and answer on
 * standard output; their protocol is that of github.com/docker/docker-credential-helpers. */
#ifndef SLIPWAY_CLI_CREDENTIAL_HELPER_H
#define SLIPWAY_CLI_CREDENTIAL_HELPER_H

#include "base/error.h"

#include <jansson.h>

/* {"ServerURL","Username","Secret"}. ENOENT when it knows none, EPROTO when it fails. */
json_t *credential_helper_get(const char *helper, const char *server, struct error *err);
int credential_helper_store(const char *helper, const json_t *credentials, struct error *err);
int credential_helper_erase(const char *helper, const char *server, struct error *err);
/* {"https://server": "user"} */
json_t *credential_helper_list(const char *helper, struct error *err);

#endif

/* Who a person is at registries: kept in the client's configuration file, or by the credential helper that it names (`credsStore`
 * for all, `credHelpers` for single registries). */
#ifndef SLIPWAY_CLI_CREDENTIALS_H
#define SLIPWAY_CLI_CREDENTIALS_H

#include "base/error.h"
#include "cli/image_name.h"

#include <jansson.h>
#include <stdbool.h>

/* Docker Hub is known by this address. */
#define CREDENTIALS_HUB "https://index.docker.io/v1/"

struct credentials {
    char *server; /* "localhost:5000", or CREDENTIALS_HUB */
    char *username, *password;
    char *token; /* identity token, in place of a password */
};

void credentials_clear(struct credentials *credentials);
#define cleanup_credentials __attribute__((cleanup(credentials_clear)))

/* "https://localhost:5000/v2/" to "localhost:5000"; allocated. */
char *credentials_host(const char *server);

/* What is kept for a server; only `server` is set when nothing is. */
int credentials_find(const char *server, struct credentials *out, struct error *err);

/* *plain: they lie open in the configuration file. */
int credentials_store(const struct credentials *credentials, bool *plain, struct error *err);

/* Also when there were none. */
int credentials_erase(const char *server, struct error *err);

/* Header lines for a request that goes to the registry of an image (NULL: to Docker Hub), and for one that may go to any: the
 * build. What cannot be had is told on stderr, and the request goes without. Allocated. */
char *credentials_header(const struct image_name *image);
char *credentials_header_all(void);

/* {"username","password","serveraddress","identitytoken"}, as the engine wants it; a new reference. */
json_t *credentials_document(const struct credentials *credentials);

#endif

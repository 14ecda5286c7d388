/* Credentials as a registry wants them: the header Authorization for each request, with tokens that are got, kept and renewed
 * (distribution, "Token Authentication"; docs.docker.com/registry/spec/auth/). For registry.c alone. */
#ifndef SLIPWAY_IMAGE_REGISTRY_TOKEN_H
#define SLIPWAY_IMAGE_REGISTRY_TOKEN_H

#include "base/error.h"
#include "image/registry/challenge.h"
#include "image/registry/web.h"

#include <jansson.h>
#include <stdbool.h>

struct tokens;
/* `auth` as in struct registry_options. `url` is the registry's; credentials go to it and, over TLS or when it is `insecure`, to
 * its token server. */
struct tokens *tokens_new(struct web *web, const char *url, const json_t *auth, bool insecure);
void tokens_free(struct tokens *tokens);

/* What the registry asked for last. */
void tokens_challenge(struct tokens *tokens, const char *www_authenticate);
enum challenge_kind tokens_wanted(struct tokens *tokens);

/* The header's value for `scopes` ("repository:app:pull", several with a blank between), allocated; NULL without an error when
 * nothing is wanted. EACCES: "no basic auth credentials", or what the token server said. */
int tokens_authorize(struct tokens *tokens, const char *scopes, char **out, struct error *err);
/* The token for `scopes` was refused. */
void tokens_drop(struct tokens *tokens, const char *scopes);

/* Ask the token server whether the credentials are good; its refresh token, or "" (allocated). */
int tokens_login(struct tokens *tokens, char **identity, char **authorization, struct error *err);

#endif

/* What a registry asks for with 401: the header WWW-Authenticate (RFC 9110, 11.6.1), as far as registries use it. */
#ifndef SLIPWAY_IMAGE_REGISTRY_CHALLENGE_H
#define SLIPWAY_IMAGE_REGISTRY_CHALLENGE_H

enum challenge_kind { CHALLENGE_NONE, CHALLENGE_BASIC, CHALLENGE_BEARER };

struct challenge {
    enum challenge_kind kind;
    char *realm, *service, *scope, *error; /* NULL when not said */
};

/* The one that we can answer, Bearer before Basic; CHALLENGE_NONE when there is none, or for text that makes no sense. `text` may
 * hold several challenges, and the values of several headers joined by ", ". */
void challenge_parse(const char *text, struct challenge *out);
void challenge_clear(struct challenge *challenge);

#endif

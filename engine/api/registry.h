/* Shared by the handlers that reach registries. */
#ifndef SLIPWAY_API_REGISTRY_H
#define SLIPWAY_API_REGISTRY_H

#include "api/http.h"

/* The header X-Registry-Auth, decoded; a new reference. As with Docker, what makes no sense counts as none: NULL. */
json_t *registry_auth(const struct request *request);
/* The same of another header that holds an object as base64. */
json_t *registry_header(const struct request *request, const char *name);

/* The name of a request, with its parameter "tag" (a tag or a digest) instead of its own; allocated. *bare: neither said which. */
char *registry_name(const char *image, const char *tag, bool *bare, struct error *err);

enum MHD_Result images_pull(struct request *request);   /* registry.c */
enum MHD_Result images_search(struct request *request); /* search.c */
/* registry_documents.c */
enum MHD_Result distribution_inspect(struct request *request);
enum MHD_Result manifest_inspect(struct request *request);

#endif

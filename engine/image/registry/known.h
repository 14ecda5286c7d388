/* Which blobs hold which layers: what pulls and pushes have seen, kept as Docker keeps it below
 * <data-root>/image/overlay2/distribution/:
 *
 *   diffid-by-digest/sha256/<blob>        diff ID of the layer that the blob unpacks to
 *   v2metadata-by-diffid/sha256/<diff>    [{"Digest","SourceRepository","HMAC"}]: its blobs, and where they were seen, newest last
 *
 * A help against work done twice and no more: a missing or wrong entry costs an upload, and registries are always asked. */
#ifndef SLIPWAY_IMAGE_REGISTRY_KNOWN_H
#define SLIPWAY_IMAGE_REGISTRY_KNOWN_H

#include <jansson.h>

/* `repository`: "docker.io/library/busybox". Failures are logged. */
void known_add(const char *data_root, const char *diff, const char *digest, const char *repository);
/* Newest first; an empty array when nothing is known. A new reference. */
json_t *known_blobs(const char *data_root, const char *diff);

#endif

/* Image names as people write them: [registry/]name[:tag][@digest]. What is left out is filled in as Docker's client does it:
 * "busybox" is "docker.io/library/busybox". */
#ifndef SLIPWAY_CLI_IMAGE_NAME_H
#define SLIPWAY_CLI_IMAGE_NAME_H

#include "base/error.h"

#include <stdbool.h>

struct image_name {
    char *domain, *path; /* "docker.io", "library/busybox" */
    char *tag, *digest;  /* NULL when there is none */
};

/* EPROTO in Docker's words for what is none. */
int name_parse(const char *text, struct image_name *reference, struct error *err);
void name_clear(struct image_name *reference);
#define cleanup_image_name __attribute__((cleanup(name_clear)))

/* "docker.io/library/busybox"; the same as short as people may write it, "busybox"; and with tag and digest. Allocated. */
char *name_repository(const struct image_name *reference);
char *name_familiar_name(const struct image_name *reference);
char *name_text(const struct image_name *reference);
char *name_familiar(const struct image_name *reference);

/* Whether it is the whole ID of an image, with or without "sha256:". */
bool name_is_id(const char *text);

/* Gives it the tag "latest" when it has neither tag nor digest; true then. */
bool name_default_tag(struct image_name *reference);

/* "busybox" to "docker.io/library/busybox" and "latest"; both allocated. EEXIST for one with a digest. */
int name_split(const char *text, char **repository, char **tag, struct error *err);

#endif

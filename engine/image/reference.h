/* Names of images, read and written as Docker does (distribution's reference grammar).
 *
 *   reference := name [":" tag] ["@" digest]      name := [domain "/"] component ("/" component)*
 * "busybox" means docker.io/library/busybox and is shown as "busybox"; without tag and digest the tag is "latest".
 */
#ifndef SLIPWAY_IMAGE_REFERENCE_H
#define SLIPWAY_IMAGE_REFERENCE_H

#include "base/error.h"

#include <stdbool.h>

struct reference {
    char *name;     /* canonical: "docker.io/library/busybox" */
    char *familiar; /* as shown: "busybox" */
    char *tag;      /* NULL when there is a digest and no tag */
    char *digest;   /* "sha256:..." or NULL */
};

/* EINVAL with Docker's sentence ("invalid reference format", "... must be lowercase"). */
int reference_parse(const char *text, struct reference *out, struct error *err);
void reference_clear(struct reference *reference);

char *reference_text(const struct reference *reference); /* "busybox:latest"; allocated */

/* "sha256:" and 64 hexadecimal digits, or the digits alone. */
bool reference_is_id(const char *text);

#endif

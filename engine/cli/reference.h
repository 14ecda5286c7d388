/* Image names as people write them: [registry/]name[:tag][@digest]. What is left out is filled in as Docker's client does it:
 * "busybox" is "docker.io/library/busybox". */
#ifndef SLIPWAY_CLI_REFERENCE_H
#define SLIPWAY_CLI_REFERENCE_H

#include "base/error.h"

#include <stdbool.h>

struct reference {
    char *domain, *path; /* "docker.io", "library/busybox" */
    char *tag, *digest;  /* NULL when there is none */
};

/* EPROTO in Docker's words for what is none. */
int reference_parse(const char *text, struct reference *reference, struct error *err);
void reference_clear(struct reference *reference);
#define cleanup_reference __attribute__((cleanup(reference_clear)))

/* "docker.io/library/busybox"; the same as short as people may write it, "busybox"; and with tag and digest. Allocated. */
char *reference_name(const struct reference *reference);
char *reference_familiar_name(const struct reference *reference);
char *reference_text(const struct reference *reference);
char *reference_familiar(const struct reference *reference);

/* Whether it is the whole ID of an image, with or without "sha256:". */
bool reference_is_id(const char *text);

/* Gives it the tag "latest" when it has neither tag nor digest; true then. */
bool reference_default_tag(struct reference *reference);

/* "busybox" to "docker.io/library/busybox" and "latest"; both allocated. EEXIST for one with a digest. */
int reference_split(const char *text, char **repository, char **tag, struct error *err);

#endif

/* For which machine an image is: "linux/arm64/v8", read and compared as containerd does (platforms.Only). */
#ifndef SLIPWAY_IMAGE_REGISTRY_PLATFORM_H
#define SLIPWAY_IMAGE_REGISTRY_PLATFORM_H

#include "base/error.h"

#include <jansson.h>

enum { PLATFORM_TEXT = 40 };

struct platform {
    char os[PLATFORM_TEXT], architecture[PLATFORM_TEXT], variant[PLATFORM_TEXT];
};

void platform_here(struct platform *out);
/* "os[/architecture[/variant]]", or an architecture alone; NULL or "" is this machine's. Other names of architectures ("x86_64",
 * "armhf") are brought into Go's. EINVAL in containerd's words. */
int platform_parse(const char *text, struct platform *out, struct error *err);
/* {"os","architecture","variant"} of an index's entry or of an image's configuration. */
void platform_of(const json_t *doc, struct platform *out);
/* How well `offered` runs where `wanted` is asked for: 0 is the same, more is worse, -1 does not run. */
int platform_rank(const struct platform *wanted, const struct platform *offered);
void platform_text(const struct platform *platform, char out[3 * PLATFORM_TEXT]);

#endif

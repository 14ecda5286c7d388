/* What this machine is called in images: Go's names, as OCI's image spec has them. */
#ifndef SLIPWAY_IMAGE_PLATFORM_H
#define SLIPWAY_IMAGE_PLATFORM_H

const char *platform_architecture(void); /* "amd64" */

#endif

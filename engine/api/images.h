/* Shared by the handlers of /images. */
#ifndef SLIPWAY_API_IMAGES_H
#define SLIPWAY_API_IMAGES_H

#include "api/http.h"
#include "image/image.h"

/* A running container that needs the image, or else any. `data` is the engine; for image_remove. */
bool image_in_use(const char *id, struct image_user *user, void *data);
/* Events for what image_remove did. */
void image_tell_removed(struct engine *engine, const json_t *records);

enum MHD_Result images_list(struct request *request);
enum MHD_Result images_prune(struct request *request);

#endif

/* The images that come with the program ("images" in base/files.h): imported once into a data root, again when the file is a newer
 * one, never when the person has removed them. */
#ifndef SLIPWAY_DAEMON_SHIPPED_H
#define SLIPWAY_DAEMON_SHIPPED_H

#include "daemon/engine.h"

/* In the background; sets engine->images_ready and rings engine->changed when done. */
void shipped_load(struct engine *engine);

#endif

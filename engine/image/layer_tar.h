/* Inside the image store: layers checked against their tar-splits. See layer.h for what others may do with them. */
#ifndef SLIPWAY_IMAGE_LAYER_TAR_H
#define SLIPWAY_IMAGE_LAYER_TAR_H

#include "base/error.h"

#define TAR_SPLIT_FILE "tar-split.json.gz"

/* Is the tar of the layer with this record and these files (descriptors of directories) still the one with this diff ID? EIO says
 * what is wrong. Reads every file. */
int layer_tar_check(int record, int files, const char *diff, struct error *err);

/* The tar of a layer with this record and these files, written to `out`. */
int layer_tar_write(int record, int files, int out, struct error *err);

#endif

/* Tars of files as answers. */
#ifndef SLIPWAY_API_ARCHIVE_H
#define SLIPWAY_API_ARCHIVE_H

#include "api/http.h"
#include "image/view.h"

/* What `tar` gives (it is taken over); broken off when it turns out not to be whole. `stat_text` may be NULL: the header that tells
 * of a path in a container. */
enum MHD_Result reply_tar(struct request *request, const char *type, const char *stat_text, struct view_tar *tar);

/* GET /slipway/images/{name}/files: all that a container of the image would begin with, without what an engine adds to it. */
enum MHD_Result image_files(struct request *request);

#endif

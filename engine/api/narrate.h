/* Work that takes long and tells of itself: pull, push. It runs in a thread of its own while the connection's thread sends the
 * lines of progress, each a JSON object and CR LF, as Docker does. What fails before the first line is an ordinary error answer;
 * later it is the last line. When the client leaves, the work is asked to stop. */
#ifndef SLIPWAY_API_NARRATE_H
#define SLIPWAY_API_NARRATE_H

#include "api/http.h"
#include "daemon/progress.h"

/* `work` returns 0 or -err->code; `done` frees `data` and is called in any case. */
enum MHD_Result reply_narrated(struct request *request,
                               int (*work)(struct engine *engine, void *data, const struct progress *progress, struct error *err),
                               void (*done)(void *data), void *data);

#endif

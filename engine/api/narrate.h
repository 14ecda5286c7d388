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

/* The same with `abandon`, which is called (from another thread) when the client has left before the end: for work that waits for
 * something else than its progress. */
struct narrated {
    int (*work)(struct engine *engine, void *data, const struct progress *progress, struct error *err);
    void (*abandon)(void *data);
    void (*done)(void *data);
    void *data;
};
enum MHD_Result reply_narrated_as(struct request *request, const struct narrated *narrated);

/* Whole lines that are written already, CR LF included. Waits while the client is slow, so that they never fill the memory. */
void narrate_text(const struct progress *progress, const char *text, size_t len);

#endif

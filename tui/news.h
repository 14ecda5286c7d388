/* What happens in the engine, as it happens: the stream of GET /events, for screens that show things which come and go.
 *
 * One stream for each screen on show that wants it; nothing is asked for again and again. It ends with the engine; want it again
 * from tick() then.
 */
#ifndef SLIPWAY_TUI_NEWS_H
#define SLIPWAY_TUI_NEWS_H

#include "base/strings.h"
#include "tui/app.h"

#include <jansson.h>

struct news {
    void (*event)(struct app *app, void *owner, json_t *event); /* borrowed. With NULL: (again) connected, look at everything */
    void *owner;
    long long since_ns; /* also what happened from this moment on (since the epoch); 0: from now */
    struct client_feed *feed;
    struct watch watch;
    bool opening;
    struct buf raw;
    char error[300];
};

void news_want(struct app *app, struct news *news); /* open it unless it is open, or the engine is away */
bool news_open(const struct news *news);
void news_close(struct app *app, struct news *news);

#endif

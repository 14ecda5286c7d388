/* The handlers of /containers, spread over containers_*.c; the table is in containers.c. */
#ifndef SLIPWAY_API_CONTAINERS_H
#define SLIPWAY_API_CONTAINERS_H

#include "api/http.h"

enum MHD_Result containers_list(struct request *request);
enum MHD_Result containers_create(struct request *request);
enum MHD_Result containers_inspect(struct request *request);
enum MHD_Result containers_start(struct request *request);
enum MHD_Result containers_stop(struct request *request);
enum MHD_Result containers_restart(struct request *request);
enum MHD_Result containers_kill(struct request *request);
enum MHD_Result containers_pause(struct request *request);
enum MHD_Result containers_unpause(struct request *request);
enum MHD_Result containers_rename(struct request *request);
enum MHD_Result containers_resize(struct request *request);
enum MHD_Result containers_wait(struct request *request);
enum MHD_Result containers_remove(struct request *request);
enum MHD_Result containers_logs(struct request *request);
enum MHD_Result containers_attach(struct request *request);
enum MHD_Result containers_attach_websocket(struct request *request);
enum MHD_Result containers_top(struct request *request);
enum MHD_Result containers_stats(struct request *request);

/* One entry of GET /containers/json appended to `out`, and the published ports of a container as that list has them. The memo
 * spares a list the search for an image that many of its containers share; zeroed at first, and no longer in use than the
 * containers. */
struct summary_memo {
    const char *image, *image_id;
    bool same;
};
void container_put_summary(struct buf *out, struct instance *instance, bool size, struct summary_memo *memo);
json_t *container_ports(struct instance *instance);
void container_put_sizes(json_t *doc, struct instance *instance); /* SizeRw, SizeRootFs: walks all layers */
enum MHD_Result containers_update(struct request *request);

#endif

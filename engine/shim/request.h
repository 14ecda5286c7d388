/* What the shim can be asked: one JSON object a line.
 *
 *   {"op":"start"} {"op":"state"} {"op":"events"} {"op":"release"} {"op":"pause","paused":bool}
 *   {"op":"attach","exec":ID|null,"in":bool,"out":bool,"err":bool}
 *   {"op":"exec-prepare","exec":ID,"process":{...},"stdin":bool} {"op":"exec-start","exec":ID}
 *   {"op":"signal","exec":ID|null,"signal":N,"all":bool} {"op":"resize","exec":ID|null,"rows":N,"columns":N}
 *
 * The reply is {"ok":true,...} or {"ok":false,"code":errno,"error":"..."}. After the reply to "events" the shim writes one
 * event a line; after the one to "attach" the connection carries the streams.
 */
#ifndef SLIPWAY_SHIM_REQUEST_H
#define SLIPWAY_SHIM_REQUEST_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum shim_op {
    SHIM_OP_START,
    SHIM_OP_STATE,
    SHIM_OP_EVENTS,
    SHIM_OP_RELEASE,
    SHIM_OP_PAUSE,
    SHIM_OP_ATTACH,
    SHIM_OP_EXEC_PREPARE,
    SHIM_OP_EXEC_START,
    SHIM_OP_SIGNAL,
    SHIM_OP_RESIZE,
    SHIM_OPS
};

struct shim_request {
    json_t *doc; /* owns what the pointers below borrow */
    enum shim_op op;
    const char *exec; /* NULL: the init */
    json_t *process;
    bool in, out, err, input, all, paused;
    int signal;
    int rows, columns;
};

/* EPROTO on anything that is not exactly a request: unknown members, wrong types and numbers out of range included. */
int shim_request_parse(const char *text, size_t len, struct shim_request *out, struct error *err);
void shim_request_free(struct shim_request *request);

#endif

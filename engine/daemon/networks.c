/* Networks as the engine offers them: made and removed, each with its event. */
#include "daemon/events.h"
#include "daemon/lifecycle.h"
#include "daemon/release.h"

#include <errno.h>

static void tell(struct engine *engine, struct network *network, const char *action)
{
    event_emit(engine, "network", action, network_id(network),
               json_pack("{s:s, s:s}", "name", network_name(network), "type", network_driver(network)));
}

int network_make(struct engine *engine, const json_t *document, struct network **out, struct error *err)
{
    int rc = networks_create(engine->networks, document, out, NULL, err);
    if (rc == 0)
        tell(engine, *out, "create");
    return rc;
}

int network_destroy(struct engine *engine, struct network *network, struct error *err)
{
    int rc = networks_remove(engine->networks, network, NULL, err);
    if (rc == -EPERM && release_wait(engine, NULL)) {
        if (err)
            *err = ERROR_INIT;
        rc = networks_remove(engine->networks, network, NULL, err);
    }
    if (rc == 0)
        tell(engine, network, "destroy");
    return rc;
}

/* Looking into the engine's table of abilities. */
#include "labs/abilities.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

char *abilities_lacking(const json_t *abilities, const struct lab *lab)
{
    for (char **need = lab->host_needs; abilities && need && *need; need++) {
        const json_t *entry = json_object_get(abilities, *need);
        if (!json_flag(entry, "able", false))
            return str_format("%s: %s", *need, json_str(entry, "reason", "this engine does not know it"));
    }
    return NULL;
}

char *host_lacks(const char *host, const struct lab *lab)
{
    cleanup_json json_t *abilities = NULL;
    if (!lab->host_needs)
        return NULL;
    struct client *client = client_new(host);
    struct error err = ERROR_INIT;
    client_call(client, "GET", "/slipway/sandboxes/abilities", NULL, &abilities, &err);
    client_free(client);
    return abilities_lacking(abilities, lab);
}

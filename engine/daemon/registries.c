/* From the daemon's settings to a registry that answers. */
#include "daemon/registries.h"

#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *registry_domain(const struct reference *reference) { return xstrndup(reference->name, strcspn(reference->name, "/")); }
const char *registry_repository(const struct reference *reference) { return strchr(reference->name, '/') + 1; }

static bool cancelled(void *data) { return progress_cancelled(data); }

static int stall_seconds(void)
{
    long long seconds = 0;
    const char *text = getenv("SLIPWAY_REGISTRY_STALL");
    return text && str_to_int(text, &seconds) && seconds > 0 && seconds < 3600 ? (int)seconds : 0;
}

int registries_try(struct engine *engine, const struct registries_request *request,
                   int (*work)(struct registry *registry, void *data, struct error *err), void *data, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    size_t count;
    cleanup_json json_t *settings = engine_settings(engine);
    cleanup_json json_t *insecure = json_copy(json_object_get(settings, "insecure-registries"));
    if (request->insecure && !json_is_array(insecure))
        insecure = json_array();
    if (request->insecure)
        json_array_append_new(insecure, json_string(request->domain));
    struct place *places =
        places_of(request->domain, insecure, json_object_get(settings, "registry-mirrors"), request->pulling, &count);
    int r = -EIO;
    for (size_t i = 0; i < count; i++) {
        const struct registry_options options = {.place = &places[i],
                                                 .auth = request->auth,
                                                 .certs = getenv("SLIPWAY_CERTS_D"),
                                                 .attempts = (int)json_num(settings, "max-download-attempts", 0),
                                                 .stall = stall_seconds(),
                                                 .cancelled = cancelled,
                                                 .data = (void *)request->progress};
        *err = ERROR_INIT;
        struct registry *registry = registry_open(&options, err);
        bool reached = registry != NULL;
        r = reached ? work(registry, data, err) : -err->code;
        registry_close(registry);
        if (r >= 0 || err->code == ECANCELED || (reached && !places[i].mirror))
            break;
        if (i + 1 < count)
            log_info("%s: %s; trying %s", places[i].url, err->message, places[i + 1].url);
    }
    places_free(places, count);
    return r;
}

/* POST /auth: are these credentials good for this registry? Asked of the registry itself, or of the token server that it names;
 * nothing is kept here, clients keep credentials. */
#include "api/http.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/registries.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "https://index.docker.io/v1/", "127.0.0.1:5000", "http://registry.example" */
static char *domain_of(const char *server)
{
    const char *sep = strstr(server, "://"), *rest = sep ? sep + 3 : server;
    size_t len = strcspn(rest, "/");
    return len ? xstrndup(rest, len) : xstrdup("docker.io");
}

static int login(struct registry *registry, void *data, struct error *err) { return registry_login(registry, data, err); }

static enum MHD_Result auth(struct request *request)
{
    struct error err = ERROR_INIT;
    cleanup_free char *domain = domain_of(json_str(request->json, "serveraddress", "")), *identity = NULL;
    const struct registries_request where = {.domain = domain, .auth = request->json};
    int r = registries_try(request->engine, &where, login, &identity, &err);
    if (r == 0)
        return reply_json(request, 200, json_pack("{s:s, s:s}", "IdentityToken", identity, "Status", "Login Succeeded"));
    return reply_status(request, err.code == EPERM ? 401 : 500, err.message);
}

const struct route auth_routes[] = {{"POST", "/auth", auth, BODY_JSON, NULL}, {0}};

/* docker pull. */
#include "daemon/pull.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"

#include <errno.h>
#include <string.h>

int image_pull(struct engine *engine, const struct pull_request *request, const struct progress *progress, struct error *err)
{
    (void)engine;
    (void)progress;
    return error_set(err, ENOSYS, "pulling %s is not possible: this version of slipway has no registry client", request->image);
}

const json_t *pull_auth_of(const json_t *auths, const char *image)
{
    struct reference reference;
    if (reference_parse(image, &reference, NULL) < 0) {
        reference_clear(&reference);
        return NULL;
    }
    cleanup_free char *host = xstrndup(reference.name, strcspn(reference.name, "/"));
    reference_clear(&reference);
    return json_object_get(auths, str_equal(host, "docker.io") ? "https://index.docker.io/v1/" : host);
}

/* Docker's commands that Slipway does not have yet. Naming them beats calling them unknown: whoever follows a course learns that
 * the command exists and is missing here. A row goes when its command comes; a row of commands.c hides one of the same name. */
#include "cli/catalog.h"

#include "base/memory.h"

#include <string.h>

static const struct {
    const char *spellings; /* a word alone stands for all commands that begin with it */
    const char *what;
} LATER[] = {
    {"buildx, buildx bake, buildx create, buildx du, buildx imagetools, buildx inspect, buildx ls, buildx rm, buildx use, buildx "
     "version",
     "BuildKit's builders; `build` is here"},
    {"manifest, manifest annotate, manifest create, manifest push, manifest rm", "manifest lists"},
    {"trust, trust sign", "signed images"},
    {"volume update", "volumes of a cluster"},
    {"swarm, node, service, stack, config, secret", "clusters"},
    {"compose", "applications of several containers"},
    {"context create, context export, context import, context rm, context update", "contexts of your own"},
    {"plugin create, plugin push, plugin set, plugin upgrade", "plugins"},
    {"checkpoint", "checkpoints"},
    {"system dial-stdio", "tunnels to an engine"},
};

const char *catalog_later(const char *spelling)
{
    size_t want = strlen(spelling);
    for (size_t i = 0; i < ARRAY_LEN(LATER); i++)
        for (const char *p = LATER[i].spellings; *p;) {
            size_t len = strcspn(p, ",");
            if (len == want && strncmp(p, spelling, want) == 0)
                return LATER[i].what;
            p += len;
            p += strspn(p, ", ");
        }
    return NULL;
}

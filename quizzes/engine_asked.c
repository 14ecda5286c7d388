/* Which engine questions are asked about. */
#include "quizzes/engine_asked.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "client/client.h"
#include "quizzes/bank/engine_range.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BY_YEAR = 17 }; /* Docker counts its versions by the year from 17.03 on, and goes on from there */

/* The first engine that spoke each API 1.x: docs.docker.com, "Engine API", its table of versions. */
static const struct {
    int api;
    const char *version;
} speakers[] = {{39, "18.09"}, {40, "19.03"}, {41, "20.10"}, {42, "23.0"}, {43, "24.0"},
                {44, "25.0"},  {45, "26.0"},  {46, "27.0"},  {48, "28.0"}, {52, "29.0"}};

char *engine_version_of(const json_t *answer)
{
    const char *version = json_str(answer, "Version", ""), *api = json_str(answer, "ApiVersion", ""), *speaker = NULL;
    if (atoi(version) >= FIRST_BY_YEAR)
        return xstrndup(version, strspn(version, "0123456789."));
    for (size_t i = 0; str_starts(api, "1.") && i < ARRAY_LEN(speakers); i++)
        if (speakers[i].api <= atoi(api + 2))
            speaker = speakers[i].version;
    return speaker ? xstrdup(speaker) : NULL;
}

static char *version_here(const char *host, struct error *err)
{
    struct client *client = client_new(host);
    cleanup_json json_t *answer = NULL;
    int r = client_call(client, "GET", "/version", NULL, &answer, err);
    client_free(client);
    char *version = r < 0 ? NULL : engine_version_of(answer);
    if (r == 0 && !version)
        error_set(err, EPROTO, "the engine does not say its version; name one, as --engine 20.10");
    return version;
}

int engine_ask(const char *said, const char *host, json_t *request, struct error *err)
{
    if (!said)
        return 0;
    cleanup_free char *here = NULL;
    if (str_equal(said, "here") && !(here = version_here(host, err)))
        return -err->code;
    json_object_set_new(request, "engine", json_string(here ? here : said));
    return 0;
}

char *engine_told(const json_t *reply)
{
    const char *engine = json_str(reply, "engine", ENGINE_ANY);
    return str_equal(engine, ENGINE_ANY) ? NULL : str_format("Questions that are true for Docker %s", engine);
}

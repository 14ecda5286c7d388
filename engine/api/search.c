/* GET /images/search: Docker Hub's search, or that of a registry with the old /v1/search; the registry does it, we filter. */
#include "api/registry.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/settings.h"
#include "image/registry/registry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SEARCH_HOST "index.docker.io"
enum { LIMIT_DEFAULT = 25, LIMIT_MOST = 100, ANSWER_MOST = 1024 * 1024 };

struct wanted {
    int automated, official; /* 1, 0, or -1: either */
    long long stars;
};

static int read_flag(const json_t *filters, const char *key, int *out, struct error *err)
{
    const char *value = json_string_value(json_array_get(json_object_get(filters, key), 0));
    *out = -1;
    if (!value)
        return 0;
    bool yes = str_equal(value, "1") || str_equal(value, "true"), no = str_equal(value, "0") || str_equal(value, "false");
    *out = yes;
    return yes || no ? 0 : error_set(err, EINVAL, "Invalid filter '%s=%.100s'", key, value);
}

static int read_filters(const struct request *request, struct wanted *out, struct error *err)
{
    static const char *const known[] = {"is-automated", "is-official", "stars", NULL};
    cleanup_json json_t *filters = query_filters(request, err);
    const char *key;
    json_t *values, *value;
    size_t i;
    if (!filters)
        return -err->code;
    json_object_foreach(filters, key, values)
    {
        if (!strv_has((char *const *)known, key))
            return error_set(err, EINVAL, "Invalid filter '%.100s'", key);
    }
    int r = read_flag(filters, "is-automated", &out->automated, err);
    if (r == 0)
        r = read_flag(filters, "is-official", &out->official, err);
    json_array_foreach(json_object_get(filters, "stars"), i, value)
    {
        long long stars;
        if (r < 0 || !str_to_int(str_or(json_string_value(value), ""), &stars))
            return r < 0 ? r : error_set(err, EINVAL, "Invalid filter 'stars=%.100s'", str_or(json_string_value(value), ""));
        out->stars = stars > out->stars ? stars : out->stars;
    }
    return r;
}

/* "registry.example:5000/app" is searched there; everything else at Docker Hub. */
static const char *split_term(const char *term, char **host)
{
    const char *slash = strchr(term, '/');
    size_t first = slash ? (size_t)(slash - term) : 0;
    bool named = slash && (memchr(term, '.', first) || memchr(term, ':', first) || (first == 9 && !memcmp(term, "localhost", 9)));
    bool hub = named && ((first == 9 && !memcmp(term, "docker.io", 9)) || (first == 15 && !memcmp(term, SEARCH_HOST, 15)));
    *host = named && !hub ? xstrndup(term, first) : xstrdup(SEARCH_HOST);
    return named ? slash + 1 : str_starts(term, "library/") ? term + strlen("library/") : term;
}

static int ask_place(const struct place *place, const char *query_text, struct web_answer *answer, struct error *err)
{
    cleanup_free char *certs = str_format("%s/%s", str_or(getenv("SLIPWAY_CERTS_D"), "/etc/docker/certs.d"), place->host);
    const struct web_options options = {.certs = certs, .insecure = place->insecure};
    struct web *web = web_new(&options, err);
    if (!web)
        return -err->code;
    cleanup_free char *url = str_format("%s/v1/search?%s", place->url, query_text);
    const struct web_request request = {.method = "GET", .url = url, .most = ANSWER_MOST};
    int r = web_ask(web, &request, answer, err);
    web_free(web);
    return r;
}

static json_t *results_of(const struct web_answer *answer, struct error *err)
{
    const char *text = str_or(answer->body.data, "");
    if (answer->status != 200) {
        error_set(err, EIO, "Unexpected status code %d", answer->status);
        return NULL;
    }
    cleanup_json json_t *doc =
        json_deeper(text, answer->body.len, JSON_DEPTH_MOST) ? NULL : json_loadb(text, answer->body.len, 0, NULL);
    json_t *results = json_object_get(doc, "results");
    if (!json_is_array(results)) {
        error_set(err, EPROTO, "error decoding registry search results: no list of results");
        return NULL;
    }
    return json_incref(results);
}

static json_t *search(struct request *request, const char *term, long long limit, struct error *err)
{
    cleanup_free char *host = NULL;
    cleanup_free char *escaped = url_escape(split_term(term, &host)), *text = str_format("q=%s&n=%lld", escaped, limit);
    json_t *insecure = engine_setting(request->engine, "insecure-registries"), *results = NULL;
    struct web_answer answer = {0};
    size_t count;
    struct place *places = places_of(host, insecure, NULL, false, &count);
    if (str_equal(host, SEARCH_HOST)) { /* images are elsewhere than where they are searched */
        free(places[0].url);
        places[0].url = xstrdup("https://" SEARCH_HOST);
    }
    json_decref(insecure);
    int r = -EIO;
    for (size_t i = 0; i < count && r < 0; i++) {
        *err = ERROR_INIT;
        r = ask_place(&places[i], text, &answer, err);
    }
    if (r == 0)
        results = results_of(&answer, err);
    web_answer_clear(&answer);
    places_free(places, count);
    return results;
}

static bool matches(const struct wanted *wanted, const json_t *result)
{
    return (wanted->automated < 0 || wanted->automated == json_flag(result, "is_automated", false)) &&
           (wanted->official < 0 || wanted->official == json_flag(result, "is_official", false)) &&
           json_num(result, "star_count", 0) >= wanted->stars;
}

enum MHD_Result images_search(struct request *request)
{
    struct error err = ERROR_INIT;
    struct wanted wanted = {0};
    long long limit;
    if (!query_number(request, "limit", 0, &limit, &err) || read_filters(request, &wanted, &err) < 0)
        return reply_error(request, &err);
    if (limit < 0 || limit > LIMIT_MOST) {
        error_set(&err, EINVAL, "Limit %lld is outside the range of [1, %d]", limit, LIMIT_MOST);
        return reply_error(request, &err);
    }
    cleanup_json json_t *results = search(request, str_or(query(request, "term"), ""), limit ? limit : LIMIT_DEFAULT, &err);
    if (!results)
        return reply_error(request, &err);
    json_t *found = json_array(), *result;
    size_t i;
    json_array_foreach(results, i, result)
    {
        if (matches(&wanted, result))
            json_array_append_new(found,
                                  json_pack("{s:I,s:b,s:s,s:b,s:s}", "star_count", (json_int_t)json_num(result, "star_count", 0),
                                            "is_official", json_flag(result, "is_official", false), "name",
                                            json_str(result, "name", ""), "is_automated", json_flag(result, "is_automated", false),
                                            "description", json_str(result, "description", "")));
    }
    return reply_json(request, 200, found);
}

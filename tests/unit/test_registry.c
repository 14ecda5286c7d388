/* What a registry says, and what is made of it: challenges, manifests, platforms, errors, addresses, what is remembered. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/progress.h"
#include "image/registry/challenge.h"
#include "image/registry/gzip.h"
#include "image/registry/known.h"
#include "image/registry/registry.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static struct challenge challenge(const char *text)
{
    struct challenge out;
    challenge_parse(text, &out);
    return out;
}

static void a_bearer_challenge_says_whom_to_ask(void **state)
{
    (void)state;
    struct challenge found = challenge(
        "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:a/b:pull,push\"");
    assert_int_equal(found.kind, CHALLENGE_BEARER);
    assert_string_equal(found.realm, "https://auth.docker.io/token");
    assert_string_equal(found.service, "registry.docker.io");
    assert_string_equal(found.scope, "repository:a/b:pull,push");
    assert_null(found.error);
    challenge_clear(&found);
}

static void challenges_are_read_in_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum challenge_kind kind;
        const char *realm;
    } cases[] = {
        {"Basic realm=\"a \\\"quoted\\\" one\"", CHALLENGE_BASIC, "a \"quoted\" one"},
        {"basic REALM=plain", CHALLENGE_BASIC, "plain"},
        {"Basic", CHALLENGE_BASIC, NULL},
        {"Basic realm=\"b\", Bearer realm=\"http://t\"", CHALLENGE_BEARER, "http://t"},
        {"Bearer realm=\"http://t\", Basic realm=\"b\"", CHALLENGE_BEARER, "http://t"},
        {"Negotiate, NTLM abcd==, Basic realm=\"b\"", CHALLENGE_BASIC, "b"},
        {"Bearer realm=http://no/quotes,service=x", CHALLENGE_BEARER, "http://no/quotes"},
        {"  ,, Bearer   realm = \"http://t\" ", CHALLENGE_BEARER, "http://t"},
        {"Bearer service=\"nobody to ask\"", CHALLENGE_NONE, NULL},
        {"Bearer realm=\"unfinished", CHALLENGE_BEARER, "unfinished"},
        {"Digest realm=\"d\", nonce=\"n\"", CHALLENGE_NONE, NULL},
        {"\"\"\"===,,\x01\xff", CHALLENGE_NONE, NULL},
        {"", CHALLENGE_NONE, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct challenge found = challenge(cases[i].text);
        assert_int_equal(found.kind, cases[i].kind);
        if (cases[i].realm)
            assert_string_equal(found.realm, cases[i].realm);
        challenge_clear(&found);
    }
}

static void platforms_are_normalised(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"linux/amd64", "linux/amd64"},     {"linux/x86_64", "linux/amd64"}, {"linux/aarch64", "linux/arm64"},
        {"linux/arm64/v8", "linux/arm64"},  {"linux/arm", "linux/arm/v7"},   {"linux/arm/6", "linux/arm/v6"},
        {"linux/armhf", "linux/arm/v7"},    {"s390x", "linux/s390x"},        {"LINUX/AMD64", "linux/amd64"},
        {"windows/amd64", "windows/amd64"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct platform platform;
        char text[3 * PLATFORM_TEXT];
        assert_int_equal(platform_parse(cases[i][0], &platform, NULL), 0);
        platform_text(&platform, text);
        assert_string_equal(text, cases[i][1]);
    }
    static const char *const bad[] = {"linux/", "/amd64", "a/b/c/d", "linux/am d64", "no-such-thing", "linux/amd64/../x"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct platform platform;
        struct error err = ERROR_INIT;
        assert_int_equal(platform_parse(bad[i], &platform, &err), -EINVAL);
    }
}

static int rank(const char *wanted, const char *offered)
{
    struct platform a, b;
    assert_int_equal(platform_parse(wanted, &a, NULL), 0);
    assert_int_equal(platform_parse(offered, &b, NULL), 0);
    return platform_rank(&a, &b);
}

static void what_runs_is_ranked(void **state)
{
    (void)state;
    assert_int_equal(rank("linux/amd64", "linux/amd64"), 0);
    assert_int_equal(rank("linux/amd64", "linux/arm64"), -1);
    assert_int_equal(rank("linux/amd64", "windows/amd64"), -1);
    assert_true(rank("linux/arm/v7", "linux/arm/v6") > rank("linux/arm/v7", "linux/arm/v7"));
    assert_int_equal(rank("linux/arm/v6", "linux/arm/v7"), -1);
    assert_true(rank("linux/arm64", "linux/arm/v7") > rank("linux/arm64", "linux/arm64/v8"));
    assert_int_equal(rank("linux/s390x", "linux/s390x"), 0);
}

#define DIGEST(c)                                                                                                                  \
    "sha256:" c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c  \
        c c c c c c

static char *index_of(const char *entries)
{
    return str_format("{\"schemaVersion\":2,\"mediaType\":\"" TYPE_OCI_INDEX "\",\"manifests\":[%s]}", entries);
}

#define ENTRY(c, platform)    "{\"mediaType\":\"" TYPE_OCI_MANIFEST "\",\"size\":7,\"digest\":\"" DIGEST(c) "\"" platform "}"
#define ON(os, arch, variant) ",\"platform\":{\"os\":\"" os "\",\"architecture\":\"" arch "\"" variant "}"

/* First digit of the digest of the entry that is chosen; 0 when none is. */
static char chosen(const char *entries, const char *wanted)
{
    struct manifest index;
    struct descriptor descriptor;
    struct platform platform;
    struct error err = ERROR_INIT;
    cleanup_free char *text = index_of(entries);
    assert_int_equal(manifest_parse(text, strlen(text), TYPE_OCI_INDEX, &index, NULL), 0);
    assert_true(index.index);
    platform_parse(wanted, &platform, NULL);
    int r = manifest_choose(&index, &platform, &descriptor, &err);
    manifest_clear(&index);
    if (r < 0) {
        assert_int_equal(r, -ENOENT);
        return 0;
    }
    char first = descriptor.digest[7];
    descriptor_clear(&descriptor);
    return first;
}

static void an_index_leads_to_the_image_for_the_machine(void **state)
{
    (void)state;
    const char *all =
        ENTRY("a", ON("linux", "arm", ",\"variant\":\"v6\"")) "," ENTRY("b", ON("linux", "arm", ",\"variant\":\"v7\"")) "," ENTRY(
            "c", ON("linux", "arm64",
                    ",\"variant\":\"v8\"")) "," ENTRY("d", ON("unknown", "unknown",
                                                              "")) "," ENTRY("e", ON("linux", "amd64",
                                                                                     "")) "," ENTRY("f", ON("linux", "amd64", ""));
    assert_int_equal(chosen(all, "linux/amd64"), 'e'); /* the first of equals */
    assert_int_equal(chosen(all, "linux/arm64"), 'c');
    assert_int_equal(chosen(all, "linux/arm/v7"), 'b');
    assert_int_equal(chosen(all, "linux/arm/v6"), 'a');
    assert_int_equal(chosen(all, "linux/s390x"), 0);
    assert_int_equal(chosen("", "linux/amd64"), 0);
    assert_int_equal(chosen(ENTRY("1", "") "," ENTRY("2", ON("linux", "amd64", "")), "linux/amd64"), '2');
    assert_int_equal(chosen(ENTRY("1", "") "," ENTRY("2", ON("linux", "arm64", "")), "linux/amd64"), '1');
}

static void a_manifest_is_written_as_docker_writes_it(void **state)
{
    (void)state;
    struct descriptor config = {.digest = DIGEST("1"), .type = TYPE_CONFIG, .size = 1457};
    struct descriptor layers[] = {{.digest = DIGEST("2"), .type = TYPE_LAYER, .size = 764619},
                                  {.digest = DIGEST("3"), .type = TYPE_LAYER, .size = 32}};
    struct manifest back;
    cleanup_free char *one = manifest_write(&config, layers, 1);
    assert_int_equal(strlen(one), 527); /* as `docker push` says of an image of one layer */
    assert_true(str_starts(one, "{\n   \"schemaVersion\": 2,\n   \"mediaType\": \"" TYPE_MANIFEST
                                "\",\n   \"config\": {\n      \"mediaType\": "));
    assert_true(str_ends(one, "\"\n      }\n   ]\n}"));
    cleanup_free char *two = manifest_write(&config, layers, 2);
    assert_int_equal(manifest_parse(two, strlen(two), TYPE_MANIFEST, &back, NULL), 0);
    assert_int_equal(back.count, 2);
    assert_int_equal(back.layers[1].size, 32);
    assert_string_equal(back.config.digest, config.digest);
    manifest_clear(&back);
}

static void refused(const char *text, const char *type, const char *why)
{
    struct manifest manifest;
    struct error err = ERROR_INIT;
    assert_int_equal(manifest_parse(text, strlen(text), type, &manifest, &err), -EPROTO);
    if (!strstr(err.message, why))
        fail_msg("\"%s\" is not in \"%s\"", why, err.message);
}

#define IMAGE(config, layers)                                                                                                      \
    "{\"schemaVersion\":2,\"mediaType\":\"" TYPE_MANIFEST "\",\"config\":" config ",\"layers\":" layers "}"
#define GOOD_CONFIG "{\"mediaType\":\"" TYPE_CONFIG "\",\"size\":1,\"digest\":\"" DIGEST("1") "\"}"
#define GOOD_LAYER  "{\"mediaType\":\"" TYPE_LAYER "\",\"size\":1,\"digest\":\"" DIGEST("2") "\"}"

static void manifests_that_lie_are_refused(void **state)
{
    (void)state;
    refused("", NULL, "not valid");
    refused("[]", TYPE_MANIFEST, "no JSON object");
    refused("{\"schemaVersion\":1}", NULL, "schema 1");
    refused("{\"schemaVersion\":3,\"mediaType\":\"" TYPE_MANIFEST "\"}", NULL, "schemaVersion");
    refused(IMAGE(GOOD_CONFIG, "[" GOOD_LAYER "]"), TYPE_OCI_INDEX, "mediaType in manifest should be");
    refused(IMAGE(GOOD_CONFIG, "[]"), TYPE_MANIFEST, "without layers");
    refused(IMAGE(GOOD_CONFIG, "7"), TYPE_MANIFEST, "without layers");
    refused(IMAGE("7", "[" GOOD_LAYER "]"), TYPE_MANIFEST, "config is no descriptor");
    refused(IMAGE(GOOD_CONFIG, "[{\"size\":1,\"digest\":\"sha512:00\"}]"), TYPE_MANIFEST, "only sha256");
    refused(IMAGE(GOOD_CONFIG, "[{\"size\":-1,\"digest\":\"" DIGEST("2") "\"}]"), TYPE_MANIFEST, "has no size");
    refused(IMAGE(GOOD_CONFIG, "[{\"mediaType\":\"x/y\",\"size\":1,\"digest\":\"" DIGEST("2") "\"}]"), TYPE_MANIFEST,
            "unsupported media type");
    refused(IMAGE("{\"size\":99999999,\"digest\":\"" DIGEST("1") "\"}", "[" GOOD_LAYER "]"), TYPE_MANIFEST, "more than");
    refused(IMAGE(GOOD_CONFIG, "[{\"mediaType\":\"" TYPE_LAYER "\",\"size\":9000000000000000000,\"digest\":\"" DIGEST("2") "\"}]"),
            TYPE_MANIFEST, "are not taken");
    refused("{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}", NULL, "could be an image or an index");
    refused("{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"sha256:..\"}]}", TYPE_OCI_INDEX, "only sha256");
}

static void a_manifest_without_a_type_is_known_by_what_is_in_it(void **state)
{
    (void)state;
    struct manifest manifest;
    const char *text = "{\"schemaVersion\":2,\"config\":" GOOD_CONFIG ",\"layers\":[" GOOD_LAYER "]}";
    assert_int_equal(manifest_parse(text, strlen(text), "text/plain; charset=utf-8", &manifest, NULL), 0);
    assert_false(manifest.index);
    assert_string_equal(manifest.type, TYPE_OCI_MANIFEST);
    manifest_clear(&manifest);
}

static void places_are_those_of_the_name(void **state)
{
    (void)state;
    size_t count;
    cleanup_json json_t *insecure = json_pack("[s,s,s]", "plain.test:5000", "192.0.2.0/24", "2001:db8::/32");
    cleanup_json json_t *mirrors = json_pack("[s,s]", "https://mirror.test/hub/", "http://127.0.0.1:5000");
    static const struct {
        const char *domain;
        bool pulling;
        const char *urls[4];
    } cases[] = {
        {"docker.io", false, {"https://registry-1.docker.io"}},
        {"docker.io", true, {"https://mirror.test/hub", "http://127.0.0.1:5000", "https://registry-1.docker.io"}},
        {"localhost:5000", true, {"https://localhost:5000", "http://localhost:5000"}},
        {"127.3.2.1", true, {"https://127.3.2.1", "http://127.3.2.1"}},
        {"[::1]:5000", true, {"https://[::1]:5000", "http://[::1]:5000"}},
        {"plain.test:5000", true, {"https://plain.test:5000", "http://plain.test:5000"}},
        {"192.0.2.77:80", true, {"https://192.0.2.77:80", "http://192.0.2.77:80"}},
        {"192.0.3.1", true, {"https://192.0.3.1"}},
        {"[2001:db8::7]", true, {"https://[2001:db8::7]", "http://[2001:db8::7]"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct place *places = places_of(cases[i].domain, insecure, mirrors, cases[i].pulling, &count);
        size_t wanted = 0;
        while (wanted < 4 && cases[i].urls[wanted])
            wanted++;
        assert_int_equal(count, wanted);
        for (size_t k = 0; k < count; k++) {
            assert_string_equal(places[k].url, cases[i].urls[k]);
            assert_int_equal(places[k].mirror, wanted == 3 && k < 2);
        }
        places_free(places, count);
    }
}

static void problem(int status, const char *body, int code, const char *message)
{
    struct error err = ERROR_INIT;
    struct web_answer answer = {.status = status, .reason = "Whatever"};
    buf_puts(&answer.body, body);
    assert_int_equal(registry_problem(&answer, &err), -code);
    assert_string_equal(err.message, message);
    web_answer_clear(&answer);
}

static void errors_are_told_in_dockers_words(void **state)
{
    (void)state;
    problem(404, "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"manifest unknown\"}]}", ENOENT,
            "manifest unknown: manifest unknown");
    problem(403, "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"no\"}]}", EACCES, "denied: no");
    problem(400, "{\"errors\":[{\"code\":\"A\",\"message\":\"b\"},{\"code\":\"C_D\"}]}", EPROTO, "errors:\na: b\nc d: c d");
    problem(401, "{\"details\":\"incorrect username or password\"}", EACCES, "unauthorized: incorrect username or password");
    problem(401, "", EACCES, "unauthorized: authentication required");
    problem(429, "<html>", EAGAIN, "toomanyrequests: too many requests");
    problem(503, "<html>", EAGAIN, "received unexpected HTTP status: 503 Whatever");
}

static int64_t backoff(const char *header, int tried)
{
    struct web_answer answer = {0};
    buf_printf(&answer.headers, "server: x\nretry-after: %s\n", header);
    int64_t ms = registry_backoff(&answer, tried);
    web_answer_clear(&answer);
    return ms;
}

static void waiting_grows_unless_the_registry_says_how_long(void **state)
{
    (void)state;
    assert_int_equal(registry_backoff(NULL, 1), 500);
    assert_int_equal(registry_backoff(NULL, 3), 2000);
    assert_int_equal(registry_backoff(NULL, 1000), 8000);
    assert_int_equal(backoff("3", 1), 3000);
    assert_int_equal(backoff("86400", 1), 60000);
    assert_int_equal(backoff("Thu, 01 Jan 1970 00:00:10 GMT", 1), 500);
    assert_int_equal(backoff("whenever", 2), 1000);
}

static void addresses_are_resolved_and_compared(void **state)
{
    (void)state;
    cleanup_free char *relative = url_resolve("https://a.test:5000/v2/x/blobs/uploads/", "/v2/x/blobs/uploads/1?_state=s%3D");
    assert_string_equal(relative, "https://a.test:5000/v2/x/blobs/uploads/1?_state=s%3D");
    cleanup_free char *with = url_with(relative, "digest=sha256:00");
    assert_string_equal(with, "https://a.test:5000/v2/x/blobs/uploads/1?_state=s%3D&digest=sha256:00");
    assert_null(url_resolve(NULL, "file:///etc/passwd"));
    assert_null(url_resolve("https://a.test/", "ftp://b.test/"));
    assert_null(url_resolve(NULL, "not a url"));
    assert_true(url_same_place("https://A.test/x", "https://a.test:443/y"));
    assert_false(url_same_place("https://a.test/", "http://a.test:443/"));
    assert_false(url_same_place("https://a.test/", "https://a.test:444/"));
    assert_false(url_same_place("https://a.test/", "https://a.test.evil/"));
}

static void blobs_are_remembered_as_docker_does(void **state)
{
    (void)state;
    char root[] = "/tmp/test-registry-XXXXXX";
    assert_non_null(mkdtemp(root));
    for (int i = 0; i < 60; i++) {
        cleanup_free char *repository = str_format("docker.io/library/r%d", i);
        known_add(root, DIGEST("d"), i % 2 ? DIGEST("a") : DIGEST("b"), repository);
    }
    known_add(root, DIGEST("d"), DIGEST("b"), "docker.io/library/r30"); /* seen again: newest */
    cleanup_json json_t *blobs = known_blobs(root, DIGEST("d")), *none = known_blobs(root, DIGEST("e"));
    assert_int_equal(json_array_size(none), 0);
    assert_int_equal(json_array_size(blobs), 50);
    assert_string_equal(json_str(json_array_get(blobs, 0), "SourceRepository", ""), "docker.io/library/r30");
    assert_string_equal(json_str(json_array_get(blobs, 1), "Digest", ""), DIGEST("a"));
    cleanup_free char *path = str_format("%s/image/overlay2/distribution/diffid-by-digest/sha256/%s", root, DIGEST("b") + 7);
    cleanup_free char *diff = file_read(path, NULL, NULL);
    assert_string_equal(diff, DIGEST("d"));
    cleanup_free char *broken = str_format("%s/image/overlay2/distribution/v2metadata-by-diffid/sha256/%s", root, DIGEST("d") + 7);
    assert_int_equal(file_write(broken, "[{]", 3, 0600, NULL), 0);
    cleanup_json json_t *lost = known_blobs(root, DIGEST("d"));
    assert_int_equal(json_array_size(lost), 0);
    path_remove_tree(root, NULL);
}

struct text {
    const char *at;
    size_t left;
};

static ssize_t give(void *data, char *bytes, size_t room, struct error *err)
{
    (void)err;
    struct text *text = data;
    size_t count = text->left < room ? text->left : room;
    count = count > 1000 ? 1000 : count; /* pipes give less than there is room for */
    memcpy(bytes, text->at, count);
    text->at += count;
    text->left -= count;
    return (ssize_t)count;
}

static void what_is_compressed_comes_back(void **state)
{
    (void)state;
    enum { SIZE = 300000 };
    cleanup_free char *plain = xmalloc(SIZE), *packed = xmalloc(SIZE * 2), *back = xmalloc(SIZE + 1);
    for (int i = 0; i < SIZE; i++)
        plain[i] = (char)(i % 7 ? (unsigned)i * (unsigned)i >> 8 : 'x');
    for (size_t size = 0; size <= SIZE; size += SIZE) {
        struct text text = {plain, size};
        struct gzip *gzip = gzip_new();
        size_t total = 0;
        ssize_t got;
        while ((got = gzip_read(gzip, packed + total, 4096, give, &text, NULL)) > 0)
            total += (size_t)got;
        assert_int_equal(got, 0);
        gzip_free(gzip);
        z_stream stream = {.next_in = (Bytef *)packed, .avail_in = (uInt)total, .next_out = (Bytef *)back, .avail_out = SIZE + 1};
        assert_int_equal(inflateInit2(&stream, 31), Z_OK);
        assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
        assert_int_equal(stream.total_out, size);
        inflateEnd(&stream);
        assert_memory_equal(back, plain, size);
    }
}

static void keep_line(void *data, json_t *line)
{
    char **kept = data;
    free(*kept);
    *kept = json_text(line);
    json_decref(line);
}

static void progress_is_drawn_as_docker_draws_it(void **state)
{
    (void)state;
    cleanup_free char *line = NULL;
    const struct progress progress = {.tell = keep_line, .data = &line};
    progress_count(&progress, "aee520a8261b", "Pushing", 19968, 1984166);
    assert_string_equal(line,
                        "{\"status\":\"Pushing\",\"progressDetail\":{\"current\":19968,\"total\":1984166},\"progress\":"
                        "\"[>                                                  ]  19.97kB/1.984MB\",\"id\":\"aee520a8261b\"}");
    progress_count(&progress, "aee520a8261b", "Pushing", 2129920, 1984166);
    assert_string_equal(line, "{\"status\":\"Pushing\",\"progressDetail\":{\"current\":2129920,\"total\":1984166},\"progress\":"
                              "\"[==================================================>]   2.13MB\",\"id\":\"aee520a8261b\"}");
    progress_state(&progress, "aee520a8261b", "Pushed");
    assert_string_equal(line, "{\"status\":\"Pushed\",\"progressDetail\":{},\"id\":\"aee520a8261b\"}");
    progress_say(&progress, "latest", "Pulling from %s", "x");
    assert_string_equal(line, "{\"status\":\"Pulling from x\",\"id\":\"latest\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bearer_challenge_says_whom_to_ask),
        cmocka_unit_test(challenges_are_read_in_every_form),
        cmocka_unit_test(platforms_are_normalised),
        cmocka_unit_test(what_runs_is_ranked),
        cmocka_unit_test(an_index_leads_to_the_image_for_the_machine),
        cmocka_unit_test(a_manifest_is_written_as_docker_writes_it),
        cmocka_unit_test(manifests_that_lie_are_refused),
        cmocka_unit_test(a_manifest_without_a_type_is_known_by_what_is_in_it),
        cmocka_unit_test(places_are_those_of_the_name),
        cmocka_unit_test(errors_are_told_in_dockers_words),
        cmocka_unit_test(waiting_grows_unless_the_registry_says_how_long),
        cmocka_unit_test(addresses_are_resolved_and_compared),
        cmocka_unit_test(blobs_are_remembered_as_docker_does),
        cmocka_unit_test(what_is_compressed_comes_back),
        cmocka_unit_test(progress_is_drawn_as_docker_draws_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

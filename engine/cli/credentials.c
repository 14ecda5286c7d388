/* The file has {"auths":{SERVER:{"auth": base64 of "user:password", "identitytoken"}}}; with a helper the entry stays, empty, as a
 * mark that there is something. */
#include "cli/credentials.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/config_file.h"
#include "cli/credential_helper.h"

#include <errno.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The name under which helpers give identity tokens. */
static const char TOKEN_USER[] = "<token>";

void credentials_clear(struct credentials *credentials)
{
    free(credentials->server);
    free(credentials->username);
    free(credentials->password);
    free(credentials->token);
    *credentials = (struct credentials){0};
}

char *credentials_host(const char *server)
{
    const char *text = str_starts(server, "https://") ? server + 8 : str_starts(server, "http://") ? server + 7 : server;
    return xstrndup(text, strcspn(text, "/"));
}

static char *encode(const char *text, bool for_header)
{
    size_t len = strlen(text);
    char *out = xcalloc(1, BASE64_ENCODE_RAW_LENGTH(len) + 1);
    base64_encode_raw(out, len, (const uint8_t *)text);
    for (char *p = out; for_header && *p; p++)
        *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
    return out;
}

/* "user:password"; NULL for what is none. */
static char *decode(const char *text)
{
    struct base64_decode_ctx context;
    size_t len = 0;
    cleanup_free char *plain = xcalloc(1, BASE64_DECODE_LENGTH(strlen(text)) + 1);
    base64_decode_init(&context);
    if (!base64_decode_update(&context, &len, (uint8_t *)plain, strlen(text), text) || !base64_decode_final(&context))
        return NULL;
    return strchr(plain, ':') ? move_ptr(plain) : NULL;
}

static const char *helper_for(const json_t *config, const char *server)
{
    cleanup_free char *host = credentials_host(server);
    const json_t *helpers = json_object_get(config, "credHelpers");
    const char *own = json_string_value(json_object_get(helpers, server));
    if (!own)
        own = json_string_value(json_object_get(helpers, host));
    return own ? own : json_str(config, "credsStore", NULL);
}

/* By its name as it is, or by one that leads to the same host. */
static const json_t *entry_of(const json_t *auths, const char *server)
{
    const json_t *exact = json_object_get(auths, server);
    const char *key;
    json_t *value;
    if (exact)
        return exact;
    json_object_foreach((json_t *)auths, key, value)
    {
        cleanup_free char *host = credentials_host(key);
        if (str_equal(host, server))
            return value;
    }
    return NULL;
}

static void from_file(const json_t *entry, struct credentials *out)
{
    cleanup_free char *pair = decode(json_str(entry, "auth", ""));
    const char *token = json_str(entry, "identitytoken", NULL);
    if (pair) {
        char *colon = strchr(pair, ':');
        out->username = xstrndup(pair, (size_t)(colon - pair));
        out->password = xstrdup(colon + 1);
    }
    if (!str_empty(token))
        out->token = xstrdup(token);
}

static int from_helper(const char *helper, const char *server, struct credentials *out, struct error *err)
{
    struct error why = ERROR_INIT;
    cleanup_json json_t *doc = credential_helper_get(helper, server, &why);
    if (!doc)
        return why.code == ENOENT ? 0 : error_set(err, why.code, "%s", why.message);
    const char *user = json_str(doc, "Username", ""), *secret = json_str(doc, "Secret", "");
    if (str_equal(user, TOKEN_USER)) {
        out->token = xstrdup(secret);
    } else {
        out->username = xstrdup(user);
        out->password = xstrdup(secret);
    }
    return 0;
}

static int find(const json_t *config, const char *server, struct credentials *out, struct error *err)
{
    const char *helper = helper_for(config, server);
    *out = (struct credentials){.server = xstrdup(server)};
    if (!str_empty(helper))
        return from_helper(helper, server, out, err);
    from_file(entry_of(json_object_get(config, "auths"), server), out);
    return 0;
}

int credentials_find(const char *server, struct credentials *out, struct error *err)
{
    *out = (struct credentials){.server = xstrdup(server)};
    cleanup_json json_t *config = config_file_read(err);
    if (!config)
        return -err->code;
    credentials_clear(out);
    return find(config, server, out, err);
}

static int to_helper(const char *helper, const struct credentials *credentials, struct error *err)
{
    bool token = !str_empty(credentials->token);
    cleanup_json json_t *doc =
        json_pack("{s:s, s:s, s:s}", "ServerURL", credentials->server, "Username", token ? TOKEN_USER : credentials->username,
                  "Secret", token ? credentials->token : str_or(credentials->password, ""));
    return doc ? credential_helper_store(helper, doc, err) : error_set(err, EPROTO, "credentials are not valid UTF-8");
}

int credentials_store(const struct credentials *credentials, bool *plain, struct error *err)
{
    cleanup_json json_t *config = config_file_read(err);
    if (!config)
        return -err->code;
    const char *helper = helper_for(config, credentials->server);
    json_t *auths = json_object_get(config, "auths"), *entry = json_object();
    if (!json_is_object(auths))
        json_object_set_new(config, "auths", auths = json_object());
    json_object_set_new(auths, credentials->server, entry);
    *plain = str_empty(helper);
    if (!*plain) {
        int r = to_helper(helper, credentials, err);
        return r < 0 ? r : config_file_write(config, err);
    }
    cleanup_free char *pair = str_format("%s:%s", credentials->username, str_or(credentials->password, ""));
    cleanup_free char *auth = encode(pair, false);
    json_object_set_new(entry, "auth", json_string(auth));
    if (!str_empty(credentials->token))
        json_object_set_new(entry, "identitytoken", json_string(credentials->token));
    return config_file_write(config, err);
}

int credentials_erase(const char *server, struct error *err)
{
    cleanup_json json_t *config = config_file_read(err);
    if (!config)
        return -err->code;
    const char *helper = helper_for(config, server);
    int r = str_empty(helper) ? 0 : credential_helper_erase(helper, server, err);
    if (r == -ENOENT)
        r = 0;
    if (json_object_del(json_object_get(config, "auths"), server) < 0)
        return r;
    int written = config_file_write(config, r < 0 ? NULL : err);
    return r < 0 ? r : written;
}

json_t *credentials_document(const struct credentials *credentials)
{
    json_t *doc = json_object();
    bool any = credentials->username || credentials->token;
    if (credentials->username)
        json_object_set_new(doc, "username", json_string(credentials->username));
    if (!str_empty(credentials->password))
        json_object_set_new(doc, "password", json_string(credentials->password));
    if (any)
        json_object_set_new(doc, "serveraddress", json_string(credentials->server));
    if (credentials->token)
        json_object_set_new(doc, "identitytoken", json_string(credentials->token));
    return doc;
}

static char *header(const char *name, const json_t *doc)
{
    cleanup_free char *text = json_text(doc), *encoded = encode(text, true);
    return str_format("%s: %s\r\n", name, encoded);
}

char *credentials_header(const struct image_name *image)
{
    struct error err = ERROR_INIT;
    cleanup_credentials struct credentials found = {0};
    const char *server = !image || str_equal(image->domain, "docker.io") ? CREDENTIALS_HUB : image->domain;
    if (credentials_find(server, &found, &err) < 0)
        fprintf(stderr, "WARNING: %s\n", err.message);
    cleanup_json json_t *doc = credentials_document(&found);
    return header("X-Registry-Auth", doc);
}

static void add(json_t *all, const json_t *config, const char *server)
{
    struct error err = ERROR_INIT;
    cleanup_credentials struct credentials found = {0};
    if (json_object_get(all, server))
        return;
    if (find(config, server, &found, &err) < 0)
        fprintf(stderr, "WARNING: %s\n", err.message);
    else if (found.username || found.token)
        json_object_set_new(all, server, credentials_document(&found));
}

char *credentials_header_all(void)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *config = config_file_read(&err), *all = json_object();
    const char *store = json_str(config, "credsStore", NULL), *key;
    json_t *value;
    if (!config)
        fprintf(stderr, "WARNING: %s\n", err.message);
    json_object_foreach(json_object_get(config, "auths"), key, value) { add(all, config, key); }
    json_object_foreach(json_object_get(config, "credHelpers"), key, value) { add(all, config, key); }
    cleanup_json json_t *listed = str_empty(store) ? NULL : credential_helper_list(store, &err);
    if (!str_empty(store) && !listed)
        fprintf(stderr, "WARNING: %s\n", err.message);
    json_object_foreach(listed, key, value) { add(all, config, key); }
    return header("X-Registry-Config", all);
}

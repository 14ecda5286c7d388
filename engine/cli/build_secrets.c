/* --secret: what RUN --mount=type=secret shows to a command and no layer keeps. Secrets go in a header of their own, which the
 * engine neither stores nor logs: X-Slipway-Secrets, the base64 of {"id": base64 of the content}. */
#include "cli/build_options.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"

#include <errno.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

/* What the engine takes as the head of a request is 40 KiB; the rest of it is small. */
enum { HEADER_MOST = 32 * 1024 };

struct secret {
    const char *id, *file, *variable, *type;
};

static char *encode(const char *bytes, size_t len)
{
    char *out = xcalloc(1, BASE64_ENCODE_RAW_LENGTH(len) + 1);
    base64_encode_raw(out, len, (const uint8_t *)bytes);
    return out;
}

static int parse(char **fields, const char *spec, struct secret *secret, struct error *err)
{
    for (char **field = fields; *field; field++) {
        char *value = strchr(*field, '=');
        if (!value)
            return error_set(err, EINVAL, "invalid field '%s' must be a key=value pair", *field);
        *value++ = '\0';
        const struct {
            const char *key, **target;
        } keys[] = {{"id", &secret->id},     {"src", &secret->file},     {"source", &secret->file},
                    {"type", &secret->type}, {"env", &secret->variable}, {NULL, NULL}};
        size_t i = 0;
        while (keys[i].key && !str_equal(keys[i].key, *field))
            i++;
        if (!keys[i].key)
            return error_set(err, EINVAL, "unexpected key '%s' in '%s=%s'", *field, *field, value);
        *keys[i].target = value;
    }
    if (str_empty(secret->id))
        return error_set(err, EINVAL, "secret missing 'id' field in \"%s\"", spec);
    if (secret->type && !str_equal(secret->type, "file") && !str_equal(secret->type, "env"))
        return error_set(err, EINVAL, "unsupported secret type \"%s\"", secret->type);
    return 0;
}

/* Where nothing says so, it is the variable of its name, or the file. */
static char *content(struct secret *secret, size_t *len, struct error *err)
{
    struct error why = ERROR_INIT;
    bool variable = str_equal(secret->type, "env");
    if (variable && !secret->variable)
        secret->variable = str_or(secret->file, secret->id);
    if (!secret->variable && !secret->file && !secret->type && getenv(secret->id))
        secret->variable = secret->id;
    if (secret->variable) {
        const char *value = str_or(getenv(secret->variable), "");
        *len = strlen(value);
        return xstrdup(value);
    }
    const char *path = str_or(secret->file, secret->id);
    char *bytes = file_read(path, len, &why);
    if (!bytes)
        error_set(err, EINVAL, "failed to stat %s: stat %s: %s", path, path,
                  why.code == ENOENT ? "no such file or directory" : strerror(why.code));
    return bytes;
}

static int add(json_t *all, const char *spec, struct error *err)
{
    cleanup_strv char **fields = str_split(spec, ',');
    struct secret secret = {0};
    size_t len = 0;
    int r = parse(fields, spec, &secret, err);
    if (r < 0)
        return r;
    cleanup_free char *bytes = content(&secret, &len, err);
    if (!bytes)
        return -EINVAL;
    cleanup_free char *text = encode(bytes, len);
    json_object_set_new(all, secret.id, json_string(text));
    return 0;
}

char *build_secrets(char *const *specs, struct error *err)
{
    cleanup_json json_t *all = json_object();
    if (!specs || !*specs)
        return xstrdup("");
    for (; *specs; specs++)
        if (add(all, *specs, err) < 0)
            return NULL;
    cleanup_free char *text = json_text(all), *encoded = encode(text, strlen(text));
    if (strlen(encoded) > HEADER_MOST)
        return error_set(err, EINVAL, "secrets are too large: %zu bytes of text, %d can be sent with a build", strlen(encoded),
                         HEADER_MOST),
               NULL;
    return str_format("X-Slipway-Secrets: %s\r\n", encoded);
}

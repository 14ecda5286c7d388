/* --mount and -v; see mount_spec.h. */
#include "cli/mount_spec.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A quoted field: `*at` stands behind the opening quote, and behind the closing one afterwards. */
static int csv_quoted(const char *text, size_t *at, struct buf *field, struct error *err)
{
    for (;; (*at)++) {
        char c = text[*at];
        if (c == '"' && text[*at + 1] == '"')
            (*at)++;
        else if (c == '"' && (text[*at + 1] == ',' || !text[*at + 1]))
            return (*at)++, 0;
        else if (c == '"' || !c)
            return error_set(err, EINVAL, "parse error on line 1, column %zu: extraneous or missing \" in quoted-field", *at + 1);
        buf_putc(field, text[*at]);
    }
}

char **csv_line(const char *text, struct error *err)
{
    char **fields = NULL;
    if (!*text) {
        error_set(err, EINVAL, "EOF");
        return NULL;
    }
    for (size_t at = 0;; at++) {
        cleanup_buf struct buf field = BUF_INIT;
        int rc = 0;
        if (text[at] == '"') {
            at++;
            rc = csv_quoted(text, &at, &field, err);
        } else {
            size_t len = strcspn(text + at, ",");
            const char *quote = memchr(text + at, '"', len);
            if (quote)
                rc = error_set(err, EINVAL, "parse error on line 1, column %zu: bare \" in non-quoted field",
                               (size_t)(quote - text) + 1);
            buf_add(&field, text + at, len);
            at += len;
        }
        if (rc < 0) {
            strv_free(fields);
            return NULL;
        }
        strv_add(&fields, field.data ? field.data : "");
        if (!text[at])
            return fields;
    }
}

static json_t *text_json(const char *text)
{
    json_t *value = json_string(text);
    return value ? value : json_string(""); /* not UTF-8: nothing that a name may be */
}

/* "./x" and "." from where we are; anything else is the engine's to understand. */
static char *absolute(const char *path)
{
    if (*path != '.')
        return xstrdup(path);
    cleanup_free char *here = getcwd(NULL, 0);
    cleanup_strv char **parts = str_split(path, '/'), **kept = str_split(str_or(here, "/") + 1, '/');
    for (size_t i = 0; parts[i]; i++) {
        size_t count = strv_len(kept);
        if (!*parts[i] || str_equal(parts[i], "."))
            continue;
        if (!str_equal(parts[i], ".."))
            strv_add(&kept, parts[i]);
        else if (count)
            free(kept[count - 1]), kept[count - 1] = NULL;
    }
    cleanup_free char *joined = strv_join(kept, "/");
    return str_format("/%s", joined ? joined : "");
}

/* The spellings of strconv.ParseBool. */
static bool truth(const char *value, bool *out)
{
    static const char *const yes[] = {"1", "t", "T", "true", "True", "TRUE"}, *const no[] = {"0",     "f",     "F",
                                                                                             "false", "False", "FALSE"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (str_equal(value, yes[i]))
            return *out = true;
        if (str_equal(value, no[i]))
            return *out = false, true;
    }
    return false;
}

static json_t *group_of(json_t *mount, const char *group)
{
    json_t *object = group ? json_object_get(mount, group) : mount;
    if (!object)
        json_object_set_new(mount, group, object = json_object());
    return object;
}

enum kind { TEXT, LOWER, PATH, TRUTH, BYTES, MODE, PAIR, RECURSION };

/* Keys of --mount and their many spellings. `alone`: may stand without a value. */
static const struct key {
    const char *spelling, *group, *name;
    enum kind kind;
    bool alone;
} KEYS[] = {
    {"type", NULL, "Type", LOWER, false},
    {"source", NULL, "Source", PATH, false},
    {"src", NULL, "Source", PATH, false},
    {"target", NULL, "Target", TEXT, false},
    {"dst", NULL, "Target", TEXT, false},
    {"destination", NULL, "Target", TEXT, false},
    {"readonly", NULL, "ReadOnly", TRUTH, true},
    {"ro", NULL, "ReadOnly", TRUTH, true},
    {"consistency", NULL, "Consistency", LOWER, false},
    {"bind-propagation", "BindOptions", "Propagation", LOWER, false},
    {"bind-nonrecursive", "BindOptions", "NonRecursive", TRUTH, true},
    {"bind-recursive", "BindOptions", NULL, RECURSION, false},
    {"volume-subpath", "VolumeOptions", "Subpath", TEXT, false},
    {"volume-nocopy", "VolumeOptions", "NoCopy", TRUTH, true},
    {"volume-label", "VolumeOptions", "Labels", PAIR, false},
    {"volume-driver", "VolumeOptions.DriverConfig", "Name", TEXT, false},
    {"volume-opt", "VolumeOptions.DriverConfig", "Options", PAIR, false},
    {"image-subpath", "ImageOptions", "Subpath", TEXT, false},
    {"tmpfs-size", "TmpfsOptions", "SizeBytes", BYTES, false},
    {"tmpfs-mode", "TmpfsOptions", "Mode", MODE, false},
};

/* How deep a bind mount goes, and how deep its being read-only. */
static int set_recursion(json_t *options, const char *value, struct error *err)
{
    static const struct {
        const char *value, *name;
    } known[] = {{"enabled", NULL},
                 {"disabled", "NonRecursive"},
                 {"writable", "ReadOnlyNonRecursive"},
                 {"readonly", "ReadOnlyForceRecursive"}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (!str_equal(known[i].value, value))
            continue;
        if (known[i].name)
            json_object_set_new(options, known[i].name, json_true());
        return 0;
    }
    return error_set(err, EINVAL,
                     "invalid value for bind-recursive: %s (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")",
                     value);
}

static json_t *convert(enum kind kind, const char *value)
{
    bool yes;
    int64_t bytes;
    char *end;
    cleanup_free char *text = NULL;
    switch (kind) {
    case LOWER:
        text = str_lower(value);
        return text_json(text);
    case PATH: /* only "." and "./...": ".hidden" is a name */
        text = str_equal(value, ".") || str_starts(value, "./") ? absolute(value) : xstrdup(value);
        return text_json(text);
    case TRUTH:
        return truth(value, &yes) ? json_boolean(yes) : NULL;
    case BYTES:
        return units_parse_bytes(value, &bytes) ? json_integer(bytes) : NULL;
    case MODE: {
        unsigned long mode = strtoul(value, &end, 8);
        return isdigit((unsigned char)*value) && !*end && mode <= UINT32_MAX ? json_integer((json_int_t)mode) : NULL;
    }
    default:
        return text_json(value);
    }
}

static int set_key(json_t *mount, const struct key *key, const char *value, struct error *err)
{
    json_t *group = mount;
    cleanup_strv char **path = key->group ? str_split(key->group, '.') : NULL;
    for (size_t i = 0; path && path[i]; i++)
        group = group_of(group, path[i]);
    if (key->kind == RECURSION)
        return set_recursion(group, value, err);
    if (key->kind == PAIR) {
        const char *equals = strchr(value, '=');
        cleanup_free char *name = equals ? xstrndup(value, (size_t)(equals - value)) : xstrdup(value);
        if (*name)
            json_object_set_new(group_of(group, key->name), name, text_json(equals ? equals + 1 : ""));
        return 0;
    }
    json_t *set = convert(key->kind, value);
    if (!set)
        return error_set(err, EINVAL, "invalid value for %s: %s", key->spelling, value);
    json_object_set_new(group, key->name, set);
    return 0;
}

static int set_field(json_t *mount, const char *field, struct error *err)
{
    const char *equals = strchr(field, '=');
    cleanup_free char *given = equals ? xstrndup(field, (size_t)(equals - field)) : xstrdup(field);
    cleanup_free char *lower = str_lower(given);
    for (size_t i = 0; i < ARRAY_LEN(KEYS); i++) {
        if (!str_equal(KEYS[i].spelling, lower))
            continue;
        if (!equals && !KEYS[i].alone)
            break;
        return set_key(mount, &KEYS[i], equals ? equals + 1 : "true", err);
    }
    return equals ? error_set(err, EINVAL, "unexpected key '%s' in '%s'", lower, field)
                  : error_set(err, EINVAL, "invalid field '%s' must be a key=value pair", field);
}

/* What contradicts what. */
static int check_whole(const json_t *mount, struct error *err)
{
    static const struct {
        const char *options, *type;
    } kinds[] = {{"VolumeOptions", "volume"}, {"BindOptions", "bind"}, {"ImageOptions", "image"}, {"TmpfsOptions", "tmpfs"}};
    const char *type = json_str(mount, "Type", "");
    if (!*type)
        return error_set(err, EINVAL, "type is required");
    if (!*json_str(mount, "Target", ""))
        return error_set(err, EINVAL, "target is required");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (json_object_get(mount, kinds[i].options) && !str_equal(type, kinds[i].type))
            return error_set(err, EINVAL, "cannot mix '%s-*' options with mount type '%s'", kinds[i].type, type);
    bool read_only = json_flag(mount, "ReadOnly", false), forced = json_flag(mount, "BindOptions.ReadOnlyForceRecursive", false);
    if (json_flag(mount, "BindOptions.ReadOnlyNonRecursive", false) && !read_only)
        return error_set(err, EINVAL, "option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction");
    if (forced && !read_only)
        return error_set(err, EINVAL, "option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction");
    if (forced && !str_equal(json_str(mount, "BindOptions.Propagation", ""), "rprivate"))
        return error_set(err, EINVAL,
                         "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction");
    return 0;
}

json_t *mount_spec_parse(const char *text, struct error *err)
{
    cleanup_strv char **fields = csv_line(text, err);
    if (!fields)
        return NULL;
    json_t *mount = json_pack("{s:s}", "Type", "volume");
    int rc = 0;
    for (size_t i = 0; fields[i] && rc == 0; i++)
        rc = set_field(mount, fields[i], err);
    if (rc == 0)
        rc = check_whole(mount, err);
    if (rc == 0)
        return mount;
    json_decref(mount);
    return NULL;
}

int volume_spec_parse(const char *text, char **bind, struct error *err)
{
    *bind = NULL;
    if (!*text)
        return error_set(err, EINVAL, "invalid empty volume spec");
    cleanup_strv char **parts = str_split(text, ':');
    size_t count = strv_len(parts);
    for (size_t i = 0; count > 1 && i < count; i++)
        if (!*parts[i])
            return error_set(err, EINVAL, "invalid spec: %s: empty section between colons", text);
    if (count == 1)
        return 0;
    cleanup_free char *source = absolute(parts[0]);
    *bind = str_format("%s%s", source, strchr(text, ':'));
    return 0;
}

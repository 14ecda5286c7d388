/* What RUN --mount may say (https://docs.docker.com/reference/dockerfile/#run---mount). */
#include "build/mount_flags.h"
#include "build/expand.h"
#include "build/files.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {"bind", "cache", "tmpfs", "secret"};

static void take(char **place, const char *text)
{
    free(*place);
    *place = xstrdup(text);
}

static int set_kind(struct mount *mount, const char *value, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (str_equal(kinds[i], value)) {
            mount->kind = (enum mount_kind)i;
            return 0;
        }
    }
    return str_equal(value, "ssh")
               ? error_set(err, EINVAL, "RUN --mount=type=ssh is not possible: no agent is forwarded to the engine")
               : error_set(err, EINVAL, "unsupported mount type \"%s\"", value);
}

static int set_sharing(struct mount *mount, const char *value, struct error *err)
{
    static const char *const names[] = {"shared", "locked", "private"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_equal(names[i], value)) {
            mount->sharing = (enum sharing)i;
            return 0;
        }
    }
    return error_set(err, EINVAL, "unsupported sharing value \"%s\"", value);
}

static int set_number(const char *name, const char *value, int base, unsigned long most, unsigned long *out, struct error *err)
{
    char *end;
    errno = 0;
    *out = strtoul(value, &end, base);
    return !*value || *end || errno || *out > most || *value == '-' ? error_set(err, EINVAL, "invalid value %s for %s", value, name)
                                                                    : 0;
}

static bool is_yes(const char *value) { return !value || str_equal(value, "true") || str_equal(value, "1"); }

/* One "name=value" of a flag; `value` NULL: the name alone. */
static int set(struct mount *mount, const char *name, const char *value, struct error *err)
{
    static const struct {
        const char *name;
        size_t offset;
    } texts[] = {{"target", offsetof(struct mount, target)},
                 {"dst", offsetof(struct mount, target)},
                 {"destination", offsetof(struct mount, target)},
                 {"source", offsetof(struct mount, source)},
                 {"src", offsetof(struct mount, source)},
                 {"from", offsetof(struct mount, from)},
                 {"id", offsetof(struct mount, id)}};
    static const struct {
        const char *name;
        bool writable;
    } access[] = {{"rw", true}, {"readwrite", true}, {"ro", false}, {"readonly", false}};
    unsigned long number = 0;
    int r = 0;
    for (size_t i = 0; i < ARRAY_LEN(access); i++) {
        if (str_equal(access[i].name, name)) {
            mount->writable = access[i].writable == is_yes(value);
            return 0;
        }
    }
    if (str_equal(name, "required")) {
        mount->required = is_yes(value);
        return 0;
    }
    if (!value)
        return error_set(err, EINVAL, "invalid field '%s' must be a key=value pair", name);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (str_equal(texts[i].name, name)) {
            take((char **)((char *)mount + texts[i].offset), value);
            return 0;
        }
    }
    if (str_equal(name, "type"))
        return 0;
    if (str_equal(name, "sharing"))
        return set_sharing(mount, value, err);
    if (str_equal(name, "size"))
        return units_parse_bytes(value, &mount->size) ? 0 : error_set(err, EINVAL, "invalid value for size: %s", value);
    if (str_equal(name, "mode")) {
        r = set_number(name, value, 8, 07777, &number, err);
        mount->mode = (long)number;
    } else if (str_equal(name, "uid") || str_equal(name, "gid")) {
        r = set_number(name, value, 10, UINT32_MAX, &number, err);
        *(*name == 'u' ? &mount->uid : &mount->gid) = (unsigned)number;
    } else if (str_equal(name, "env")) {
        r = error_set(err, EINVAL,
                      "a secret as an environment variable (env=%s) is not possible: it would be kept in the container's "
                      "description; mount it as a file",
                      value);
    } else {
        r = error_set(err, EINVAL, "unexpected key '%s' in '%s=%s'", name, name, value);
    }
    return r;
}

static char *absolute(const struct turn *turn, const char *path)
{
    const char *workdir = json_str(turn->config, "WorkingDir", "");
    cleanup_free char *whole = *path == '/' ? xstrdup(path) : str_format("/%s/%s", workdir, path);
    cleanup_free char *clean = path_within(whole);
    return str_format("/%s", clean ? clean : "");
}

/* What is not said. */
static int complete(struct turn *turn, struct mount *mount, const char *flag, struct error *err)
{
    if (mount->kind == SECRET) {
        const char *slash = mount->target ? strrchr(mount->target, '/') : NULL;
        if (!mount->id && mount->source)
            take(&mount->id, mount->source);
        if (!mount->id && mount->target)
            take(&mount->id, slash ? slash + 1 : mount->target);
        if (!mount->id || !*mount->id)
            return error_set(err, EINVAL, "one of source, target required: RUN --mount=%s names no secret", flag);
        if (!mount->target)
            mount->target = str_format("/run/secrets/%s", mount->id);
    }
    if (str_empty(mount->target))
        return error_set(err, EINVAL, "target is required: RUN --mount=%s", flag);
    cleanup_free char *whole = absolute(turn, mount->target);
    take(&mount->target, whole);
    if (str_equal(mount->target, "/"))
        return error_set(err, EINVAL, "invalid mount target \"/\": RUN --mount=%s", flag);
    if (mount->kind == CACHE && str_empty(mount->id))
        take(&mount->id, mount->target);
    return 0;
}

int mount_parse(struct turn *turn, const char *flag, struct mount *mount, struct error *err)
{
    cleanup_strv char **given = arguments_environment(turn->arguments, json_object_get(turn->config, "Env"));
    cleanup_strv char **env = config_env_list(turn->config, given), **fields = str_split(flag, ',');
    const struct expander expander = {.escape = turn->build->file.escape, .env = env};
    *mount = (struct mount){.kind = BIND, .mode = -1};
    int r = 0;
    for (char **field = fields; *field && r == 0; field++)
        if (str_starts(*field, "type="))
            r = set_kind(mount, *field + strlen("type="), err);
    mount->writable = mount->kind == CACHE || mount->kind == TMPFS;
    for (char **field = fields; *field && r == 0; field++) {
        char *equals = strchr(*field, '=');
        cleanup_free char *value = NULL;
        if (equals)
            *equals = 0;
        if (equals)
            r = expand_word(&expander, equals + 1, &value, err);
        if (r == 0)
            r = set(mount, *field, value, err);
    }
    return r < 0 ? r : complete(turn, mount, flag, err);
}

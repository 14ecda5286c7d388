/* -v, --tmpfs and --mount. What a volume specification means is the engine's to say; relative directories become absolute here,
 * because only we know where "." is. */
#include "cli/run_options.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *absolute(const char *path)
{
    if (*path == '/' || (*path != '.' && *path != '~'))
        return xstrdup(path);
    if (*path == '~')
        return str_format("%s%s", str_or(getenv("HOME"), ""), path + 1);
    cleanup_free char *here = getcwd(NULL, 0);
    cleanup_free char *joined = path_join(here ? here : "/", path);
    char *clean = realpath(joined, NULL);
    return clean ? clean : move_ptr(joined);
}

static void add_volume(struct run_request *request, const char *spec)
{
    const char *colon = strchr(spec, ':');
    if (!colon) {
        json_t *volumes = json_object_get(request->config, "Volumes");
        if (!volumes)
            json_object_set_new(request->config, "Volumes", volumes = json_object());
        json_object_set_new(volumes, spec, json_object());
        return;
    }
    json_t *binds = json_object_get(request->host, "Binds");
    if (!binds)
        json_object_set_new(request->host, "Binds", binds = json_array());
    cleanup_free char *source = xstrndup(spec, (size_t)(colon - spec));
    cleanup_free char *whole = absolute(source);
    cleanup_free char *bind = str_format("%s%s", whole, colon);
    json_array_append_new(binds, json_text_value(bind, strlen(bind)));
}

static void add_tmpfs(struct run_request *request, const char *spec)
{
    json_t *list = json_object_get(request->host, "Tmpfs");
    if (!list)
        json_object_set_new(request->host, "Tmpfs", list = json_object());
    const char *colon = strchr(spec, ':');
    cleanup_free char *path = colon ? xstrndup(spec, (size_t)(colon - spec)) : xstrdup(spec);
    json_object_set_new(list, path, json_string(colon ? colon + 1 : ""));
}

static bool truth(const char *value, bool *out)
{
    static const char *const yes[] = {"", "1", "t", "true", "True", "TRUE"}, *const no[] = {"0", "f", "false", "False", "FALSE"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        if (str_equal(value, yes[i]))
            return *out = true;
    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        if (str_equal(value, no[i]))
            return *out = false, true;
    return false;
}

static void set_in(json_t *mount, const char *group, const char *key, json_t *value)
{
    json_t *object = json_object_get(mount, group);
    if (!object)
        json_object_set_new(mount, group, object = json_object());
    json_object_set_new(object, key, value);
}

/* Keys of --mount and their many spellings. */
static const struct {
    const char *spelling, *group, *name;
    enum { TEXT, PATH, TRUTH, BYTES, MODE, NEVER } kind;
} FIELDS[] = {
    {"type", NULL, "Type", TEXT},
    {"source", NULL, "Source", PATH},
    {"src", NULL, "Source", PATH},
    {"target", NULL, "Target", TEXT},
    {"dst", NULL, "Target", TEXT},
    {"destination", NULL, "Target", TEXT},
    {"readonly", NULL, "ReadOnly", TRUTH},
    {"ro", NULL, "ReadOnly", TRUTH},
    {"consistency", NULL, "Consistency", TEXT},
    {"bind-propagation", "BindOptions", "Propagation", TEXT},
    {"volume-nocopy", "VolumeOptions", "NoCopy", TRUTH},
    {"tmpfs-size", "TmpfsOptions", "SizeBytes", BYTES},
    {"tmpfs-mode", "TmpfsOptions", "Mode", MODE},
    {"bind-nonrecursive", NULL, NULL, NEVER},
    {"bind-recursive", NULL, NULL, NEVER},
    {"volume-subpath", NULL, NULL, NEVER},
    {"volume-label", NULL, NULL, NEVER},
    {"volume-driver", NULL, NULL, NEVER},
    {"volume-opt", NULL, NULL, NEVER},
    {"image-subpath", NULL, NULL, NEVER},
};

/* One "key=value" of --mount. */
static bool mount_field(struct run_request *request, json_t *mount, const char *spec, const char *key, const char *value)
{
    for (size_t i = 0; i < ARRAY_LEN(FIELDS); i++) {
        if (!str_equal(FIELDS[i].spelling, key))
            continue;
        json_t *set = NULL;
        bool yes;
        int64_t bytes;
        char *end;
        switch (FIELDS[i].kind) {
        case TEXT:
            set = json_text_value(value, strlen(value));
            break;
        case PATH: {
            cleanup_free char *path = absolute(value);
            set = json_text_value(path, strlen(path));
            break;
        }
        case TRUTH:
            set = truth(value, &yes) ? json_boolean(yes) : NULL;
            break;
        case BYTES:
            set = units_parse_bytes(value, &bytes) ? json_integer(bytes) : NULL;
            break;
        case MODE:
            set = json_integer(strtol(value, &end, 8));
            break;
        case NEVER:
            return run_refuse(request, "--mount %s is not supported by this engine yet", key);
        }
        if (!set)
            return run_bad(request, "mount", spec, "invalid value for %s: %s", key, value);
        if (FIELDS[i].group)
            set_in(mount, FIELDS[i].group, FIELDS[i].name, set);
        else
            json_object_set_new(mount, FIELDS[i].name, set);
        return true;
    }
    return run_bad(request, "mount", spec, "unknown option '%s' in '%s=%s'", key, key, value);
}

static bool add_mount(struct run_request *request, const char *spec)
{
    json_t *mounts = json_object_get(request->host, "Mounts");
    if (!mounts)
        json_object_set_new(request->host, "Mounts", mounts = json_array());
    json_t *mount = json_pack("{s:s}", "Type", "volume");
    json_array_append_new(mounts, mount);
    cleanup_strv char **parts = str_split(spec, ',');
    for (size_t i = 0; parts[i]; i++) {
        char *equals = strchr(parts[i], '=');
        bool alone = str_equal(parts[i], "readonly") || str_equal(parts[i], "ro") || str_equal(parts[i], "volume-nocopy");
        if (!equals && !alone)
            return run_bad(request, "mount", spec, "invalid field '%s' must be a key=value pair", parts[i]);
        if (equals)
            *equals = '\0';
        cleanup_free char *key = str_lower(parts[i]);
        if (!mount_field(request, mount, spec, key, equals ? equals + 1 : ""))
            return false;
    }
    if (!json_object_get(mount, "Target"))
        return run_bad(request, "mount", spec, "target is required");
    return true;
}

bool run_mounts(struct run_request *request)
{
    const struct run_options *options = request->options;
    for (char **spec = options->volume; spec && *spec; spec++)
        add_volume(request, *spec);
    for (char **spec = options->tmpfs; spec && *spec; spec++)
        add_tmpfs(request, *spec);
    for (char **spec = options->mount; spec && *spec; spec++)
        if (!add_mount(request, *spec))
            return false;
    return true;
}

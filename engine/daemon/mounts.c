/* Binds, volumes and tmpfs of a container: from the four places of a request where they may stand to one table by destination. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "volume/volume.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct mode {
    bool read_only, no_copy;
    const char *propagation; /* "" when none was given */
};

static bool mode_parse(const char *text, struct mode *mode)
{
    static const char *const propagations[] = {"rprivate", "private", "rshared", "shared", "rslave", "slave"};
    static const char *const harmless[] = {"rw", "z", "Z", "delegated", "cached", "consistent"};
    *mode = (struct mode){.propagation = ""};
    cleanup_strv char **words = str_split(text, ',');
    for (size_t i = 0; words[i]; i++) {
        bool known = false;
        if (str_equal(words[i], "ro"))
            mode->read_only = known = true;
        if (str_equal(words[i], "nocopy"))
            mode->no_copy = known = true;
        for (size_t j = 0; j < ARRAY_LEN(propagations); j++)
            if (str_equal(words[i], propagations[j]))
                mode->propagation = propagations[j], known = true;
        for (size_t j = 0; j < ARRAY_LEN(harmless); j++)
            known |= str_equal(words[i], harmless[j]);
        if (!known)
            return false;
    }
    return true;
}

/* "/a//b/../c/" to "/a/c"; the path need not exist. */
static char *path_clean(const char *path)
{
    cleanup_strv char **parts = str_split(path, '/');
    char **kept = NULL;
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
    strv_free(kept);
    return str_format("/%s", joined ? joined : "");
}

static int add(json_t *mounts, const char *destination, json_t *mount, struct error *err)
{
    cleanup_free char *clean = path_clean(destination);
    if (json_object_get(mounts, clean)) {
        json_decref(mount);
        return error_set(err, EINVAL, "Duplicate mount point: %s", clean);
    }
    json_object_set_new(mount, "Destination", json_string(clean));
    json_object_set_new(mounts, clean, mount);
    return 0;
}

static json_t *mount_new(const char *type, const char *source, const char *name, const struct mode *mode, const char *mode_text)
{
    json_t *mount = json_object();
    json_object_set_new(mount, "Source", json_string(source));
    json_object_set_new(mount, "Destination", json_string(""));
    json_object_set_new(mount, "RW", json_boolean(!mode->read_only));
    json_object_set_new(mount, "Name", json_string(name));
    json_object_set_new(mount, "Driver", json_string(str_equal(type, "volume") ? "local" : ""));
    json_object_set_new(mount, "Type", json_string(type));
    bool bind = str_equal(type, "bind");
    json_object_set_new(mount, "Propagation", json_string(*mode->propagation ? mode->propagation : bind ? "rprivate" : ""));
    json_object_set_new(mount, "Mode", json_string(mode_text));
    if (mode->no_copy)
        json_object_set_new(mount, "NoCopy", json_true());
    return mount;
}

static bool volume_name_valid(const char *name)
{
    if (!isalnum((unsigned char)*name))
        return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_.-", *c))
            return false;
    return true;
}

/* "source:destination[:mode]" of -v. */
static int parse_bind(json_t *mounts, const char *text, struct error *err)
{
    cleanup_strv char **parts = str_split(text, ':');
    size_t count = strv_len(parts);
    struct mode mode = {.propagation = ""};
    if (count < 2 || count > 3 || !*parts[0] || !*parts[1])
        return error_set(err, EINVAL, "invalid volume specification: '%s'", text);
    const char *type = *parts[0] == '/' ? "bind" : "volume";
    /* dockerd answers these two with 500, and so do we. */
    if (count == 3 && !mode_parse(parts[2], &mode))
        return error_set(err, EIO, "invalid mode: %s", parts[2]);
    if (*parts[1] != '/')
        return error_set(
            err, EIO,
            "invalid volume specification: '%s': invalid mount config for type \"%s\": invalid mount path: '%s' mount path "
            "must be absolute",
            text, type, parts[1]);
    if (str_equal(parts[1], "/"))
        return error_set(err, EINVAL, "invalid volume specification: '%s': invalid specification: destination can't be '/'", text);
    if (*parts[0] != '/' && !volume_name_valid(parts[0]))
        return error_set(
            err, EINVAL,
            "create %s: \"%s\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are "
            "allowed. If you intended to pass a host directory, use absolute path",
            parts[0], parts[0]);
    bool bind = *parts[0] == '/';
    json_t *mount = mount_new(type, bind ? parts[0] : "", bind ? "" : parts[0], &mode, count == 3 ? parts[2] : bind ? "" : "z");
    if (bind)
        json_object_set_new(mount, "CreateSource", json_true()); /* -v makes a missing directory, --mount does not */
    return add(mounts, parts[1], mount, err);
}

static int check_bind_source(const char *source, struct error *err)
{
    struct stat status;
    if (*source != '/')
        return error_set(err, EINVAL,
                         "invalid mount config for type \"bind\": invalid mount path: '%s' mount path must be absolute", source);
    if (stat(source, &status) < 0)
        return error_set(err, EINVAL, "invalid mount config for type \"bind\": bind source path does not exist: %s", source);
    return 0;
}

static json_t *tmpfs_options(const json_t *entry)
{
    struct buf options = BUF_INIT;
    if (json_num(entry, "TmpfsOptions.SizeBytes", 0))
        buf_printf(&options, "size=%lld", json_num(entry, "TmpfsOptions.SizeBytes", 0));
    long long mode = json_num(entry, "TmpfsOptions.Mode", 0);
    if (mode)
        buf_printf(&options, "%smode=%llo", options.len ? "," : "", (unsigned long long)mode);
    json_t *text = json_string(options.data ? options.data : "");
    buf_free(&options);
    return text;
}

/* One entry of HostConfig.Mounts (--mount). */
static int parse_mount(json_t *mounts, const json_t *entry, struct error *err)
{
    const char *type = json_str(entry, "Type", ""), *source = json_str(entry, "Source", ""),
               *target = json_str(entry, "Target", "");
    struct mode mode = {.read_only = json_flag(entry, "ReadOnly", false),
                        .propagation = json_str(entry, "BindOptions.Propagation", "")};
    mode.no_copy = json_flag(entry, "VolumeOptions.NoCopy", false);
    bool bind = str_equal(type, "bind"), volume = str_equal(type, "volume"), tmpfs = str_equal(type, "tmpfs");
    if (!bind && !volume && !tmpfs)
        return error_set(err, EINVAL, "mount type unknown: \"%s\"", type);
    if (!*target)
        return error_set(err, EINVAL, "invalid mount config for type \"%s\": field Target must not be empty", type);
    if (*target != '/')
        return error_set(err, EINVAL, "invalid mount config for type \"%s\": invalid mount path: '%s' mount path must be absolute",
                         type, target);
    if (bind && !*source)
        return error_set(err, EINVAL, "invalid mount config for type \"bind\": field Source must not be empty");
    if (tmpfs && *source)
        return error_set(err, EINVAL, "invalid mount config for type \"tmpfs\": field Source must not be specified");
    const char *driver = json_str(entry, "VolumeOptions.DriverConfig.Name", "");
    if (volume && *driver && !str_equal(driver, "local"))
        return error_set(err, ENOENT, "error looking up volume plugin %s: plugin \"%s\" not found", driver, driver);
    if (volume && *source && !volume_name_valid(source))
        return error_set(err, EINVAL, "create %s: \"%s\" includes invalid characters for a local volume name", source, source);
    if (bind && json_flag(entry, "BindOptions.CreateMountpoint", false) == false) {
        int rc = check_bind_source(source, err);
        if (rc < 0)
            return rc;
    }
    json_t *mount = mount_new(type, bind ? source : "", volume ? source : "", &mode, volume ? "z" : "");
    if (bind)
        json_object_set_new(mount, "CreateSource", json_true());
    if (tmpfs)
        json_object_set_new(mount, "Options", tmpfs_options(entry));
    return add(mounts, target, mount, err);
}

static int parse_tmpfs(json_t *mounts, const char *destination, const char *options, struct error *err)
{
    struct mode mode = {.propagation = ""};
    if (*destination != '/')
        return error_set(err, EINVAL, "invalid mount path: '%s' mount path must be absolute", destination);
    json_t *mount = mount_new("tmpfs", "", "", &mode, "");
    json_object_set_new(mount, "Options", json_string(options));
    json_object_set_new(mount, "Hidden", json_true()); /* --tmpfs is not among the Mounts that inspect shows */
    return add(mounts, destination, mount, err);
}

json_t *mounts_parse(const json_t *config, const json_t *host, struct error *err)
{
    json_t *mounts = json_object();
    size_t i;
    json_t *entry;
    const char *key;
    int rc = 0;
    json_array_foreach(json_object_get(host, "Binds"), i, entry)
    {
        if (rc == 0)
            rc = parse_bind(mounts, json_string_value(entry) ? json_string_value(entry) : "", err);
    }
    json_array_foreach(json_object_get(host, "Mounts"), i, entry)
    {
        if (rc == 0)
            rc = parse_mount(mounts, entry, err);
    }
    json_object_foreach(json_object_get(host, "Tmpfs"), key, entry)
    {
        if (rc == 0)
            rc = parse_tmpfs(mounts, key, json_string_value(entry) ? json_string_value(entry) : "", err);
    }
    json_object_foreach(json_object_get(config, "Volumes"), key, entry)
    {
        cleanup_free char *clean = path_clean(key);
        struct mode mode = {.propagation = ""};
        if (rc != 0 || json_object_get(mounts, clean))
            continue; /* a -v for the same place wins */
        if (*key != '/')
            rc = error_set(err, EINVAL, "invalid volume specification: '%s'", key);
        else
            rc = add(mounts, key, mount_new("volume", "", "", &mode, ""), err);
    }
    if (rc == 0)
        return mounts;
    json_decref(mounts);
    return NULL;
}

int mounts_prepare(const char *data_root, json_t *mounts, json_t *made, struct error *err)
{
    const char *destination;
    json_t *mount;
    json_object_foreach(mounts, destination, mount)
    {
        const char *type = json_str(mount, "Type", ""), *name = json_str(mount, "Name", "");
        if (str_equal(type, "bind") && json_flag(mount, "CreateSource", false)) {
            int rc = path_exists(json_str(mount, "Source", "")) ? 0 : path_make_dirs(json_str(mount, "Source", ""), 0755, err);
            if (rc < 0)
                return error_prefix(err, "error while creating mount source path '%s'", json_str(mount, "Source", ""));
        }
        if (!str_equal(type, "volume"))
            continue;
        cleanup_free char *named = NULL, *mountpoint = NULL;
        int rc = volume_ensure(data_root, name, &named, &mountpoint, err);
        if (rc < 0)
            return rc;
        bool anonymous = !*name;
        if (anonymous) {
            json_object_set_new(mount, "Name", json_string(named));
            json_object_set_new(mount, "Anonymous", json_true());
            json_array_append_new(made, json_string(named));
        }
        json_object_set_new(mount, "Source", json_string(mountpoint));
    }
    return 0;
}

json_t *mounts_describe(const json_t *mounts)
{
    json_t *list = json_array(), *mount;
    const char *destination;
    json_object_foreach((json_t *)mounts, destination, mount)
    {
        if (json_flag(mount, "Hidden", false))
            continue;
        const char *type = json_str(mount, "Type", "");
        bool volume = str_equal(type, "volume");
        json_t *shown = json_object();
        json_object_set_new(shown, "Type", json_string(type));
        if (volume)
            json_object_set(shown, "Name", json_object_get(mount, "Name"));
        json_object_set(shown, "Source", json_object_get(mount, "Source"));
        json_object_set(shown, "Destination", json_object_get(mount, "Destination"));
        if (volume)
            json_object_set(shown, "Driver", json_object_get(mount, "Driver"));
        json_object_set(shown, "Mode", json_object_get(mount, "Mode"));
        json_object_set(shown, "RW", json_object_get(mount, "RW"));
        json_object_set(shown, "Propagation", json_object_get(mount, "Propagation"));
        json_array_append_new(list, shown);
    }
    return list;
}

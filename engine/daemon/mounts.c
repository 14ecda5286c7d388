/* Binds, volumes and tmpfs of a container: from the places of a request where they may stand to one table by destination. What is
 * here looks at the request alone; making and mounting is for volumes.c. Sentences are dockerd's. */
#include "base/digest.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "volume/volume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct mode {
    bool read_only, no_copy;
    const char *propagation; /* "" when none was given */
};

/* Words of a mode; of each group at most one. */
enum group { ACCESS, LABEL, PROPAGATION, COPY, CONSISTENCY, GROUPS };

static const struct {
    const char *word;
    enum group group;
} mode_words[] = {
    {"ro", ACCESS},
    {"rw", ACCESS},
    {"z", LABEL},
    {"Z", LABEL},
    {"private", PROPAGATION},
    {"rprivate", PROPAGATION},
    {"shared", PROPAGATION},
    {"rshared", PROPAGATION},
    {"slave", PROPAGATION},
    {"rslave", PROPAGATION},
    {"nocopy", COPY},
    {"delegated", CONSISTENCY},
    {"cached", CONSISTENCY},
    {"consistent", CONSISTENCY},
    {"default", CONSISTENCY},
};

/* `given` counts what was there of each group. */
static bool mode_parse(const char *text, struct mode *mode, int given[GROUPS])
{
    *mode = (struct mode){.propagation = ""};
    memset(given, 0, GROUPS * sizeof *given);
    cleanup_strv char **words = str_split(text, ',');
    for (size_t i = 0; *text && words[i]; i++) {
        size_t j = 0;
        while (j < ARRAY_LEN(mode_words) && !str_equal(mode_words[j].word, words[i]))
            j++;
        if (j == ARRAY_LEN(mode_words) || ++given[mode_words[j].group] > 1)
            return false;
        if (mode_words[j].group == PROPAGATION)
            mode->propagation = mode_words[j].word;
        mode->read_only |= str_equal(words[i], "ro");
        mode->no_copy |= str_equal(words[i], "nocopy");
    }
    return true;
}

static bool propagation_known(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(mode_words); i++)
        if (mode_words[i].group == PROPAGATION && str_equal(mode_words[i].word, word))
            return true;
    return false;
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

static json_t *mount_make(const char *type, const char *source, const char *name, const struct mode *mode, const char *mode_text)
{
    json_t *mount = json_object();
    bool bind = str_equal(type, "bind");
    cleanup_free char *clean = bind ? path_clean(source) : xstrdup(source);
    json_object_set_new(mount, "Source", json_string(clean));
    json_object_set_new(mount, "Destination", json_string(""));
    json_object_set_new(mount, "RW", json_boolean(!mode->read_only));
    json_object_set_new(mount, "Name", json_string(name));
    json_object_set_new(mount, "Driver", json_string(str_equal(type, "volume") ? "local" : ""));
    json_object_set_new(mount, "Type", json_string(type));
    json_object_set_new(mount, "Propagation", json_string(*mode->propagation ? mode->propagation : bind ? "rprivate" : ""));
    json_object_set_new(mount, "Mode", json_string(mode_text));
    if (mode->no_copy)
        json_object_set_new(mount, "NoCopy", json_true());
    return mount;
}

/* What both ways of asking have in common: where it goes. */
static int check_target(const char *type, const char *target, struct error *err)
{
    cleanup_free char *clean = path_clean(target);
    if (!*target)
        return error_set(err, EINVAL, "invalid mount config for type \"%s\": field Target must not be empty", type);
    if (str_equal(clean, "/"))
        return error_set(err, EINVAL, "invalid mount config for type \"%s\": invalid specification: destination can't be '/'",
                         type);
    if (*target != '/')
        return error_set(err, EINVAL, "invalid mount config for type \"%s\": invalid mount path: '%s' mount path must be absolute",
                         type, target);
    return 0;
}

static int check_driver(const char *driver, const char *name, struct error *err)
{
    if (!*driver || str_equal(driver, "local"))
        return 0;
    return error_set(err, ENOENT, "create %s: error looking up volume plugin %s: plugin \"%s\" not found", name, driver, driver);
}

/* "destination", "source:destination" or "source:destination:mode" of -v. */
static int parse_bind(json_t *mounts, const char *text, const char *driver, struct error *err)
{
    cleanup_strv char **parts = str_split(text, ':');
    size_t count = strv_len(parts);
    struct mode mode = {.propagation = ""}, unused;
    int given[GROUPS];
    if (count > 3 || !*parts[0] || (count > 1 && !*parts[1]) || (count == 2 && mode_parse(parts[1], &unused, given)))
        return error_set(err, EINVAL, "invalid volume specification: '%s'", text);
    /* dockerd answers what it finds from here on with 500, and so do we. */
    if (count == 3 && !mode_parse(parts[2], &mode, given))
        return error_set(err, EIO, "invalid mode: %s", parts[2]);
    const char *source = count > 1 ? parts[0] : "", *target = count > 1 ? parts[1] : parts[0];
    bool bind = *source == '/';
    const char *type = bind ? "bind" : "volume";
    if (check_target(type, target, err) < 0) {
        error_prefix(err, "invalid volume specification: '%s'", text);
        return -(err->code = EIO);
    }
    if (!bind && *source && volume_check_name(source, err) < 0)
        return -err->code;
    int rc = bind ? 0 : check_driver(driver, source, err);
    if (rc < 0)
        return rc;
    json_t *mount = mount_make(type, bind ? source : "", bind ? "" : source, &mode,
                               count == 3         ? parts[2]
                               : bind || !*source ? ""
                                                  : "z");
    if (bind)
        json_object_set_new(mount, "CreateSource", json_true()); /* -v makes a missing directory, --mount does not */
    return add(mounts, target, mount, err);
}

static json_t *tmpfs_options(const json_t *entry)
{
    struct buf options = BUF_INIT;
    if (json_flag(entry, "ReadOnly", false))
        buf_puts(&options, "ro");
    if (json_num(entry, "TmpfsOptions.SizeBytes", 0))
        buf_printf(&options, "%ssize=%lld", options.len ? "," : "", json_num(entry, "TmpfsOptions.SizeBytes", 0));
    long long mode = json_num(entry, "TmpfsOptions.Mode", 0);
    if (mode)
        buf_printf(&options, "%smode=%llo", options.len ? "," : "", (unsigned long long)mode);
    json_t *text = json_string(options.data ? options.data : "");
    buf_free(&options);
    return text;
}

static int extra_field(const char *type, const char *field, struct error *err)
{
    return error_set(err, EINVAL, "invalid mount config for type \"%s\": field %s must not be specified", type, field);
}

static int check_mount_bind(const json_t *entry, const char *source, struct error *err)
{
    struct stat status;
    const char *propagation = json_str(entry, "BindOptions.Propagation", "");
    if (!*source)
        return error_set(err, EINVAL, "invalid mount config for type \"bind\": field Source must not be empty");
    if (json_is_object(json_object_get(entry, "VolumeOptions")))
        return extra_field("bind", "VolumeOptions", err);
    if (*propagation && !propagation_known(propagation))
        return error_set(err, EINVAL, "invalid mount config for type \"bind\": invalid propagation mode: %s", propagation);
    if (json_flag(entry, "BindOptions.ReadOnlyForceRecursive", false) &&
        (!json_flag(entry, "ReadOnly", false) || json_flag(entry, "BindOptions.ReadOnlyNonRecursive", false)))
        return error_set(
            err, EINVAL,
            "invalid mount config for type \"bind\": ReadOnlyForceRecursive needs ReadOnly, and no ReadOnlyNonRecursive");
    if (*source != '/')
        return error_set(err, EINVAL,
                         "invalid mount config for type \"bind\": invalid mount path: '%s' mount path must be absolute", source);
    if (!json_flag(entry, "BindOptions.CreateMountpoint", false) && stat(source, &status) < 0)
        return error_set(err, EINVAL, "invalid mount config for type \"bind\": bind source path does not exist: %s", source);
    return 0;
}

/* Relative, and never above where it begins, as a text: links are a matter of the start. */
static bool stays_inside(const char *path)
{
    cleanup_strv char **parts = str_split(path, '/');
    int depth = 0;
    for (size_t i = 0; *path != '/' && parts[i] && depth >= 0; i++)
        depth += str_equal(parts[i], "..") ? -1 : *parts[i] && !str_equal(parts[i], ".");
    return *path != '/' && depth >= 0;
}

static int check_subpath(const char *subpath, const char *source, struct error *err)
{
    if (!*subpath)
        return 0;
    if (!*source)
        return error_set(err, EINVAL,
                         "invalid mount config for type \"volume\": must not set Subpath when using anonymous volumes");
    return stays_inside(subpath) ? 0
                                 : error_set(err, EINVAL,
                                             "invalid mount config for type \"volume\": subpath must be a relative path within the "
                                             "volume");
}

static int check_mount_volume(const json_t *entry, const char *source, struct error *err)
{
    if (json_is_object(json_object_get(entry, "BindOptions")))
        return extra_field("volume", "BindOptions", err);
    if (check_subpath(json_str(entry, "VolumeOptions.Subpath", ""), source, err) < 0)
        return -err->code;
    if (!*source && json_flag(entry, "ReadOnly", false))
        return error_set(err, EINVAL,
                         "invalid mount config for type \"volume\": must not set ReadOnly mode when using anonymous volumes");
    if (*source && volume_check_name(source, err) < 0)
        return -err->code;
    int rc = check_driver(json_str(entry, "VolumeOptions.DriverConfig.Name", ""), source, err);
    if (rc == 0 && volume_options_check(json_at(entry, "VolumeOptions.DriverConfig.Options"), err) < 0)
        rc = error_prefix(err, "create %s", source);
    return rc;
}

static int check_mount_tmpfs(const json_t *entry, const char *source, struct error *err)
{
    static const char *const others[] = {"BindOptions", "VolumeOptions"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (json_is_object(json_object_get(entry, others[i])))
            return extra_field("tmpfs", others[i], err);
    if (*source)
        return extra_field("tmpfs", "Source", err);
    if (json_num(entry, "TmpfsOptions.SizeBytes", 0) < 0)
        return error_set(err, EINVAL, "invalid mount config for type \"tmpfs\": the size of a tmpfs cannot be negative");
    return 0;
}

static const struct {
    const char *name;
    int (*check)(const json_t *entry, const char *source, struct error *err);
} mount_types[] = {{"bind", check_mount_bind}, {"volume", check_mount_volume}, {"tmpfs", check_mount_tmpfs}};

/* One entry of HostConfig.Mounts (--mount). */
static int parse_mount(json_t *mounts, const json_t *entry, struct error *err)
{
    const char *type = json_str(entry, "Type", ""), *source = json_str(entry, "Source", ""),
               *target = json_str(entry, "Target", "");
    size_t kind = 0;
    while (kind < ARRAY_LEN(mount_types) && !str_equal(mount_types[kind].name, type))
        kind++;
    int rc = check_target(type, target, err);
    if (rc == 0 && kind == ARRAY_LEN(mount_types))
        rc = error_set(err, EINVAL, "invalid mount config for type \"%s\": mount type unknown", type);
    if (rc == 0)
        rc = mount_types[kind].check(entry, source, err);
    if (rc < 0)
        return rc;
    struct mode mode = {.read_only = json_flag(entry, "ReadOnly", false),
                        .no_copy = json_flag(entry, "VolumeOptions.NoCopy", false),
                        .propagation = json_str(entry, "BindOptions.Propagation", "")};
    bool bind = str_equal(type, "bind"), volume = str_equal(type, "volume"), tmpfs = str_equal(type, "tmpfs");
    json_t *mount = mount_make(type, bind ? source : "", volume ? source : "", &mode, volume ? "z" : "");
    if (bind && json_flag(entry, "BindOptions.CreateMountpoint", false))
        json_object_set_new(mount, "CreateSource", json_true());
    if (bind && json_flag(entry, "BindOptions.NonRecursive", false))
        json_object_set_new(mount, "NonRecursive", json_true());
    if (bind && json_flag(entry, "BindOptions.ReadOnlyForceRecursive", false))
        json_object_set_new(mount, "ReadOnlyRecursive", json_true());
    if (volume && *json_str(entry, "VolumeOptions.Subpath", ""))
        json_object_set(mount, "Subpath", json_at(entry, "VolumeOptions.Subpath"));
    if (tmpfs)
        json_object_set_new(mount, "Options", tmpfs_options(entry));
    json_object_set(mount, "Spec", (json_t *)entry);
    return add(mounts, target, mount, err);
}

/* Options that a tmpfs of --tmpfs may have; those with a value are the file system's. */
static bool tmpfs_option_known(const char *option)
{
    static const char *const flags[] = {
        "",         "ro",         "rw",          "suid",          "nosuid",  "dev",      "nodev",    "exec",
        "noexec",   "sync",       "async",       "dirsync",       "atime",   "noatime",  "diratime", "nodiratime",
        "relatime", "norelatime", "strictatime", "nostrictatime", "private", "rprivate", "shared",   "rshared",
        "slave",    "rslave",     "unbindable",  "runbindable",   "mand",    "nomand"};
    static const char *const values[] = {"size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol"};
    size_t len = strcspn(option, "=");
    for (size_t i = 0; i < ARRAY_LEN(flags) && !option[len]; i++)
        if (str_equal(flags[i], option))
            return true;
    for (size_t i = 0; i < ARRAY_LEN(values) && option[len]; i++)
        if (strlen(values[i]) == len && strncmp(values[i], option, len) == 0)
            return true;
    return false;
}

static int parse_tmpfs(json_t *mounts, const char *destination, const char *options, struct error *err)
{
    struct mode mode = {.propagation = ""};
    cleanup_free char *clean = path_clean(destination);
    if (*destination != '/')
        return error_set(err, EINVAL, "invalid mount path: '%s' mount path must be absolute", destination);
    if (str_equal(clean, "/"))
        return error_set(err, EINVAL, "invalid specification: destination can't be '/'");
    cleanup_strv char **words = str_split(options, ',');
    for (size_t i = 0; words[i]; i++)
        if (!tmpfs_option_known(words[i]))
            return error_set(err, EINVAL, "Invalid tmpfs option [\"%.*s\"%s%s%s]", (int)strcspn(words[i], "="), words[i],
                             strchr(words[i], '=') ? " \"" : "", strchr(words[i], '=') ? strchr(words[i], '=') + 1 : "",
                             strchr(words[i], '=') ? "\"" : "");
    json_t *mount = mount_make("tmpfs", "", "", &mode, "");
    json_object_set_new(mount, "Options", json_string(options));
    json_object_set_new(mount, "Hidden", json_true()); /* --tmpfs is not among the Mounts that inspect shows */
    return add(mounts, destination, mount, err);
}

/* Config.Volumes: of the image, and `-v /path`. */
static int parse_volume(json_t *mounts, const char *destination, const char *driver, struct error *err)
{
    cleanup_free char *clean = path_clean(destination);
    struct mode mode = {.propagation = ""};
    if (json_object_get(mounts, clean))
        return 0; /* a -v for the same place wins */
    if (*destination != '/')
        return error_set(err, EINVAL, "invalid volume specification: '%s'", destination);
    if (str_equal(clean, "/"))
        return error_set(err, EINVAL, "invalid volume specification: '%s': invalid specification: destination can't be '/'",
                         destination);
    int rc = check_driver(driver, "", err);
    if (rc < 0)
        return rc;
    json_t *mount = mount_make("volume", "", "", &mode, "");
    json_object_set_new(mount, "Implied", json_true());
    return add(mounts, destination, mount, err);
}

static const char *text_of(const json_t *value) { return str_or(json_string_value(value), ""); }

json_t *mounts_parse(const json_t *config, const json_t *host, struct error *err)
{
    json_t *mounts = json_object(), *entry;
    const char *key, *driver = json_str(host, "VolumeDriver", "");
    size_t i;
    int rc = 0;
    json_array_foreach(json_object_get(host, "Binds"), i, entry)
    {
        if (rc == 0)
            rc = parse_bind(mounts, text_of(entry), driver, err);
    }
    json_array_foreach(json_object_get(host, "Mounts"), i, entry)
    {
        if (rc == 0)
            rc = parse_mount(mounts, entry, err);
    }
    json_object_foreach(json_object_get(host, "Tmpfs"), key, entry)
    {
        if (rc == 0)
            rc = parse_tmpfs(mounts, key, text_of(entry), err);
    }
    json_object_foreach(json_object_get(config, "Volumes"), key, entry)
    {
        if (rc == 0)
            rc = parse_volume(mounts, key, driver, err);
    }
    if (rc == 0)
        return mounts;
    json_decref(mounts);
    return NULL;
}

int volumes_from_parse(const char *spec, char **container, bool *read_only, struct error *err)
{
    const char *colon = strchr(spec, ':');
    struct mode mode;
    int given[GROUPS];
    if (!*spec)
        return error_set(err, EINVAL, "volumes-from specification cannot be an empty string");
    if (colon && (!mode_parse(colon + 1, &mode, given) || given[PROPAGATION] || given[COPY]))
        return error_set(err, EINVAL, "invalid mode: %s", colon + 1);
    *container = colon ? xstrndup(spec, (size_t)(colon - spec)) : xstrdup(spec);
    *read_only = colon && mode.read_only;
    return 0;
}

void mounts_inherit(json_t *mounts, const json_t *theirs, bool read_only)
{
    static const char *const kept[] = {"Type",        "Name",         "Source",           "Driver", "Destination",
                                       "Propagation", "CreateSource", "NonRecursive",     "Spec",   "Options",
                                       "Anonymous",   "Subpath",      "ReadOnlyRecursive"};
    const char *destination;
    json_t *mount;
    json_object_foreach((json_t *)theirs, destination, mount)
    {
        const json_t *mine = json_object_get(mounts, destination);
        bool ours = mine && !json_flag(mine, "Implied", false) && !json_flag(mine, "Inherited", false);
        if (ours || json_flag(mount, "Hidden", false))
            continue;
        json_t *copy = json_object();
        for (size_t i = 0; i < ARRAY_LEN(kept); i++)
            if (json_object_get(mount, kept[i]))
                json_object_set(copy, kept[i], json_object_get(mount, kept[i]));
        json_object_set_new(copy, "RW", json_boolean(json_flag(mount, "RW", true) && !read_only));
        json_object_set_new(copy, "Mode", json_string(""));
        json_object_set_new(copy, "NoCopy", json_true());
        json_object_set_new(copy, "Inherited", json_true());
        json_object_set_new(mounts, destination, copy);
    }
}

void mounts_name(const char *data_root, json_t *mounts)
{
    const char *destination;
    json_t *mount;
    json_object_foreach(mounts, destination, mount)
    {
        if (!str_equal(json_str(mount, "Type", ""), "volume"))
            continue;
        if (!*json_str(mount, "Name", "")) {
            char id[ID_TEXT];
            id_generate(id);
            json_object_set_new(mount, "Name", json_string(id));
            json_object_set_new(mount, "Anonymous", json_true());
        }
        cleanup_free char *source = volume_mountpoint(data_root, json_str(mount, "Name", ""));
        json_object_set_new(mount, "Source", json_string(source));
    }
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

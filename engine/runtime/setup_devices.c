/* Device nodes: those that every container has (runtime-spec config-linux.md#default-devices) and those of linux.devices. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const struct {
    const char *path;
    unsigned major, minor;
} defaults[] = {
    {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

/* A /dev that is bound from somewhere has its nodes already, and is not ours to write into. */
static bool dev_is_bound(const struct setup *setup)
{
    bool bound = false;
    for (size_t i = 0; i < setup->mount_count; i++) {
        const char *where = setup->mounts[i].destination;
        if (!strcmp(where, "/dev") || !strcmp(where, "/dev/"))
            bound = setup->mounts[i].options.bind;
    }
    return bound;
}

static int check_device(const json_t *item, const struct setup_device *device, struct error *err)
{
    const char *type = json_str(item, "type", "");
    if (*json_str(item, "path", "") != '/' || device->path[strspn(device->path, "/")] == 0)
        return error_set(err, EINVAL, "linux.devices: \"%s\" is no absolute path of a device", json_str(item, "path", ""));
    if (strlen(type) != 1 || !strchr("cbup", *type))
        return error_set(err, EINVAL, "linux.devices: %s: the type \"%s\" is none of c, b, u and p", device->path, type);
    if (device->type != 'p' &&
        (!json_is_integer(json_object_get(item, "major")) || !json_is_integer(json_object_get(item, "minor"))))
        return error_set(err, EINVAL, "linux.devices: %s needs a major and a minor number", device->path);
    return 0;
}

/* config-linux.md#devices; "u" is a character device without a buffer, as it was called once (mknod(1)). */
static int parse_device(const json_t *item, struct setup_device *device, struct error *err)
{
    const char *type = json_str(item, "type", ""), *path = json_str(item, "path", "");
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    *device = (struct setup_device){.path = xstrndup(path, len),
                                    .type = *type == 'u' ? 'c' : *type,
                                    .major = (unsigned)json_num(item, "major", 0),
                                    .minor = (unsigned)json_num(item, "minor", 0),
                                    .mode = (unsigned)json_num(item, "fileMode", 0666) & 07777,
                                    .uid = (unsigned)json_num(item, "uid", 0),
                                    .gid = (unsigned)json_num(item, "gid", 0),
                                    .tree = -EBADF};
    return check_device(item, device, err);
}

/* The last word on a path counts; `device` is taken over. */
static void add_device(struct setup *setup, struct setup_device device)
{
    for (size_t i = 0; i < setup->device_count; i++)
        if (!strcmp(setup->devices[i].path, device.path)) {
            free(setup->devices[i].path);
            setup->devices[i] = device;
            return;
        }
    setup->devices[setup->device_count++] = device;
}

/* What a /dev that is bound has, it has; and /dev/ptmx is the container's own devpts' in any case. */
static bool is_there_anyway(const struct setup *setup, const char *path)
{
    return !strcmp(path, "/dev/ptmx") || (setup->bound_dev && str_starts(path, "/dev/"));
}

static int gather(struct setup *setup, const json_t *list, struct error *err)
{
    size_t i;
    json_t *item;
    setup->devices = xcalloc(ARRAY_LEN(defaults) + json_array_size(list), sizeof *setup->devices);
    for (i = 0; i < ARRAY_LEN(defaults) && !setup->bound_dev; i++) {
        struct setup_device device = {xstrdup(defaults[i].path), 'c', defaults[i].major, defaults[i].minor, 0666, 0, 0, -EBADF};
        add_device(setup, device);
    }
    json_array_foreach(list, i, item)
    {
        struct setup_device device;
        int rc = parse_device(item, &device, err);
        if (rc < 0 || is_there_anyway(setup, device.path))
            free(device.path);
        else
            add_device(setup, device);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static bool is_device(const char *path, const struct setup_device *device)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_rdev == makedev(device->major, device->minor) &&
           (S_ISCHR(st.st_mode) ? device->type == 'c' : S_ISBLK(st.st_mode) && device->type == 'b');
}

/* Where there is a node of this device to be bound: at the same path, or anywhere in /dev. NULL: nowhere. */
static char *node_of(const struct setup_device *device)
{
    if (is_device(device->path, device))
        return xstrdup(device->path);
    DIR *dir cleanup_dir = opendir("/dev");
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char *path cleanup_free = str_format("/dev/%s", entry->d_name);
        if (is_device(path, device))
            return move_ptr(path);
    }
    return NULL;
}

static int bind_node(struct setup_device *device, struct error *err)
{
    struct mount_options plain = {.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, .as_given = (char *)""};
    char *node cleanup_free = node_of(device);
    if (!node)
        return error_set(err, ENOENT,
                         "device %s (%c %u:%u): a user namespace makes no nodes, and there is none in /dev that could be bound",
                         device->path, device->type, device->major, device->minor);
    device->tree = mount_copy(AT_FDCWD, node, &plain, device->path, err);
    return device->tree < 0 ? device->tree : 0;
}

/* A node in `nodes` that belongs to whom the container's map says. */
static int make_outer(struct setup *setup, int nodes, const char *name, const struct setup_device *device)
{
    const json_t *linux_section = json_object_get(setup->config, "linux");
    uid_t uid = namespace_outer_id(json_object_get(linux_section, "uidMappings"), device->uid);
    gid_t gid = namespace_outer_id(json_object_get(linux_section, "gidMappings"), device->gid);
    int64_t start = step_start();
    int rc = mknodat(nodes, name, device->type == 'b' ? S_IFBLK : S_IFCHR, makedev(device->major, device->minor)) < 0 ||
                     fchownat(nodes, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 || fchmodat(nodes, name, device->mode, 0) < 0
                 ? -errno
                 : 0;
    step_recordf(setup->steps, start, rc, "mknod", device->path, "mknod -m %o %s %c %u %u", device->mode, device->path,
                 device->type, device->major, device->minor);
    return rc;
}

/* A user namespace makes no nodes, and whoever may make them outside makes them for it, in a file system of their own, named by
 * their index. -EPERM: so may we not. */
static int make_nodes(struct setup *setup, struct error *err)
{
    char *data[] = {(char *)"mode=755", NULL};
    const struct mount_options options = {.data = data, .as_given = data[0]};
    if (namespace_confined())
        return -EPERM;
    int nodes cleanup_close = mount_new("tmpfs", "devices", &options, "a place for devices", err);
    for (size_t i = 0; nodes >= 0 && i < setup->device_count; i++) {
        char name[24];
        snprintf(name, sizeof name, "%zu", i);
        int rc = setup->devices[i].type == 'p' ? 0 : make_outer(setup, nodes, name, &setup->devices[i]);
        if (rc < 0)
            return rc == -EPERM ? rc : error_errno(err, -rc, "make the device %s", setup->devices[i].path);
    }
    if (nodes < 0)
        return nodes;
    setup->nodes = move_fd(nodes);
    return 0;
}

int setup_devices(struct setup *setup, struct error *err)
{
    setup->bound_dev = dev_is_bound(setup);
    int rc = gather(setup, json_at(setup->config, "linux.devices"), err);
    if (rc < 0 || !setup->device_count || !(setup->user_namespace || namespace_confined()))
        return rc;
    rc = make_nodes(setup, err);
    if (rc != -EPERM)
        return rc;
    rc = 0;
    for (size_t i = 0; i < setup->device_count && !rc; i++)
        if (setup->devices[i].type != 'p')
            rc = bind_node(&setup->devices[i], err);
    return rc;
}

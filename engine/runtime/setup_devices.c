/* Device nodes: those that every container has (runtime-spec config-linux.md#default-devices) and those of linux.devices. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static const struct setup_device defaults[] = {
    {"/dev/null", 'c', 1, 3, 0666, 0, 0, -EBADF},    {"/dev/zero", 'c', 1, 5, 0666, 0, 0, -EBADF},
    {"/dev/full", 'c', 1, 7, 0666, 0, 0, -EBADF},    {"/dev/random", 'c', 1, 8, 0666, 0, 0, -EBADF},
    {"/dev/urandom", 'c', 1, 9, 0666, 0, 0, -EBADF}, {"/dev/tty", 'c', 5, 0, 0666, 0, 0, -EBADF},
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

static int parse_device(const json_t *item, struct setup_device *device, struct error *err)
{
    const char *type = json_str(item, "type", "");
    *device = (struct setup_device){.path = json_str(item, "path", ""),
                                    .type = *type == 'u' ? 'c' : *type,
                                    .major = (unsigned)json_num(item, "major", 0),
                                    .minor = (unsigned)json_num(item, "minor", 0),
                                    .mode = (unsigned)json_num(item, "fileMode", 0666) & 07777,
                                    .uid = (unsigned)json_num(item, "uid", 0),
                                    .gid = (unsigned)json_num(item, "gid", 0),
                                    .tree = -EBADF};
    if (*device->path != '/' || !device->type || !strchr("cbp", device->type))
        return error_set(err, EINVAL, "linux.devices: \"%s\" of type \"%s\" is no device", device->path, type);
    return 0;
}

static void add_device(struct setup *setup, const struct setup_device *device)
{
    for (size_t i = 0; i < setup->device_count; i++)
        if (!strcmp(setup->devices[i].path, device->path)) {
            setup->devices[i] = *device;
            return;
        }
    setup->devices[setup->device_count++] = *device;
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
    struct mount_options plain = {.as_given = (char *)""};
    char *node cleanup_free = node_of(device);
    if (!node)
        return error_set(err, ENOENT,
                         "device %s (%c %u:%u): a user namespace makes no nodes, and there is none in /dev that could be bound",
                         device->path, device->type, device->major, device->minor);
    device->tree = mount_copy(AT_FDCWD, node, &plain, device->path, err);
    return device->tree < 0 ? device->tree : 0;
}

int setup_devices(struct setup *setup, struct error *err)
{
    const json_t *list = json_at(setup->config, "linux.devices");
    size_t i;
    json_t *item;
    if (dev_is_bound(setup))
        return 0;
    setup->devices = xcalloc(ARRAY_LEN(defaults) + json_array_size(list), sizeof *setup->devices);
    for (i = 0; i < ARRAY_LEN(defaults); i++)
        add_device(setup, &defaults[i]);
    json_array_foreach(list, i, item)
    {
        struct setup_device device;
        int rc = parse_device(item, &device, err);
        if (rc < 0)
            return rc;
        add_device(setup, &device);
    }
    int rc = 0;
    for (i = 0; (setup->user_namespace || namespace_confined()) && i < setup->device_count && !rc; i++)
        rc = bind_node(&setup->devices[i], err);
    return rc;
}

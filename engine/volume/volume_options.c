/* The local driver's options: a volume that is something mounted (a tmpfs, another directory, an NFS export). */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "kernel/mount.h"
#include "kernel/quota.h"
#include "volume/volume.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *option(const json_t *options, const char *name)
{
    return str_or(json_string_value(json_object_get(options, name)), "");
}

bool volume_options_mount(const json_t *options) { return *option(options, "type"); }

int volume_options_check(const json_t *options, struct error *err)
{
    static const struct {
        const char *name, *needs[2];
    } known[] = {{"type", {"device"}}, {"device", {"type"}}, {"o", {"device", "type"}}, {"size", {NULL}}};
    const char *key;
    json_t *value;
    int64_t bytes;
    json_object_foreach((json_t *)options, key, value)
    {
        bool found = false;
        for (size_t i = 0; i < ARRAY_LEN(known); i++)
            found |= str_equal(key, known[i].name);
        if (!found || !json_is_string(value))
            return error_set(err, EINVAL, "invalid option: \"%s\"", key);
    }
    const char *size = option(options, "size");
    if (*size && !units_parse_bytes(size, &bytes))
        return error_set(err, EINVAL, "invalid size: '%s'", size);
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        for (size_t j = 0; j < ARRAY_LEN(known[i].needs) && known[i].needs[j]; j++)
            if (json_object_get(options, known[i].name) && !json_object_get(options, known[i].needs[j]))
                return error_set(err, EINVAL, "missing required option: \"%s\"", known[i].needs[j]);
    return 0;
}

static bool is_mounted(const char *place)
{
    struct statx status;
    return statx(AT_FDCWD, place, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &status) == 0 &&
           status.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* The kernel knows no names: "addr=server" becomes "addr=10.0.0.2". */
static char *resolve(const char *word, struct error *err)
{
    if (!str_starts(word, "addr="))
        return xstrdup(word);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    char address[INET6_ADDRSTRLEN];
    int rc = getaddrinfo(word + 5, NULL, &hints, &found);
    if (rc != 0) {
        error_set(err, EIO, "error resolving passed in network volume address: lookup %s: %s", word + 5, gai_strerror(rc));
        return NULL;
    }
    rc = getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST);
    freeaddrinfo(found);
    return rc == 0 ? str_format("addr=%s", address) : xstrdup(word);
}

static json_t *words_of(const json_t *options, struct error *err)
{
    cleanup_json json_t *list = json_array();
    cleanup_strv char **words = str_split(option(options, "o"), ',');
    bool network = str_starts(option(options, "type"), "nfs") || str_equal(option(options, "type"), "cifs");
    for (size_t i = 0; words[i]; i++) {
        if (!*words[i])
            continue;
        cleanup_free char *word = network ? resolve(words[i], err) : xstrdup(words[i]);
        if (!word)
            return NULL;
        json_array_append_new(list, json_string(word));
    }
    return json_incref(list);
}

static int explain(const json_t *options, const char *place, struct error *err)
{
    const char *data = option(options, "o");
    cleanup_free char *reason = xstrdup(strerror(err->code));
    *reason = (char)tolower((unsigned char)*reason);
    return error_set(err, EIO, "error while mounting volume '%s': failed to mount local volume: mount %s:%s%s%s: %s", place,
                     option(options, "device"), place, *data ? ", data: " : "", data, reason);
}

static int mount_it(struct steps *steps, const json_t *options, const char *place, struct error *err)
{
    struct mount_options parsed;
    int64_t start = step_start();
    cleanup_json json_t *words = words_of(options, err);
    if (!words)
        return error_prefix(err, "error while mounting volume '%s'", place);
    const char *type = option(options, "type"), *device = option(options, "device");
    mount_options_parse(words, &parsed);
    bool plain_bind = parsed.bind || str_equal(type, "bind");
    int rc = 0, tree = -1;
    if (plain_bind && (parsed.data || *device != '/'))
        rc = error_set(err, *device == '/' ? EINVAL : ENOENT, "a bind mount takes an absolute path and no data");
    else
        tree = rc = plain_bind ? mount_copy(AT_FDCWD, device, &parsed, place, err) : mount_new(type, device, &parsed, place, err);
    cleanup_free char *command =
        str_format("mount -t %s%s%s %s %s", type, *parsed.as_given ? " -o " : "", parsed.as_given, device, place);
    mount_options_free(&parsed);
    int target = rc < 0 ? -1 : open(place, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (rc >= 0)
        rc = target < 0 ? error_errno(err, errno, "open %s", place) : mount_attach(steps, start, tree, target, place, command, err);
    fd_close(target);
    fd_close(tree);
    return rc < 0 ? explain(options, place, err) : 0;
}

int volume_mount(struct steps *steps, const char *data_root, const char *name, struct error *err)
{
    cleanup_json json_t *volume = volume_inspect(data_root, name, err);
    if (!volume)
        return -err->code;
    const json_t *options = json_object_get(volume, "Options");
    const char *place = json_str(volume, "Mountpoint", "");
    return !volume_options_mount(options) || is_mounted(place) ? 0 : mount_it(steps, options, place, err);
}

bool volume_is_mounted(const char *data_root, const char *name)
{
    cleanup_free char *place = volume_mountpoint(data_root, name);
    return is_mounted(place);
}

int volume_unmount(const char *data_root, const char *name, struct error *err)
{
    cleanup_free char *place = volume_mountpoint(data_root, name);
    while (is_mounted(place))
        if (umount2(place, UMOUNT_NOFOLLOW) < 0 && umount2(place, UMOUNT_NOFOLLOW | MNT_DETACH) < 0)
            return error_errno(err, errno, "unmount volume %s", name);
    return 0;
}

/* The local driver's options: a volume that is something mounted (a tmpfs, another directory, an NFS export). */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "kernel/mount/mount.h"
#include "kernel/mount/quota.h"
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

/* `host` as an address, in one malloc; NULL with the error. */
static char *address_of(const char *host, struct error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    char address[INET6_ADDRSTRLEN];
    int rc = getaddrinfo(host, NULL, &hints, &found);
    if (rc != 0) {
        error_set(err, EIO, "error resolving passed in network volume address: lookup %s: %s", host, gai_strerror(rc));
        return NULL;
    }
    rc = getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST);
    freeaddrinfo(found);
    return xstrdup(rc == 0 ? address : host);
}

/* What is mounted: the options with names made addresses, for the kernel knows no names. */
struct asked {
    const char *type;
    char *device;
    char **words;
};

static void asked_free(struct asked *asked)
{
    free(asked->device);
    strv_free(asked->words);
}

/* cifs without "addr=": the server is that of the device, "//server/share". */
static int resolve_device(struct asked *asked, struct error *err)
{
    if (!str_equal(asked->type, "cifs") || !str_starts(asked->device, "//"))
        return 0;
    size_t len = strcspn(asked->device + 2, "/");
    cleanup_free char *host = xstrndup(asked->device + 2, len), *address = *host ? address_of(host, err) : NULL;
    if (!address)
        return *host ? -err->code : 0;
    char *device = str_format("//%s%s", address, asked->device + 2 + len);
    free(asked->device);
    asked->device = device;
    return 0;
}

static int ask(const json_t *options, struct asked *asked, struct error *err)
{
    *asked = (struct asked){.type = option(options, "type"), .device = xstrdup(option(options, "device"))};
    bool network = str_starts(asked->type, "nfs") || str_equal(asked->type, "cifs"), resolved = false;
    cleanup_strv char **words = str_split(option(options, "o"), ',');
    for (size_t i = 0; words[i]; i++) {
        bool address = network && str_starts(words[i], "addr=");
        cleanup_free char *found = address ? address_of(words[i] + strlen("addr="), err) : NULL;
        if (address && !found)
            return -err->code;
        resolved |= address;
        if (*words[i])
            strv_take(&asked->words, found ? str_format("addr=%s", found) : xstrdup(words[i]));
    }
    return resolved ? 0 : resolve_device(asked, err);
}

/* What people, and the list of steps, may see of an option. */
static const char *shown(const char *word) { return str_starts(word, "password=") ? "password=********" : word; }

/* As mount(2) got them: flags in hexadecimal, and what is the file system's own; no passwords. */
static char *told(const struct asked *asked)
{
    static const struct {
        const char *word;
        unsigned long flag;
    } flags[] = {{"ro", MS_RDONLY},
                 {"nosuid", MS_NOSUID},
                 {"nodev", MS_NODEV},
                 {"noexec", MS_NOEXEC},
                 {"sync", MS_SYNCHRONOUS},
                 {"dirsync", MS_DIRSYNC},
                 {"remount", MS_REMOUNT},
                 {"noatime", MS_NOATIME},
                 {"mand", MS_MANDLOCK},
                 {"nodiratime", MS_NODIRATIME},
                 {"bind", MS_BIND},
                 {"rbind", MS_BIND | MS_REC},
                 {"relatime", MS_RELATIME},
                 {"strictatime", MS_STRICTATIME},
                 {"private", MS_PRIVATE},
                 {"shared", MS_SHARED},
                 {"slave", MS_SLAVE},
                 {"unbindable", MS_UNBINDABLE},
                 {"rprivate", MS_PRIVATE | MS_REC},
                 {"rshared", MS_SHARED | MS_REC},
                 {"rslave", MS_SLAVE | MS_REC},
                 {"runbindable", MS_UNBINDABLE | MS_REC},
                 {"rw", 0},
                 {"suid", 0},
                 {"dev", 0},
                 {"exec", 0},
                 {"async", 0},
                 {"atime", 0},
                 {"diratime", 0},
                 {"defaults", 0}};
    unsigned long all = 0;
    cleanup_strv char **data = NULL;
    for (size_t i = 0; asked->words && asked->words[i]; i++) {
        size_t k = 0;
        while (k < ARRAY_LEN(flags) && !str_equal(flags[k].word, asked->words[i]))
            k++;
        if (k < ARRAY_LEN(flags))
            all |= flags[k].flag;
        else
            strv_add(&data, shown(asked->words[i]));
    }
    cleanup_free char *joined = data ? strv_join(data, ",") : NULL, *first = all ? str_format(", flags: 0x%lx", all) : xstrdup("");
    return str_format("%s%s%s", first, joined ? ", data: " : "", joined ? joined : "");
}

static int explain(const struct asked *asked, const char *place, struct error *err)
{
    cleanup_free char *reason = xstrdup(strerror(err->code)), *how = told(asked);
    *reason = (char)tolower((unsigned char)*reason);
    return error_set(err, EIO, "error while mounting volume '%s': failed to mount local volume: mount %s:%s%s: %s", place,
                     asked->device, place, how, reason);
}

static int attach(struct steps *steps, const struct asked *asked, const char *place, struct error *err)
{
    struct mount_options parsed;
    int64_t start = step_start();
    cleanup_json json_t *words = asked->words ? json_from_strv(asked->words) : json_array();
    mount_options_parse(words, &parsed);
    bool plain_bind = parsed.bind || str_equal(asked->type, "bind");
    int rc = 0, tree = -1;
    if (plain_bind && (parsed.data || *asked->device != '/'))
        rc = error_set(err, *asked->device == '/' ? EINVAL : ENOENT, "a bind mount takes an absolute path and no data");
    else
        tree = rc = plain_bind ? mount_copy(AT_FDCWD, asked->device, &parsed, place, err)
                               : mount_new(asked->type, asked->device, &parsed, place, err);
    cleanup_buf struct buf command = BUF_INIT;
    buf_printf(&command, "mount -t %s", asked->type);
    for (size_t i = 0; asked->words && asked->words[i]; i++)
        buf_printf(&command, "%s%s", i ? "," : " -o ", shown(asked->words[i]));
    buf_printf(&command, " %s %s", asked->device, place);
    mount_options_free(&parsed);
    int target = rc < 0 ? -1 : open(place, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (rc >= 0)
        rc = target < 0 ? error_errno(err, errno, "open %s", place)
                        : mount_attach(steps, start, tree, target, place, command.data, err);
    fd_close(target);
    fd_close(tree);
    return rc;
}

static int mount_it(struct steps *steps, const json_t *options, const char *place, struct error *err)
{
    struct asked asked;
    int rc = ask(options, &asked, err);
    if (rc < 0)
        rc = error_prefix(err, "error while mounting volume '%s'", place);
    else if (attach(steps, &asked, place, err) < 0)
        rc = explain(&asked, place, err);
    asked_free(&asked);
    return rc;
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

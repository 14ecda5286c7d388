/* New file systems and changes to one: fsopen(2), fspick(2) and fsconfig(2), whose complaints come with words of the kernel's. */
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { VALUE_MOST = 255 }; /* fsconfig(2) takes no longer string */

/* What the kernel has to say about a failed fsconfig or fsmount can be read from the descriptor, one message a read, with a letter
 * and a space in front. */
static int context_error(struct error *err, int code, int context, const char *type, const char *shown)
{
    char text[256];
    ssize_t n = read(context, text, sizeof text - 1);
    if (n > 2 && text[1] == ' ') {
        text[n] = 0;
        text[strcspn(text, "\n")] = 0;
        return error_errno(err, code, "mount %s on %s: %s", type, shown, text + 2);
    }
    return error_errno(err, code, "mount %s on %s", type, shown);
}

static int set_string(int context, const char *key, const char *value)
{
    return (int)syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value, 0);
}

/* A path that is too long, by a descriptor, whose name is short; the file system looks it up at once. */
static int set_path(int context, const char *key, const char *path)
{
    char name[64];
    int fd cleanup_close = open(path, O_PATH | O_CLOEXEC);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    return fd < 0 ? -1 : set_string(context, key, name);
}

/* overlayfs.rst: layers one at a time, by "lowerdir+"; in one string they are parted by colons, and a backslash keeps one. */
static int set_layers(int context, const char *layers)
{
    char *layer cleanup_free = xmalloc(strlen(layers) + 1), *end = layer;
    for (const char *c = layers;; c++) {
        if (*c == '\\' && c[1])
            *end++ = *++c;
        else if (*c && *c != ':')
            *end++ = *c;
        else {
            *end = 0;
            if (set_path(context, "lowerdir+", layer) < 0)
                return -1;
            end = layer;
            if (!*c)
                return 0;
        }
    }
}

static int set_long(int context, const char *key, const char *value)
{
    if (!strcmp(key, "lowerdir"))
        return set_layers(context, value);
    if (!strcmp(key, "upperdir") || !strcmp(key, "workdir"))
        return set_path(context, key, value);
    errno = E2BIG;
    return -1;
}

static int configure(int context, const char *option)
{
    const char *equals = strchr(option, '=');
    if (!equals)
        return (int)syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, option, NULL, 0);
    char *key cleanup_free = xstrndup(option, (size_t)(equals - option));
    return strlen(equals + 1) > VALUE_MOST ? set_long(context, key, equals + 1) : set_string(context, key, equals + 1);
}

static int configure_all(int context, const struct mount_options *options, const char *type, const char *shown, struct error *err)
{
    char **const lists[] = {options->whole, options->data};
    for (size_t k = 0; k < ARRAY_LEN(lists); k++)
        for (size_t i = 0; lists[k] && lists[k][i]; i++)
            if (configure(context, lists[k][i]) < 0) {
                int rc = context_error(err, errno, context, type, shown);
                error_prefix(err, "option \"%s\"", lists[k][i]);
                return rc;
            }
    return 0;
}

/* Read-only as a whole, so that a device need not be writable; but what every mount of its kind shares stays as it is. */
static bool one_for_all(const char *type)
{
    static const char *const types[] = {"proc", "sysfs", "mqueue", "devpts", "cgroup", "cgroup2", "tmpfs"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (!strcmp(types[i], type))
            return true;
    return false;
}

int mount_new(const char *type, const char *source, const struct mount_options *options, const char *shown, struct error *err)
{
    static const struct mount_options none;
    if (!options)
        options = &none;
    uint64_t attributes = options->set | options->recursive_set;
    int context cleanup_close = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
    if (context < 0)
        return error_errno(err, errno, "mount %s on %s: open the file system type", type, shown);
    if ((!str_empty(source) && set_string(context, "source", source) < 0) ||
        (attributes & MOUNT_ATTR_RDONLY && !one_for_all(type) && configure(context, "ro") < 0))
        return context_error(err, errno, context, type, shown);
    int rc = configure_all(context, options, type, shown, err);
    if (rc < 0)
        return rc;
    if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
        return context_error(err, errno, context, type, shown);
    int tree cleanup_close = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, (unsigned)attributes);
    if (tree < 0)
        return context_error(err, errno, context, type, shown);
    if (mount_set(tree, 0, 0, options->propagation, false) < 0)
        return error_errno(err, errno, "set propagation of the mount on %s", shown);
    return move_fd(tree);
}

static int reconfigure(int target, const struct mount_options *options, const char *shown, struct error *err)
{
    int context cleanup_close = (int)syscall(SYS_fspick, target, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
    if (context < 0)
        return error_errno(err, errno, "remount %s", shown);
    int rc = configure_all(context, options, "again", shown, err);
    if (!rc && syscall(SYS_fsconfig, context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
        rc = context_error(err, errno, context, "again", shown);
    return rc;
}

int mount_again(struct steps *steps, int target, const struct mount_options *options, const char *shown, struct error *err)
{
    int64_t start = step_start();
    int rc = !options->bind && (options->data || options->whole) ? reconfigure(target, options, shown, err) : 0;
    if (!rc && (mount_set(target, options->recursive_set, options->recursive_clear, 0, true) < 0 ||
                mount_set(target, options->set, options->clear, 0, false) < 0 ||
                mount_set(target, 0, 0, options->propagation, options->propagation_recursive) < 0))
        rc = error_errno(err, errno, "set options \"%s\" of the mount on %s", options->as_given, shown);
    step_recordf(steps, start, rc, "mount", shown, "mount -o remount%s%s %s", *options->as_given ? "," : "", options->as_given,
                 shown);
    return rc;
}

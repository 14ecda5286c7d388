/* New file systems and changes to one: fsopen(2), fspick(2) and fsconfig(2), whose complaints come with words of the kernel's. */
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/mount.h"

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

/* Paths that are too long go by descriptors, whose names are short. A file system looks them up at once, or when it is made
 * (overlayfs before Linux 6.5): they stay open until then. */
struct held {
    int *fds;
    size_t count;
};

static void held_close(struct held *held)
{
    for (size_t i = 0; i < held->count; i++)
        fd_close(held->fds[i]);
    free(held->fds);
}

/* NULL and errno when it cannot be opened. */
static char *hold(struct held *held, const char *path)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    held->fds = xrealloc(held->fds, (held->count + 1) * sizeof *held->fds);
    held->fds[held->count++] = fd;
    return str_format("/proc/self/fd/%d", fd);
}

static int set_path(int context, const char *key, const char *path, struct held *held)
{
    char *name cleanup_free = hold(held, path);
    return name ? set_string(context, key, name) : -1;
}

/* overlayfs.rst: in one string layers are parted by colons, and a backslash keeps one. */
static char **split_layers(const char *text)
{
    struct buf layer cleanup_buf = BUF_INIT;
    char **layers = NULL;
    for (const char *c = text;; c++) {
        if (*c == '\\' && c[1])
            buf_putc(&layer, *++c);
        else if (*c && *c != ':')
            buf_putc(&layer, *c);
        else {
            strv_add(&layers, str_or(layer.data, ""));
            buf_clear(&layer);
        }
        if (!*c)
            return layers;
    }
}

/* A file system of the old interface (overlayfs before Linux 6.5) takes any word, and refuses it only when it is made. */
static bool judges_words(const char *type)
{
    int context cleanup_close = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
    return context >= 0 && syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, "no such word", NULL, 0) < 0;
}

/* One at a time by "lowerdir+"; a kernel that has no such word takes as many as fit. */
static int set_layers(int context, const char *text, struct held *held)
{
    char **layers cleanup_strv = split_layers(text), **names cleanup_strv = NULL;
    for (size_t i = 0; layers[i]; i++) {
        char *name = hold(held, layers[i]);
        if (!name)
            return -1;
        strv_take(&names, name);
    }
    size_t taken = 0;
    if (judges_words("overlay"))
        while (names[taken] && set_string(context, "lowerdir+", names[taken]) == 0)
            taken++;
    if (taken)
        return names[taken] ? -1 : 0;
    char *joined cleanup_free = strv_join(names, ":");
    return set_string(context, "lowerdir", joined);
}

static int set_long(int context, const char *key, const char *value, struct held *held)
{
    if (!strcmp(key, "lowerdir"))
        return set_layers(context, value, held);
    if (!strcmp(key, "upperdir") || !strcmp(key, "workdir"))
        return set_path(context, key, value, held);
    errno = E2BIG;
    return -1;
}

static int configure(int context, const char *option, struct held *held)
{
    const char *equals = strchr(option, '=');
    if (!equals)
        return (int)syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, option, NULL, 0);
    char *key cleanup_free = xstrndup(option, (size_t)(equals - option));
    return strlen(equals + 1) > VALUE_MOST ? set_long(context, key, equals + 1, held) : set_string(context, key, equals + 1);
}

static int configure_all(int context, const struct mount_options *options, struct held *held, const char *type, const char *shown,
                         struct error *err)
{
    char **const lists[] = {options->whole, options->data};
    for (size_t k = 0; k < ARRAY_LEN(lists); k++)
        for (size_t i = 0; lists[k] && lists[k][i]; i++)
            if (configure(context, lists[k][i], held) < 0) {
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
    struct held held __attribute__((cleanup(held_close))) = {0};
    int context cleanup_close = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
    if (context < 0)
        return error_errno(err, errno, "mount %s on %s: open the file system type", type, shown);
    if ((!str_empty(source) && set_string(context, "source", source) < 0) ||
        (attributes & MOUNT_ATTR_RDONLY && !one_for_all(type) && configure(context, "ro", &held) < 0))
        return context_error(err, errno, context, type, shown);
    int rc = configure_all(context, options, &held, type, shown, err);
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
    struct held held __attribute__((cleanup(held_close))) = {0};
    int context cleanup_close = (int)syscall(SYS_fspick, target, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
    if (context < 0)
        return error_errno(err, errno, "remount %s", shown);
    int rc = configure_all(context, options, &held, "again", shown, err);
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
    step_recordf(steps, start, rc, "mount", shown, "mount -o %s %s", options->as_given, shown);
    return rc;
}

/* Devices of an OCI config: --device (a node, or every node of a directory), --device-cgroup-rule, --privileged. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/spec.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* A directory may be anything, `/` too: no deeper than this, and no more names than this are looked at. */
enum { DEEPEST = 32, NAMES_MOST = 20000 };

/* Where devices go; `rules` NULL: none are needed, everything is allowed. */
struct devices {
    json_t *list, *rules;
    const char *access;
};

static void add_rule(json_t *rules, const char *type, json_int_t high, json_int_t low, const char *access)
{
    json_t *rule = json_pack("{s:b, s:s, s:s}", "allow", 1, "type", type, "access", access);
    if (high >= 0)
        json_object_set_new(rule, "major", json_integer(high));
    if (low >= 0)
        json_object_set_new(rule, "minor", json_integer(low));
    json_array_append_new(rules, rule);
}

static bool add_node(const struct devices *out, const char *path, const struct stat *status)
{
    if (!S_ISCHR(status->st_mode) && !S_ISBLK(status->st_mode))
        return false;
    const char *type = S_ISCHR(status->st_mode) ? "c" : "b";
    json_int_t high = major(status->st_rdev), low = minor(status->st_rdev);
    json_array_append_new(out->list, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "path", path, "type", type, "major", high,
                                               "minor", low, "fileMode", (json_int_t)(status->st_mode & 07777), "uid",
                                               (json_int_t)status->st_uid, "gid", (json_int_t)status->st_gid));
    if (out->rules)
        add_rule(out->rules, type, high, low, out->access);
    return true;
}

struct walk {
    const struct devices *out;
    size_t nodes, names; /* nodes: found; names: looked at */
    int depth;
};

/* What each container has of its own is left out. */
static bool is_own(const char *directory, const char *name)
{
    static const char *const own[] = {"pts", "shm", "fd", "mqueue", "console", ".lxc", ".lxd-mounts", ".udev"};
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (str_equal(name, own[i]))
            return true;
    return str_equal(directory, "/dev") && str_equal(name, "ptmx"); /* a link to the container's own */
}

/* Every node below `from`, at the same place below `to`. */
static int add_tree(struct walk *walk, const char *from, const char *to, struct error *err)
{
    cleanup_dir DIR *dir = opendir(from);
    const struct dirent *entry;
    int rc = 0;
    if (walk->depth == DEEPEST)
        return error_set(err, EINVAL, "%s is nested too deeply: directories given as devices may have %d levels", from, DEEPEST);
    walk->depth++;
    while (rc == 0 && dir && (entry = readdir(dir))) {
        if (str_equal(entry->d_name, ".") || str_equal(entry->d_name, "..") || is_own(from, entry->d_name))
            continue;
        cleanup_free char *source = str_format("%s/%s", from, entry->d_name), *target = str_format("%s/%s", to, entry->d_name);
        struct stat status;
        if (++walk->names > NAMES_MOST)
            rc = error_set(err, EINVAL, "too many files at %s: directories given as devices may hold %d in all", from, NAMES_MOST);
        else if (lstat(source, &status) < 0)
            continue;
        else if (S_ISDIR(status.st_mode))
            rc = add_tree(walk, source, target, err);
        else
            walk->nodes += add_node(walk->out, target, &status);
    }
    walk->depth--;
    return rc;
}

static int add_asked(const struct devices *out, const char *from, const char *to, struct error *err)
{
    /* A link is followed by name only: the node that it leads to is what the container gets. */
    cleanup_free char *real = realpath(from, NULL);
    struct stat status;
    struct walk walk = {.out = out};
    int rc = 0;
    if (!real || stat(real, &status) < 0)
        return error_set(err, EIO, "error gathering device information while adding custom device \"%s\": %s", from,
                         errno == ENOENT ? "no such file or directory" : strerror(errno));
    if (S_ISDIR(status.st_mode))
        rc = add_tree(&walk, real, to, err);
    else
        walk.nodes = add_node(out, to, &status);
    if (rc < 0)
        return error_prefix(err, "error gathering device information while adding custom device \"%s\"", from);
    return walk.nodes ? 0
                      : error_set(err, EIO,
                                  "error gathering device information while adding custom device \"%s\": not a device node", from);
}

/* "c 1:5 rwm"; its form was checked when the container was made. */
static void add_asked_rule(json_t *rules, const char *text)
{
    const char *colon = strchr(text, ':'), *access = strrchr(text, ' ');
    if (!colon || !access)
        return;
    json_int_t high = text[2] == '*' ? -1 : atoll(text + 2), low = colon[1] == '*' ? -1 : atoll(colon + 1);
    char type[2] = {*text, '\0'};
    add_rule(rules, type, high, low, access + 1);
}

int spec_devices(const json_t *host, json_t *list, json_t *rules, struct error *err)
{
    size_t i;
    json_t *entry;
    const bool all = json_flag(host, "Privileged", false);
    if (all && add_tree(&(struct walk){.out = &(struct devices){.list = list}}, "/dev", "/dev", err) < 0)
        return error_prefix(err, "giving the container every device");
    json_array_foreach(json_object_get(host, "Devices"), i, entry)
    {
        const char *from = json_str(entry, "PathOnHost", "");
        const struct devices out = {list, rules, str_or(json_str(entry, "CgroupPermissions", ""), "rwm")};
        cleanup_free char *inside = xstrdup(str_or(json_str(entry, "PathInContainer", ""), from));
        cleanup_free char *to = *inside == '/' ? move_ptr(inside) : str_format("/%s", inside);
        int rc = add_asked(&out, from, to, err);
        if (rc < 0)
            return rc;
    }
    json_array_foreach(json_object_get(host, "DeviceCgroupRules"), i, entry)
    {
        if (!all)
            add_asked_rule(rules, str_or(json_string_value(entry), ""));
    }
    return 0;
}

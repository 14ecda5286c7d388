/* The table of mount options: what mount(8) and the OCI specification call them, and what they are to the kernel. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/mount.h"

#include <linux/mount.h>
#include <string.h>
#include <sys/mount.h>

/* <sys/mount.h> of glibc 2.36 and <linux/mount.h> agree on these; no other part of either is used here. */
static const struct attribute {
    const char *name;
    uint64_t set, clear;
    bool recursive;
} attributes[] = {
    {"ro", MOUNT_ATTR_RDONLY, 0, false},
    {"rw", 0, MOUNT_ATTR_RDONLY, false},
    {"nosuid", MOUNT_ATTR_NOSUID, 0, false},
    {"suid", 0, MOUNT_ATTR_NOSUID, false},
    {"nodev", MOUNT_ATTR_NODEV, 0, false},
    {"dev", 0, MOUNT_ATTR_NODEV, false},
    {"noexec", MOUNT_ATTR_NOEXEC, 0, false},
    {"exec", 0, MOUNT_ATTR_NOEXEC, false},
    {"noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, false},
    {"atime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME, false},
    {"relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME, false},
    {"norelatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, false},
    {"strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, false},
    {"nostrictatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME, false},
    {"nodiratime", MOUNT_ATTR_NODIRATIME, 0, false},
    {"diratime", 0, MOUNT_ATTR_NODIRATIME, false},
    {"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0, false},
    {"symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW, false},
    {"defaults", 0, 0, false},
    {"rro", MOUNT_ATTR_RDONLY, 0, true},
    {"rrw", 0, MOUNT_ATTR_RDONLY, true},
    {"rnosuid", MOUNT_ATTR_NOSUID, 0, true},
    {"rsuid", 0, MOUNT_ATTR_NOSUID, true},
    {"rnodev", MOUNT_ATTR_NODEV, 0, true},
    {"rdev", 0, MOUNT_ATTR_NODEV, true},
    {"rnoexec", MOUNT_ATTR_NOEXEC, 0, true},
    {"rexec", 0, MOUNT_ATTR_NOEXEC, true},
    {"rnoatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, true},
    {"ratime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME, true},
    {"rrelatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME, true},
    {"rnorelatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, true},
    {"rstrictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, true},
    {"rnostrictatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME, true},
    {"rnodiratime", MOUNT_ATTR_NODIRATIME, 0, true},
    {"rdiratime", 0, MOUNT_ATTR_NODIRATIME, true},
    {"rnosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0, true},
    {"rsymfollow", 0, MOUNT_ATTR_NOSYMFOLLOW, true},
};

static const struct propagation {
    const char *name;
    uint64_t value;
    bool recursive;
} propagations[] = {
    {"private", MS_PRIVATE, false},       {"rprivate", MS_PRIVATE, true},       {"slave", MS_SLAVE, false},
    {"rslave", MS_SLAVE, true},           {"shared", MS_SHARED, false},         {"rshared", MS_SHARED, true},
    {"unbindable", MS_UNBINDABLE, false}, {"runbindable", MS_UNBINDABLE, true},
};

/* Of the whole file system rather than of one mount of it: nothing to a bind mount (mount(8), "filesystem-independent"). Where the
 * mount API has no word, this kernel does it always, or no more, whatever it is told. */
static const struct whole {
    const char *name;
    const char *word; /* for fsconfig(2) */
} wholes[] = {
    {"sync", "sync"},     {"async", "async"},   {"dirsync", "dirsync"}, {"lazytime", "lazytime"}, {"nolazytime", "nolazytime"},
    {"mand", "mand"},     {"nomand", "nomand"}, {"silent", NULL},       {"loud", NULL},           {"iversion", NULL},
    {"noiversion", NULL},
};

static bool take_attribute(const char *name, struct mount_options *out)
{
    for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
        const struct attribute *row = &attributes[i];
        if (strcmp(row->name, name))
            continue;
        uint64_t *set = row->recursive ? &out->recursive_set : &out->set;
        uint64_t *clear = row->recursive ? &out->recursive_clear : &out->clear;
        *set = (*set & ~row->clear) | row->set; /* the last word counts */
        *clear = (*clear & ~row->set) | row->clear;
        return true;
    }
    return false;
}

static bool take_propagation(const char *name, struct mount_options *out)
{
    for (size_t i = 0; i < ARRAY_LEN(propagations); i++)
        if (!strcmp(propagations[i].name, name)) {
            out->propagation = propagations[i].value;
            out->propagation_recursive = propagations[i].recursive;
            return true;
        }
    return false;
}

static bool take_whole(const char *name, struct mount_options *out)
{
    for (size_t i = 0; i < ARRAY_LEN(wholes); i++)
        if (!strcmp(wholes[i].name, name)) {
            if (wholes[i].word)
                strv_add(&out->whole, wholes[i].word);
            return true;
        }
    return false;
}

void mount_options_parse(const json_t *options, struct mount_options *out)
{
    size_t i;
    json_t *item;
    *out = (struct mount_options){0};
    char **given cleanup_strv = json_to_strv(options);
    out->as_given = given ? strv_join(given, ",") : xstrdup("");
    json_array_foreach(options, i, item)
    {
        const char *name = json_string_value(item);
        if (!name || take_attribute(name, out) || take_propagation(name, out) || take_whole(name, out))
            continue;
        if (!strcmp(name, "bind"))
            out->bind = true;
        else if (!strcmp(name, "rbind"))
            out->bind = out->recursive_bind = true;
        else
            strv_add(&out->data, name);
    }
}

const char *mount_option_name(int i)
{
    static const char *const others[] = {"bind", "rbind"};
    size_t at = (size_t)i;
    if (at < ARRAY_LEN(attributes))
        return attributes[at].name;
    at -= ARRAY_LEN(attributes);
    if (at < ARRAY_LEN(propagations))
        return propagations[at].name;
    at -= ARRAY_LEN(propagations);
    if (at < ARRAY_LEN(wholes))
        return wholes[at].name;
    at -= ARRAY_LEN(wholes);
    return at < ARRAY_LEN(others) ? others[at] : NULL;
}

void mount_options_free(struct mount_options *options)
{
    strv_free(options->data);
    strv_free(options->whole);
    free(options->as_given);
    *options = (struct mount_options){0};
}

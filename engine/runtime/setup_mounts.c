/* config.mounts: each entry with its options taken apart and checked (runtime-spec config.md#mounts). Nothing is opened here. */
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/process.h"
#include "runtime/setup.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Options that say what the runtime does, rather than what the mount is. */
static const struct word {
    const char *name;
    size_t flag;
} words[] = {
    {"remount", offsetof(struct setup_mount, remount)},
    {"idmap", offsetof(struct setup_mount, idmap)},
    {"ridmap", offsetof(struct setup_mount, ridmap)},
    {"tmpcopyup", offsetof(struct setup_mount, copy_up)},
    {"copy-symlink", offsetof(struct setup_mount, copy_link)},
    {"src-nofollow", offsetof(struct setup_mount, source_nofollow)},
    {"dest-nofollow", offsetof(struct setup_mount, destination_nofollow)},
};

const char *runtime_mount_option_name(int i) { return (size_t)i < ARRAY_LEN(words) ? words[i].name : NULL; }

static bool take_word(const char *name, struct setup_mount *mount)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (!strcmp(words[i].name, name)) {
            *(bool *)((char *)mount + words[i].flag) = true;
            return true;
        }
    return false;
}

static int take_options(const json_t *list, struct setup_mount *mount, struct error *err)
{
    json_t *rest cleanup_json = json_array(), *item;
    size_t i;
    if (list && !json_is_null(list) && !json_is_array(list))
        return error_set(err, EINVAL, "mount on %s: options is no list", mount->destination);
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return error_set(err, EINVAL, "mount on %s: options[%zu] is no text", mount->destination, i);
        const char *word = json_string_value(item);
        if (str_starts(word, "idmap=") || str_starts(word, "ridmap="))
            mount->map_words = word;
        else if (!take_word(word, mount))
            json_array_append(rest, item);
    }
    mount_options_parse(rest, &mount->options);
    char **given cleanup_strv = json_to_strv(list);
    free(mount->options.as_given);
    mount->options.as_given = given ? strv_join(given, ",") : xstrdup("");
    if (!strcmp(mount->type, "bind") && !mount->options.bind && !mount->remount)
        mount->options.bind = mount->options.recursive_bind = true;
    return 0;
}

/* What is no option of ours is the file system's (config.md#mounts), which is there already and is asked nothing: "size=1m" does
 * nothing, as with mount(2), and as crun has it. A word alone is rather one of ours misspelt, and "rro" must not become "rw". */
static int check_bind_data(const struct setup_mount *mount, struct error *err)
{
    for (char **data = mount->options.data; data && *data; data++) {
        if (!strchr(*data, '='))
            return error_set(err, EINVAL, "mount on %s: a bind mount has no option \"%s\"", mount->destination, *data);
        log_warn("mount on %s: \"%s\" does nothing on a bind mount: its file system has its options already", mount->destination,
                 *data);
    }
    return 0;
}

static int check(const struct setup_mount *mount, struct error *err)
{
    const struct mount_options *options = &mount->options;
    const bool bind = options->bind && !mount->remount;
    const struct {
        bool wrong;
        const char *why;
    } rules[] = {
        {!*mount->type && !options->bind && !mount->remount, "neither a type nor \"bind\""},
        {bind && !*mount->source, "a bind mount needs a source"},
        {mount->copy_up && strcmp(mount->type, "tmpfs") != 0, "\"tmpcopyup\" is for a tmpfs"},
        {mount->copy_link && !bind, "\"copy-symlink\" is for bind mounts"},
        {mount->source_nofollow && !bind, "\"src-nofollow\" is for bind mounts"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (rules[i].wrong)
            return error_set(err, EINVAL, "mount on %s: %s", mount->destination, rules[i].why);
    return options->bind ? check_bind_data(mount, err) : 0;
}

/* For whom are the labels of files where nobody looks at them: mount(8), too, leaves "context=" out then. A process that was to be
 * confined by its own label is another matter, and refused (check.c). */
static const char *mount_label(const struct setup *setup)
{
    const char *label = json_str(setup->config, "linux.mountLabel", "");
    if (!*label || process_selinux_enabled())
        return label;
    log_warn("linux.mountLabel \"%s\" does nothing: selinux is disabled or not supported", label);
    return "";
}

/* Every file system that can carry one label for all of its files gets it (config-linux.md#mount-label). */
static void take_label(const char *label, struct setup_mount *mount)
{
    static const char *const without[] = {"proc", "sysfs", "cgroup", "cgroup2"};
    bool none = !*label || mount->options.bind || mount->remount;
    for (size_t i = 0; i < ARRAY_LEN(without); i++)
        none |= !strcmp(without[i], mount->type);
    if (!none)
        strv_take(&mount->options.data, str_format("context=%s", label));
}

static int take_mount(struct setup *setup, const char *bundle, const char *label, const json_t *item, size_t i, struct error *err)
{
    struct setup_mount *mount = &setup->mounts[setup->mount_count++];
    *mount = (struct setup_mount){.type = json_str(item, "type", ""),
                                  .source = json_str(item, "source", ""),
                                  .destination = json_str(item, "destination", ""),
                                  .subpath = json_string_value(json_object_get(item, "org.slipway.subpath")),
                                  .on_disk = json_is_true(json_object_get(item, "org.slipway.disk")),
                                  .lent = json_is_true(json_object_get(item, "org.slipway.idmap")),
                                  .tree = -EBADF};
    if (!*mount->destination)
        return error_set(err, EINVAL, "mounts[%zu]: no destination", i);
    int rc = take_options(json_object_get(item, "options"), mount, err);
    if (!rc)
        rc = check(mount, err);
    if (!rc)
        rc = setup_mount_mappings(setup, item, mount, err);
    take_label(label, mount);
    mount->from = *mount->source == '/' ? xstrdup(mount->source) : str_format("%s/%s", bundle, mount->source);
    return rc;
}

int setup_mounts(struct setup *setup, const char *bundle, struct error *err)
{
    const json_t *list = json_object_get(setup->config, "mounts");
    const char *label = mount_label(setup);
    size_t i;
    json_t *item;
    int rc = 0;
    setup->mounts = xcalloc(json_array_size(list) + 1, sizeof *setup->mounts);
    json_array_foreach(list, i, item)
    {
        if (!rc)
            rc = take_mount(setup, bundle, label, item, i, err);
    }
    return rc;
}

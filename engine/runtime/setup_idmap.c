/* Owners of a bind mount mapped (runtime-spec config.md#linux-mount-options, "idmap" and "ridmap"): by the entry's uidMappings and
 * gidMappings, by maps within the option as crun has it ("idmap=uids=0-1-10#10-11-10;gids=@0-100-10", crun(1)), or as the
 * container's own user namespace does. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_id(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) <= UINT32_MAX;
}

static int check_mappings(const json_t *list, const char *name, const char *destination, struct error *err)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (!is_id(json_object_get(item, "containerID")) || !is_id(json_object_get(item, "hostID")) ||
            !is_id(json_object_get(item, "size")))
            return error_set(err, EINVAL, "mount on %s: %s[%zu] needs containerID, hostID and size", destination, name, i);
    }
    return 0;
}

/* "0-1-10": NULL when it is no such thing. With `container`, its maps, the second number is an id in the container. */
static json_t *triplet(const char *text, const json_t *container)
{
    char **parts cleanup_strv = str_split(text, '-');
    long long numbers[3];
    if (strv_len(parts) != ARRAY_LEN(numbers))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        if (!str_to_int(parts[i], &numbers[i]) || numbers[i] < 0 || numbers[i] > UINT32_MAX)
            return NULL;
    if (container)
        numbers[1] = namespace_outer_id(container, (unsigned)numbers[1]);
    return json_pack("{s:I, s:I, s:I}", "containerID", (json_int_t)numbers[0], "hostID", (json_int_t)numbers[1], "size",
                     (json_int_t)numbers[2]);
}

static bool add_ranges(const char *text, const json_t *container, json_t *list)
{
    bool relative = *text == '@';
    char **ranges cleanup_strv = str_split(text + relative, '#');
    for (size_t i = 0; ranges && ranges[i]; i++)
        if (json_array_append_new(list, triplet(ranges[i], relative ? container : NULL)) < 0)
            return false;
    return true;
}

static int take_words(const struct setup *setup, struct setup_mount *mount, struct error *err)
{
    static const struct {
        const char *front, *member;
    } kinds[] = {{"uids=", "uidMappings"}, {"gids=", "gidMappings"}};
    const json_t *linux_section = json_object_get(setup->config, "linux");
    char **parts cleanup_strv = str_split(strchr(mount->map_words, '=') + 1, ';');
    bool good = true;
    mount->own_maps = json_pack("{s:[], s:[]}", kinds[0].member, kinds[1].member);
    for (size_t i = 0; parts && parts[i] && good; i++) {
        size_t k = str_starts(parts[i], kinds[0].front) ? 0 : 1;
        good = str_starts(parts[i], kinds[k].front) &&
               add_ranges(parts[i] + strlen(kinds[k].front), json_object_get(linux_section, kinds[k].member),
                          json_object_get(mount->own_maps, kinds[k].member));
    }
    if (!good)
        return error_set(err, EINVAL, "mount on %s: \"%s\" is not of the form idmap=uids=FROM-TO-SIZE#...;gids=...",
                         mount->destination, mount->map_words);
    mount->uids = json_object_get(mount->own_maps, kinds[0].member);
    mount->gids = json_object_get(mount->own_maps, kinds[1].member);
    mount->ridmap |= *mount->map_words == 'r';
    return 0;
}

int setup_mount_mappings(const struct setup *setup, const json_t *item, struct setup_mount *mount, struct error *err)
{
    const json_t *linux_section = json_object_get(setup->config, "linux");
    mount->uids = json_object_get(item, "uidMappings");
    mount->gids = json_object_get(item, "gidMappings");
    int rc = mount->map_words ? take_words(setup, mount, err) : 0;
    if (rc < 0)
        return rc;
    bool own = json_array_size(mount->uids) || json_array_size(mount->gids);
    if (own && (!json_array_size(mount->uids) || !json_array_size(mount->gids)))
        return error_set(err, EINVAL, "mount on %s: uidMappings and gidMappings are needed together", mount->destination);
    mount->idmap |= own && !mount->ridmap;
    if (!mount->idmap && !mount->ridmap)
        return 0;
    if (!mount->options.bind)
        return error_set(err, EINVAL, "mount on %s: id-mapped mounts are only possible for bind mounts", mount->destination);
    if (!own && !setup->user_namespace)
        return error_set(err, EINVAL,
                         "mount on %s: idmap without uidMappings and gidMappings needs a user namespace of the container",
                         mount->destination);
    if (!own && setup->fresh & CLONE_NEWUSER) {
        mount->uids = json_object_get(linux_section, "uidMappings");
        mount->gids = json_object_get(linux_section, "gidMappings");
    }
    rc = check_mappings(mount->uids, "uidMappings", mount->destination, err);
    return rc ? rc : check_mappings(mount->gids, "gidMappings", mount->destination, err);
}

/* The volumes: directories that outlive containers, and who uses them. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/explore.h"
#include "tui/format.h"

static const struct browse_column columns[] = {
    {{"NAME", 0, false, 0}, "name", NULL, false},
    {{"DRIVER", 7, false, 0}, "driver", NULL, false},
    {{"SIZE", 7, true, 0}, "size", format_bytes, true},
    {{"USED BY", 18, false, 0}, "used_by", NULL, false},
    {{"MOUNTPOINT", 40, false, 100}, "mountpoint", NULL, false},
    {{"AGE", 7, true, 0}, "created", explore_age, true},
};

static bool uses(const json_t *container, const char *volume)
{
    size_t i;
    json_t *mount;
    json_array_foreach(json_object_get(container, "Mounts"), i, mount)
    {
        if (str_equal(json_str(mount, "Type", ""), "volume") && str_equal(json_str(mount, "Name", ""), volume))
            return true;
    }
    return false;
}

static json_t *rows(const json_t *list, const json_t *containers)
{
    json_t *out = json_array(), *volume;
    size_t index;
    json_array_foreach(list, index, volume)
    {
        const char *name = json_str(volume, "Name", "");
        json_array_append_new(out, json_pack("{s:s,s:s,s:s,s:o,s:s,s:I}", "id", name, "name", name, "driver",
                                             json_str(volume, "Driver", ""), "used_by", explore_users(containers, uses, name),
                                             "mountpoint", json_str(volume, "Mountpoint", ""), "created",
                                             (json_int_t)explore_seconds(json_str(volume, "CreatedAt", ""))));
    }
    return out;
}

static const struct explore_kind kind = {
    .tab = EXPLORE_VOLUMES,
    .one = "volume",
    .many = "volumes",
    .list = "/volumes",
    .key = "Volumes",
    .columns = columns,
    .column_count = ARRAY_LEN(columns),
    .rows = rows,
    .remove = "/volumes/%s",
    .remove_ran = "slipway volume rm",
    .lost = "Its files are deleted; nothing brings them back.",
    .prune = "/volumes/prune",
    .prune_ran = "slipway volume prune -f",
    .prune_lost = "Remove all volumes without a name that no container uses? Their files are deleted.",
    .reclaimed = "SpaceReclaimed",
    .deleted = "VolumesDeleted",
    .make_prompt = "name of the new volume: ",
    .make_path = "/volumes/create",
    .make_member = "Name",
    .make_ran = "slipway volume create",
    .ran = "slipway volume ls",
    .empty = "slipway volume create data",
};

static void open_volumes(struct app *app, void *state, const void *argument)
{
    (void)argument;
    explore_open(app, state, &kind);
}

/* The engine has to walk all files for it, so it is not done unasked. */
static void got_sizes(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct explore *explore = owner;
    json_t *known = json_object(), *volume;
    size_t index;
    json_array_foreach(json_object_get(answer, "Volumes"), index, volume)
    {
        json_object_set_new(known, json_str(volume, "Name", ""),
                            json_pack("{s:I}", "size", (json_int_t)json_num(volume, "UsageData.Size", 0)));
    }
    json_decref(explore->known);
    explore->known = known;
    if (err)
        app_note(app, S_BAD, "%s", err->message);
    else
        app->note[0] = 0;
    explore_refresh(app, explore);
}

static void measure(struct app *app, void *state)
{
    app_ran(app, "slipway system df -v");
    app_note(app, S_DIM, "the engine adds up the files of all volumes");
    work_engine(app->work, LANE_SLOW, "GET", "/system/df", NULL, got_sizes, state);
}

static const struct action actions[] = {
    {"volumes.inspect", "Enter i", "inspect", "all that the engine knows of it, as a tree", explore_inspect, NULL},
    {"volumes.make", "a", "add", "make a new one, by name", explore_make, NULL},
    {"volumes.remove", "D", "remove", "remove it, or those that are marked (asks first)", explore_remove, NULL},
    {"volumes.measure", "z", NULL, "how large they are: the engine adds up all their files", measure, NULL},
    {"volumes.prune", "P", NULL, "remove all that nobody uses (asks first)", explore_prune, NULL},
    EXPLORE_ACTIONS("volumes"),
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Volumes are directories that the engine keeps apart from the layers of any container: they are mounted into containers by a "
     "bind mount, are not copied up, and stay when the container goes. USED BY names the containers that have it among their "
     "mounts, running or not; such a volume cannot be removed.",
     "man 8 mount (bind mounts), man 1 slipway-volume", NULL},
};

const struct screen screen_volumes = {
    .name = "volumes",
    .title = "Volumes",
    .about = "All volumes, and who uses them. The list follows the engine's events.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .open = open_volumes,
    EXPLORE_SCREEN,
};

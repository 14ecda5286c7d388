/* The images: a row for each name, as `docker images` has them, and those without one. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/explore.h"
#include "tui/format.h"

#include <string.h>

static const struct browse_column columns[] = {
    {{"IMAGE", 0, false, 0}, "name", NULL, false},      {{"ID", 12, false, 0}, "short", NULL, false},
    {{"SIZE", 7, true, 0}, "size", format_bytes, true}, {{"USED BY", 16, false, 0}, "used_by", NULL, false},
    {{"TAGS", 4, true, 100}, "tags", NULL, true},       {{"AGE", 7, true, 0}, "created", explore_age, true},
};

static bool uses(const json_t *container, const char *image) { return str_equal(json_str(container, "ImageID", ""), image); }

/* What removing names: a tag goes by its name, an image without one by its id. */
static void add_row(json_t *out, const json_t *image, const char *name, size_t tags, const json_t *containers)
{
    const char *id = json_str(image, "Id", ""), *digits = strchr(id, ':') ? strchr(id, ':') + 1 : id;
    bool named = name && !str_starts(name, "<none>");
    char brief[UNITS_TEXT];
    json_array_append_new(out,
                          json_pack("{s:s,s:s,s:s,s:s,s:I,s:o,s:I,s:I}", "id", named ? name : id, "name",
                                    named ? name : format_id(digits, brief), "image", id, "short", format_id(digits, brief), "size",
                                    (json_int_t)json_num(image, "Size", 0), "used_by", explore_users(containers, uses, id), "tags",
                                    (json_int_t)tags, "created", (json_int_t)json_num(image, "Created", 0)));
}

static json_t *rows(const json_t *list, const json_t *containers)
{
    json_t *out = json_array(), *image, *tag;
    size_t i, k;
    json_array_foreach(list, i, image)
    {
        json_t *tags = json_object_get(image, "RepoTags");
        if (json_array_size(tags) == 0)
            add_row(out, image, NULL, 0, containers);
        json_array_foreach(tags, k, tag) { add_row(out, image, json_string_value(tag), json_array_size(tags), containers); }
    }
    return out;
}

static const struct explore_kind kind = {
    .tab = EXPLORE_IMAGES,
    .one = "image",
    .many = "images",
    .list = "/images/json",
    .columns = columns,
    .column_count = ARRAY_LEN(columns),
    .rows = rows,
    .remove = "/images/%s",
    .remove_ran = "slipway rmi",
    .lost = "Its name goes; with the last name go the layers that no other image uses.",
    .prune = "/images/prune",
    .prune_ran = "slipway image prune -f",
    .prune_lost = "Remove all images that have no name and that no container uses?",
    .reclaimed = "SpaceReclaimed",
    .deleted = "ImagesDeleted",
    .ran = "slipway images",
    .empty = "slipway load -i busybox.tar",
};

static void open_images(struct app *app, void *state, const void *argument)
{
    (void)argument;
    explore_open(app, state, &kind);
}

static void tagged(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    (void)answer;
    if (err)
        app_note(app, S_BAD, "%s", err->message);
    explore_refresh(app, owner);
}

static void give_tag(struct app *app, struct explore *explore, const char *text)
{
    json_t *row = browse_selected(&explore->browse);
    const char *slash = strrchr(text, '/'), *colon = strrchr(slash ? slash : text, ':');
    if (!row)
        return;
    cleanup_free char *repository = colon ? xstrndup(text, (size_t)(colon - text)) : xstrdup(text);
    cleanup_free char *repo = client_escape(repository), *tag = client_escape(colon ? colon + 1 : "latest");
    cleanup_free char *id = client_escape(json_str(row, "image", ""));
    cleanup_free char *path = str_format("/images/%s/tag?repo=%s&tag=%s", id, repo, tag);
    app_ran(app, "slipway tag %s %s", json_str(row, "name", ""), text);
    work_engine(app->work, LANE_ACT, "POST", path, NULL, tagged, explore);
}

static void ask_tag(struct app *app, void *state)
{
    struct explore *explore = state;
    (void)app;
    if (!browse_selected(&explore->browse))
        return;
    explore->given = give_tag;
    ask_begin(&explore->ask, "another name for it: ", "");
}

static void open_layers(struct app *app, void *state)
{
    struct explore *explore = state;
    json_t *row = browse_selected(&explore->browse);
    if (!row)
        return;
    app_push(app, TAB_CONTAINERS, &screen_image, row);
    app_go(app, TAB_CONTAINERS);
}

static const struct action actions[] = {
    {"images.layers", "Enter", "layers", "its layers: what made each, how large, what was in vain; its history", open_layers, NULL},
    {"images.inspect", "i", "inspect", "all that the engine knows of it, as a tree", explore_inspect, NULL},
    {"images.tag", "t", "tag", "give it another name", ask_tag, NULL},
    {"images.remove", "D", "remove", "remove it, or those that are marked (asks first)", explore_remove, NULL},
    {"images.prune", "P", NULL, "remove all that have no name and no user (asks first)", explore_prune, NULL},
    EXPLORE_ACTIONS("images"),
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "An image is a stack of layers (archives of what a step added, changed and removed) and a configuration. A name is only a "
     "pointer to it: one image can have several, each a row here, and one that lost its last name is shown by its id. SIZE counts "
     "all layers, also those that it shares with others.",
     "man 1 slipway-images, the OCI image-spec", NULL},
};

const struct screen screen_images = {
    .name = "images",
    .title = "Images",
    .about = "All images by name. Enter shows the layers. The list follows the engine's events.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .open = open_images,
    EXPLORE_SCREEN,
};

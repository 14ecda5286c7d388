/* The cache: a step need not be done when an image is there that was made from the same parent by the same command in the same
 * configuration. What the files of a COPY are is part of its command, as a digest. Only images that were made here count, since
 * others may claim anything of themselves; with --cache-from only those count that the given ones are made of, and what was pulled
 * may be taken apart by its history. */
#include "build/build_internal.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

struct look {
    const json_t *wanted;
    const char *architecture; /* for what comes from scratch */
    const struct build *build;
    size_t steps; /* of the parent's history */
    char **among; /* NULL: all that were made here; else images that count */
    char found[DIGEST_TEXT];
};

static bool fits(void *data, const char *id, const json_t *config, int64_t created_ns)
{
    struct look *look = data;
    if (look->build->epoch_ns && created_ns != look->build->epoch_ns)
        return false;
    /* One step more, not several in one. What came from elsewhere says of itself how it was made: only who is named is believed. */
    if (json_array_size(json_object_get(config, "history")) != look->steps + 1 ||
        (!look->among && !image_made_here(look->build->store, id)))
        return false;
    if (look->architecture && !str_equal(json_str(config, "architecture", ""), look->architecture))
        return false;
    if ((look->among && !strv_has(look->among, id)) || !config_equal(json_object_get(config, "container_config"), look->wanted))
        return false;
    memcpy(look->found, id, DIGEST_TEXT);
    return true;
}

static char *command_line(const json_t *container_config)
{
    cleanup_strv char **words = json_to_strv(json_object_get(container_config, "Cmd"));
    return words ? strv_join(words, " ") : xstrdup("");
}

/* `target` begins with all that `parent` (NULL: nothing) is, and its next line of history is this command: its configuration as far
 * as that line, or NULL. */
static json_t *cut_out(const json_t *target, const json_t *parent, const char *command, bool *whole)
{
    const json_t *history = json_object_get(target, "history"), *before = json_object_get(parent, "history");
    const json_t *diffs = json_at(target, "rootfs.diff_ids"), *below = json_at(parent, "rootfs.diff_ids");
    size_t steps = json_array_size(before), layers = json_array_size(below);
    if (json_array_size(history) <= steps || json_array_size(diffs) < layers)
        return NULL;
    for (size_t i = 0; i < steps; i++)
        if (!json_equal(json_array_get(history, i), json_array_get(before, i)))
            return NULL;
    for (size_t i = 0; i < layers; i++)
        if (!json_equal(json_array_get(diffs, i), json_array_get(below, i)))
            return NULL;
    const json_t *line = json_array_get(history, steps);
    if (!str_equal(json_str(line, "created_by", ""), command))
        return NULL;
    layers += !json_flag(line, "empty_layer", false);
    *whole = json_array_size(history) == steps + 1;
    json_t *out = json_copy((json_t *)target), *list = json_array(), *kept = json_array();
    for (size_t i = 0; i <= steps; i++)
        json_array_append(list, json_array_get(history, i));
    for (size_t i = 0; i < layers && i < json_array_size(diffs); i++)
        json_array_append(kept, json_array_get(diffs, i));
    json_object_set_new(out, "history", list);
    json_object_set_new(out, "rootfs", json_pack("{s:s,s:o}", "type", "layers", "diff_ids", kept));
    json_object_set(out, "created", json_object_get(line, "created"));
    return out;
}

/* The step out of an image that came from elsewhere, with the history that says how it was made. */
static bool from_history(struct turn *turn, const json_t *container_config, char image[DIGEST_TEXT])
{
    struct build *build = turn->build;
    /* Mounts and network are in no history, and a date is not that of another build. */
    if (json_object_get(container_config, "SlipwayMounts") || build->epoch_ns)
        return false;
    cleanup_free char *command = command_line(container_config);
    cleanup_json json_t *parent = NULL;
    if (*turn->image && image_find(build->store, turn->image, NULL, &parent, NULL) < 0)
        return false;
    for (char *const *name = build->options->cache_from; *name; name++) {
        char id[DIGEST_TEXT];
        bool whole;
        cleanup_json json_t *target = NULL;
        if (image_find(build->store, *name, id, &target, NULL) < 0)
            continue;
        cleanup_json json_t *part = cut_out(target, parent, command, &whole);
        if (!part)
            continue;
        if (whole && json_at(target, "container_config.SlipwayMounts"))
            continue;
        if (whole) {
            memcpy(image, id, DIGEST_TEXT);
            if (*turn->image)
                image_adopt(build->store, id, turn->image);
            return true;
        }
        json_object_set_new(part, "config", config_in_order(turn->config));
        json_object_set(part, "container_config", (json_t *)container_config);
        if (image_keep(build->store, part, *turn->image ? turn->image : NULL, image, NULL) == 0)
            return true;
    }
    return false;
}

/* What --cache-from names, and everything those were made from. */
static char **sources(const struct build *build)
{
    char **list = NULL;
    for (char *const *name = build->options->cache_from; name && *name; name++) {
        char id[DIGEST_TEXT];
        if (image_find(build->store, *name, id, NULL, NULL) < 0)
            continue;
        image_ancestry(build->store, id, &list);
    }
    return list;
}

bool cache_probe(struct turn *turn, const json_t *container_config, char image[DIGEST_TEXT])
{
    struct build *build = turn->build;
    bool limited = build->options->cache_from && *build->options->cache_from;
    cleanup_strv char **among = limited ? sources(build) : NULL;
    char *nothing[] = {NULL};
    cleanup_json json_t *parent = NULL;
    if (*turn->image && image_find(build->store, turn->image, NULL, &parent, NULL) < 0)
        return false;
    struct look look = {.wanted = container_config,
                        .build = build,
                        .steps = json_array_size(json_object_get(parent, "history")),
                        .architecture = *turn->image ? NULL : str_or(turn->architecture, build->architecture),
                        .among = limited ? (among ? among : nothing) : NULL};
    image_children(build->store, turn->image, fits, &look);
    if (*look.found)
        memcpy(image, look.found, DIGEST_TEXT);
    return *look.found || (limited && from_history(turn, container_config, image));
}

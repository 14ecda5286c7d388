/* The end of a step: the cache is asked, or there will be a new image. A container that nothing runs in need not exist: its number
 * is shown as Docker shows it, and it is only made when it is to stay (--rm=false). */
#include "build/build_internal.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

json_t *step_container_config(const struct turn *turn, const char *comment, bool two)
{
    json_t *config = config_in_order(turn->config), *command = config_shell(turn->config);
    cleanup_free char *one = str_format("#(nop) %s", comment);
    if (two) {
        json_array_append_new(command, json_string("#(nop) "));
        json_array_append_new(command, json_text_value(comment, strlen(comment)));
    } else {
        json_array_append_new(command, json_text_value(one, strlen(one)));
    }
    json_object_set_new(config, "Cmd", command);
    return config;
}

static void take_image(struct turn *turn, const char *image)
{
    snprintf(turn->image, sizeof turn->image, "%s", image);
    turn->changed = true;
}

bool step_cached(struct turn *turn, const json_t *container_config)
{
    struct build *build = turn->build;
    char image[DIGEST_TEXT] = "";
    if (!build->options->no_cache && !turn->missed && cache_probe(turn, container_config, image)) {
        output_say(build->output, turn->index, " ---> Using cache\n");
        explain_hit(turn, image);
        take_image(turn, image);
        return true;
    }
    explain_miss(turn, container_config);
    if (!turn->missed)
        turn->missed = turn->step;
    return false;
}

int step_container(struct turn *turn, const json_t *container_config, char id[ID_TEXT], struct error *err)
{
    struct build *build = turn->build;
    cleanup_json json_t *warnings = NULL, *request = NULL;
    size_t i;
    json_t *warning;
    id_generate(id);
    if (!build->options->remove && *turn->image) {
        request = json_copy((json_t *)container_config);
        json_object_set_new(request, "Image", json_string(turn->image));
        json_object_set(request, "HostConfig", (json_t *)build->options->host_config);
        int r = build->host->create(build->host->data, request, id, &warnings, err);
        if (r < 0)
            return r;
        strv_add(&turn->kept, id);
    }
    json_array_foreach(warnings, i, warning)
    {
        output_say(build->output, turn->index, " ---> [Warning] %s\n", json_string_value(warning));
    }
    output_say(build->output, turn->index, " ---> Running in %.12s\n", id);
    strv_add(&turn->made, id);
    return 0;
}

int step_finish(struct turn *turn, json_t *container_config, const char *container, const struct rootfs *rootfs, struct error *err)
{
    struct build *build = turn->build;
    char image[DIGEST_TEXT], host[13];
    if (turn_cancelled(turn, err))
        return -err->code;
    cleanup_json json_t *config = config_in_order(turn->config);
    snprintf(host, sizeof host, "%s", container);
    if (*container)
        json_object_set_new(container_config, "Hostname", json_string(host));
    const struct image_commit commit = {.rootfs = rootfs,
                                        .parent = turn->image,
                                        .container = container,
                                        .container_config = container_config,
                                        .config = config,
                                        .author = str_or(turn->author, ""),
                                        .comment = "",
                                        .architecture = str_or(turn->architecture, build->architecture),
                                        .created_ns = build->epoch_ns,
                                        .take = build->options->remove || build->options->force_remove};
    int r = image_commit(build->store, &commit, image, err);
    if (r == 0 && turn->noted)
        image_note(build->store, image, turn->noted);
    if (r == 0)
        take_image(turn, image);
    return r;
}

int step_commit(struct turn *turn, struct error *err, const char *format, ...)
{
    char id[ID_TEXT];
    va_list args;
    va_start(args, format);
    cleanup_free char *comment = str_vformat(format, args);
    va_end(args);
    cleanup_json json_t *container_config = step_container_config(turn, comment, true);
    if (step_cached(turn, container_config))
        return 0;
    int r = step_container(turn, container_config, id, err);
    return r < 0 ? r : step_finish(turn, container_config, id, NULL, err);
}

void step_remove_containers(struct turn *turn, bool failed)
{
    struct build *build = turn->build;
    const struct build_options *options = build->options;
    struct error ignored;
    bool remove = options->force_remove || (options->remove && !failed);
    for (char **id = turn->made; remove && id && *id; id++)
        output_say(build->output, turn->index, "Removing intermediate container %.12s\n", *id);
    /* Nobody can look at what is left of a build that was given up. */
    remove |= failed && turn_cancelled(turn, &ignored);
    for (char **id = turn->kept; remove && id && *id; id++)
        build->host->remove(build->host->data, *id);
    strv_free(turn->made);
    strv_free(turn->kept);
    turn->made = turn->kept = NULL;
}

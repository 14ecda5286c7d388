/* FROM: what a stage starts with. An earlier stage, nothing at all (scratch), or an image that the host finds or fetches; then the
 * triggers that the image has for those who build on it. */
#include "build/build_internal.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const struct stage *stage_at(const struct turn *turn, size_t index) { return &turn->build->file.stages[index]; }

static size_t stage_named(const struct turn *turn, const char *name)
{
    for (size_t i = 0; i < turn->index; i++)
        if (stage_at(turn, i)->name && strcasecmp(stage_at(turn, i)->name, name) == 0)
            return i;
    return SIZE_MAX;
}

int stage_check_name(const struct turn *turn, struct error *err)
{
    const char *name = turn->stage->name;
    return name && stage_named(turn, name) != SIZE_MAX ? error_set(err, EINVAL, "%s stage name already used", name) : 0;
}

/* The words of FROM with the ARGs before it in place. */
static int expand(struct turn *turn, char **base, char **platform, struct error *err)
{
    struct instruction from;
    pthread_mutex_lock(&turn->build->lock);
    cleanup_strv char **env = arguments_early(turn->build->arguments);
    pthread_mutex_unlock(&turn->build->lock);
    instruction_copy(&turn->stage->from, &from);
    int r = instruction_expand(&from, turn->build->file.escape, env, err);
    if (r == 0 && (!from.args || !*from.args || !**from.args))
        r = error_set(err, EINVAL, "base name (%s) should not be blank", turn->stage->base);
    if (r == 0) {
        *base = xstrdup(from.args[0]);
        *platform = xstrdup(str_or(instruction_flag(&from, "platform"), ""));
    }
    instruction_clear(&from);
    return r;
}

static void start_with(struct turn *turn, const char *image, const json_t *document)
{
    const json_t *config = json_object_get(document, "config");
    snprintf(turn->image, sizeof turn->image, "%s", image);
    memcpy(turn->base, turn->image, sizeof turn->base);
    json_decref(turn->config);
    turn->config = config_in_order(json_is_object(config) ? config : NULL);
    if (!config_env(turn->config, "PATH"))
        config_set_env(turn->config, "PATH", DEFAULT_PATH);
    json_object_set_new(turn->config, "OpenStdin", json_false());
    json_object_set_new(turn->config, "StdinOnce", json_false());
    turn->changed = *image;
}

/* "linux/arm64" to "arm64"; NULL when it is not for this system. */
static char *architecture_of(const char *platform, struct error *err)
{
    cleanup_strv char **parts = str_split(platform, '/');
    if (!*platform)
        return xstrdup(image_architecture());
    const char *wanted = parts[1] ? parts[1] : str_equal(parts[0], "linux") ? image_architecture() : parts[0];
    if (parts[1] && !str_equal(parts[0], "linux")) {
        error_set(err, EINVAL, "operating system is not supported: %s", parts[0]);
        return NULL;
    }
    return xstrdup(str_equal(wanted, "x86_64") ? "amd64" : str_equal(wanted, "aarch64") ? "arm64" : wanted);
}

/* An image that somebody asked for by --platform in vain would be run by accident. */
static int check_platform(const char *name, const char *platform, const json_t *document, struct error *err)
{
    if (!*platform)
        return 0;
    cleanup_free char *wanted = architecture_of(platform, err);
    const char *own = json_str(document, "architecture", "");
    if (!wanted)
        return -EINVAL;
    return str_equal(wanted, own) || !*own
               ? 0
               : error_set(err, ENOENT,
                           "image with reference %s was found but does not match the specified platform: wanted %s, actual: %s/%s",
                           name, platform, json_str(document, "os", "linux"), own);
}

static void tell(void *data, json_t *line)
{
    struct turn *turn = data;
    output_document(turn->build->output, turn->index, line);
}

static bool stop(void *data)
{
    struct error ignored;
    return turn_cancelled(data, &ignored);
}

static int ask_host(struct turn *turn, const char *name, const char *platform, char image[DIGEST_TEXT], json_t **document,
                    struct error *err)
{
    const struct build_host *host = turn->build->host;
    const struct build_listener listener = {.tell = tell, .stop = stop, .data = turn};
    return host->image(host->data, name, turn->build->options->pull, platform, &listener, image, document, err);
}

static int find_base(struct turn *turn, const char *name, const char *given, struct error *err)
{
    struct build *build = turn->build;
    char image[DIGEST_TEXT] = "";
    cleanup_json json_t *document = NULL;
    size_t stage = stage_named(turn, name);
    const char *platform = *given ? given : build->options->platform;
    int r = 0;
    if (stage != SIZE_MAX) {
        r = stage_wait(turn, stage, image, err);
        if (r == 0 && *image)
            r = image_find(build->store, image, NULL, &document, err);
    } else if (str_equal(name, "scratch")) {
        turn->architecture = architecture_of(platform, err);
        r = turn->architecture ? 0 : -EINVAL;
    } else {
        r = ask_host(turn, name, platform, image, &document, err);
        if (r == 0)
            r = check_platform(name, platform, document, err);
    }
    if (r == 0)
        start_with(turn, image, document);
    return r;
}

static int run_triggers(struct turn *turn, const json_t *triggers, struct error *err)
{
    size_t i, count = json_array_size(triggers);
    json_t *text;
    output_say(turn->build->output, turn->index, "# Executing %zu build trigger", count);
    if (count > 1)
        output_say(turn->build->output, turn->index, "s");
    output_say(turn->build->output, turn->index, "\n");
    json_array_foreach((json_t *)triggers, i, text)
    {
        struct instruction instruction;
        int r = instruction_parse(str_or(json_string_value(text), ""), true, &instruction, err);
        if (r == 0) {
            json_object_set_new(turn->config, "Image", json_string(turn->image));
            turn->trigger = true;
            r = dispatch(turn, &instruction, err);
            turn->trigger = false;
            step_remove_containers(turn, r < 0);
        }
        instruction_clear(&instruction);
        if (r < 0)
            return r;
    }
    return 0;
}

int dispatch_from(struct turn *turn, struct error *err)
{
    cleanup_free char *base = NULL, *platform = NULL;
    int r = expand(turn, &base, &platform, err);
    if (r == 0)
        r = find_base(turn, base, platform, err);
    if (r < 0)
        return r;
    cleanup_json json_t *triggers = json_incref(json_object_get(turn->config, "OnBuild"));
    if (!json_array_size(triggers))
        return 0;
    json_object_set_new(turn->config, "OnBuild", json_null());
    return run_triggers(turn, triggers, err);
}

int source_image(struct turn *turn, const char *from, char image[DIGEST_TEXT], struct error *err)
{
    struct build *build = turn->build;
    long long number;
    cleanup_json json_t *document = NULL;
    size_t stage = stage_named(turn, from);
    if (stage == SIZE_MAX && str_to_int(from, &number)) {
        if (number == (long long)turn->index)
            return error_set(err, EINVAL, "invalid from flag value %s: refers to current build stage", from);
        if (number < 0 || number > (long long)turn->index)
            return error_set(err, EINVAL, "invalid from flag value %s: index out of bounds", from);
        stage = (size_t)number;
    }
    if (stage != SIZE_MAX)
        return stage_wait(turn, stage, image, err);
    int r = ask_host(turn, from, build->options->platform, image, &document, err);
    return r < 0 ? error_prefix(err, "invalid from flag value %s", from) : 0;
}

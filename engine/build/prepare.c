/* Before the first stage: the Dockerfile is read and taken apart, everything in the request that can be wrong without it is
 * checked, and the ARGs before the first FROM are set. */
#include "build/build_internal.h"

#include "base/go_text.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DOCKERFILE_MOST = 16 << 20 };

static int declare_early(struct build *build, struct error *err)
{
    for (size_t i = 0; i < build->file.argument_count; i++) {
        struct instruction instruction;
        cleanup_strv char **env = arguments_early(build->arguments);
        build_say_step(build, 0, i + 1, build->file.arguments[i].original);
        instruction_copy(&build->file.arguments[i], &instruction);
        int r = instruction_expand(&instruction, build->file.escape, env, err);
        for (size_t j = 0; r == 0 && j < instruction.pair_count; j++)
            arguments_declare_early(build->arguments, instruction.pairs[j].key, instruction.pairs[j].value);
        instruction_clear(&instruction);
        if (r < 0) {
            build->file.failed_line = build->file.arguments[i].first;
            return r;
        }
    }
    return 0;
}

/* What BuildKit tells of the platforms; a stage gets it by `ARG TARGETARCH`. */
static int offer_platform(struct build *build, struct error *err)
{
    cleanup_strv char **parts = str_split(build->options->platform, '/');
    const char *own = image_architecture(), *variant = "";
    const char *architecture = own;
    if (*build->options->platform) {
        architecture = parts[1] ? parts[1] : str_equal(parts[0], "linux") ? own : parts[0];
        variant = parts[1] && parts[2] ? parts[2] : "";
        if (parts[1] && !str_equal(parts[0], "linux"))
            return error_set(err, EINVAL, "operating system is not supported: %s", parts[0]);
        architecture = str_equal(architecture, "x86_64") ? "amd64" : str_equal(architecture, "aarch64") ? "arm64" : architecture;
    }
    build->architecture = xstrdup(architecture);
    cleanup_free char *target = str_format("linux/%s%s%s", architecture, *variant ? "/" : "", variant);
    cleanup_free char *host = str_format("linux/%s", own);
    const struct {
        const char *name, *value;
    } offers[] = {{"TARGETPLATFORM", target}, {"TARGETOS", "linux"},   {"TARGETARCH", architecture},
                  {"TARGETVARIANT", variant}, {"BUILDPLATFORM", host}, {"BUILDOS", "linux"},
                  {"BUILDARCH", own}};
    for (size_t i = 0; i < ARRAY_LEN(offers); i++)
        if (*offers[i].value)
            arguments_offer(build->arguments, offers[i].name, offers[i].value);
    return 0;
}

const char *build_dockerfile_name(const struct build *build) { return str_or(build->options->dockerfile, "Dockerfile"); }

static int read_dockerfile(struct build *build, char **text, size_t *len, struct error *err)
{
    const char *name = build_dockerfile_name(build);
    struct error why = ERROR_INIT;
    if (build->context->dockerfile) {
        *text = xstrdup(build->context->dockerfile);
        *len = strlen(*text);
        return 0;
    }
    int r = context_read(build->context, name, DOCKERFILE_MOST, text, len, &why);
    if (r == -ENOENT && str_equal(name, "Dockerfile")) /* that is how it was written in old times */
        r = context_read(build->context, "dockerfile", DOCKERFILE_MOST, text, len, &why);
    if (r == -ENOENT)
        return error_set(err, EIO, "Cannot locate specified Dockerfile: %s", name);
    return r < 0 ? error_set(err, why.code, "%s", why.message) : 0;
}

/* What follows the first `count` stages is let go. */
static void cut(struct dockerfile *file, size_t count)
{
    struct dockerfile rest = {.stage_count = file->stage_count - count};
    if (!rest.stage_count)
        return;
    rest.stages = xmalloc(rest.stage_count * sizeof *rest.stages);
    memcpy(rest.stages, file->stages + count, rest.stage_count * sizeof *rest.stages);
    file->stage_count = count;
    dockerfile_clear(&rest);
}

static int stop_at_target(struct build *build, struct error *err)
{
    const char *target = build->options->target;
    struct dockerfile *file = &build->file;
    for (size_t i = 0; *target && i < file->stage_count; i++) {
        if (file->stages[i].name && strcasecmp(file->stages[i].name, target) == 0) {
            cut(file, i + 1);
            return 0;
        }
    }
    return *target ? error_set(err, EINVAL, "failed to reach build target %s in Dockerfile", target) : 0;
}

static int parse(struct build *build, struct error *err)
{
    cleanup_free char *text = NULL;
    const char *name = build_dockerfile_name(build);
    size_t len = 0;
    int r = read_dockerfile(build, &text, &len, err);
    if (r == 0)
        build->text = go_valid(text, len);
    if (r == 0)
        r = context_filter(build->context, name, err);
    if (r == 0)
        r = dockerfile_parse(text, len, name, &build->file, err);
    return r < 0 ? r : stop_at_target(build, err);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void add_labels(struct build *build)
{
    const char *key;
    json_t *value;
    cleanup_strv char **keys = NULL;
    json_object_foreach((json_t *)build->options->labels, key, value) strv_add(&keys, key);
    if (keys)
        qsort(keys, strv_len(keys), sizeof *keys, by_text);
    for (char **each = keys; each && *each; each++)
        dockerfile_add_label(&build->file, *each, str_or(json_string_value(json_object_get(build->options->labels, *each)), ""));
}

static int check_tags(struct build *build, struct error *err)
{
    int r = 0;
    for (char *const *name = build->options->tags; name && *name && r == 0; name++) {
        struct reference reference;
        r = reference_parse(*name, &reference, err);
        if (r == 0 && reference.digest)
            r = error_set(err, EINVAL, "build tag cannot contain a digest");
        reference_clear(&reference);
    }
    return r;
}

int build_prepare(struct build *build, struct error *err)
{
    int r = check_tags(build, err);
    if (r == 0)
        r = offer_platform(build, err);
    if (r == 0)
        r = parse(build, err);
    if (r < 0)
        return r;
    output_channels(build->output, build->file.stage_count);
    add_labels(build);
    build->steps = dockerfile_steps(&build->file);
    for (char **line = build->file.warnings; line && *line; line++) {
        cleanup_free char *text = str_format("%s\n", *line);
        output_bytes(build->output, 0, true, text, strlen(text));
    }
    return declare_early(build, err);
}

/* RUN: a container that runs one command, whose writable layer is the new one. */
#include "build/build_internal.h"
#include "build/mounts.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

json_t *command_of(const struct turn *turn, const struct instruction *instruction)
{
    if (instruction->json)
        return instruction->args ? json_from_strv(instruction->args) : json_array();
    json_t *command = config_shell(turn->config);
    for (char **word = instruction->args; word && *word; word++)
        json_array_append_new(command, json_text_value(*word, strlen(*word)));
    return command;
}

/* What runs, and what history shows of it: they differ for a script, and when there are build arguments. */
struct command {
    json_t *run, *shown;
    char **arguments;
    const struct heredoc *script;
    char *script_text, *script_path;
};

static void command_clear(struct command *command)
{
    json_decref(command->run);
    json_decref(command->shown);
    strv_free(command->arguments);
    free(command->script_text);
    free(command->script_path);
}
#define cleanup_command __attribute__((cleanup(command_clear)))

/* "|2 a=b c=d" in front: the arguments count for the cache, and people see with which ones it was built. */
static json_t *with_arguments(const struct turn *turn, const json_t *command, char *const *arguments)
{
    json_t *out = json_array(), *list = json_array();
    for (char *const *each = arguments; *each; each++) {
        cleanup_free char *name = xstrndup(*each, strcspn(*each, "="));
        if (arguments_shown(turn->arguments, name))
            json_array_append_new(list, json_text_value(*each, strlen(*each)));
    }
    json_array_append_new(out, json_sprintf("|%zu", json_array_size(list)));
    json_array_extend(out, list);
    json_array_extend(out, (json_t *)command);
    json_decref(list);
    return out;
}

static void command_make(struct turn *turn, const struct instruction *instruction, struct command *out)
{
    json_t *shown;
    if (instruction->heredoc_count && !instruction->json) {
        cleanup_free char *text = instruction_shell_text(instruction, &out->script);
        shown = config_shell(turn->config);
        json_array_append_new(shown, json_text_value(text, strlen(text)));
        if (out->script) {
            out->script_text = move_ptr(text);
            out->script_path = str_format("/dev/pipes/%s", out->script->name);
        }
    } else {
        shown = command_of(turn, instruction);
    }
    out->run = out->script ? json_pack("[s]", out->script_path) : json_incref(shown);
    out->arguments = arguments_environment(turn->arguments, json_object_get(turn->config, "Env"));
    out->shown = out->arguments ? with_arguments(turn, shown, out->arguments) : json_incref(shown);
    json_decref(shown);
}

static json_t *key_config(const struct turn *turn, const struct command *command, const char *mounts_key)
{
    json_t *config = config_in_order(turn->config);
    json_object_set(config, "Cmd", command->shown);
    if (*mounts_key)
        json_object_set_new(config, "SlipwayMounts", json_string(mounts_key));
    return config;
}

static int network_mode(const struct instruction *instruction, json_t *host_config, struct error *err)
{
    const char *network = instruction_flag(instruction, "network"), *security = instruction_flag(instruction, "security");
    if (security && !str_equal(security, "sandbox"))
        return error_set(err, EINVAL,
                         "RUN --security=%s is not possible here: the containers of a build have no more rights than others",
                         security);
    if (!network || str_equal(network, "default"))
        return 0;
    if (!str_equal(network, "none") && !str_equal(network, "host"))
        return error_set(err, EINVAL, "invalid network mode %s of RUN: default, none and host are possible", network);
    json_object_set_new(host_config, "NetworkMode", json_string(network));
    return 0;
}

static json_t *request_for(struct turn *turn, const struct command *command, json_t *host_config)
{
    json_t *request = config_in_order(turn->config);
    cleanup_strv char **env = config_env_list(turn->config, command->arguments);
    json_object_set_new(request, "Env", json_from_strv(env));
    json_object_set(request, "Cmd", command->run);
    json_object_set_new(request, "Entrypoint", json_pack("[s]", ""));
    json_object_set_new(request, "Healthcheck", json_pack("{s:[s]}", "Test", "NONE"));
    json_object_set_new(request, "Image", json_string(turn->image));
    json_object_set(request, "HostConfig", host_config);
    return request;
}

/* Bytes of a character that a write of the container has cut in two wait for the rest. */
struct listener {
    struct turn *turn;
    struct buf tail[2];
};

static size_t whole_characters(const char *bytes, size_t len)
{
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        unsigned char c = (unsigned char)bytes[len - back];
        if (c < 0x80)
            return len;
        if (c >= 0xc0)
            return (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) > back ? len - back : len;
    }
    return len;
}

static void hear(void *data, int stream, const char *bytes, size_t len)
{
    struct listener *listener = data;
    struct buf *tail = &listener->tail[stream == 2];
    cleanup_buf struct buf all = BUF_INIT;
    buf_add(&all, tail->data, tail->len);
    buf_add(&all, bytes, len);
    buf_clear(tail);
    size_t whole = whole_characters(all.data, all.len);
    buf_add(tail, all.data + whole, all.len - whole);
    if (whole)
        output_bytes(listener->turn->build->output, listener->turn->index, stream == 2, all.data, whole);
}

static void hear_rest(struct listener *listener)
{
    for (int i = 0; i < 2; i++) {
        if (listener->tail[i].len)
            output_bytes(listener->turn->build->output, listener->turn->index, i == 1, listener->tail[i].data,
                         listener->tail[i].len);
        buf_free(&listener->tail[i]);
    }
}

static int run_container(struct turn *turn, const struct command *command, const char *container, struct error *err)
{
    const struct build_host *host = turn->build->host;
    struct listener listener = {.turn = turn};
    int exit_code = 0;
    running_add(turn, container);
    int r = turn_cancelled(turn, err) ? -ECANCELED : host->run(host->data, container, hear, &listener, &exit_code, err);
    running_drop(turn, container);
    hear_rest(&listener);
    if (turn_cancelled(turn, err))
        return -ECANCELED;
    if (r < 0 || !exit_code)
        return r;
    cleanup_strv char **words = json_to_strv(command->run);
    cleanup_free char *line = words ? strv_join(words, " ") : xstrdup("");
    turn->exit_code = exit_code;
    return error_set(err, ECHILD, "The command '%s' returned a non-zero code: %d", line, exit_code);
}

static int create(struct turn *turn, const struct command *command, json_t *host_config, char id[ID_TEXT], struct error *err)
{
    const struct build_host *host = turn->build->host;
    cleanup_json json_t *request = request_for(turn, command, host_config), *warnings = NULL;
    size_t i;
    json_t *warning;
    if (!*turn->image)
        return error_set(err, EINVAL, "RUN needs a file system with a program to run, and FROM scratch has none yet");
    int r = host->create(host->data, request, id, &warnings, err);
    if (r < 0)
        return r;
    json_array_foreach(warnings, i, warning)
    {
        output_say(turn->build->output, turn->index, " ---> [Warning] %s\n", json_string_value(warning));
    }
    output_say(turn->build->output, turn->index, " ---> Running in %.12s\n", id);
    strv_add(&turn->made, id);
    strv_add(&turn->kept, id);
    return 0;
}

static int run(struct turn *turn, const struct instruction *instruction, const struct command *command, struct mounts *mounts,
               json_t *container_config, struct error *err)
{
    char id[ID_TEXT];
    cleanup_json json_t *list = NULL, *host_config = json_copy((json_t *)turn->build->options->host_config);
    struct rootfs rootfs = {0};
    int r = network_mode(instruction, host_config, err);
    if (r == 0 && command->script)
        r = mounts_add_script(mounts, command->script_text, command->script_path, err);
    if (r == 0)
        r = mounts_make(mounts, &list, err);
    if (r == 0 && json_array_size(list))
        json_object_set(host_config, "Mounts", list);
    if (r == 0)
        r = create(turn, command, host_config, id, err);
    if (r == 0)
        r = rootfs_open(turn->build->store, id, &rootfs, err);
    if (r == 0)
        r = run_container(turn, command, id, err);
    mounts_tidy(mounts, r == 0 ? &rootfs : NULL);
    if (r == 0)
        r = step_finish(turn, container_config, id, &rootfs, err);
    rootfs_clear(&rootfs);
    return r;
}

int dispatch_run(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    struct mounts *mounts = NULL;
    cleanup_command struct command command = {0};
    command_make(turn, instruction, &command);
    int r = mounts_read(turn, instruction, &mounts, err);
    cleanup_json json_t *container_config = r < 0 ? NULL : key_config(turn, &command, mounts_key(mounts));
    if (r == 0 && !step_cached(turn, container_config))
        r = run(turn, instruction, &command, mounts, container_config, err);
    mounts_free(mounts);
    return r;
}

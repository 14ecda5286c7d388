/* The instructions of a Dockerfile, one row of a table each. Those that only change the configuration are here; RUN, COPY, ADD and
 * WORKDIR, which touch files, have files of their own. Comments ("#(nop) ENV a=b") are what Docker writes: they are the cache's
 * keys and what history shows. */
#include "build/build_internal.h"
#include "build/shown.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/signal_names.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *first(const struct instruction *instruction)
{
    return instruction->args && instruction->args[0] ? instruction->args[0] : "";
}

static json_t *text_value(const char *text) { return json_text_value(text, strlen(text)); }

static int do_arg(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    cleanup_buf struct buf comment = BUF_INIT;
    for (size_t i = 0; i < instruction->pair_count; i++) {
        const struct instruction_pair *pair = &instruction->pairs[i];
        buf_printf(&comment, "%s%s%s%s", i ? " " : "", pair->key, pair->value ? "=" : "", str_or(pair->value, ""));
        arguments_declare(turn->arguments, pair->key, pair->value);
    }
    return step_commit(turn, err, "ARG %s", comment.data);
}

static int do_env(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    cleanup_buf struct buf comment = BUF_INIT;
    for (size_t i = 0; i < instruction->pair_count; i++) {
        const struct instruction_pair *pair = &instruction->pairs[i];
        buf_printf(&comment, " %s=%s", pair->key, pair->value);
        config_set_env(turn->config, pair->key, pair->value);
    }
    return step_commit(turn, err, "ENV%s", comment.data);
}

static int do_label(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    cleanup_buf struct buf comment = BUF_INIT;
    for (size_t i = 0; i < instruction->pair_count; i++) {
        const struct instruction_pair *pair = &instruction->pairs[i];
        buf_printf(&comment, " %s=%s", pair->key, pair->value);
        json_object_set_new(config_object(turn->config, "Labels"), pair->key, text_value(pair->value));
    }
    return step_commit(turn, err, "LABEL%s", comment.data);
}

static int do_maintainer(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    free(turn->author);
    turn->author = xstrdup(first(instruction));
    return step_commit(turn, err, "MAINTAINER %s", turn->author);
}

static int do_cmd(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    json_t *command = command_of(turn, instruction);
    json_object_set_new(turn->config, "Cmd", command);
    cleanup_free char *shown = shown_quoted(command);
    int r = step_commit(turn, err, "CMD %s", shown);
    turn->cmd_set |= json_array_size(command) > 0;
    return r;
}

static int do_entrypoint(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    bool empty = !instruction->args || !instruction->args[0];
    json_t *command = empty ? json_array() : command_of(turn, instruction);
    json_object_set_new(turn->config, "Entrypoint", command);
    if (!turn->cmd_set) /* what the base would run is no argument of this */
        json_object_set_new(turn->config, "Cmd", json_null());
    cleanup_free char *shown = shown_quoted(command);
    return step_commit(turn, err, "ENTRYPOINT %s", shown);
}

static bool port_range(const char *text, long long *low, long long *high)
{
    cleanup_free char *copy = xstrdup(text);
    char *dash = strchr(copy, '-');
    if (dash)
        *dash = 0;
    return str_to_int(copy, low) && str_to_int(dash ? dash + 1 : copy, high) && *low >= 0 && *high <= 65535 && *low <= *high;
}

/* "80", "53/udp", "7000-7002", "127.0.0.1:8080:80": only the container's side counts. */
static int expose(json_t *config, const char *word, struct error *err)
{
    cleanup_free char *port = xstrdup(word);
    char *slash = strchr(port, '/');
    const char *protocol = slash && slash[1] ? slash + 1 : "tcp";
    if (slash)
        *slash = 0;
    const char *colon = strrchr(port, ':'), *own = colon ? colon + 1 : port;
    long long low, high;
    if (!*own)
        return error_set(err, EINVAL, "No port specified: %s<empty>", word);
    if (!port_range(own, &low, &high))
        return error_set(err, EINVAL, "Invalid containerPort: %s", own);
    cleanup_free char *kind = str_lower(protocol);
    if (!str_equal(kind, "tcp") && !str_equal(kind, "udp") && !str_equal(kind, "sctp"))
        return error_set(err, EINVAL, "Invalid proto: %s", protocol);
    for (; low <= high; low++) {
        cleanup_free char *key = str_format("%lld/%s", low, kind);
        json_object_set_new(config_object(config, "ExposedPorts"), key, json_object());
    }
    return 0;
}

static int do_expose(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    int r = 0;
    for (char **word = instruction->args; word && *word && r == 0; word++)
        r = expose(turn->config, *word, err);
    cleanup_free char *words = strv_join(instruction->args, " ");
    return r < 0 ? r : step_commit(turn, err, "EXPOSE %s", words);
}

static int do_volume(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    for (char **word = instruction->args; word && *word; word++) {
        if (!**word)
            return error_set(err, EINVAL, "VOLUME specified can not be an empty string");
        json_object_set_new(config_object(turn->config, "Volumes"), *word, json_object());
    }
    cleanup_free char *shown = shown_list(instruction->args);
    return step_commit(turn, err, "VOLUME %s", shown);
}

static int do_user(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    json_object_set_new(turn->config, "User", text_value(first(instruction)));
    return step_commit(turn, err, "USER %s", first(instruction));
}

static int do_stop_signal(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    long long number;
    const char *name = first(instruction);
    if (!(str_to_int(name, &number) && number > 0) && !signal_number(name))
        return error_set(err, EINVAL, "Invalid signal: %s", name);
    json_object_set_new(turn->config, "StopSignal", text_value(name));
    return step_commit(turn, err, "STOPSIGNAL %s", name);
}

static int do_shell(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    json_object_set_new(turn->config, "Shell", json_from_strv(instruction->args));
    cleanup_free char *shown = shown_list(instruction->args);
    return step_commit(turn, err, "SHELL %s", shown);
}

static int do_onbuild(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    json_t *triggers = json_object_get(turn->config, "OnBuild");
    if (!json_is_array(triggers))
        json_object_set_new(turn->config, "OnBuild", triggers = json_array());
    json_array_append_new(triggers, text_value(first(instruction)));
    return step_commit(turn, err, "ONBUILD %s", first(instruction));
}

static const struct {
    const char *key;
    size_t offset;
} durations[] = {{"Interval", offsetof(struct health_check, interval)},
                 {"Timeout", offsetof(struct health_check, timeout)},
                 {"StartPeriod", offsetof(struct health_check, start_period)}};

static int64_t duration_of(const struct health_check *check, size_t i)
{
    return *(const int64_t *)((const char *)check + durations[i].offset);
}

/* &{["CMD-SHELL" "x"] "5m0s" "3s" "1s" '\x05'} */
static char *show_health(const struct health_check *check)
{
    struct buf out = BUF_INIT;
    cleanup_json json_t *test = json_from_strv(check->test);
    cleanup_free char *words = shown_quoted(test);
    buf_printf(&out, "&{%s", words);
    for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
        char text[32];
        shown_duration(duration_of(check, i), text);
        buf_printf(&out, " \"%s\"", text);
    }
    buf_putc(&out, ' ');
    shown_rune(&out, check->retries);
    buf_putc(&out, '}');
    return buf_take(&out);
}

/* What is not said is as before: Docker gets it from the container that it makes for the step. */
static json_t *health_value(const struct health_check *check, const json_t *before)
{
    static const char *const inherited[] = {"Interval", "Timeout", "StartPeriod", "Retries"};
    json_t *out = json_pack("{s:o}", "Test", json_from_strv(check->test));
    for (size_t i = 0; i < ARRAY_LEN(durations); i++)
        if (duration_of(check, i))
            json_object_set_new(out, durations[i].key, json_integer(duration_of(check, i)));
    if (check->retries)
        json_object_set_new(out, "Retries", json_integer(check->retries));
    for (size_t i = 0; i < ARRAY_LEN(inherited); i++)
        if (!json_object_get(out, inherited[i]) && json_object_get(before, inherited[i]))
            json_object_set(out, inherited[i], json_object_get(before, inherited[i]));
    return out;
}

static int do_health(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    json_t *before = json_object_get(turn->config, "Healthcheck"), *test = json_object_get(before, "Test");
    if (json_array_size(test) && !str_equal(json_string_value(json_array_get(test, 0)), "NONE")) {
        cleanup_strv char **words = json_to_strv(test);
        cleanup_free char *shown = shown_list(words);
        output_say(turn->build->output, turn->index, "Note: overriding previous HEALTHCHECK: %s\n", shown);
    }
    json_object_set_new(turn->config, "Healthcheck", health_value(instruction->health, before));
    cleanup_free char *shown = show_health(instruction->health);
    return step_commit(turn, err, "HEALTHCHECK %s", shown);
}

static int do_workdir(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    return dispatch_workdir(turn, first(instruction), err);
}

static int do_from(struct turn *turn, const struct instruction *instruction, struct error *err)
{
    (void)turn;
    (void)instruction;
    return error_set(err, EINVAL, "FROM isn't allowed as an ONBUILD trigger");
}

static int (*const handlers[INSTRUCTION_KINDS])(struct turn *turn, const struct instruction *instruction, struct error *err) = {
    [INSTRUCTION_ARG] = do_arg,
    [INSTRUCTION_CMD] = do_cmd,
    [INSTRUCTION_ENTRYPOINT] = do_entrypoint,
    [INSTRUCTION_ENV] = do_env,
    [INSTRUCTION_EXPOSE] = do_expose,
    [INSTRUCTION_FROM] = do_from,
    [INSTRUCTION_HEALTHCHECK] = do_health,
    [INSTRUCTION_LABEL] = do_label,
    [INSTRUCTION_MAINTAINER] = do_maintainer,
    [INSTRUCTION_ONBUILD] = do_onbuild,
    [INSTRUCTION_RUN] = dispatch_run,
    [INSTRUCTION_SHELL] = do_shell,
    [INSTRUCTION_STOPSIGNAL] = do_stop_signal,
    [INSTRUCTION_USER] = do_user,
    [INSTRUCTION_VOLUME] = do_volume,
    [INSTRUCTION_WORKDIR] = do_workdir,
};

int dispatch(struct turn *turn, const struct instruction *original, struct error *err)
{
    struct instruction instruction;
    const json_t *env = json_object_get(turn->config, "Env");
    cleanup_strv char **given = arguments_environment(turn->arguments, env);
    cleanup_strv char **all = config_env_list(turn->config, given);
    instruction_copy(original, &instruction);
    int r = instruction_expand(&instruction, turn->build->file.escape, all, err);
    turn->text = original->original;
    if (r == 0 && (original->kind == INSTRUCTION_COPY || original->kind == INSTRUCTION_ADD))
        r = dispatch_copy(turn, original, &instruction, err);
    else if (r == 0)
        r = handlers[original->kind](turn, &instruction, err);
    free(move_ptr(turn->noted));
    instruction_clear(&instruction);
    return r;
}

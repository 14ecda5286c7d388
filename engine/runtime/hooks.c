/* Hooks (config.md#posix-platform-hooks): programs that a config wants run at certain moments of a container's life, with its state
 * on their standard input. Which process runs them decides in whose namespaces they are; this file only runs them. */
#include "runtime/hooks.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/helper.h"
#include "runtime/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name, *status; /* what the state says at that moment (runtime.md#state) */
} moments[] = {
    [HOOK_PRESTART] = {"prestart", "created"},
    [HOOK_CREATE_RUNTIME] = {"createRuntime", "created"},
    [HOOK_CREATE_CONTAINER] = {"createContainer", "created"},
    [HOOK_START_CONTAINER] = {"startContainer", "created"},
    [HOOK_POSTSTART] = {"poststart", "running"},
    [HOOK_POSTSTOP] = {"poststop", "stopped"},
};

const char *runtime_annotation(const json_t *config, const char *key)
{
    return json_string_value(json_object_get(json_object_get(config, "annotations"), key));
}

json_t *runtime_state(const char *id, const char *status, pid_t pid, const char *bundle, const json_t *annotations)
{
    json_t *state =
        json_pack("{ss ss ss si ss}", "ociVersion", RUNTIME_SPEC, "id", id, "status", status, "pid", (int)pid, "bundle", bundle);
    if (json_object_size(annotations))
        json_object_set_new(state, "annotations", json_deep_copy(annotations));
    return state;
}

static const json_t *list_of(const json_t *config, enum hook_moment moment)
{
    return json_object_get(json_object_get(config, "hooks"), moments[moment].name);
}

bool hooks_any(const json_t *config, enum hook_moment moment) { return json_array_size(list_of(config, moment)) > 0; }

static int check_hook(const json_t *hook, const char *name, size_t i, struct error *err)
{
    const json_t *timeout = json_object_get(hook, "timeout");
    if (*json_str(hook, "path", "") != '/')
        return error_set(err, EINVAL, "hooks.%s[%zu].path \"%s\" is not an absolute path", name, i, json_str(hook, "path", ""));
    if (timeout && !json_is_null(timeout) && (json_integer_value(timeout) <= 0 || json_integer_value(timeout) > INT_MAX / 1000))
        return error_set(err, EINVAL, "hooks.%s[%zu].timeout must be greater than zero", name, i);
    return 0;
}

int hooks_check(const json_t *config, struct error *err)
{
    size_t i;
    json_t *hook;
    int rc = 0;
    for (size_t k = 0; k < ARRAY_LEN(moments); k++)
        json_array_foreach(list_of(config, k), i, hook)
        {
            if (!rc)
                rc = check_hook(hook, moments[k].name, i, err);
        }
    return rc;
}

/* The annotations "run.oci.hooks.stdout" and "run.oci.hooks.stderr" name files that hooks write to. */
static int stream(const json_t *config, const char *annotation)
{
    const char *path = runtime_annotation(config, annotation);
    return path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0700) : -EBADF;
}

static int run_hook(struct steps *steps, const json_t *config, const json_t *hook, const char *directory, const char *state,
                    struct buf *said, struct error *err)
{
    char **args cleanup_strv = json_to_strv(json_object_get(hook, "args"));
    char **env cleanup_strv = json_to_strv(json_object_get(hook, "env"));
    char *none[] = {NULL};
    int out cleanup_close = stream(config, "run.oci.hooks.stdout"), errors cleanup_close = stream(config, "run.oci.hooks.stderr");
    struct helper helper = {.path = json_str(hook, "path", ""),
                            .args = args,
                            .env = env                                           ? env
                                   : json_is_array(json_object_get(hook, "env")) ? none
                                                                                 : NULL,
                            .directory = directory && access(directory, X_OK) < 0 ? "/" : directory,
                            .input = state,
                            .seconds = (int)json_num(hook, "timeout", 0),
                            .out = out,
                            .err = errors};
    return helper_run(steps, "hook", &helper, said, err);
}

int hooks_run(struct steps *steps, const struct hook_call *call, enum hook_moment moment, struct error *err)
{
    json_t *state cleanup_json = NULL, *hook;
    char *text cleanup_free = NULL;
    size_t i;
    json_array_foreach(list_of(call->config, moment), i, hook)
    {
        struct buf said cleanup_buf = BUF_INIT;
        struct error why = ERROR_INIT;
        if (!state) {
            state = runtime_state(call->id, moments[moment].status, call->pid, call->bundle,
                                  json_object_get(call->config, "annotations"));
            text = json_text(state);
        }
        if (run_hook(steps, call->config, hook, call->directory, text, &said, &why) == 0)
            continue;
        const char *words = said.len ? str_trim(said.data) : "";
        const char *name = moments[moment].name, *said_what = *words ? ", it said: " : "";
        if (moment != HOOK_POSTSTOP)
            return error_set(err, ENOTRECOVERABLE, "error running %s hook #%zu: %s%s%s", name, i, why.message, said_what, words);
        log_warn("%s hook failed %s %s (hook #%zu)%s%s", name, str_starts(why.message, "exit") ? "with" : "as it was", why.message,
                 i, said_what, words);
    }
    return 0;
}

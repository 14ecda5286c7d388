/* A seccomp listener on its way from the process that is filtered to the agent that answers; see agent.h. */
#include "runtime/agent.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "runtime/setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static char *process_state(const struct agent_call *call)
{
    const json_t *profile = json_at(call->config, "linux.seccomp");
    json_t *state = runtime_state(call->id, call->status, call->init, call->bundle, json_object_get(call->config, "annotations"));
    json_t *whole cleanup_json =
        json_pack("{ss s[s] si so}", "ociVersion", RUNTIME_SPEC, "fds", "seccompFd", "pid", (int)call->pid, "state", state);
    const char *metadata = json_str(profile, "listenerMetadata", "");
    if (*metadata)
        json_object_set_new(whole, "metadata", json_string(metadata));
    return json_text(whole);
}

static int deliver(const struct agent_call *call, int listener, struct error *err)
{
    int64_t start = step_start();
    const char *path = json_str(call->config, "linux.seccomp.listenerPath", "");
    char *text cleanup_free = process_state(call);
    int agent cleanup_close = unix_connect(path, SOCK_STREAM, err);
    int rc = agent < 0 ? error_prefix(err, "seccomp: reach the agent") : fds_send(agent, text, strlen(text), &listener, 1);
    if (agent >= 0 && rc < 0)
        rc = error_errno(err, -rc, "seccomp: send the listener to the agent at %s", path);
    step_recordf(call->steps, start, rc, "seccomp agent", path, "# the listener, by SCM_RIGHTS, with %s", text);
    return rc;
}

int agent_wait(int channel, const struct agent_call *call, struct error *err)
{
    for (;;) {
        int listener cleanup_close = -EBADF;
        size_t count = 1;
        int kind = channel_receive(channel, err, &listener, &count);
        if (kind != 'N')
            return kind == 'E' ? -err->code : kind < 0 ? kind : 0;
        if (!count)
            return error_set(err, EPROTO, "seccomp: the container's init gave no listener");
        bool needed = seccomp_notifies(json_at(call->config, "linux.seccomp"));
        int rc = deliver(call, listener, needed ? err : NULL);
        if (!needed)
            rc = 0;
        if (!rc && channel_send(channel, 'N', NULL, NULL, 0) < 0)
            rc = error_set(err, ESRCH, "the process of container %s is gone", call->id);
        if (rc < 0)
            return rc;
    }
}

int agent_hand_on(void *channel, int listener, struct error *err)
{
    int rc = channel_send(*(int *)channel, 'N', NULL, &listener, 1);
    if (rc < 0)
        return error_errno(err, -rc, "seccomp: hand the listener to the runtime");
    return channel_receive(*(int *)channel, err, NULL, NULL) == 'N' ? 0
                                                                    : error_set(err, EIO, "seccomp: no agent takes the listener");
}

/* Looking for control groups, mounts and entries of machines that are gone. */
#include "labs/leftovers.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAIT_MS = 5000, LOOK_MS = 10 };

struct leftovers {
    char *host;
    char **ids, **groups;
};

/* Lines "4:memory:/slipway-1234/abcd/inner" or "0::/...": where the group is below /sys/fs/cgroup. */
static void note_groups(struct leftovers *left, long long pid)
{
    cleanup_free char *path = str_format("/proc/%lld/cgroup", pid), *text = file_read(path, NULL, NULL);
    cleanup_strv char **lines = text ? str_split(text, '\n') : NULL;
    for (size_t i = 0; lines && lines[i]; i++) {
        cleanup_strv char **parts = str_split(lines[i], ':');
        if (strv_len(parts) != 3 || str_equal(parts[2], "/"))
            continue;
        const char *tree = str_starts(parts[1], "name=") ? parts[1] + strlen("name=") : parts[1];
        cleanup_free char *group = str_format("/sys/fs/cgroup/%s%s%s", tree, *tree ? "" : "unified", parts[2]);
        cleanup_free char *unified = str_format("/sys/fs/cgroup%s", parts[2]);
        strv_add(&left->groups, path_exists(group) ? group : unified);
    }
}

struct leftovers *leftovers_note(const struct lab_session *session)
{
    struct leftovers *left = xcalloc(1, sizeof *left);
    struct client *client = client_new(session->host);
    left->host = xstrdup(session->host);
    for (size_t i = 0; i < session->machine_count; i++) {
        cleanup_free char *path = str_format("/containers/%s/json", session->machines[i].id);
        cleanup_json json_t *state = NULL;
        strv_add(&left->ids, session->machines[i].id);
        if (client_call(client, "GET", path, NULL, &state, NULL) == 0)
            note_groups(left, json_num(state, "State.Pid", 0));
    }
    client_free(client);
    return left;
}

static void look(const struct leftovers *left, struct buf *out)
{
    struct client *client = client_new(left->host);
    cleanup_json json_t *list = NULL;
    client_call(client, "GET", "/slipway/sandboxes", NULL, &list, NULL);
    client_free(client);
    cleanup_free char *listed = list ? json_text(list) : xstrdup(""), *mounts = file_read("/proc/self/mountinfo", NULL, NULL);
    for (char **id = left->ids; id && *id; id++) {
        if (strstr(listed, *id))
            buf_printf(out, "the engine still lists the machine %.12s\n", *id);
        if (mounts && strstr(mounts, *id))
            buf_printf(out, "something of the machine %.12s is still mounted\n", *id);
    }
    for (char **group = left->groups; group && *group; group++)
        if (path_exists(*group))
            buf_printf(out, "the control group %s is still there\n", *group);
}

char *leftovers_find(const struct leftovers *left)
{
    struct buf out = BUF_INIT;
    int64_t until = clock_mono_ns() + WAIT_MS * 1000000ll;
    do {
        buf_clear(&out);
        look(left, &out);
        if (!out.len)
            break;
        nanosleep(&(struct timespec){0, LOOK_MS * 1000000l}, NULL);
    } while (clock_mono_ns() < until);
    return buf_take(&out);
}

void leftovers_free(struct leftovers *left)
{
    free(left->host);
    strv_free(left->ids);
    strv_free(left->groups);
    free(left);
}

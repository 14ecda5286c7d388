/* Doing what a shim that was killed can do no more; see leftover.h. The cgroup knows the processes, whoever their parent is now. */
#include "daemon/leftover.h"

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"

#include <signal.h>

void leftover_end(const char *state)
{
    struct error err = ERROR_INIT;
    struct cgroup cgroup;
    cleanup_free char *path = path_join(state, "config.json");
    cleanup_json json_t *config = json_read_file(path, NULL);
    const char *group = json_str(config, "linux.cgroupsPath", "");
    if (!*group || cgroup_open(group, &cgroup, &err) < 0)
        return;
    (void)cgroup_kill(NULL, &cgroup, SIGKILL, NULL);
    if (cgroup_remove(NULL, &cgroup, &err) < 0)
        log_warn("%s", err.message);
    cgroup_close(&cgroup);
}

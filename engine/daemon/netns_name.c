/* Names of containers' network namespaces, and who remembers them. */
#include "daemon/netns_name.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/instance.h"
#include "daemon/steps.h"
#include "kernel/net/netns_name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *record_of(const struct engine *engine, const char *id) { return str_format("%s/netns/%s", engine->exec_root, id); }

json_t *netns_name_put(struct instance *instance, struct error *err)
{
    struct engine *engine = instance->engine;
    pid_t pid = instance_running_pid(instance);
    if (!pid) {
        error_set(err, EBUSY, "Container %s is not running", instance->id);
        return NULL;
    }
    cleanup_free char *place = str_format("/proc/%d/ns/net", (int)pid), *record = record_of(engine, instance->id);
    cleanup_close int netns = open(place, O_RDONLY | O_CLOEXEC);
    if (netns < 0) {
        error_errno(err, errno, "open the network namespace of process %d", (int)pid);
        return NULL;
    }
    pthread_mutex_lock(&engine->lock);
    cleanup_free char *name = xstrdup(instance->name);
    pthread_mutex_unlock(&engine->lock);
    cleanup_free char *directory = str_format("%s/netns", engine->exec_root), *before = file_read(record, NULL, NULL);
    if (before && !str_equal(before, name)) /* it was renamed meanwhile */
        (void)netns_unbind(NULL, before, NULL);
    if (mkdir(directory, 0700) < 0 && errno != EEXIST) {
        error_errno(err, errno, "make %s", directory);
        return NULL;
    }
    /* Written down first: what a daemon that dies now has named is found. */
    if (file_write(record, name, strlen(name), 0600, err) < 0)
        return NULL;
    struct steps *log = steps_new();
    int r = netns_bind(log, netns, pid, name, err);
    steps_add_log(instance, "network", log);
    steps_free(log);
    if (r < 0) {
        unlink(record);
        return NULL;
    }
    cleanup_free char *path = str_format(NETNS_DIRECTORY "/%s", name),
                      *command = str_format("ip netns attach %s %d", name, (int)pid);
    return json_pack("{s:s, s:s, s:s}", "name", name, "path", path, "command", command);
}

static int forget(const struct engine *engine, const char *id, struct error *err)
{
    cleanup_free char *record = record_of(engine, id), *name = file_read(record, NULL, NULL);
    if (!name)
        return error_set(err, ENOENT, "the network namespace of %.12s has no name under " NETNS_DIRECTORY, id);
    int r = netns_unbind(NULL, name, err);
    if (r == 0)
        unlink(record);
    return r;
}

int netns_name_remove(struct instance *instance, struct error *err) { return forget(instance->engine, instance->id, err); }

void netns_name_ended(struct instance *instance)
{
    struct error err = ERROR_INIT;
    if (forget(instance->engine, instance->id, &err) < 0 && err.code != ENOENT)
        log_warn("the name of the network namespace of %.12s: %s", instance->id, err.message);
}

void netns_names_settle(struct engine *engine)
{
    cleanup_free char *directory = str_format("%s/netns", engine->exec_root);
    cleanup_dir DIR *dir = opendir(directory);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (*entry->d_name == '.')
            continue;
        cleanup_instance struct instance *instance = table_find(engine, entry->d_name, NULL);
        if (!instance || !instance_running_pid(instance))
            (void)forget(engine, entry->d_name, NULL);
    }
}

/* The service for lab machines; see sandbox_host.h. A request is one packet of three lines, "FILE\nGROUP\nRULE", the answer one
 * packet: empty when it was done, else why not. Whoever asks is a stranger. */
#include "daemon/sandbox_host.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/instance.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/mount/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REQUEST_MOST = 512, PATIENCE_US = 200000 };

struct service {
    struct engine *engine;
    int socket;
};

char *sandbox_host_directory(const struct engine *engine) { return path_join(engine->exec_root, "machines"); }

/* The machine whose root has this id on the host; a new reference. */
static struct instance *machine_of(struct engine *engine, uid_t uid)
{
    size_t count;
    struct instance **all = table_all(engine, &count), *found = NULL;
    for (size_t i = 0; i < count && !found; i++)
        if (all[i]->sandbox && all[i]->sandbox->id_base == uid)
            found = instance_ref(all[i]);
    table_all_free(all, count);
    return found;
}

/* A directory below the machine's own group, which itself is not meant. */
static int open_group(const struct instance *machine, const char *group, struct error *err)
{
    struct cgroup own;
    cleanup_free char *path = str_format("%s/%s/inner", machine->engine->cgroup_parent, machine->id);
    int rc = cgroup_open(path, &own, err);
    if (rc < 0)
        return rc;
    const struct hierarchy *devices = cgroup_find(&own, "devices");
    cleanup_free char *directory = devices && !devices->unified ? cgroup_directory(&own, devices) : NULL;
    cgroup_close(&own);
    if (!directory)
        return error_set(err, ENOTSUP, "the devices controller of cgroup v1 is not mounted on this host");
    while (*group == '/')
        group++;
    cleanup_close int root = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = !*group || root < 0 ? -ENOENT : beneath_open(root, group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat mine, theirs;
    if (fd >= 0 && fstat(root, &mine) == 0 && fstat(fd, &theirs) == 0 && mine.st_ino == theirs.st_ino) {
        close(fd);
        fd = -ENOENT;
    }
    return fd < 0 ? error_set(err, ENOENT, "there is no group %s below /sys/fs/cgroup/devices", group) : fd;
}

static int write_rule(const struct instance *machine, const char *file, const char *group, const char *rule, struct error *err)
{
    if (!str_equal(file, "devices.allow") && !str_equal(file, "devices.deny"))
        return error_set(err, EINVAL, "%s: only devices.allow and devices.deny are written for a machine", file);
    if (!device_rule_valid(rule) && !str_equal(rule, "a"))
        return error_set(err, EINVAL, "\"%s\" is no rule: it is \"a\", or like \"c 1:3 rwm\"", rule);
    cleanup_close int directory = open_group(machine, group, err);
    cleanup_close int fd = directory < 0 ? -EBADF : openat(directory, file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0)
        return directory;
    return fd < 0 || write(fd, rule, strlen(rule)) < 0 ? error_errno(err, errno, "write \"%s\" to %s of %s", rule, file, group) : 0;
}

static int obey(struct engine *engine, uid_t uid, char *text, struct error *err)
{
    char *file = text, *group = strchr(text, '\n'), *rule = group ? strchr(group + 1, '\n') : NULL;
    if (!rule)
        return error_set(err, EINVAL, "a request is a file, a group and a rule");
    *group++ = *rule++ = '\0';
    struct instance *machine = machine_of(engine, uid);
    int rc =
        machine ? write_rule(machine, file, group, rule, err) : error_set(err, EPERM, "only the root of a lab machine is heard");
    if (machine)
        log_debug("machine %.12s: %s of %s: \"%s\": %s", machine->id, file, group, rule, rc < 0 ? err->message : "done");
    instance_unref(machine);
    return rc;
}

static void answer(struct engine *engine, int client)
{
    const struct timeval patience = {.tv_usec = PATIENCE_US};
    char text[REQUEST_MOST + 1];
    struct ucred who;
    socklen_t size = sizeof who;
    struct error err = ERROR_INIT;
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ssize_t len = recv(client, text, REQUEST_MOST, 0);
    if (len <= 0 || getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
        return;
    text[len] = '\0';
    if (obey(engine, who.uid, text, &err) == 0)
        *err.message = '\0';
    (void)send(client, err.message, strlen(err.message), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void *serve(void *data)
{
    struct service *service = data;
    for (;;) {
        int client = accept4(service->socket, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0 && errno != EINTR && errno != ECONNABORTED)
            usleep(PATIENCE_US); /* out of descriptors, perhaps */
        if (client >= 0)
            answer(service->engine, client);
        fd_close(client);
    }
    return NULL;
}

void sandbox_host_start(struct engine *engine)
{
    struct error err = ERROR_INIT;
    cleanup_free char *directory = sandbox_host_directory(engine), *path = path_join(directory, "socket");
    int rc = path_make_dirs(directory, 0755, &err);
    unlink(path); /* one engine has this root: what is there is an earlier one's */
    int socket = rc < 0 ? rc : unix_listen(path, SOCK_SEQPACKET, 0666, &err);
    struct service *service = xcalloc(1, sizeof *service);
    *service = (struct service){engine, socket};
    if (socket >= 0 && engine_thread(serve, service, &err) == 0)
        return;
    log_warn("device rules of lab machines cannot be written: %s", err.message);
    free(service);
    fd_close(socket);
}

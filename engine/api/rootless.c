/* Becoming root of a namespace; see rootless.h. */
#include "api/rootless.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

static uid_t person;
static bool entered;

uid_t rootless_outside(uid_t uid) { return entered && uid == 0 ? person : uid; }

static void default_to(json_t *given, const char *key, json_t *value)
{
    if (json_object_get(given, key))
        json_decref(value);
    else
        json_object_set_new(given, key, value);
}

static int choose_roots(json_t *given, struct error *err)
{
    const char *home = getenv("HOME"), *run = getenv("XDG_RUNTIME_DIR");
    if (str_empty(home) || *home != '/')
        return error_set(err, EINVAL, "--rootless: HOME is not set; give --data-root");
    cleanup_free char *runtime = str_empty(run) ? str_format("/tmp/slipway-%u", (unsigned)getuid()) : xstrdup(run);
    default_to(given, "data-root", json_sprintf("%s/.local/share/slipway", home));
    default_to(given, "exec-root", json_sprintf("%s/slipway", runtime));
    default_to(given, "pidfile", json_sprintf("%s/slipway.pid", runtime));
    default_to(given, "hosts", json_pack("[o]", json_sprintf("unix://%s/slipway.sock", runtime)));
    return path_make_dirs(runtime, 0700, err);
}

static int put(const char *path, const char *text, struct error *err) { return file_write(path, text, strlen(text), 0644, err); }

static int map_ids(uid_t uid, gid_t gid, struct error *err)
{
    cleanup_free char *uids = str_format("0 %u 1", (unsigned)uid), *gids = str_format("0 %u 1", (unsigned)gid);
    int rc = put("/proc/self/setgroups", "deny", err);
    if (rc == 0)
        rc = put("/proc/self/uid_map", uids, err);
    return rc == 0 ? put("/proc/self/gid_map", gids, err) : rc;
}

static int raise_loopback(struct error *err)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? error_errno(err, errno, "bring the loopback device up") : 0;
}

int rootless_enter(json_t *given, struct error *err)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int rc = choose_roots(given, err);
    if (rc < 0 || uid == 0)
        return rc;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) < 0)
        return error_errno(
            err, errno,
            "--rootless: this host gives no user namespaces to people without privilege (see the sysctls "
            "user.max_user_namespaces, kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns)");
    rc = map_ids(uid, gid, err);
    if (rc == 0 && mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
        rc = error_errno(err, errno, "keep our mounts to ourselves");
    if (rc == 0)
        rc = raise_loopback(err);
    person = uid;
    entered = rc == 0;
    return rc;
}

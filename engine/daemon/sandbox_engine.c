/* The engine inside a lab machine: the programs and the images that it is given, and the way to its socket from outside. */
#include "daemon/sandbox_engine.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "daemon/instance.h"
#include "kernel/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAMS "/usr/lib/slipway/bin"
#define LAYERS   "/usr/lib/slipway/layers"
#define ROOT     "/var/lib/slipway"

static const char *const programs[] = {"slipwayd", "slipway", "slipway-shim", "slipway-archive", "slipway-oci"};
static const char *const images[] = {"busybox:latest", "registry:2", NULL};

static __thread uint32_t owner; /* nftw has no argument to pass on */

static int give(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return lchown(path, owner, owner) < 0 ? errno : 0;
}

int sandbox_engine_files(struct instance *instance, const char *root, struct error *err)
{
    struct image_store *store = instance->engine->images;
    if (mkdir(root, 0711) < 0)
        return error_errno(err, errno, "mkdir %s", root);
    int rc = image_lend_hold(store, instance->id, (char *const *)images, err);
    for (size_t i = 0; images[i] && rc == 0; i++) {
        rc = image_lend(store, images[i], root, LAYERS, err);
        if (rc == -ENOENT) { /* the person has removed it: then it is not to be had inside either */
            *err = ERROR_INIT;
            rc = 0;
        }
    }
    owner = instance->sandbox->id_base;
    int why = rc == 0 ? nftw(root, give, 8, FTW_PHYS) : 0;
    return why ? error_errno(err, why > 0 ? why : errno, "give %s to the sandbox", root) : rc;
}

static void add(json_t *list, const char *destination, const char *source, bool read_only, bool idmap)
{
    json_t *mount = json_pack("{s:s, s:s, s:s, s:[s, s, s]}", "destination", destination, "type", "bind", "source", source,
                              "options", "bind", "rprivate", read_only ? "ro" : "rw");
    if (idmap)
        json_object_set_new(mount, "org.slipway.idmap", json_true());
    json_array_append_new(list, mount);
}

int sandbox_engine_mounts(struct instance *instance, const char *root, json_t *list, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        cleanup_free char *source = exe_sibling(programs[i]), *destination = path_join(PROGRAMS, programs[i]);
        if (str_empty(source))
            return error_set(err, ENOENT, "%s is not beside slipwayd in %s: no engine for a sandbox", programs[i], exe_dir());
        add(list, destination, source, true, false);
    }
    add(list, ROOT, root, false, false);
    json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:[s, s, s, s]}", "destination", LAYERS, "type", "tmpfs", "source",
                                          "layers", "options", "nosuid", "nodev", "mode=755", "size=64k"));
    cleanup_strv char **lent = image_lent(instance->engine->images, instance->id);
    for (char **directory = lent; directory && *directory; directory++) {
        cleanup_free char *parent = xstrndup(*directory, strlen(*directory) - strlen("/diff"));
        cleanup_free char *destination = path_join(LAYERS, strrchr(parent, '/') + 1);
        add(list, destination, *directory, true, true);
    }
    return 0;
}

/* The learner may have put anything in the socket's place, a link to one of the host's above all: it is looked for below the
 * machine's own root, and what was found is what is connected to. */
int sandbox_engine_connect(struct instance *instance, struct error *err)
{
    struct state state = instance_state(instance);
    char root_path[64], path[64];
    snprintf(root_path, sizeof root_path, "/proc/%d/root", (int)state.pid);
    bool running = state.running;
    state_clear(&state);
    if (!instance->sandbox || !instance->sandbox->engine)
        return error_set(err, EBUSY, "this sandbox was made without an engine");
    cleanup_close int root = running ? open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -EBADF;
    cleanup_close int found = root < 0 ? -ENOENT : root_open(root, "/run/slipway.sock", O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (found < 0 || fstat(found, &st) < 0 || !S_ISSOCK(st.st_mode))
        return error_set(err, EIO, "there is no engine at /run/slipway.sock of the sandbox: was it removed inside?");
    snprintf(path, sizeof path, "/proc/self/fd/%d", found);
    struct error why = ERROR_INIT;
    int fd = unix_connect(path, SOCK_STREAM, &why);
    return fd < 0 ? error_set(err, EIO, "the engine of the sandbox does not answer: %s", why.message) : fd;
}

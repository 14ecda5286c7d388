/* The engine inside a lab machine: the programs and the images that it is given, and the way to its socket from outside. */
#include "daemon/sandbox_engine.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "daemon/instance.h"
#include "daemon/sandbox_disk.h"
#include "kernel/mount/mount.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <fcntl.h>
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

int sandbox_engine_files(struct engine *engine, const char *root, struct error *err)
{
    int rc = mkdir(root, 0711) < 0 ? error_errno(err, errno, "mkdir %s", root) : 0;
    for (size_t i = 0; images[i] && rc == 0; i++) {
        rc = image_lend(engine->images, images[i], root, LAYERS, err);
        if (rc == -ENOENT) { /* the person has removed it: then it is not to be had inside either */
            *err = ERROR_INIT;
            rc = 0;
        }
    }
    return rc;
}

char *sandbox_engine_stamp(struct engine *engine)
{
    struct buf out = BUF_INIT;
    for (size_t i = 0; images[i]; i++) {
        struct error none = ERROR_INIT;
        char id[DIGEST_TEXT];
        buf_printf(&out, "%s ", image_find(engine->images, images[i], id, NULL, &none) == 0 ? id : "-");
    }
    return buf_take(&out);
}

int sandbox_engine_hold(struct instance *instance, struct error *err)
{
    return image_lend_hold(instance->engine->images, instance->id, (char *const *)images, err);
}

/* `mark`: our own member of a mount (runtime/setup.h), or NULL. Only what lies on the machine's disk can be written to. */
static void add(json_t *list, const char *destination, const char *source, const char *mark)
{
    bool own = mark && str_equal(mark, "org.slipway.disk");
    json_t *mount = json_pack("{s:s, s:s, s:s, s:[s, s, s]}", "destination", destination, "type", "bind", "source", source,
                              "options", "bind", "rprivate", own ? "rw" : "ro");
    if (mark)
        json_object_set_new(mount, mark, json_true());
    json_array_append_new(list, mount);
}

int sandbox_engine_mounts(struct instance *instance, json_t *list, struct error *err)
{
    /* Without privilege these files may be the learner's own, who could make a mount of them writable again: not this one. */
    if (namespace_confined())
        add(list, PROGRAMS, exe_dir(), "org.slipway.idmap");
    for (size_t i = 0; i < ARRAY_LEN(programs) && !namespace_confined(); i++) {
        cleanup_free char *source = exe_sibling(programs[i]), *destination = path_join(PROGRAMS, programs[i]);
        if (str_empty(source))
            return error_set(err, ENOENT, "%s is not beside slipwayd in %s: no engine for a sandbox", programs[i], exe_dir());
        add(list, destination, source, NULL);
    }
    add(list, ROOT, SANDBOX_ENGINE, "org.slipway.disk");
    json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:[s, s, s, s]}", "destination", LAYERS, "type", "tmpfs", "source",
                                          "layers", "options", "nosuid", "nodev", "mode=755", "size=64k"));
    cleanup_strv char **lent = image_lent(instance->engine->images, instance->id);
    for (char **directory = lent; directory && *directory; directory++) {
        cleanup_free char *parent = xstrndup(*directory, strlen(*directory) - strlen("/diff"));
        cleanup_free char *destination = path_join(LAYERS, strrchr(parent, '/') + 1);
        add(list, destination, *directory, "org.slipway.idmap");
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

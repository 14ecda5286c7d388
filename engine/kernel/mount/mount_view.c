/* A look at an overlay from outside: mounted in a mount namespace that lives only as long as it takes, so nothing of it is ever
 * seen on the host and no crash can leave it behind. The descriptor stays good. */
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { STACK = 128 * 1024 };

struct view {
    struct steps *steps;
    const struct overlay *overlay;
    const char *place;
    struct error *err;
    int fd;
};

static void *look(void *data)
{
    struct view *view = data;
    if (unshare(CLONE_NEWNS) < 0) {
        view->fd = error_errno(view->err, errno, "a mount namespace to look at layers");
        return NULL;
    }
    int rc = mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? error_errno(view->err, errno, "make mounts private") : 0;
    if (rc == 0)
        rc = mount_overlay(view->steps, view->overlay, view->place, view->err);
    view->fd = rc < 0 ? rc : open(view->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (rc == 0 && view->fd < 0)
        view->fd = error_errno(view->err, errno, "open %s", view->place);
    return NULL;
}

int mount_overlay_view(struct steps *steps, const struct overlay *overlay, const char *place, struct error *err)
{
    struct view view = {steps, overlay, place, err, -EBADF};
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    int rc = pthread_create(&thread, &attributes, look, &view);
    pthread_attr_destroy(&attributes);
    if (rc != 0)
        return error_errno(err, rc, "start a thread to look at layers");
    pthread_join(thread, NULL);
    return view.fd;
}

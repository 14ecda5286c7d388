/* Loop devices; see loop.h. */
#include "kernel/mount/loop.h"

#include "base/memory.h"
#include "kernel/mount/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TRIES = 64 };

/* A free device may be somebody else's a moment later. */
static int attach(const char *image, char device[32], struct error *err)
{
    int file cleanup_close = open(image, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return error_errno(err, errno, "open %s", image);
    int control cleanup_close = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (control < 0)
        return error_errno(err, errno, "open /dev/loop-control");
    for (int try = 0; try < TRIES; try++) {
        struct loop_config config = {.fd = (unsigned)file, .info.lo_flags = LO_FLAGS_AUTOCLEAR};
        int number = ioctl(control, LOOP_CTL_GET_FREE);
        if (number < 0)
            return error_errno(err, errno, "find a free loop device");
        snprintf(device, 32, "/dev/loop%d", number);
        snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%s", image);
        int fd = open(device, O_RDWR | O_CLOEXEC);
        if (fd < 0)
            return error_errno(err, errno, "open %s", device);
        if (ioctl(fd, LOOP_CONFIGURE, &config) == 0)
            return fd;
        int why = errno;
        close(fd);
        if (why != EBUSY)
            return error_errno(err, why, "attach %s to %s", image, device);
    }
    return error_set(err, EBUSY, "attach %s: every loop device that was free was taken by somebody else", image);
}

int loop_mount(struct steps *steps, const char *image, struct error *err)
{
    int64_t start = step_start();
    char device[32];
    char *data[] = {(char *)"noinit_itable", NULL}; /* no writing of empty inode tables in the background */
    struct mount_options options = {
        .set = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME, .data = data, .as_given = (char *)"nodev,noatime,noinit_itable"};
    /* Held until it is mounted: the last to close an unmounted one detaches the file. */
    int loop cleanup_close = attach(image, device, err);
    int tree = loop < 0 ? loop : mount_new("ext4", device, &options, image, err);
    step_recordf(steps, start, tree < 0 ? tree : 0, "mount", image, "mount -o loop,nodev,noatime,noinit_itable %s DIRECTORY",
                 image);
    return tree;
}

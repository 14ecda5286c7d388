/* The floor under `run --rm busybox true`: the same namespaces, cgroups, mounts and veth pair as a container on the bridge, made by
 * one bare program with no client, daemon, shim, image store or rules around it. What an engine takes above this is the engine's
 * own.
 *
 * floor LOWER SCRATCH BRIDGE: LOWER is an unpacked root file system with /bin/true, SCRATCH a directory for the upper layer, BRIDGE
 * a bridge that is there. Ends with 0 when /bin/true ran and all was taken down again.
 */
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/veth.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GROUPS = 16, PATH = 512 };

static char groups[GROUPS][PATH];
static int group_count;

static void must(long result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    _exit(1);
}

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    must(fd, path);
    must(write(fd, text, strlen(text)), path);
    close(fd);
}

/* One group in each hierarchy of cgroup v1, or the one of v2; the process is written into them. */
static void groups_join(void)
{
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[PATH];
    while (file && fgets(line, sizeof line, file) && group_count < GROUPS) {
        char *names = strchr(line, ':') + 1, *end = strchr(names, ':');
        *end = '\0';
        if (strncmp(names, "name=", 5) == 0)
            names += 5;
        char *path = groups[group_count];
        snprintf(path, PATH, "/sys/fs/cgroup/%s%sslipway-floor-%d", names, *names ? "/" : "", getpid());
        if (mkdir(path, 0755) < 0)
            continue;
        char procs[PATH + 16];
        snprintf(procs, sizeof procs, "%s/cgroup.procs", path);
        int fd = open(procs, O_WRONLY | O_CLOEXEC);
        if (fd >= 0 && write(fd, "0", 1) == 1)
            group_count++;
        else
            rmdir(path);
        close(fd);
    }
    if (file)
        fclose(file);
}

static void groups_leave(void)
{
    for (int i = 0; i < group_count; i++) {
        char procs[PATH];
        snprintf(procs, sizeof procs, "%.*s/cgroup.procs", (int)(strrchr(groups[i], '/') - groups[i]), groups[i]);
        write_text(procs, "0");
        must(rmdir(groups[i]), groups[i]);
    }
}

static void pseudo(const char *type, const char *target, unsigned long flags, const char *data)
{
    mkdir(target, 0755);
    must(mount(type, target, type, flags, data), target);
}

static void mask(const char *path)
{
    struct stat at;
    if (stat(path, &at) < 0)
        return;
    if (S_ISDIR(at.st_mode))
        must(mount("tmpfs", path, "tmpfs", MS_RDONLY, NULL), path);
    else
        must(mount("/dev/null", path, NULL, MS_BIND, NULL), path);
}

static void devices(void)
{
    static const struct {
        const char *path;
        int major, minor;
    } nodes[] = {{"dev/null", 1, 3},   {"dev/zero", 1, 5},    {"dev/full", 1, 7},
                 {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        must(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)), nodes[i].path);
    must(symlink("/proc/self/fd", "dev/fd"), "dev/fd");
    must(symlink("pts/ptmx", "dev/ptmx"), "dev/ptmx");
}

/* The container's file system, in the new mount namespace, whose root it becomes. */
static void mounts(const char *lower, const char *scratch)
{
    char merged[PATH], options[4 * PATH];
    const unsigned long safe = MS_NOSUID | MS_NOEXEC | MS_NODEV;
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    snprintf(merged, sizeof merged, "%s/merged", scratch);
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s/upper,workdir=%s/work", lower, scratch, scratch);
    must(mount("overlay", merged, "overlay", 0, options), "overlay");
    must(chdir(merged), merged);
    pseudo("proc", "proc", safe, NULL);
    pseudo("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
    pseudo("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
    pseudo("mqueue", "dev/mqueue", safe, NULL);
    pseudo("tmpfs", "dev/shm", safe, "mode=1777,size=65536k");
    pseudo("sysfs", "sys", safe | MS_RDONLY, NULL);
    must(mount("tmpfs", "sys/fs/cgroup", "tmpfs", safe, "mode=755"), "sys/fs/cgroup");
    for (int i = 0; i < group_count; i++) {
        char target[PATH];
        snprintf(target, sizeof target, "sys/fs/cgroup/%d", i);
        must(mkdir(target, 0755), target);
        must(mount(groups[i], target, NULL, MS_BIND, NULL), target);
    }
    devices();
    must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    must(umount2(".", MNT_DETACH), "umount");
    static const char *const masked[] = {"/proc/acpi",       "/proc/kcore", "/proc/keys",
                                         "/proc/timer_list", "/proc/scsi",  "/sys/firmware"};
    static const char *const fixed[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++)
        mask(masked[i]);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        if (mount(fixed[i], fixed[i], NULL, MS_BIND | MS_REC, NULL) == 0)
            must(mount(NULL, fixed[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), fixed[i]);
    }
}

static void talk(struct nlmsghdr *message)
{
    static struct mnl_socket *sock;
    char answer[8192];
    if (!sock) {
        sock = mnl_socket_open(NETLINK_ROUTE);
        must(sock ? mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) : -1, "netlink");
    }
    message->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    must(mnl_socket_sendto(sock, message, message->nlmsg_len), "netlink");
    long got = mnl_socket_recvfrom(sock, answer, sizeof answer);
    must(got, "netlink");
    must(mnl_cb_run(answer, (size_t)got, 0, mnl_socket_get_portid(sock), NULL, NULL), "veth");
}

/* A veth pair: one end on the bridge and up, the other `eth0` in the namespace of `pid`. */
static void veth_make(const char *bridge, const char *host_end, pid_t pid)
{
    char room[1024];
    struct nlmsghdr *message = mnl_nlmsg_put_header(room);
    message->nlmsg_type = RTM_NEWLINK;
    message->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
    struct ifinfomsg *link = mnl_nlmsg_put_extra_header(message, sizeof *link);
    link->ifi_flags = link->ifi_change = IFF_UP;
    mnl_attr_put_strz(message, IFLA_IFNAME, host_end);
    mnl_attr_put_u32(message, IFLA_MASTER, if_nametoindex(bridge));
    struct nlattr *info = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
    struct nlattr *data = mnl_attr_nest_start(message, IFLA_INFO_DATA), *peer = mnl_attr_nest_start(message, VETH_INFO_PEER);
    mnl_nlmsg_put_extra_header(message, sizeof *link);
    mnl_attr_put_strz(message, IFLA_IFNAME, "eth0");
    mnl_attr_put_u32(message, IFLA_NET_NS_PID, (uint32_t)pid);
    mnl_attr_nest_end(message, peer);
    mnl_attr_nest_end(message, data);
    mnl_attr_nest_end(message, info);
    talk(message);
}

static void child(const char *lower, const char *scratch, int go)
{
    char byte;
    if (read(go, &byte, 1) != 1)
        _exit(1);
    must(sethostname("floor", 5), "hostname");
    mounts(lower, scratch);
    execl("/bin/true", "true", NULL);
    must(-1, "/bin/true");
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: floor LOWER SCRATCH BRIDGE\n", stderr);
        return 2;
    }
    char scratch[PATH / 2], path[PATH], host_end[IF_NAMESIZE];
    snprintf(scratch, sizeof scratch, "%s/%d", argv[2], getpid());
    static const char *const parts[] = {"", "/upper", "/work", "/merged"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        snprintf(path, sizeof path, "%s%s", scratch, parts[i]);
        must(mkdir(path, 0755), path);
    }
    int go[2];
    must(pipe2(go, O_CLOEXEC), "pipe");
    groups_join();
    struct clone_args args = {.flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID,
                              .exit_signal = SIGCHLD};
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    must(pid, "clone3");
    if (pid == 0)
        child(argv[1], scratch, go[0]);
    snprintf(host_end, sizeof host_end, "vf%d", getpid() % 1000000);
    veth_make(argv[3], host_end, pid);
    must(write(go[1], "", 1), "pipe");
    int status = 0;
    must(waitpid(pid, &status, 0), "wait");
    groups_leave();
    for (size_t i = sizeof parts / sizeof *parts; i-- > 0;) {
        snprintf(path, sizeof path, "%s%s%s", scratch, parts[i], i == 2 ? "/work" : "");
        rmdir(path);
        snprintf(path, sizeof path, "%s%s", scratch, parts[i]);
        rmdir(path);
    }
    return status;
}

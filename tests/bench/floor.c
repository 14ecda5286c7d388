/* The floor under a container: the same namespaces, cgroups, mounts (and veth pair), made by one bare program with nothing around
 * it. What an engine or a runtime takes above this is its own. Ends with 0 when /bin/true ran and all was taken down again.
 *
 * floor LOWER SCRATCH BRIDGE: under `run --rm busybox true`. LOWER is an unpacked root file system with /bin/true, SCRATCH a
 * directory for the upper layer, BRIDGE a bridge that is there.
 * floor ROOTFS [FILTER]: under `slipway-oci run`: the root file system as it is, no veth pair, limits in the groups, which the
 * child joins itself, Docker's capabilities, and a ready-made seccomp program when a file with one is given.
 */
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
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

static int tasks[GROUPS]; /* where a child sits down itself: no wait for an RCU grace period */

/* The process is written into the group `path`. False: this hierarchy does not take it. */
static int join(const char *path, const char *controllers)
{
    (void)controllers;
    char procs[PATH + 16];
    snprintf(procs, sizeof procs, "%s/cgroup.procs", path);
    int fd = open(procs, O_WRONLY | O_CLOEXEC);
    int joined = fd >= 0 && write(fd, "0", 1) == 1;
    close(fd);
    return joined;
}

/* "cpu" is one of "cpuset,cpu", and none of "cpuacct". */
static int is_one_of(const char *name, const char *names)
{
    size_t len = strlen(name);
    for (const char *rest = names; rest; rest = strchr(rest, ',')) {
        rest += *rest == ',';
        if (strncmp(rest, name, len) == 0 && (!rest[len] || rest[len] == ','))
            return 1;
    }
    return 0;
}

/* The limits of the bench's config.json, each in its own hierarchy. */
static int limit(const char *path, const char *controllers)
{
    static const struct {
        const char *controller, *file, *value;
    } limits[] = {{"memory", "memory.limit_in_bytes", "268435456"},
                  {"cpu", "cpu.shares", "512"},
                  {"cpu", "cpu.cfs_period_us", "100000"},
                  {"cpu", "cpu.cfs_quota_us", "50000"},
                  {"pids", "pids.max", "100"},
                  {"cpuset", "cpuset.cpus", "0"},
                  {"cpuset", "cpuset.mems", "0"},
                  {"devices", "devices.deny", "a"},
                  {"devices", "devices.allow", "c *:* m"},
                  {"devices", "devices.allow", "b *:* m"},
                  {"devices", "devices.allow", "c 1:3 rwm"},
                  {"devices", "devices.allow", "c 1:5 rwm"},
                  {"devices", "devices.allow", "c 1:7 rwm"},
                  {"devices", "devices.allow", "c 1:8 rwm"},
                  {"devices", "devices.allow", "c 1:9 rwm"},
                  {"devices", "devices.allow", "c 5:0 rwm"},
                  {"devices", "devices.allow", "c 5:1 rwm"},
                  {"devices", "devices.allow", "c 5:2 rwm"},
                  {"devices", "devices.allow", "c 136:* rwm"}};
    char file[PATH + 32];
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (!is_one_of(limits[i].controller, controllers))
            continue;
        snprintf(file, sizeof file, "%s/%s", path, limits[i].file);
        write_text(file, limits[i].value);
    }
    snprintf(file, sizeof file, "%s/tasks", path);
    tasks[group_count] = open(file, O_WRONLY | O_CLOEXEC);
    return tasks[group_count] >= 0;
}

/* One group in each hierarchy of cgroup v1, or the one of v2, each of which `use` makes something of. */
static void groups_make(int (*use)(const char *path, const char *controllers))
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
        if (use(path, names))
            group_count++;
        else
            rmdir(path);
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
    static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"},       {"/proc/self/fd/0", "dev/stdin"},
                                           {"/proc/self/fd/1", "dev/stdout"}, {"/proc/self/fd/2", "dev/stderr"},
                                           {"pts/ptmx", "dev/ptmx"},          {"/proc/kcore", "dev/core"}};
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        must(symlink(links[i][0], links[i][1]), links[i][1]);
}

/* An overlay with a layer above the root file system; without SCRATCH that itself. */
static void root_mount(const char *lower, const char *scratch)
{
    char merged[PATH], options[4 * PATH];
    if (!scratch) {
        must(mount(lower, lower, NULL, MS_BIND | MS_REC, NULL), lower);
        must(chdir(lower), lower);
        return;
    }
    snprintf(merged, sizeof merged, "%s/merged", scratch);
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s/upper,workdir=%s/work", lower, scratch, scratch);
    must(mount("overlay", merged, "overlay", 0, options), "overlay");
    must(chdir(merged), merged);
}

/* The container's file system, in the new mount namespace, whose root it becomes. */
static void mounts(const char *lower, const char *scratch)
{
    const unsigned long safe = MS_NOSUID | MS_NOEXEC | MS_NODEV;
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    root_mount(lower, scratch);
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
        must(mount(NULL, target, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | safe, NULL), target);
    }
    must(mount(NULL, "sys/fs/cgroup", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | safe, NULL), "sys/fs/cgroup");
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

static void loopback_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    must(sock, "socket");
    must(ioctl(sock, SIOCSIFFLAGS, &request), "lo");
    close(sock);
}

/* Those that Docker leaves a container. */
enum { DOCKERS = 0xa80425fb };

static void bound_capabilities(void)
{
    for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        if (capability > 31 || !(DOCKERS >> capability & 1))
            must(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "bounding set");
}

static void drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{.effective = DOCKERS, .permitted = DOCKERS}};
    must(syscall(SYS_capset, &header, data), "capset");
}

static void child(const char *lower, const char *scratch, int go)
{
    char byte;
    if (read(go, &byte, 1) != 1)
        _exit(1);
    must(sethostname("floor", 5), "hostname");
    loopback_up();
    mounts(lower, scratch);
    execl("/bin/true", "true", NULL);
    must(-1, "/bin/true");
}

static pid_t start(unsigned long flags)
{
    struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    must(pid, "clone3");
    return pid;
}

enum { NAMESPACES = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID };

static struct sock_filter program[BPF_MAXINSNS];

static struct sock_fprog filter_read(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = read(fd, program, sizeof program);
    must(size, path);
    close(fd);
    return (struct sock_fprog){.len = (unsigned short)((size_t)size / sizeof *program), .filter = program};
}

static int under_runtime(const char *rootfs, const char *filter)
{
    struct sock_fprog profile = filter ? filter_read(filter) : (struct sock_fprog){0};
    groups_make(limit);
    pid_t pid = start(NAMESPACES);
    if (pid == 0) {
        for (int i = 0; i < group_count; i++)
            must(write(tasks[i], "0", 1), groups[i]);
        must(unshare(CLONE_NEWCGROUP), "cgroup namespace");
        loopback_up();
        must(sethostname("floor", 5), "hostname");
        mounts(rootfs, NULL);
        must(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), "read-only");
        bound_capabilities();
        if (filter)
            must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &profile), "seccomp");
        drop_capabilities();
        execl("/bin/true", "true", NULL);
        must(-1, "/bin/true");
    }
    int status = 0;
    must(waitpid(pid, &status, 0), "wait");
    for (int i = 0; i < group_count; i++)
        must(rmdir(groups[i]), groups[i]);
    return status;
}

int main(int argc, char **argv)
{
    if (argc == 2 || argc == 3)
        return under_runtime(argv[1], argc == 3 ? argv[2] : NULL);
    if (argc != 4) {
        fputs("usage: floor LOWER SCRATCH BRIDGE | floor ROOTFS [FILTER]\n", stderr);
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
    groups_make(join);
    pid_t pid = start(NAMESPACES);
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

/* What observe_network and observe_chains show: a container on a bridge, and a lab in a user namespace with namespaces, wires and
 * rules of its own. Skipped without root. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/net/netlink.h"
#include "network/network.h"
#include "observe/observe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
// cmocka wants the headers above first
#include <cmocka.h>

static json_t *named(json_t *list, const char *name)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (str_equal(json_str(item, "name", ""), name))
            return item;
    }
    return NULL;
}

static json_t *link_of(json_t *doc, const char *namespace, const char *link)
{
    json_t *found = named(json_at(doc, "namespaces"), namespace);
    if (!found)
        fail_msg("no namespace %s", namespace);
    return named(json_at(found, "links"), link);
}

static bool has_wire(json_t *doc, const char *a, const char *a_link, const char *b, const char *b_link)
{
    size_t i;
    json_t *wire;
    json_array_foreach(json_at(doc, "wires"), i, wire)
    {
        if (str_equal(json_str(wire, "a.namespace", ""), a) && str_equal(json_str(wire, "a.link", ""), a_link) &&
            str_equal(json_str(wire, "b.namespace", ""), b) && str_equal(json_str(wire, "b.link", ""), b_link))
            return true;
    }
    return false;
}

static pid_t sleep_in(int netns)
{
    pid_t pid = fork();
    if (pid == 0) {
        setns(netns, CLONE_NEWNET);
        execlp("sleep", "sleep", "60", NULL);
        _exit(1);
    }
    for (int i = 0; i < 200; i++) {
        cleanup_free char *path = str_format("/proc/%d/comm", (int)pid);
        char comm[16] = "";
        int fd = open(path, O_RDONLY);
        (void)!read(fd, comm, sizeof comm - 1);
        close(fd);
        if (str_starts(comm, "sleep"))
            break;
        usleep(5000);
    }
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Its own links and wires, and nothing of its neighbour's. */
static void check_links(pid_t pid, const struct endpoint *one, const struct endpoint *other)
{
    struct error err = ERROR_INIT;
    json_t *doc = observe_network(pid, &err);
    if (!doc)
        fail_msg("observe_network: %s", err.message);
    assert_int_equal(json_array_size(json_at(doc, "namespaces")), 2);
    json_t *eth0 = link_of(doc, "container", "eth0"), *veth = link_of(doc, "host", one->host_link);
    assert_string_equal(json_str(eth0, "kind", ""), "veth");
    assert_string_equal(json_str(eth0, "mac", ""), "02:42:0a:db:00:02");
    assert_string_equal(json_str(eth0, "peer_namespace", ""), "host");
    assert_string_equal(json_string_value(json_array_get(json_at(eth0, "addresses"), 0)), "10.219.0.2/24");
    assert_string_equal(json_str(veth, "master", ""), "slnw0");
    assert_string_equal(json_str(veth, "peer_namespace", ""), "container");
    assert_int_equal(json_num(eth0, "peer_index", 0), json_num(veth, "index", -1));
    assert_int_equal(json_num(veth, "peer_index", 0), json_num(eth0, "index", -1));
    assert_string_equal(json_str(link_of(doc, "host", "slnw0"), "kind", ""), "bridge");
    assert_string_equal(json_str(link_of(doc, "container", "lo"), "kind", ""), "loopback");
    /* Not its business: other containers, other bridges. */
    assert_null(link_of(doc, "host", other->host_link));
    assert_null(link_of(doc, "host", "slnwstray"));
    assert_true(has_wire(doc, "host", one->host_link, "container", "eth0"));
    assert_int_equal(json_array_size(json_at(doc, "wires")), 1);
    json_t *routes = json_at(named(json_at(doc, "namespaces"), "container"), "routes");
    assert_string_equal(json_string_value(json_array_get(routes, 0)), "default via 10.219.0.1 dev eth0");
    assert_string_equal(json_string_value(json_array_get(routes, 1)),
                        "10.219.0.0/24 dev eth0 proto kernel scope link src 10.219.0.2");
    json_decref(doc);
}

static void check_chains(void)
{
    struct error err = ERROR_INIT;
    json_t *doc = observe_chains(1, "slnw0", &err);
    if (!doc)
        fail_msg("observe_chains: %s", err.message);
    json_t *docker = named(json_at(named(json_at(doc, "tables"), "nat"), "chains"), "DOCKER");
    json_t *rule = json_array_get(json_at(docker, "rules"), 1);
    assert_string_equal(json_str(rule, "target", ""), "DNAT");
    assert_string_equal(json_str(rule, "rule", ""),
                        "-A DOCKER ! -i slnw0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.219.0.2:80");
    assert_int_equal(json_num(rule, "number", 0), 2);
    assert_true(json_flag(rule, "bridge", false));
    assert_true(json_is_null(json_object_get(docker, "policy")));
    json_t *forward = named(json_at(named(json_at(doc, "tables"), "filter"), "chains"), "FORWARD");
    assert_string_equal(json_str(forward, "policy", ""), "DROP");
    assert_false(json_flag(json_array_get(json_at(forward, "rules"), 0), "bridge", true));
    json_decref(doc);
}

static void a_container_is_shown_with_its_bridge(void **state)
{
    (void)state;
    struct networks_options options = {.bridge = "slnw0", .address = "10.219.0.1/24", .userland_proxy = true};
    struct error err = ERROR_INIT;
    struct networks *set = networks_open(&options, NULL, &err);
    struct network *network = set ? networks_find(set, "bridge", &err) : NULL;
    assert_non_null(network);
    (void)!system("ip link add slnwstray type bridge");
    struct endpoint one = {.port_count = 1}, two = {0};
    one.ports = xcalloc(1, sizeof *one.ports);
    one.ports[0] = (struct port_mapping){.protocol = "tcp", .host_port = 8080, .container_port = 80};
    assert_int_equal(network_attach(network, NULL, &one, NULL, &err), 0);
    assert_int_equal(network_attach(network, NULL, &two, NULL, &err), 0);
    pid_t pid = sleep_in(one.netns);
    check_links(pid, &one, &two);
    check_chains();
    /* The caller is where it was. */
    assert_int_equal(system("ip link show slnw0 >/dev/null && ip link delete slnwstray"), 0);
    end(pid);
    network_detach(network, &one);
    network_detach(network, &two);
    endpoint_free(&one);
    endpoint_free(&two);
    network_put(network);
    networks_close(set, true);
}

/* As the labs do: root in a user namespace, named namespaces, a wire between them, one that only a process holds. */
static const char lab_script[] =
    "mount -t tmpfs none /run && ip link set lo up && ip netns add red && ip netns add blue && "
    "ip link add veth-red netns red type veth peer name veth-blue netns blue && "
    "ip -n red addr add 10.0.0.1/24 dev veth-red && ip -n red link set veth-red up && ip -n blue link set veth-blue up && "
    "ip link add br0 type bridge && ip link add one type veth peer name two && ip link set one master br0 && "
    "ln -s /proc/1/ns/net /run/netns/trap; touch /run/netns/plain; mkfifo /run/netns/fifo; "
    "iptables -t nat -A POSTROUTING -m comment --comment 'way out -j no' -j MASQUERADE; "
    "unshare --net sleep 60 & echo ready > \"$1\"; wait";

static int write_map(pid_t pid, const char *file)
{
    cleanup_free char *path = str_format("/proc/%d/%s", (int)pid, file);
    int fd = open(path, O_WRONLY);
    int r = write(fd, "0 268435456 65536\n", 18) == 18 ? 0 : -1;
    close(fd);
    return r;
}

/* The lab's first process; `fifo` says when everything is in place. */
static pid_t start_lab(const char *fifo)
{
    int go[2], unshared[2];
    assert_int_equal(pipe(go) | pipe(unshared), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char byte = 0;
        setpgid(0, 0);
        /* A cgroup namespace is not needed here; mounts and network are what the script touches. */
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) < 0)
            _exit(1);
        (void)!write(unshared[1], &byte, 1);
        (void)!read(go[0], &byte, 1);
        if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
            _exit(1);
        execlp("sh", "sh", "-c", lab_script, "lab", fifo, NULL);
        _exit(1);
    }
    char byte = 0;
    assert_int_equal(read(unshared[0], &byte, 1), 1);
    assert_int_equal(write_map(pid, "uid_map") | write_map(pid, "gid_map"), 0);
    assert_int_equal(write(go[1], &byte, 1), 1);
    int ends[] = {go[0], go[1], unshared[0], unshared[1]};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        close(ends[i]);
    return pid;
}

static void a_lab_is_shown_with_its_namespaces(void **state)
{
    (void)state;
    char fifo[] = "/tmp/slnw-ready-XXXXXX";
    close(mkstemp(fifo));
    unlink(fifo);
    cleanup_free char *make = str_format("mkfifo -m 666 %s", fifo);
    assert_int_equal(system(make), 0);
    pid_t pid = start_lab(fifo);
    cleanup_free char *wait_ready = str_format("timeout 10 cat %s >/dev/null", fifo);
    assert_int_equal(system(wait_ready), 0);
    usleep(100000); /* the process that only holds a namespace */
    unlink(fifo);
    struct error err = ERROR_INIT;
    json_t *doc = observe_network(pid, &err);
    if (!doc)
        fail_msg("observe_network: %s", err.message);
    assert_true(has_wire(doc, "blue", "veth-blue", "red", "veth-red"));
    assert_true(has_wire(doc, "container", "two", "container", "one") || has_wire(doc, "container", "one", "container", "two"));
    assert_string_equal(json_str(link_of(doc, "red", "veth-red"), "peer_namespace", ""), "blue");
    assert_string_equal(json_str(link_of(doc, "blue", "veth-blue"), "peer_namespace", ""), "red");
    assert_string_equal(json_string_value(json_array_get(json_at(link_of(doc, "red", "veth-red"), "addresses"), 0)), "10.0.0.1/24");
    assert_true(json_flag(link_of(doc, "red", "veth-red"), "up", false));
    assert_false(json_flag(link_of(doc, "container", "br0"), "up", true));
    assert_string_equal(json_str(link_of(doc, "container", "one"), "master", ""), "br0");
    /* What is no namespace is not shown, nor where a link out of the lab leads; nor the host, to which there is no wire. */
    assert_null(named(json_at(doc, "namespaces"), "plain"));
    assert_null(named(json_at(doc, "namespaces"), "fifo"));
    assert_null(named(json_at(doc, "namespaces"), "trap"));
    assert_null(named(json_at(doc, "namespaces"), "host"));
    bool held = false;
    size_t i;
    json_t *namespace;
    json_array_foreach(json_at(doc, "namespaces"), i, namespace) held =
        held || (str_starts(json_str(namespace, "name", ""), "pid ") && str_ends(json_str(namespace, "name", ""), "(sleep)"));
    assert_true(held);
    json_decref(doc);

    doc = observe_chains(pid, NULL, &err);
    if (!doc)
        fail_msg("observe_chains: %s", err.message);
    json_t *rule =
        json_array_get(json_at(named(json_at(named(json_at(doc, "tables"), "nat"), "chains"), "POSTROUTING"), "rules"), 0);
    assert_string_equal(json_str(rule, "target", ""), "MASQUERADE");
    json_decref(doc);
    kill(-pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void what_is_not_there_is_an_error(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    assert_null(observe_network(0x3fffffff, &err));
    assert_int_equal(err.code, ESRCH);
    assert_null(observe_chains(0x3fffffff, NULL, &err));
    assert_int_equal(err.code, ESRCH);
}

int main(void)
{
    if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
        puts("skip: needs root and a network namespace of its own");
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_container_is_shown_with_its_bridge),
        cmocka_unit_test(a_lab_is_shown_with_its_namespaces),
        cmocka_unit_test(what_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

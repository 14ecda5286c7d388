/* The bridge network on a real kernel, in a network namespace of its own: rules as Docker writes them, packets that arrive, ports
 * that are held, and nothing left behind. Skipped without root. SLIPWAY_IPTABLES=iptables-legacy runs it on the other backend. */
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/iptables.h"
#include "kernel/netlink.h"
#include "network/network.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
// cmocka wants the headers above first
#include <cmocka.h>

static const struct network_options first_options = {.bridge = "slnw0", .address = "10.219.0.1/24", .userland_proxy = true};
static const struct network_options second_options = {.bridge = "slnw1", .address = "10.219.1.1/24", .userland_proxy = true};

/* --- helpers --- */

static char *output_of(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *command = str_vformat(format, args);
    va_end(args);
    FILE *pipe = popen(command, "r");
    struct buf text = BUF_INIT;
    char part[4096];
    size_t got;
    while ((got = fread(part, 1, sizeof part, pipe)) > 0)
        buf_add(&text, part, got);
    pclose(pipe);
    return buf_take(&text);
}

static const char *program(void) { return str_or(getenv("SLIPWAY_IPTABLES"), "iptables"); }

static void assert_rules(const char *arguments, const char *wanted)
{
    cleanup_free char *rules = output_of("%s %s", program(), arguments);
    assert_string_equal(rules, wanted);
}

static struct network *open_network(const struct network_options *options)
{
    struct error err = ERROR_INIT;
    struct network *network = network_open(options, NULL, &err);
    if (!network)
        fail_msg("network_open: %s", err.message);
    return network;
}

static struct endpoint make_endpoint(const char *name, const struct port_mapping *ports, size_t count)
{
    struct endpoint endpoint = {.netns = -EBADF, .port_count = count};
    snprintf(endpoint.name, sizeof endpoint.name, "%s", name);
    endpoint.ports = xcalloc(count + 1, sizeof *endpoint.ports);
    if (count)
        memcpy(endpoint.ports, ports, count * sizeof *ports);
    return endpoint;
}

static struct endpoint attach(struct network *network, const char *name, const struct port_mapping *ports, size_t count)
{
    struct endpoint endpoint = make_endpoint(name, ports, count);
    struct error err = ERROR_INIT;
    if (network_attach(network, NULL, &endpoint, NULL, &err) < 0)
        fail_msg("network_attach: %s", err.message);
    return endpoint;
}

static void detach(struct network *network, struct endpoint *endpoint)
{
    network_detach(network, endpoint);
    endpoint_free(endpoint);
}

static pid_t start_in(int netns, int (*act)(void *), void *context)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (netns >= 0 && setns(netns, CLONE_NEWNET) < 0)
            _exit(99);
        _exit(act(context));
    }
    return pid;
}

static int run_in(int netns, int (*act)(void *), void *context)
{
    int status;
    waitpid(start_in(netns, act, context), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static int shell(void *command) { return execl("/bin/sh", "sh", "-c", (char *)command, NULL); }

struct place {
    const char *address;
    uint16_t port;
    bool udp;
};

static int open_at(const struct place *place, struct sockaddr_in *at)
{
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(place->port)};
    inet_pton(AF_INET, place->address, &at->sin_addr);
    return socket(AF_INET, (place->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
}

/* Sends back what it gets, in capitals, until its client has no more; for ever. */
static int serve(void *context)
{
    const struct place *place = context;
    struct sockaddr_in at, peer;
    alarm(30); /* whatever becomes of the test */
    int fd = open_at(place, &at), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || (!place->udp && listen(fd, 16) < 0))
        return 1;
    static char data[65536];
    for (;;) {
        socklen_t size = sizeof peer;
        int client = place->udp ? fd : accept(fd, NULL, NULL);
        ssize_t got;
        while ((got = recvfrom(client, data, sizeof data, 0, (struct sockaddr *)&peer, &size)) > 0) {
            for (ssize_t i = 0; i < got; i++)
                data[i] = data[i] >= 'a' && data[i] <= 'z' ? data[i] - 32 : data[i];
            if (place->udp)
                sendto(client, data, (size_t)got, 0, (struct sockaddr *)&peer, size);
            else
                write_full(client, data, (size_t)got);
        }
        if (!place->udp)
            close(client);
    }
}

/* 0 when "hello" comes back as "HELLO" within two seconds. */
static int call(void *context)
{
    const struct place *place = context;
    struct sockaddr_in at;
    cleanup_close int fd = open_at(place, &at);
    struct timeval patience = {.tv_sec = 2};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    char answer[16] = "";
    if (connect(fd, (struct sockaddr *)&at, sizeof at) < 0 || send(fd, "hello", 5, 0) != 5)
        return 1;
    if (!place->udp)
        shutdown(fd, SHUT_WR);
    size_t have = 0;
    ssize_t got;
    while (have < 5 && (got = recv(fd, answer + have, sizeof answer - 1 - have, 0)) > 0)
        have += (size_t)got;
    return str_equal(answer, "HELLO") ? 0 : 2;
}

/* A server may not listen yet. */
static int call_patiently(void *context)
{
    int r = 1;
    for (int i = 0; i < 40 && r == 1; i++) {
        r = call(context);
        if (r == 1)
            usleep(25000);
    }
    return r;
}

static bool link_exists(const char *name)
{
    cleanup_free char *path = output_of("ip -o link show %s 2>/dev/null", name);
    return *path;
}

static int descriptors(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* --- rules --- */

#define NAT_DOCKER_BASE "-N DOCKER\n-A DOCKER -i slnw0 -j RETURN\n"

/* golden 01 */
#define FILTER_HEAD                                                                                                                \
    "-P INPUT ACCEPT\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n-N DOCKER\n-N DOCKER-ISOLATION-STAGE-1\n-N DOCKER-ISOLATION-STAGE-2\n"    \
    "-N DOCKER-USER\n-A FORWARD -j DOCKER-USER\n-A FORWARD -j DOCKER-ISOLATION-STAGE-1\n"                                          \
    "-A FORWARD -o slnw0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A FORWARD -o slnw0 -j DOCKER\n"                    \
    "-A FORWARD -i slnw0 ! -o slnw0 -j ACCEPT\n-A FORWARD -i slnw0 -o slnw0 -j ACCEPT\n"
#define FILTER_TAIL                                                                                                                \
    "-A DOCKER-ISOLATION-STAGE-1 -i slnw0 ! -o slnw0 -j DOCKER-ISOLATION-STAGE-2\n-A DOCKER-ISOLATION-STAGE-1 -j RETURN\n"         \
    "-A DOCKER-ISOLATION-STAGE-2 -o slnw0 -j DROP\n-A DOCKER-ISOLATION-STAGE-2 -j RETURN\n-A DOCKER-USER -j RETURN\n"
#define NAT_HEAD "-P PREROUTING ACCEPT\n-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-P POSTROUTING ACCEPT\n-N DOCKER\n"
#define NAT_JUMPS                                                                                                                  \
    "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n"                                                                       \
    "-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER\n"

static void rules_without_containers_are_dockers(void **state)
{
    (void)state;
    (void)!system("echo 0 > /proc/sys/net/ipv4/ip_forward");
    struct network *network = open_network(&first_options);
    assert_rules("-t filter -S", FILTER_HEAD FILTER_TAIL);
    assert_rules("-t nat -S",
                 NAT_HEAD NAT_JUMPS "-A POSTROUTING -s 10.219.0.0/24 ! -o slnw0 -j MASQUERADE\n-A DOCKER -i slnw0 -j RETURN\n");
    cleanup_free char *forward = file_read("/proc/sys/net/ipv4/ip_forward", NULL, NULL);
    assert_string_equal(forward, "1\n");
    network_close(network, true);
    assert_false(link_exists("slnw0"));
    assert_rules("-t nat -S DOCKER", "-N DOCKER\n");
}

/* golden 03, 04 and 05: two containers, ports of all kinds, the highest first. */
static void published_ports_have_dockers_rules(void **state)
{
    (void)state;
    struct network *network = open_network(&first_options);
    struct port_mapping web[] = {{.protocol = "tcp", .host_address = "0.0.0.0", .host_port = 8080, .container_port = 80}};
    struct port_mapping many[] = {{.protocol = "tcp", .host_address = "127.0.0.1", .host_port = 8081, .container_port = 81},
                                  {.protocol = "udp", .host_port = 8082, .container_port = 82},
                                  {.protocol = "tcp", .host_port = 9000, .container_port = 90},
                                  {.protocol = "tcp", .host_port = 9001, .container_port = 91}};
    struct endpoint plain = attach(network, "plain", NULL, 0);
    assert_rules("-t nat -S DOCKER", NAT_DOCKER_BASE);
    struct endpoint one = attach(network, "web", web, 1);
    assert_string_equal(one.address, "10.219.0.3");
    assert_rules("-t nat -S DOCKER",
                 NAT_DOCKER_BASE "-A DOCKER ! -i slnw0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.219.0.3:80\n");
    struct endpoint two = attach(network, "lo", many, 4);
    assert_rules("-t nat -S DOCKER", NAT_DOCKER_BASE
                 "-A DOCKER ! -i slnw0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.219.0.3:80\n"
                 "-A DOCKER ! -i slnw0 -p tcp -m tcp --dport 9001 -j DNAT --to-destination 10.219.0.4:91\n"
                 "-A DOCKER ! -i slnw0 -p tcp -m tcp --dport 9000 -j DNAT --to-destination 10.219.0.4:90\n"
                 "-A DOCKER ! -i slnw0 -p udp -m udp --dport 8082 -j DNAT --to-destination 10.219.0.4:82\n"
                 "-A DOCKER -d 127.0.0.1/32 ! -i slnw0 -p tcp -m tcp --dport 8081 -j DNAT --to-destination 10.219.0.4:81\n");
    assert_rules("-t filter -S DOCKER", "-N DOCKER\n"
                                        "-A DOCKER -d 10.219.0.3/32 ! -i slnw0 -o slnw0 -p tcp -m tcp --dport 80 -j ACCEPT\n"
                                        "-A DOCKER -d 10.219.0.4/32 ! -i slnw0 -o slnw0 -p tcp -m tcp --dport 91 -j ACCEPT\n"
                                        "-A DOCKER -d 10.219.0.4/32 ! -i slnw0 -o slnw0 -p tcp -m tcp --dport 90 -j ACCEPT\n"
                                        "-A DOCKER -d 10.219.0.4/32 ! -i slnw0 -o slnw0 -p udp -m udp --dport 82 -j ACCEPT\n"
                                        "-A DOCKER -d 10.219.0.4/32 ! -i slnw0 -o slnw0 -p tcp -m tcp --dport 81 -j ACCEPT\n");
    assert_rules("-t nat -S POSTROUTING",
                 "-P POSTROUTING ACCEPT\n-A POSTROUTING -s 10.219.0.0/24 ! -o slnw0 -j MASQUERADE\n"
                 "-A POSTROUTING -s 10.219.0.3/32 -d 10.219.0.3/32 -p tcp -m tcp --dport 80 -j MASQUERADE\n"
                 "-A POSTROUTING -s 10.219.0.4/32 -d 10.219.0.4/32 -p tcp -m tcp --dport 91 -j MASQUERADE\n"
                 "-A POSTROUTING -s 10.219.0.4/32 -d 10.219.0.4/32 -p tcp -m tcp --dport 90 -j MASQUERADE\n"
                 "-A POSTROUTING -s 10.219.0.4/32 -d 10.219.0.4/32 -p udp -m udp --dport 82 -j MASQUERADE\n"
                 "-A POSTROUTING -s 10.219.0.4/32 -d 10.219.0.4/32 -p tcp -m tcp --dport 81 -j MASQUERADE\n");
    /* iptables takes the rules for its own: it finds one, and removes one. */
    cleanup_free char *check = output_of("%s -t nat -C DOCKER ! -i slnw0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination "
                                         "10.219.0.3:80 2>&1; %s -D DOCKER -d 10.219.0.4/32 ! -i slnw0 -o slnw0 -p tcp -m tcp "
                                         "--dport 90 -j ACCEPT 2>&1",
                                         program(), program());
    assert_string_equal(check, "");
    detach(network, &plain);
    detach(network, &one);
    detach(network, &two); /* although one of its rules is gone already */
    assert_rules("-t nat -S DOCKER", NAT_DOCKER_BASE);
    assert_rules("-t filter -S", FILTER_HEAD FILTER_TAIL);
    network_close(network, true);
}

static void two_engines_share_the_chains(void **state)
{
    (void)state;
    cleanup_free char *mine =
        output_of("%s -N DOCKER-USER 2>/dev/null; %s -I DOCKER-USER -s 203.0.113.7/32 -j DROP", program(), program());
    struct network *first = open_network(&first_options), *second = open_network(&second_options);
    struct port_mapping port[] = {{.protocol = "tcp", .host_port = 8090, .container_port = 80}};
    struct endpoint one = attach(first, "one", port, 1);
    cleanup_free char *before = output_of("%s-save -t nat; %s-save -t filter", program(), program());
    assert_non_null(strstr(before, "-A DOCKER -i slnw1 -j RETURN\n-A DOCKER -i slnw0 -j RETURN\n"));
    assert_non_null(strstr(before, "-A POSTROUTING -s 10.219.1.0/24 ! -o slnw1 -j MASQUERADE\n"
                                   "-A POSTROUTING -s 10.219.0.0/24 ! -o slnw0 -j MASQUERADE\n"));
    assert_non_null(strstr(before, "-A FORWARD -j DOCKER-USER\n-A FORWARD -j DOCKER-ISOLATION-STAGE-1\n-A FORWARD -o slnw1 -m "));
    assert_non_null(strstr(before, "-A DOCKER-USER -s 203.0.113.7/32 -j DROP\n-A DOCKER-USER -j RETURN\n"));
    network_close(second, true);
    cleanup_free char *after = output_of("%s-save -t nat; %s-save -t filter", program(), program());
    assert_null(strstr(after, "slnw1"));
    assert_non_null(strstr(after, "--dport 8090 -j DNAT --to-destination 10.219.0.2:80"));
    assert_non_null(strstr(after, "-A DOCKER-USER -s 203.0.113.7/32 -j DROP"));
    detach(first, &one);
    network_close(first, true);
    cleanup_free char *clean = output_of("%s -D DOCKER-USER -s 203.0.113.7/32 -j DROP", program());
}

static void flushed_chains_are_made_again(void **state)
{
    (void)state;
    struct network *network = open_network(&first_options);
    cleanup_free char *flush = output_of("%s -t nat -F; %s -t nat -X; %s -F; %s -X", program(), program(), program(), program());
    struct port_mapping port[] = {{.protocol = "tcp", .host_port = 8091, .container_port = 80}};
    struct endpoint endpoint = attach(network, "again", port, 1);
    assert_rules("-t nat -S DOCKER",
                 NAT_DOCKER_BASE "-A DOCKER ! -i slnw0 -p tcp -m tcp --dport 8091 -j DNAT --to-destination 10.219.0.2:80\n");
    detach(network, &endpoint);
    network_close(network, true);
}

static void without_a_proxy_rules_are_dockers_too(void **state)
{
    (void)state;
    cleanup_free char *flush = output_of("%s -t nat -F; %s -t nat -X", program(), program());
    struct network_options options = first_options;
    options.userland_proxy = false;
    struct network *network = open_network(&options);
    struct port_mapping port[] = {{.protocol = "tcp", .host_port = 8092, .container_port = 80}};
    struct endpoint endpoint = attach(network, "bare", port, 1);
    /* golden 18 */
    assert_rules("-t nat -S", NAT_HEAD "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n"
                                       "-A OUTPUT -m addrtype --dst-type LOCAL -j DOCKER\n"
                                       "-A POSTROUTING -o slnw0 -m addrtype --src-type LOCAL -j MASQUERADE\n"
                                       "-A POSTROUTING -s 10.219.0.0/24 ! -o slnw0 -j MASQUERADE\n"
                                       "-A POSTROUTING -s 10.219.0.2/32 -d 10.219.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE\n"
                                       "-A DOCKER -p tcp -m tcp --dport 8092 -j DNAT --to-destination 10.219.0.2:80\n");
    struct place server = {"10.219.0.2", 80, false}, local = {"127.0.0.1", 8092, false}, own = {"10.219.0.1", 8092, false};
    pid_t pid = start_in(endpoint.netns, serve, &server);
    assert_int_equal(run_in(-1, call_patiently, &server), 0);
    assert_int_equal(run_in(-1, call, &local), 0);
    assert_int_equal(run_in(endpoint.netns, call, &own), 0); /* hairpin */
    end(pid);
    detach(network, &endpoint);
    network_close(network, true);
    cleanup_free char *again = output_of("%s -t nat -F; %s -t nat -X", program(), program());
}

/* --- packets --- */

static void containers_reach_each_other_and_the_gateway(void **state)
{
    (void)state;
    struct network *network = open_network(&first_options);
    struct endpoint one = attach(network, "one", NULL, 0), two = attach(network, "two", NULL, 0);
    assert_string_equal(one.address, "10.219.0.2");
    assert_string_equal(one.gateway, "10.219.0.1");
    assert_string_equal(one.mac, "02:42:0a:db:00:02");
    assert_int_equal(one.prefix_len, 24);
    assert_int_equal(run_in(one.netns, shell, "ping -c1 -W2 10.219.0.1 >/dev/null"), 0);
    assert_int_equal(run_in(one.netns, shell, "ping -c1 -W2 10.219.0.3 >/dev/null"), 0);
    assert_int_equal(run_in(two.netns, shell, "ping -c1 -W2 10.219.0.2 >/dev/null"), 0);
    assert_int_equal(run_in(one.netns, shell, "ping -c1 -W2 127.0.0.1 >/dev/null"), 0);
    assert_int_equal(run_in(one.netns, shell,
                            "test \"$(ip -br addr show eth0 | tr -s ' ' | sed 's/@[^ ]*//;s/ $//')\" = 'eth0 UP 10.219.0.2/24' && "
                            "test \"$(ip route | head -1 | sed 's/ $//')\" = 'default via 10.219.0.1 dev eth0' && "
                            "test -z \"$(ip -6 addr)\" && test \"$(cat /sys/class/net/lo/address)\" = 00:00:00:00:00:00"),
                     0);
    detach(network, &one);
    detach(network, &two);
    network_close(network, true);
}

static void published_ports_are_reached_from_everywhere(void **state)
{
    (void)state;
    struct network *network = open_network(&first_options);
    struct port_mapping ports[] = {{.protocol = "tcp", .host_port = 8080, .container_port = 80},
                                   {.protocol = "udp", .host_port = 8080, .container_port = 81}};
    struct endpoint endpoint = attach(network, "web", ports, 2), other = attach(network, "other", NULL, 0);
    /* A neighbour of this machine: another namespace, on a wire of its own. */
    cleanup_free char *wire =
        output_of("ip link add slnwout type veth peer name slnwin && ip addr add 10.219.9.1/24 dev slnwout && "
                  "ip link set slnwout up");
    int outside;
    assert_int_equal(network_namespace_new(NULL, &outside, NULL), 0);
    cleanup_free char *move = output_of("ip link set slnwin netns /proc/%d/fd/%d", getpid(), outside);
    assert_int_equal(run_in(outside, shell, "ip addr add 10.219.9.2/24 dev slnwin && ip link set slnwin up"), 0);

    struct place tcp = {"10.219.0.2", 80, false}, udp = {"10.219.0.2", 81, true};
    pid_t tcp_server = start_in(endpoint.netns, serve, &tcp), udp_server = start_in(endpoint.netns, serve, &udp);
    assert_int_equal(run_in(-1, call_patiently, &tcp), 0);
    assert_int_equal(run_in(-1, call_patiently, &udp), 0);
    const char *const addresses[] = {"127.0.0.1", "10.219.0.1", "10.219.9.1"};
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        for (int protocol = 0; protocol < 2; protocol++) {
            struct place host = {addresses[i], 8080, protocol == 1};
            assert_int_equal(run_in(-1, call, &host), 0);
            if (i == 0)
                continue;
            assert_int_equal(run_in(endpoint.netns, call, &host), 0); /* itself, by the host's address */
            assert_int_equal(run_in(other.netns, call, &host), 0);
        }
    }
    struct place host = {"10.219.9.1", 8080, false}, host_udp = {"10.219.9.1", 8080, true};
    assert_int_equal(run_in(outside, call, &host), 0);
    assert_int_equal(run_in(outside, call, &host_udp), 0);
    /* The isolation of the bridge: nobody out there reaches what is not published. */
    assert_int_not_equal(run_in(outside, shell, "ip route add 10.219.0.0/24 via 10.219.9.1; ping -c1 -W1 10.219.0.2 >/dev/null"),
                         0);
    end(tcp_server);
    end(udp_server);
    close(outside);
    detach(network, &endpoint);
    detach(network, &other);
    network_close(network, true);
    cleanup_free char *unwire = output_of("ip link delete slnwout 2>/dev/null");
}

/* 8 MiB each way through the proxy, and an end that is passed on. */
static int call_at_length(void *context)
{
    enum { TOTAL = 8 << 20 };
    struct sockaddr_in at;
    cleanup_close int fd = open_at(context, &at);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) < 0)
        return 1;
    if (fork() == 0) {
        static char data[65536];
        memset(data, 'a', sizeof data);
        for (size_t sent = 0; sent < TOTAL; sent += sizeof data)
            if (write_full(fd, data, sizeof data) < 0)
                _exit(1);
        shutdown(fd, SHUT_WR);
        _exit(0);
    }
    size_t total = 0;
    char data[65536];
    ssize_t got;
    while ((got = recv(fd, data, sizeof data, 0)) > 0) {
        for (ssize_t i = 0; i < got; i++)
            if (data[i] != 'A')
                return 2;
        total += (size_t)got;
    }
    wait(NULL);
    return total == TOTAL ? 0 : 3;
}

static void the_proxy_carries_much_and_passes_ends_on(void **state)
{
    (void)state;
    struct network *network = open_network(&first_options);
    struct port_mapping ports[] = {{.protocol = "tcp", .host_port = 8080, .container_port = 80}};
    struct endpoint endpoint = attach(network, "web", ports, 1);
    struct place server = {"10.219.0.2", 80, false}, local = {"127.0.0.1", 8080, false};
    /* Nobody listens yet: the connection is closed, and the proxy goes on. */
    assert_int_equal(run_in(-1, call, &local), 2);
    pid_t pid = start_in(endpoint.netns, serve, &server);
    assert_int_equal(run_in(-1, call_patiently, &server), 0);
    assert_int_equal(run_in(-1, call_at_length, &local), 0);
    for (int i = 0; i < 50; i++)
        assert_int_equal(call(&local), 0);
    end(pid);
    detach(network, &endpoint);
    assert_int_equal(run_in(-1, call, &local), 1); /* refused: nobody holds the port any more */
    network_close(network, true);
}

/* --- ports and addresses --- */

static void taken_ports_are_refused_in_dockers_words(void **state)
{
    (void)state;
    struct network *network = open_network(&first_options);
    struct port_mapping port[] = {{.protocol = "tcp", .host_port = 8080, .container_port = 80}};
    struct endpoint one = attach(network, "one", port, 1);
    struct endpoint two = make_endpoint("two", port, 1);
    struct error err = ERROR_INIT;
    assert_int_equal(network_attach(network, NULL, &two, NULL, &err), -EADDRINUSE);
    cleanup_free char *ours =
        str_format("driver failed programming external connectivity on endpoint two (%s): Bind for 0.0.0.0:8080 "
                   "failed: port is already allocated",
                   two.id);
    assert_string_equal(err.message, ours);
    detach(network, &one);
    /* The address of the one that failed was given back. */
    assert_int_equal(network_attach(network, NULL, &two, NULL, &err), 0);
    assert_string_equal(two.address, "10.219.0.2");
    detach(network, &two);

    struct place foreign = {"0.0.0.0", 8080, false};
    pid_t pid = start_in(-1, serve, &foreign);
    struct place local = {"127.0.0.1", 8080, false};
    assert_int_equal(run_in(-1, call_patiently, &local), 0);
    struct endpoint three = make_endpoint("three", port, 1);
    assert_int_equal(network_attach(network, NULL, &three, NULL, &err), -EADDRINUSE);
    cleanup_free char *theirs = str_format("driver failed programming external connectivity on endpoint three (%s): Error starting "
                                           "userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use",
                                           three.id);
    assert_string_equal(err.message, theirs);
    end(pid);
    endpoint_free(&three);
    network_close(network, true);
}

static void ports_and_addresses_are_chosen(void **state)
{
    (void)state;
    struct network *network = open_network(&first_options);
    struct port_mapping port[] = {{.protocol = "tcp", .container_port = 80}};
    struct endpoint one = attach(network, "one", port, 1), two = attach(network, "two", port, 1);
    assert_in_range(one.ports[0].host_port, 32768, 60999);
    assert_int_equal(two.ports[0].host_port, one.ports[0].host_port + 1);
    assert_string_equal(one.ports[0].host_address, "0.0.0.0");
    struct error err = ERROR_INIT;
    struct endpoint fixed = make_endpoint("fixed", NULL, 0);
    assert_int_equal(network_attach(network, "10.219.0.77", &fixed, NULL, &err), 0);
    assert_string_equal(fixed.address, "10.219.0.77");
    struct endpoint again = make_endpoint("again", NULL, 0);
    assert_int_equal(network_attach(network, "10.219.0.77", &again, NULL, &err), -EADDRINUSE);
    assert_int_equal(network_attach(network, "192.0.2.1", &again, NULL, &err), -EINVAL);
    detach(network, &one);
    struct endpoint next = attach(network, "next", NULL, 0);
    assert_string_equal(next.address, "10.219.0.2"); /* the lowest that is free */
    json_t *described = network_describe(network);
    assert_int_equal(json_object_size(json_at(described, "Containers")), 3);
    json_decref(described);
    detach(network, &two);
    detach(network, &fixed);
    detach(network, &next);
    endpoint_free(&again);
    network_close(network, true);
}

static void an_address_given_again_is_reached_at_once(void **state)
{
    (void)state;
    struct network *network = open_network(&first_options);
    struct endpoint watcher = attach(network, "watcher", NULL, 0);
    for (int i = 0; i < 5; i++) {
        struct endpoint short_lived = attach(network, "short", NULL, 0);
        assert_string_equal(short_lived.address, "10.219.0.3");
        cleanup_free char *port = output_of("bridge fdb show br slnw0 | sed -n 's/^02:42:0a:db:00:03 dev \\([^ ]*\\) .*/\\1/p'");
        assert_string_equal(str_trim(port), short_lived.host_link);
        /* Some milliseconds pass until the kernel has seen the port's carrier. */
        assert_int_equal(run_in(watcher.netns, shell, "ping -c5 -i0.02 -w1 10.219.0.3 >/dev/null"), 0);
        detach(network, &short_lived);
    }
    detach(network, &watcher);
    network_close(network, true);
}

static void without_iptables_the_proxy_still_serves(void **state)
{
    (void)state;
    cleanup_free char *kept = xstrdup(program());
    setenv("SLIPWAY_IPTABLES", "/nonexistent/iptables", 1);
    struct network *network = open_network(&first_options);
    struct port_mapping ports[] = {{.protocol = "tcp", .host_port = 8080, .container_port = 80}};
    struct endpoint endpoint = attach(network, "bare", ports, 1);
    struct place server = {"10.219.0.2", 80, false}, local = {"127.0.0.1", 8080, false};
    pid_t pid = start_in(endpoint.netns, serve, &server);
    assert_int_equal(run_in(-1, call_patiently, &server), 0);
    assert_int_equal(run_in(-1, call, &local), 0);
    end(pid);
    detach(network, &endpoint);
    network_close(network, true);
    setenv("SLIPWAY_IPTABLES", kept, 1);
}

static int call_v6(void *context)
{
    bool udp = *(bool *)context;
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(8080), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    cleanup_close int fd = socket(AF_INET6, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = 2};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char answer[16] = "";
    if (connect(fd, (struct sockaddr *)&at, sizeof at) < 0 || send(fd, "hello", 5, 0) != 5 || recv(fd, answer, 15, 0) < 5)
        return 1;
    return str_equal(answer, "HELLO") ? 0 : 2;
}

static void a_port_without_an_address_is_on_ipv6_too(void **state)
{
    (void)state;
    struct network *network = open_network(&first_options);
    struct port_mapping ports[] = {{.protocol = "tcp", .host_port = 8080, .container_port = 80},
                                   {.protocol = "udp", .host_port = 8080, .container_port = 81}};
    struct endpoint endpoint = attach(network, "both", ports, 2);
    if (endpoint.ports[0].also_ipv6) {
        struct place tcp = {"10.219.0.2", 80, false}, udp = {"10.219.0.2", 81, true};
        pid_t tcp_server = start_in(endpoint.netns, serve, &tcp), udp_server = start_in(endpoint.netns, serve, &udp);
        bool is_udp = false;
        assert_int_equal(run_in(-1, call_patiently, &tcp), 0);
        assert_int_equal(run_in(-1, call_patiently, &udp), 0);
        assert_int_equal(run_in(-1, call_v6, &is_udp), 0);
        is_udp = true;
        assert_int_equal(run_in(-1, call_v6, &is_udp), 0);
        end(tcp_server);
        end(udp_server);
    }
    detach(network, &endpoint);
    network_close(network, true);
}

/* More than one transaction's worth. */
static void a_range_of_ports_is_published_and_gone(void **state)
{
    (void)state;
    enum { PORTS = 50 };
    struct network *network = open_network(&first_options);
    struct port_mapping ports[PORTS];
    for (int i = 0; i < PORTS; i++)
        ports[i] =
            (struct port_mapping){.protocol = "tcp", .host_port = (uint16_t)(9000 + i), .container_port = (uint16_t)(80 + i)};
    struct endpoint endpoint = attach(network, "many", ports, PORTS);
    cleanup_free char *count = output_of("%s -t nat -S DOCKER | grep -c DNAT", program());
    assert_string_equal(count, "50\n");
    detach(network, &endpoint);
    assert_rules("-t nat -S DOCKER", NAT_DOCKER_BASE);
    network_close(network, true);
}

/* --- restart --- */

struct kept {
    struct endpoint endpoint;
    struct port_mapping ports[2];
};

/* A daemon that attaches, tells its parent what it did, and is killed. */
static void attach_and_die(int pipe_fd)
{
    struct network *network = network_open(&first_options, NULL, NULL);
    struct port_mapping ports[] = {{.protocol = "tcp", .host_port = 8080, .container_port = 80},
                                   {.protocol = "udp", .host_port = 8080, .container_port = 81}};
    struct endpoint endpoint = make_endpoint("kept", ports, 2), lost = make_endpoint("lost", NULL, 0);
    lost.ports = xcalloc(1, sizeof *lost.ports);
    lost.ports[0] = (struct port_mapping){.protocol = "tcp", .host_port = 8099, .container_port = 99};
    lost.port_count = 1;
    struct error err = ERROR_INIT;
    if (!network || network_attach(network, NULL, &endpoint, NULL, &err) < 0 ||
        network_attach(network, NULL, &lost, NULL, &err) < 0)
        _exit(1);
    struct kept kept = {.endpoint = endpoint};
    memcpy(kept.ports, endpoint.ports, sizeof kept.ports);
    /* A process in the namespace outlives the daemon. */
    if (fork() == 0) {
        setns(endpoint.netns, CLONE_NEWNET);
        close_range(0, ~0U, 0); /* as exec would have done */
        struct place server = {"10.219.0.2", 80, false};
        _exit(serve(&server));
    }
    write_full(pipe_fd, &kept, sizeof kept);
    pause();
}

static void a_killed_daemons_ports_are_taken_over(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t daemon = fork();
    if (daemon == 0) {
        setpgid(0, 0);
        /* A program of its own: threads and descriptors of this one are not the daemon's. */
        cleanup_free char *fd = str_format("%d", ends[1]);
        fcntl(ends[1], F_SETFD, 0);
        execl("/proc/self/exe", "test_network_live", "daemon", fd, NULL);
        _exit(1);
    }
    close(ends[1]);
    struct kept kept;
    assert_int_equal(read_full(ends[0], &kept, sizeof kept), sizeof kept);
    close(ends[0]);
    kill(daemon, SIGKILL);
    waitpid(daemon, NULL, 0);

    /* Somebody removed one of the rules meanwhile. */
    cleanup_free char *removed =
        output_of("%s -D DOCKER -d 10.219.0.2/32 ! -i slnw0 -o slnw0 -p tcp -m tcp --dport 80 -j ACCEPT", program());
    struct network *network = open_network(&first_options);
    kept.endpoint.ports = xcalloc(2, sizeof *kept.endpoint.ports);
    memcpy(kept.endpoint.ports, kept.ports, sizeof kept.ports);
    struct error err = ERROR_INIT;
    assert_int_equal(network_adopt(network, &kept.endpoint, &err), 0);
    network_settle(network);
    assert_rules("-t nat -S DOCKER",
                 NAT_DOCKER_BASE "-A DOCKER ! -i slnw0 -p udp -m udp --dport 8080 -j DNAT --to-destination 10.219.0.2:81\n"
                                 "-A DOCKER ! -i slnw0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.219.0.2:80\n");
    cleanup_free char *filter = output_of("%s -S DOCKER", program());
    assert_non_null(strstr(filter, "--dport 80 -j ACCEPT"));
    assert_null(strstr(filter, "--dport 99"));
    struct place local = {"127.0.0.1", 8080, false}, direct = {"10.219.0.2", 80, false};
    assert_int_equal(run_in(-1, call_patiently, &direct), 0);
    assert_int_equal(run_in(-1, call, &local), 0);
    struct endpoint next = attach(network, "next", NULL, 0);
    assert_string_equal(next.address, "10.219.0.3");
    detach(network, &next);
    detach(network, &kept.endpoint);
    assert_rules("-t nat -S DOCKER", NAT_DOCKER_BASE);
    kill(-daemon, SIGKILL);
    network_close(network, true);
}

/* --- nothing left --- */

static void nothing_is_left_behind(void **state)
{
    (void)state;
    struct network *network = open_network(&first_options);
    struct port_mapping ports[] = {{.protocol = "tcp", .container_port = 80}, {.protocol = "udp", .container_port = 81}};
    struct endpoint warm = attach(network, "warm", ports, 2);
    detach(network, &warm);
    usleep(50000);
    int before = descriptors();
    for (int i = 0; i < 20; i++) {
        struct endpoint endpoint = attach(network, "leak", ports, 2);
        detach(network, &endpoint);
    }
    for (int i = 0; i < 500 && link_exists("type veth"); i++)
        usleep(20000);
    assert_false(link_exists("type veth"));
    int after = descriptors();
    assert_in_range(after, 0, before + 2); /* the store of ready namespaces may be fuller */
    assert_rules("-t nat -S DOCKER", NAT_DOCKER_BASE);

    /* A namespace that somebody holds does not hold the wire. */
    struct endpoint held = attach(network, "held", NULL, 0);
    int holder = dup(held.netns);
    char name[16];
    snprintf(name, sizeof name, "%s", held.host_link);
    detach(network, &held);
    for (int i = 0; i < 500 && link_exists(name); i++)
        usleep(20000);
    assert_false(link_exists(name));
    close(holder);
    network_close(network, true);
}

static void every_act_leaves_a_step(void **state)
{
    (void)state;
    struct steps *steps = steps_new();
    struct network *network = open_network(&first_options);
    struct port_mapping ports[] = {{.protocol = "tcp", .host_port = 8080, .container_port = 80}};
    struct endpoint endpoint = make_endpoint("seen", ports, 1);
    snprintf(endpoint.container, sizeof endpoint.container, "0123456789abcdef");
    assert_int_equal(network_attach(network, NULL, &endpoint, steps, NULL), 0);
    json_t *list = steps_json(steps);
    cleanup_free char *text = json_text(list);
    json_decref(list);
    cleanup_free char *veth =
        str_format("ip link add %s mtu 1500 master slnw0 up type veth peer name eth0 address 02:42:0a:db:00:02 mtu "
                   "1500 netns 0123456789ab",
                   endpoint.host_link);
    assert_non_null(strstr(text, veth));
    assert_non_null(strstr(text, "ip netns add 0123456789ab"));
    assert_non_null(strstr(text, "ip -n 0123456789ab addr add 10.219.0.2/24"));
    assert_non_null(strstr(text, "ip -n 0123456789ab route add default via 10.219.0.1 dev eth0"));
    assert_non_null(
        strstr(text, "iptables -t nat -A DOCKER ! -i slnw0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.219.0.2:80"));
    steps_free(steps);
    detach(network, &endpoint);
    network_close(network, true);
}

static void attaching_is_quick(void **state)
{
    (void)state;
    enum { ROUNDS = 40 };
    struct network *network = open_network(&first_options);
    struct port_mapping ports[] = {{.protocol = "tcp", .container_port = 80}};
    struct endpoint endpoints[ROUNDS];
    int64_t total = 0, bursts = 0, leaving = 0;
    for (int i = 0; i < ROUNDS; i++) {
        usleep(4000); /* as far apart as containers come: a namespace is ready again */
        int64_t start = clock_mono_ns();
        endpoints[i] = attach(network, "quick", ports, 1);
        total += clock_mono_ns() - start;
    }
    for (int i = 0; i < ROUNDS; i++) {
        int64_t start = clock_mono_ns();
        detach(network, &endpoints[i]);
        leaving += clock_mono_ns() - start;
    }
    for (int i = 0; i < ROUNDS; i++) {
        int64_t start = clock_mono_ns();
        endpoints[i] = attach(network, "quick", ports, 1);
        bursts += clock_mono_ns() - start;
    }
    for (int i = 0; i < ROUNDS; i++)
        detach(network, &endpoints[i]);
    print_message("attach with one port: %.2f ms spaced, %.2f ms in a burst; detach %.2f ms\n", (double)total / ROUNDS / 1e6,
                  (double)bursts / ROUNDS / 1e6, (double)leaving / ROUNDS / 1e6);
    assert_in_range(total / ROUNDS, 0, 50000000);
    network_close(network, true);
}

static void a_bad_name_or_address_is_refused(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    assert_null(network_open(&(struct network_options){.bridge = "a/b", .address = "10.219.0.1/24"}, NULL, &err));
    assert_int_equal(err.code, EINVAL);
    assert_null(network_open(&(struct network_options){.bridge = "slnw0", .address = "10.219.0.0/24"}, NULL, &err));
    assert_int_equal(err.code, EINVAL);
    assert_null(network_open(&(struct network_options){.bridge = "lo", .address = "10.219.0.1/24"}, NULL, &err));
    assert_int_equal(err.code, EEXIST);
    struct network *network = open_network(&first_options);
    assert_null(network_open(&(struct network_options){.bridge = "slnw1", .address = "10.219.0.129/25"}, NULL, &err));
    assert_int_equal(err.code, EADDRINUSE);
    assert_false(link_exists("slnw1"));
    network_close(network, true);
}

int main(int argc, char **argv)
{
    if (argc == 3 && str_equal(argv[1], "daemon"))
        attach_and_die(atoi(argv[2]));
    if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
        puts("skip: needs root and a network namespace of its own");
        return 0;
    }
    if (system("ip link set lo up") != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_without_containers_are_dockers),
        cmocka_unit_test(published_ports_have_dockers_rules),
        cmocka_unit_test(two_engines_share_the_chains),
        cmocka_unit_test(flushed_chains_are_made_again),
        cmocka_unit_test(without_a_proxy_rules_are_dockers_too),
        cmocka_unit_test(containers_reach_each_other_and_the_gateway),
        cmocka_unit_test(published_ports_are_reached_from_everywhere),
        cmocka_unit_test(the_proxy_carries_much_and_passes_ends_on),
        cmocka_unit_test(taken_ports_are_refused_in_dockers_words),
        cmocka_unit_test(ports_and_addresses_are_chosen),
        cmocka_unit_test(an_address_given_again_is_reached_at_once),
        cmocka_unit_test(without_iptables_the_proxy_still_serves),
        cmocka_unit_test(a_port_without_an_address_is_on_ipv6_too),
        cmocka_unit_test(a_range_of_ports_is_published_and_gone),
        cmocka_unit_test(a_killed_daemons_ports_are_taken_over),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(every_act_leaves_a_step),
        cmocka_unit_test(attaching_is_quick),
        cmocka_unit_test(a_bad_name_or_address_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

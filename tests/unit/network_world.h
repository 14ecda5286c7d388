/* A network namespace to test networks in, and the small servers and clients that try what they do. Included by
 * test_network_rules.c, test_network_live.c and test_network_restart.c. SLIPWAY_IPTABLES=iptables-legacy runs them on the other
 * backend. */
#ifndef SLIPWAY_TESTS_NETWORK_WORLD_H
#define SLIPWAY_TESTS_NETWORK_WORLD_H

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/net/iptables.h"
#include "kernel/net/netlink.h"
#include "network/network_internal.h"

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

static const __attribute__((unused)) struct networks_options first_options = {
    .bridge = "slnw0", .address = "10.219.0.1/24", .userland_proxy = true};
static const __attribute__((unused)) struct networks_options second_options = {
    .bridge = "slnw1", .address = "10.219.1.1/24", .userland_proxy = true};

#define NAT_DOCKER_BASE "-N DOCKER\n-A DOCKER -i slnw0 -j RETURN\n"

static inline char *output_of(const char *format, ...)
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

static inline void assert_rules(const char *arguments, const char *wanted)
{
    cleanup_free char *rules = output_of("%s %s", program(), arguments);
    assert_string_equal(rules, wanted);
}

static inline struct network *open_network(const struct networks_options *options)
{
    struct error err = ERROR_INIT;
    struct networks *set = networks_open(options, NULL, &err);
    if (!set)
        fail_msg("networks_open: %s", err.message);
    return set->first;
}

static inline void close_network(struct network *network) { networks_close(network->set, true); }

static inline struct endpoint make_endpoint(const char *name, const struct port_mapping *ports, size_t count)
{
    struct endpoint endpoint = {.netns = -EBADF, .port_count = count};
    snprintf(endpoint.name, sizeof endpoint.name, "%s", name);
    endpoint.ports = xcalloc(count + 1, sizeof *endpoint.ports);
    if (count)
        memcpy(endpoint.ports, ports, count * sizeof *ports);
    return endpoint;
}

static inline struct endpoint attach(struct network *network, const char *name, const struct port_mapping *ports, size_t count)
{
    struct endpoint endpoint = make_endpoint(name, ports, count);
    struct error err = ERROR_INIT;
    if (network_attach(network, NULL, &endpoint, NULL, &err) < 0)
        fail_msg("network_attach: %s", err.message);
    return endpoint;
}

static inline void detach(struct network *network, struct endpoint *endpoint)
{
    network_detach(network, endpoint);
    endpoint_free(endpoint);
}

static inline pid_t start_in(int netns, int (*act)(void *), void *context)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (netns >= 0 && setns(netns, CLONE_NEWNET) < 0)
            _exit(99);
        _exit(act(context));
    }
    return pid;
}

static inline int run_in(int netns, int (*act)(void *), void *context)
{
    int status;
    waitpid(start_in(netns, act, context), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static inline void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static inline int shell(void *command) { return execl("/bin/sh", "sh", "-c", (char *)command, NULL); }

struct place {
    const char *address;
    uint16_t port;
    bool udp;
};

static inline int open_at(const struct place *place, struct sockaddr_in *at)
{
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(place->port)};
    inet_pton(AF_INET, place->address, &at->sin_addr);
    return socket(AF_INET, (place->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
}

/* Sends back what it gets, in capitals, until its client has no more; for ever. */
static inline int serve(void *context)
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
static inline int call(void *context)
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
static inline int call_patiently(void *context)
{
    int r = 1;
    for (int i = 0; i < 40 && r == 1; i++) {
        r = call(context);
        if (r == 1)
            usleep(25000);
    }
    return r;
}

static inline bool link_exists(const char *name)
{
    cleanup_free char *path = output_of("ip -o link show %s 2>/dev/null", name);
    return *path;
}

static inline int descriptors(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* false without root: there is nothing to test then. */
static inline bool enter_world(void)
{
    if (geteuid() == 0 && unshare(CLONE_NEWNET) == 0 && system("ip link set lo up") == 0)
        return true;
    puts("skip: needs root and a network namespace of its own");
    return false;
}

#endif

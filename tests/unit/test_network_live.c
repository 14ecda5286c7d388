/* Packets that arrive, ports that are held, addresses that are given. */
#include "network_world.h"

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
    close_network(network);
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
    close_network(network);
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
    close_network(network);
}

/* A program that is being started has copies of all our descriptors until it execs, and epoll forgets a file only with its last
 * one. */
static void a_connection_may_end_while_a_program_is_started(void **state)
{
    (void)state;
    struct network *network = open_network(&first_options);
    struct port_mapping ports[] = {{.protocol = "tcp", .host_port = 8080, .container_port = 80}};
    struct endpoint endpoint = attach(network, "web", ports, 1);
    struct place server = {"10.219.0.2", 80, false}, local = {"127.0.0.1", 8080, false};
    pid_t pid = start_in(endpoint.netns, serve, &server);
    assert_int_equal(run_in(-1, call_patiently, &server), 0);
    for (int i = 0; i < 10; i++) {
        struct sockaddr_in at;
        char answer[8];
        int fd = open_at(&local, &at);
        assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
        assert_int_equal(send(fd, "hello", 5, 0), 5);
        assert_int_equal(recv(fd, answer, 5, MSG_WAITALL), 5);
        pid_t holder = fork();
        if (holder == 0) {
            pause();
            _exit(0);
        }
        shutdown(fd, SHUT_WR);
        assert_int_equal(recv(fd, answer, 1, 0), 0);
        close(fd);
        assert_int_equal(call(&local), 0);
        end(holder);
        assert_int_equal(call(&local), 0);
    }
    end(pid);
    detach(network, &endpoint);
    close_network(network);
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
    close_network(network);
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
    assert_int_equal(network_attach(network, &(struct endpoint_wish){.address = "10.219.0.77"}, &fixed, NULL, &err), 0);
    assert_string_equal(fixed.address, "10.219.0.77");
    struct endpoint again = make_endpoint("again", NULL, 0);
    assert_int_equal(network_attach(network, &(struct endpoint_wish){.address = "10.219.0.77"}, &again, NULL, &err), -EADDRINUSE);
    assert_int_equal(network_attach(network, &(struct endpoint_wish){.address = "192.0.2.1"}, &again, NULL, &err), -EINVAL);
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
    close_network(network);
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
    close_network(network);
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
    close_network(network);
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
    close_network(network);
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
    close_network(network);
}

int main(void)
{
    if (!enter_world())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containers_reach_each_other_and_the_gateway),
        cmocka_unit_test(published_ports_are_reached_from_everywhere),
        cmocka_unit_test(the_proxy_carries_much_and_passes_ends_on),
        cmocka_unit_test(a_connection_may_end_while_a_program_is_started),
        cmocka_unit_test(taken_ports_are_refused_in_dockers_words),
        cmocka_unit_test(ports_and_addresses_are_chosen),
        cmocka_unit_test(an_address_given_again_is_reached_at_once),
        cmocka_unit_test(without_iptables_the_proxy_still_serves),
        cmocka_unit_test(a_port_without_an_address_is_on_ipv6_too),
        cmocka_unit_test(a_range_of_ports_is_published_and_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

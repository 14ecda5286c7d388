/* A daemon that is killed, what is left behind by those that end well, the steps, and the time it takes. */
#include "network_world.h"

/* --- restart --- */

struct kept {
    struct endpoint endpoint;
    struct port_mapping ports[2];
};

/* A daemon that attaches, tells its parent what it did, and is killed. */
static void attach_and_die(int pipe_fd)
{
    struct networks *set = networks_open(&first_options, NULL, NULL);
    struct network *network = set ? set->first : NULL;
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
        execl("/proc/self/exe", "test_network_restart", "daemon", fd, NULL);
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
    networks_settle(network->set);
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
    close_network(network);
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
    close_network(network);
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
    close_network(network);
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
    close_network(network);
}

static void a_bad_name_or_address_is_refused(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    assert_null(networks_open(&(struct networks_options){.bridge = "a/b", .address = "10.219.0.1/24"}, NULL, &err));
    assert_int_equal(err.code, EINVAL);
    assert_null(networks_open(&(struct networks_options){.bridge = "slnw0", .address = "10.219.0.0/24"}, NULL, &err));
    assert_int_equal(err.code, EINVAL);
    assert_null(networks_open(&(struct networks_options){.bridge = "lo", .address = "10.219.0.1/24"}, NULL, &err));
    assert_int_equal(err.code, EEXIST);
    struct network *network = open_network(&first_options);
    assert_null(networks_open(&(struct networks_options){.bridge = "slnw1", .address = "10.219.0.129/25"}, NULL, &err));
    assert_int_equal(err.code, EADDRINUSE);
    assert_false(link_exists("slnw1"));
    close_network(network);
}

int main(int argc, char **argv)
{
    if (argc == 3 && str_equal(argv[1], "daemon"))
        attach_and_die(atoi(argv[2]));
    if (!enter_world())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_daemons_ports_are_taken_over),
        cmocka_unit_test(nothing_is_left_behind),
        cmocka_unit_test(every_act_leaves_a_step),
        cmocka_unit_test(attaching_is_quick),
        cmocka_unit_test(a_bad_name_or_address_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

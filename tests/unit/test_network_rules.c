/* The rules of a network in the kernel, compared with Docker's: chains, ports of all kinds, several engines, flushed chains. */
#include "network_world.h"

/* --- rules --- */

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
    close_network(network);
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
    close_network(network);
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
    close_network(second);
    cleanup_free char *after = output_of("%s-save -t nat; %s-save -t filter", program(), program());
    assert_null(strstr(after, "slnw1"));
    assert_non_null(strstr(after, "--dport 8090 -j DNAT --to-destination 10.219.0.2:80"));
    assert_non_null(strstr(after, "-A DOCKER-USER -s 203.0.113.7/32 -j DROP"));
    detach(first, &one);
    close_network(first);
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
    close_network(network);
}

static void without_a_proxy_rules_are_dockers_too(void **state)
{
    (void)state;
    cleanup_free char *flush = output_of("%s -t nat -F; %s -t nat -X", program(), program());
    struct networks_options options = first_options;
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
    close_network(network);
    cleanup_free char *again = output_of("%s -t nat -F; %s -t nat -X", program(), program());
}

int main(void)
{
    if (!enter_world())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_without_containers_are_dockers),  cmocka_unit_test(published_ports_have_dockers_rules),
        cmocka_unit_test(two_engines_share_the_chains),          cmocka_unit_test(flushed_chains_are_made_again),
        cmocka_unit_test(without_a_proxy_rules_are_dockers_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What of the network needs no kernel: the words and the expressions of rules, the register of
 * ports. */
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/net/iptables.h"
#include "kernel/net/nft_rule.h"
#include "network/network_internal.h"
#include "network/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
// cmocka wants the headers above first
#include <cmocka.h>

/* --- rules --- */

static struct networks proxied = {.userland_proxy = true};
static const struct network docker0 = {.set = &proxied, .link = "docker0"};
static const uint32_t container = 0xac110003; /* 172.17.0.3 */

static void assert_text(const struct packet_rule *rule, const char *wanted)
{
    char text[RULE_TEXT];
    packet_rule_text(rule, "-A", text);
    assert_string_equal(text, wanted);
}

/* golden 03 and 04 */
static void rules_read_as_dockers(void **state)
{
    (void)state;
    struct packet_rule rules[RULES_PER_PORT];
    struct port_mapping web = {.protocol = "tcp", .host_address = "0.0.0.0", .host_port = 8080, .container_port = 80};
    assert_int_equal(rules_of_port(&docker0, &web, container, rules), 3);
    assert_text(&rules[0], "-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.3:80");
    assert_text(&rules[1], "-A DOCKER -d 172.17.0.3/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT");
    assert_text(&rules[2], "-A POSTROUTING -s 172.17.0.3/32 -d 172.17.0.3/32 -p tcp -m tcp --dport 80 -j MASQUERADE");
    struct port_mapping local = {.protocol = "udp", .host_address = "127.0.0.1", .host_port = 53, .container_port = 5353};
    assert_int_equal(rules_of_port(&docker0, &local, container, rules), 3);
    assert_text(&rules[0],
                "-A DOCKER -d 127.0.0.1/32 ! -i docker0 -p udp -m udp --dport 53 -j DNAT --to-destination 172.17.0.3:5353");
    struct port_mapping v6 = {.protocol = "tcp", .host_address = "::1", .host_port = 80, .container_port = 80};
    assert_int_equal(rules_of_port(&docker0, &v6, container, rules), 0); /* the proxy's alone */
}

static void the_highest_port_comes_first(void **state)
{
    (void)state;
    const struct port_mapping ports[] = {{.protocol = "tcp", .host_port = 8081, .container_port = 81},
                                         {.protocol = "udp", .host_port = 8082, .container_port = 82},
                                         {.protocol = "tcp", .host_port = 9000, .container_port = 90},
                                         {.protocol = "tcp", .host_port = 9001, .container_port = 91}};
    cleanup_free struct port_mapping *sorted = rules_port_order(ports, 4);
    static const uint16_t wanted[] = {9001, 9000, 8082, 8081};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(sorted[i].host_port, wanted[i]);
}

static char *signature(const struct packet_rule *rule)
{
    struct nftnl_rule *shape = nft_rule_build(rule);
    char *text = nft_rule_signature(shape);
    nftnl_rule_free(shape);
    return text;
}

/* Rules are found again by what they match and do: every difference must tell. */
static void signatures_tell_rules_apart(void **state)
{
    (void)state;
    struct packet_rule base = {.table = "nat",
                               .chain = "DOCKER",
                               .in_link = "docker0",
                               .in_not = true,
                               .protocol = "tcp",
                               .port = 8080,
                               .target = RULE_DNAT,
                               .to_address = htonl(container),
                               .to_port = 80};
    struct packet_rule others[8];
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        others[i] = base;
    snprintf(others[0].in_link, sizeof others[0].in_link, "docker1");
    others[1].in_not = false;
    others[2].protocol = "udp";
    others[3].port = 8081;
    others[4].to_address = htonl(container + 1);
    others[5].to_port = 81;
    others[6].target = RULE_ACCEPT;
    others[7].destination = htonl(0x7f000001);
    cleanup_free char *mine = signature(&base), *same = signature(&base);
    assert_string_equal(mine, same);
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        cleanup_free char *other = signature(&others[i]);
        assert_string_not_equal(mine, other);
    }
}

/* --- ports --- */

static void a_held_port_is_held_once(void **state)
{
    (void)state;
    struct port_mapping any = {.protocol = "tcp", .container_port = 80};
    struct error err = ERROR_INIT;
    struct held_port *held = ports_hold(&any, &err);
    if (!held)
        fail_msg("%s", err.message);
    assert_string_equal(any.host_address, "0.0.0.0");
    assert_int_equal(any.also_ipv6, held->socket6 >= 0);
    struct port_mapping same = {.protocol = "tcp", .host_address = "127.0.0.1", .host_port = any.host_port, .container_port = 81};
    assert_null(ports_hold(&same, &err));
    assert_int_equal(err.code, EADDRINUSE);
    cleanup_free char *text = str_format("Bind for 127.0.0.1:%u failed: port is already allocated", any.host_port);
    assert_string_equal(err.message, text);
    struct port_mapping udp = {.protocol = "udp", .host_address = "127.0.0.1", .host_port = any.host_port, .container_port = 81};
    struct held_port *other_protocol = ports_hold(&udp, &err);
    assert_non_null(other_protocol);
    ports_release(other_protocol);
    ports_release(held);
    held = ports_hold(&same, &err); /* free again at once */
    assert_non_null(held);
    ports_release(held);
}

static void two_addresses_may_have_the_same_port(void **state)
{
    (void)state;
    struct port_mapping one = {.protocol = "tcp", .host_address = "127.0.0.1", .container_port = 80};
    struct held_port *first = ports_hold(&one, NULL);
    assert_non_null(first);
    struct port_mapping two = {.protocol = "tcp", .host_address = "127.0.0.2", .host_port = one.host_port, .container_port = 80};
    struct held_port *second = ports_hold(&two, NULL);
    assert_non_null(second);
    ports_release(first);
    ports_release(second);
}

static void a_port_is_taken_out_of_a_range(void **state)
{
    (void)state;
    struct held_port *held[3];
    struct error err = ERROR_INIT;
    for (unsigned i = 0; i < 3; i++) {
        struct port_mapping wanted = {.protocol = "tcp", .host_address = "127.0.0.1", .host_port = 18300, .host_port_end = 18302};
        held[i] = ports_hold(&wanted, &err);
        assert_non_null(held[i]);
        assert_int_equal(wanted.host_port, 18300 + i);
        assert_int_equal(wanted.host_port_end, 0);
    }
    struct port_mapping more = {.protocol = "tcp", .host_address = "127.0.0.1", .host_port = 18300, .host_port_end = 18302};
    assert_null(ports_hold(&more, &err));
    assert_string_equal(err.message, "all ports are allocated");
    ports_release(held[1]);
    held[1] = ports_hold(&more, &err);
    assert_int_equal(more.host_port, 18301);
    for (unsigned i = 0; i < 3; i++)
        ports_release(held[i]);
}

static void sctp_needs_a_kernel_that_has_it(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct port_mapping wanted = {.protocol = "sctp", .host_address = "127.0.0.1", .host_port = 18310, .container_port = 80};
    struct held_port *held = ports_hold(&wanted, &err);
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    if (fd >= 0)
        assert_non_null(held);
    else
        assert_string_equal(err.message, "port 18310 cannot be published: this kernel has no sctp");
    if (fd >= 0)
        close(fd);
    ports_release(held);
}

static void malformed_ports_are_refused(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct port_mapping address = {.protocol = "tcp", .host_address = "300.0.0.1", .container_port = 80};
    assert_null(ports_hold(&address, &err));
    assert_int_equal(err.code, EINVAL);
    struct port_mapping protocol = {.protocol = "icmp", .container_port = 80};
    assert_null(ports_hold(&protocol, &err));
    assert_int_equal(err.code, EINVAL);
    /* An address of another machine (RFC 5737). */
    struct port_mapping absent = {.protocol = "tcp", .host_address = "192.0.2.1", .host_port = 18199, .container_port = 80};
    assert_null(ports_hold(&absent, &err));
    assert_string_equal(err.message,
                        "Error starting userland proxy: listen tcp4 192.0.2.1:18199: bind: cannot assign requested address");
}

/* --- programs --- */

static void a_missing_iptables_names_its_package(void **state)
{
    (void)state;
    const char *before = getenv("SLIPWAY_IPTABLES");
    cleanup_free char *kept = before ? xstrdup(before) : NULL;
    setenv("SLIPWAY_IPTABLES", "/nonexistent/iptables", 1);
    struct iptables iptables;
    struct error err = ERROR_INIT;
    assert_int_equal(iptables_detect(&iptables, &err), -ENOENT);
    assert_int_equal(iptables.backend, IPTABLES_NONE);
    assert_non_null(strstr(err.message, "package `iptables`"));
    if (kept)
        setenv("SLIPWAY_IPTABLES", kept, 1);
    else
        unsetenv("SLIPWAY_IPTABLES");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_read_as_dockers),
        cmocka_unit_test(the_highest_port_comes_first),
        cmocka_unit_test(signatures_tell_rules_apart),
        cmocka_unit_test(a_held_port_is_held_once),
        cmocka_unit_test(two_addresses_may_have_the_same_port),
        cmocka_unit_test(a_port_is_taken_out_of_a_range),
        cmocka_unit_test(sctp_needs_a_kernel_that_has_it),
        cmocka_unit_test(malformed_ports_are_refused),
        cmocka_unit_test(a_missing_iptables_names_its_package),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

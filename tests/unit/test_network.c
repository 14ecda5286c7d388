/* What of the network needs no kernel: addresses, the words and the expressions of rules, the register of ports. */
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/iptables.h"
#include "kernel/nft_rule.h"
#include "network/ipam.h"
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

/* --- addresses --- */

static struct ipam pool(const char *text)
{
    uint32_t address;
    int prefix_len;
    struct error err = ERROR_INIT;
    if (ipam_parse(text, &address, &prefix_len, &err) < 0)
        fail_msg("%s", err.message);
    return (struct ipam){.subnet = address & ipam_mask(prefix_len), .prefix_len = prefix_len};
}

static void the_lowest_free_address_is_given(void **state)
{
    (void)state;
    struct ipam ipam = pool("10.0.0.1/29");
    ip_number address;
    assert_int_equal(ipam_take(&ipam, ipam.subnet + 1, NULL), 0); /* the gateway */
    for (uint32_t wanted = 2; wanted <= 6; wanted++) {
        assert_int_equal(ipam_take_next(&ipam, &address, NULL), 0);
        assert_int_equal(address, ipam.subnet + wanted);
    }
    struct error err = ERROR_INIT;
    assert_int_equal(ipam_take_next(&ipam, &address, &err), -ENOSPC);
    assert_non_null(strstr(err.message, "10.0.0.0/29"));
    ipam_release(&ipam, ipam.subnet + 4);
    ipam_release(&ipam, ipam.subnet + 3);
    ipam_release(&ipam, ipam.subnet + 3); /* twice does no harm */
    assert_int_equal(ipam_take_next(&ipam, &address, NULL), 0);
    assert_int_equal(address, ipam.subnet + 3);
    ipam_clear(&ipam);
}

static void a_wanted_address_is_checked(void **state)
{
    (void)state;
    struct ipam ipam = pool("172.18.0.1/16");
    assert_int_equal(ipam_take(&ipam, ipam.subnet + 77, NULL), 0);
    assert_int_equal(ipam_take(&ipam, ipam.subnet + 77, NULL), -EADDRINUSE);
    assert_int_equal(ipam_take(&ipam, ipam.subnet, NULL), -EINVAL);          /* the network's */
    assert_int_equal(ipam_take(&ipam, ipam.subnet | 0xffff, NULL), -EINVAL); /* broadcast */
    assert_int_equal(ipam_take(&ipam, 0x08080808, NULL), -EINVAL);
    ipam_clear(&ipam);
}

static void malformed_subnets_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",          "10.0.0.1",    "10.0.0.1/",     "10.0.0.1/31", "10.0.0.1/0", "10.0.0.1/x",
                                      "10.0.0/24", "10.0.0.0/24", "10.0.0.255/24", "fe80::1/64",  "/24",        "10.0.0.1/24x"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        uint32_t address;
        int prefix_len;
        struct error err = ERROR_INIT;
        assert_int_equal(ipam_parse(bad[i], &address, &prefix_len, &err), -EINVAL);
        assert_true(*err.message);
    }
}

static struct ipam subnet(const char *text)
{
    struct ipam ipam;
    struct error err = ERROR_INIT;
    if (ipam_open(&ipam, text, &err) < 0)
        fail_msg("%s", err.message);
    return ipam;
}

static void addresses_of_ipv6_are_given_as_well(void **state)
{
    (void)state;
    struct ipam ipam = subnet("fd00:1:2:3::77/64");
    char text[IP_TEXT], whole[SUBNET_TEXT];
    ip_number address, wanted;
    ipam_text(&ipam, whole);
    assert_string_equal(whole, "fd00:1:2:3::/64");
    for (unsigned i = 1; i <= 300; i++)
        assert_int_equal(ipam_take_next(&ipam, &address, NULL), 0);
    assert_string_equal(ip_text(address, true, text), "fd00:1:2:3::12c");
    assert_int_equal(ip_parse("fd00:1:2:3:ffff:ffff:ffff:ffff", true, &wanted), 0);
    assert_int_equal(ipam_take(&ipam, wanted, NULL), 0); /* the last is one like the others */
    assert_int_equal(ipam_take(&ipam, wanted, NULL), -EADDRINUSE);
    assert_int_equal(ipam_take(&ipam, ipam.subnet, NULL), -EINVAL);
    assert_int_equal(ip_parse("fd00:1:2:4::1", true, &wanted), 0);
    assert_int_equal(ipam_take(&ipam, wanted, NULL), -EINVAL);
    ipam_release(&ipam, ipam.subnet + 7);
    assert_int_equal(ipam_take_next(&ipam, &address, NULL), 0);
    assert_true(address == ipam.subnet + 7);
    ipam_clear(&ipam);
}

static void a_range_limits_what_is_given(void **state)
{
    (void)state;
    static const char *const outside[] = {"10.2.0.0/24", "10.0.0.0/8", "fd00::/120", "10.1.4.0/2x", "10.1.4.0", "fd00::/129"};
    struct ipam ipam = subnet("10.1.0.0/16"), small = subnet("fd00::/120");
    ip_number address;
    for (size_t i = 0; i < ARRAY_LEN(outside); i++)
        assert_int_equal(ipam_limit(&ipam, outside[i], NULL), -EINVAL);
    assert_int_equal(ipam_limit(&ipam, "10.1.4.0/30", NULL), 0);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(ipam_take_next(&ipam, &address, NULL), 0);
        assert_true(address == (10u << 24 | 1u << 16 | 4u << 8 | i));
    }
    assert_int_equal(ipam_take_next(&ipam, &address, NULL), -ENOSPC);
    assert_int_equal(ipam_take(&ipam, ipam.subnet + 9, NULL), 0); /* by name, outside the range */
    for (unsigned i = 1; i < 256; i++)
        assert_int_equal(ipam_take_next(&small, &address, NULL), 0);
    assert_int_equal(ipam_take_next(&small, &address, NULL), -ENOSPC);
    ipam_clear(&ipam);
    ipam_clear(&small);
}

static void subnets_of_one_family_overlap(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other;
        bool overlap;
    } cases[] = {{"10.0.0.0/8", "10.9.0.0/24", true},     {"10.9.0.0/24", "10.0.0.0/8", true},
                 {"10.9.0.0/24", "10.9.1.0/24", false},   {"fd00::/16", "fd00:1::/64", true},
                 {"fd00::/64", "fd00:0:0:1::/64", false}, {"fd00::/64", "10.0.0.0/8", false},
                 {"0.0.0.0/1", "fd00::/8", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ipam one = subnet(cases[i].one), other = subnet(cases[i].other), none = {0};
        assert_int_equal(ipam_overlaps(&one, &other), cases[i].overlap);
        assert_false(ipam_overlaps(&one, &none));
    }
}

static void subnets_without_room_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",           "10.0.0.0", "10.0.0.0/31",  "10.0.0.0/0", "fd00::/127",
                                      "fd00::/129", "fd00::",   "300.1.1.0/24", "/64",        "fd00::/x"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct ipam ipam;
        struct error err = ERROR_INIT;
        assert_int_equal(ipam_open(&ipam, bad[i], &err), -EINVAL);
        assert_non_null(strstr(err.message, "Invalid subnet"));
    }
}

/* --- pools --- */

static struct definition defined(const char *json)
{
    struct definition definition;
    struct error err = ERROR_INIT;
    json_t *document = json_loads(json, 0, NULL);
    assert_non_null(document);
    if (definition_parse(document, &definition, &err) < 0)
        fail_msg("%s", err.message);
    json_decref(document);
    return definition;
}

/* Gives the result; *message: what it says. */
static int settle(struct networks *set, const char *json, char subnet[SUBNET_TEXT], struct error *err)
{
    struct definition definition = defined(json);
    *err = (struct error)ERROR_INIT;
    int r = pools_settle(set, &definition, err);
    snprintf(subnet, SUBNET_TEXT, "%s", r == 0 ? definition.subnets[0].subnet : "");
    definition_clear(&definition);
    return r;
}

static void open_pools(struct networks *set, const char *json)
{
    json_t *document = json_loads(json, 0, NULL);
    assert_int_equal(netlink_open(&set->route, NETLINK_ROUTE, NULL), 0);
    assert_int_equal(pools_open(set, document, NULL), 0);
    json_decref(document);
}

static void close_pools(struct networks *set)
{
    netlink_close(&set->route);
    free(set->pools);
}

static void pools_give_subnets_until_they_are_exhausted(void **state)
{
    (void)state;
    struct networks set = {0};
    struct network first = {.set = &set}, second = {.set = &set};
    char text[SUBNET_TEXT];
    struct error err;
    open_pools(&set, "[{\"base\":\"100.64.0.0/23\",\"size\":24},{\"base\":\"fd77::/56\",\"size\":64}]");
    set.first = &first;
    first.ipam = subnet("10.77.0.0/24");
    assert_int_equal(settle(&set, "{\"Name\":\"a\"}", text, &err), 0);
    assert_string_equal(text, "100.64.0.0/24");
    first.ipam = subnet("100.64.0.128/25");
    assert_int_equal(settle(&set, "{\"Name\":\"a\"}", text, &err), 0);
    assert_string_equal(text, "100.64.1.0/24");
    first.next = &second;
    second.ipam = subnet("100.64.1.0/24");
    assert_int_equal(settle(&set, "{\"Name\":\"a\"}", text, &err), -ENOSPC);
    assert_string_equal(
        err.message, "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network");
    second.ipam = (struct ipam){0};
    struct definition definition = defined("{\"Name\":\"a\",\"EnableIPv6\":true}");
    assert_int_equal(pools_settle(&set, &definition, NULL), 0);
    assert_int_equal(definition.subnet_count, 2);
    assert_string_equal(definition.subnets[0].subnet, "100.64.1.0/24");
    assert_string_equal(definition.subnets[1].subnet, "fd77::/64");
    assert_string_equal(definition.subnets[1].gateway, "fd77::1");
    definition_clear(&definition);
    close_pools(&set);
}

static void what_was_asked_for_is_checked(void **state)
{
    (void)state;
#define ASK(config) "{\"Name\":\"a\",\"EnableIPv6\":true,\"IPAM\":{\"Config\":[" config "]}}"
#define V6          ",{\"Subnet\":\"fd78::/64\"}"
    static const struct {
        const char *document, *message;
    } cases[] = {
        {ASK("{\"Subnet\":\"10.78.0.0/24\"},{\"Subnet\":\"10.79.0.0/24\"}"), "bridge driver doesn't support multiple subnets"},
        {ASK("{\"Subnet\":\"fd78::/64\"},{\"Subnet\":\"fd79::/64\"}"), "bridge driver doesn't support multiple subnets"},
        {ASK("{\"Subnet\":\"10.77.0.0/16\"}" V6), "Pool overlaps with other one on this address space"},
        {ASK("{\"Subnet\":\"10.78.0.0/24\"},{\"Subnet\":\"fd77::/48\"}"), "Pool overlaps with other one on this address space"},
        {ASK("{\"Subnet\":\"10.78.0.0/24\",\"Gateway\":\"10.79.0.1\"}" V6), "no matching subnet for gateway 10.79.0.1"},
        {ASK("{\"Subnet\":\"10.78.0.0/24\",\"IPRange\":\"10.79.0.0/28\"}" V6), "no matching subnet for range 10.79.0.0/28"},
        {ASK("{\"Subnet\":\"10.78.0.0/24\",\"AuxiliaryAddresses\":{\"x\":\"10.79.0.9\"}}" V6),
         "no matching subnet for aux-address 10.79.0.9"},
        {ASK("{\"Subnet\":\"10.78.0.0/24\"}"),
         "could not find an available, non-overlapping IPv6 address pool among the defaults to assign to the network"},
        {ASK("{\"Subnet\":\"10.78.0.0/24\"}" V6), NULL},
    };
    struct networks set = {0};
    struct network other = {.set = &set, .ipam = subnet("10.77.0.0/24"), .ipam6 = subnet("fd77::/64")};
    char text[SUBNET_TEXT];
    open_pools(&set, "[]");
    set.first = &other;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err;
        int r = settle(&set, cases[i].document, text, &err);
        assert_string_equal(r == 0 ? "" : err.message, cases[i].message ? cases[i].message : "");
    }
    close_pools(&set);
}

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
        cmocka_unit_test(the_lowest_free_address_is_given), cmocka_unit_test(a_wanted_address_is_checked),
        cmocka_unit_test(malformed_subnets_are_refused),    cmocka_unit_test(addresses_of_ipv6_are_given_as_well),
        cmocka_unit_test(a_range_limits_what_is_given),     cmocka_unit_test(subnets_of_one_family_overlap),
        cmocka_unit_test(subnets_without_room_are_refused), cmocka_unit_test(pools_give_subnets_until_they_are_exhausted),
        cmocka_unit_test(what_was_asked_for_is_checked),    cmocka_unit_test(rules_read_as_dockers),
        cmocka_unit_test(the_highest_port_comes_first),     cmocka_unit_test(signatures_tell_rules_apart),
        cmocka_unit_test(a_held_port_is_held_once),         cmocka_unit_test(two_addresses_may_have_the_same_port),
        cmocka_unit_test(a_port_is_taken_out_of_a_range),   cmocka_unit_test(sctp_needs_a_kernel_that_has_it),
        cmocka_unit_test(malformed_ports_are_refused),      cmocka_unit_test(a_missing_iptables_names_its_package),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Addresses of both families, the definitions of networks, and the pools from which they get their subnets. */
#include "base/memory.h"
#include "base/strings.h"
#include "network/network_internal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void a_definition_is_read_and_told_again(void **state)
{
    (void)state;
    struct definition definition =
        defined("{\"Name\":\"n\",\"EnableIPv6\":true,\"Internal\":true,\"IPAM\":{\"Config\":[{\"Subnet\":\"fd00::/"
                "64\"},{\"Subnet\":\"10.1.0.0/16\","
                "\"IPRange\":\"10.1.2.0/24\",\"Gateway\":\"10.1.2.9\",\"AuxiliaryAddresses\":{\"a\":\"10.1.2.3\"}}]},\"Options\":{"
                "\"com.docker.network.bridge.name\":\"br7\",\"com.docker.network.bridge.enable_icc\":\"false\",\"com.docker."
                "network.driver.mtu\":\"1400\","
                "\"com.docker.network.bridge.host_binding_ipv4\":\"127.0.0.1\"},\"Labels\":{\"l\":\"v\"}}");
    assert_true(definition.ipv6 && definition.internal && !definition.icc && definition.masquerade);
    assert_int_equal(definition.mtu, 1400);
    assert_string_equal(definition.bridge, "br7");
    assert_string_equal(definition.host_address, "127.0.0.1");
    assert_string_equal(definition_subnet(&definition, false)->subnet, "10.1.0.0/16");
    assert_string_equal(definition_subnet(&definition, true)->subnet, "fd00::/64");
    struct networks set = {0};
    open_pools(&set, "[]");
    assert_int_equal(pools_settle(&set, &definition, NULL), 0);
    assert_true(definition.own_subnet);
    assert_string_equal(definition.subnets[0].subnet, "10.1.0.0/16"); /* IPv4 first */
    json_t *told = definition_json(&definition);
    struct definition again;
    assert_int_equal(definition_parse(told, &again, NULL), 0);
    json_t *told_again = definition_json(&again);
    assert_true(json_equal(told, told_again));
    json_decref(told);
    json_decref(told_again);
    definition_clear(&definition);
    definition_clear(&again);
    close_pools(&set);
}

static void definitions_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *document, *message;
    } cases[] = {
        {"{\"Name\":\"n\",\"Driver\":\"nosuch\"}", "plugin \"nosuch\" not found"},
        {"{\"Name\":\"n\",\"IPAM\":{\"Driver\":\"dhcp\"}}", "IPAM driver \"dhcp\" is unknown"},
        {"{\"Name\":\"n\",\"ConfigOnly\":true}", "--config-only needs swarm"},
        {"{\"Name\":\"n\",\"Scope\":\"swarm\"}", "scope \"swarm\" needs swarm"},
        {"{\"Name\":\"n\",\"Options\":{\"com.docker.network.bridge.enable_icc\":\"maybe\"}}", "neither true nor false"},
        {"{\"Name\":\"n\",\"Options\":{\"com.docker.network.bridge.name\":\"sixteen-letters-\"}}", "invalid bridge name"},
        {"{\"Name\":\"n\",\"Options\":{\"com.docker.network.driver.mtu\":\"1\"}}", "no MTU between"},
        {"{\"Name\":\"n\",\"Options\":{\"com.docker.network.bridge.host_binding_ipv4\":\"here\"}}", "no IP address"},
        {"{\"Name\":\"n\",\"Driver\":\"macvlan\",\"Options\":{\"parent\":\"a/b\"}}", "invalid bridge name"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct definition definition;
        struct error err = ERROR_INIT;
        json_t *document = json_loads(cases[i].document, 0, NULL);
        assert_true(definition_parse(document, &definition, &err) < 0);
        assert_non_null(strstr(err.message, cases[i].message));
        json_decref(document);
    }
}

/* Gives the result; `err`: what it says. */
static int settle(struct networks *set, const char *json, char subnet[SUBNET_TEXT], struct error *err)
{
    struct definition definition = defined(json);
    *err = (struct error)ERROR_INIT;
    int r = pools_settle(set, &definition, err);
    snprintf(subnet, SUBNET_TEXT, "%s", r == 0 ? definition.subnets[0].subnet : "");
    definition_clear(&definition);
    return r;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_free_address_is_given),       cmocka_unit_test(a_wanted_address_is_checked),
        cmocka_unit_test(malformed_subnets_are_refused),          cmocka_unit_test(addresses_of_ipv6_are_given_as_well),
        cmocka_unit_test(a_range_limits_what_is_given),           cmocka_unit_test(subnets_of_one_family_overlap),
        cmocka_unit_test(subnets_without_room_are_refused),       cmocka_unit_test(a_definition_is_read_and_told_again),
        cmocka_unit_test(definitions_that_cannot_be_are_refused), cmocka_unit_test(pools_give_subnets_until_they_are_exhausted),
        cmocka_unit_test(what_was_asked_for_is_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

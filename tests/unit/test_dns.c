/* Names: who is found by whom, what is answered, and what a container's resolv.conf says. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/etc.h"
#include "network/dns_answer.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WEB_ID "aaaaaaaaaaaa1111"
#define API_ID "bbbbbbbbbbbb2222"
#define DB_ID  "cccccccccccc3333"

static void join(struct dns_names *names, const char *endpoint, const char *container, const char *name, const char *network,
                 const char *address, char *const *aliases)
{
    const struct dns_place place = {.endpoint = endpoint,
                                    .container = container,
                                    .name = name,
                                    .network = network,
                                    .network_name = network,
                                    .internal = str_equal(network, "inner"),
                                    .plain = str_equal(network, "bridge"),
                                    .address = address,
                                    .aliases = aliases};
    dns_names_join(names, &place);
}

/* "10.0.0.2 10.0.0.3", sorted as found; "-" for a name that is nobody's. */
static char *find(struct dns_names *names, const char *container, const char *name)
{
    struct dns_party *party = dns_party_hold(names, container);
    struct dns_found found;
    struct buf out = BUF_INIT;
    char text[INET6_ADDRSTRLEN];
    if (!dns_names_find(names, party, name, &found))
        buf_puts(&out, "-");
    for (size_t i = 0; i < found.count; i++)
        buf_printf(&out, "%s%s", i ? " " : "",
                   inet_ntop(found.list[i].v6 ? AF_INET6 : AF_INET, found.list[i].bytes, text, sizeof text));
    free(found.list);
    dns_party_release(names, party);
    return buf_take(&out);
}

static void expect(struct dns_names *names, const char *container, const char *name, const char *want)
{
    cleanup_free char *got = find(names, container, name);
    if (!str_equal(got, want))
        fail_msg("%s asks for %s: wanted %s, got %s", container, name, want, got);
}

static struct dns_names *world(void)
{
    static char *const site[] = {"Site", "shared", "shared", NULL}, *const shared[] = {"shared", NULL};
    struct dns_names *names = dns_names_new();
    join(names, "e1", WEB_ID, "Web", "front", "10.0.0.2", site);
    join(names, "e2", API_ID, "api", "front", "10.0.0.3", shared);
    join(names, "e3", API_ID, "api", "back", "10.1.0.2", NULL);
    join(names, "e4", DB_ID, "db", "back", "10.1.0.3", NULL);
    join(names, "e5", WEB_ID, "Web", "bridge", "172.18.0.2", NULL);
    return names;
}

static void names_are_found_on_common_networks_only(void **state)
{
    (void)state;
    struct dns_names *names = world();
    expect(names, API_ID, "web", "10.0.0.2");
    expect(names, API_ID, "WEB", "10.0.0.2");
    expect(names, API_ID, "site", "10.0.0.2");
    expect(names, API_ID, "aaaaaaaaaaaa", "10.0.0.2");
    expect(names, WEB_ID, "web", "10.0.0.2");
    expect(names, WEB_ID, "api", "10.0.0.3");
    expect(names, DB_ID, "api", "10.1.0.2");
    expect(names, WEB_ID, "db", "-");
    expect(names, DB_ID, "web", "-");
    expect(names, DB_ID, "site", "-");
    expect(names, API_ID, "", "-");
    /* The first network by name knows it. */
    expect(names, API_ID, "api", "10.1.0.2");
    expect(names, API_ID, "shared", "10.0.0.3 10.0.0.2");
    expect(names, "nobody", "web", "-");
    dns_names_free(names);
}

static void a_network_can_be_named(void **state)
{
    (void)state;
    static char *const dotted[] = {"x.y", NULL};
    struct dns_names *names = world();
    join(names, "e6", "dddd", "a.b", "net.c", "10.2.0.2", dotted);
    expect(names, API_ID, "api.front", "10.0.0.3");
    expect(names, API_ID, "api.back", "10.1.0.2");
    expect(names, API_ID, "API.FRONT", "10.0.0.3");
    expect(names, API_ID, "web.back", "-");
    expect(names, WEB_ID, "api.back", "-");
    expect(names, "dddd", "a.b", "10.2.0.2");
    expect(names, "dddd", "a.b.net.c", "10.2.0.2");
    expect(names, "dddd", "x.y.net.c", "10.2.0.2");
    expect(names, "dddd", "a.b.c", "-");
    expect(names, "dddd", "a.net.c", "-");
    dns_names_free(names);
}

static void links_belong_to_who_has_them(void **state)
{
    (void)state;
    struct dns_names *names = world();
    const struct dns_link links[] = {{"peer", "web"}, {"API", "Web"}, {"lost", "nobody"}};
    const struct dns_place place = {.endpoint = "e7",
                                    .container = "eeee",
                                    .name = "linker",
                                    .network = "front",
                                    .network_name = "front",
                                    .address = "10.0.0.9",
                                    .links = links,
                                    .link_count = ARRAY_LEN(links)};
    dns_names_join(names, &place);
    expect(names, "eeee", "peer", "10.0.0.2");
    expect(names, "eeee", "peer.front", "10.0.0.2");
    expect(names, "eeee", "api", "10.0.0.2"); /* its own word before everybody's */
    expect(names, "eeee", "lost", "-");
    expect(names, API_ID, "peer", "-");
    dns_names_leave(names, "e1");
    expect(names, "eeee", "peer", "-");
    dns_names_free(names);
}

static void changes_are_seen(void **state)
{
    (void)state;
    struct dns_names *names = world();
    dns_names_rename(names, WEB_ID, "shop");
    expect(names, API_ID, "shop", "10.0.0.2");
    expect(names, API_ID, "web", "-");
    expect(names, API_ID, "site", "10.0.0.2");
    dns_names_rename(names, API_ID, "site"); /* a name that is another's alias */
    expect(names, WEB_ID, "site", "10.0.0.3 10.0.0.2");
    dns_names_rename(names, API_ID, "api");
    expect(names, WEB_ID, "site", "10.0.0.2");
    dns_names_leave(names, "e2");
    expect(names, WEB_ID, "api", "-");
    expect(names, WEB_ID, "shared", "10.0.0.2");
    dns_names_leave(names, "e2");
    join(names, "e1", WEB_ID, "shop", "front", "10.0.0.7", NULL); /* anew */
    expect(names, WEB_ID, "shop", "10.0.0.7");
    expect(names, WEB_ID, "site", "-");
    dns_names_free(names);
}

static void many_names_are_kept_apart(void **state)
{
    (void)state;
    struct dns_names *names = dns_names_new();
    char endpoint[24], name[24], address[24];
    for (int i = 0; i < 2000; i++) {
        snprintf(endpoint, sizeof endpoint, "e%d", i);
        snprintf(name, sizeof name, "name%d", i);
        snprintf(address, sizeof address, "10.%d.%d.1", i / 200, i % 200);
        join(names, endpoint, name, name, i % 2 ? "odd" : "even", address, NULL);
    }
    for (int i = 0; i < 2000; i += 7) {
        snprintf(name, sizeof name, "name%d", i);
        snprintf(address, sizeof address, "10.%d.%d.1", i / 200, i % 200);
        expect(names, i % 2 ? "name1" : "name0", name, address);
        expect(names, i % 2 ? "name0" : "name1", name, "-");
    }
    for (int i = 0; i < 2000; i++) {
        snprintf(endpoint, sizeof endpoint, "e%d", i);
        if (i > 1)
            dns_names_leave(names, endpoint);
    }
    expect(names, "name0", "name2", "-");
    expect(names, "name0", "name0", "10.0.0.1");
    dns_names_free(names);
}

static void only_internal_networks_have_no_way_out(void **state)
{
    (void)state;
    struct dns_names *names = dns_names_new();
    struct dns_party *party = dns_party_hold(names, "x");
    assert_false(dns_party_outside(party));
    join(names, "e1", "x", "x", "inner", "10.0.0.2", NULL);
    assert_false(dns_party_outside(party));
    join(names, "e2", "x", "x", "zone", "10.1.0.2", NULL);
    assert_true(dns_party_outside(party));
    expect(names, "x", "x", "10.1.0.2"); /* networks with a way out come first */
    dns_names_leave(names, "e2");
    assert_false(dns_party_outside(party));
    dns_party_release(names, party);
    dns_names_free(names);
}

/* --- messages --- */

static size_t question(uint8_t *wire, const char *name, ldns_rr_type type, uint16_t edns)
{
    ldns_pkt *packet = NULL;
    uint8_t *made = NULL;
    size_t length = 0;
    assert_int_equal(ldns_pkt_query_new_frm_str(&packet, name, type, LDNS_RR_CLASS_IN, LDNS_RD), LDNS_STATUS_OK);
    ldns_pkt_set_id(packet, 0x1234);
    if (edns)
        ldns_pkt_set_edns_udp_size(packet, edns);
    assert_int_equal(ldns_pkt2wire(&made, packet, &length), LDNS_STATUS_OK);
    memcpy(wire, made, length);
    free(made);
    ldns_pkt_free(packet);
    return length;
}

struct said {
    enum dns_verdict verdict;
    ldns_pkt *packet; /* of a reply */
    size_t length;
};

static struct said say(struct dns_names *names, const char *container, const uint8_t *wire, size_t length, bool tcp, bool dotted)
{
    struct dns_party *party = dns_party_hold(names, container);
    const struct dns_asker asker = {.names = names, .party = party, .tcp = tcp, .forwards = true, .dotted = dotted};
    struct dns_message reply;
    ldns_pkt *query;
    struct said said = {.verdict = dns_answer(&asker, wire, length, &reply, &query)};
    if (said.verdict == DNS_REPLY)
        assert_int_equal(ldns_wire2pkt(&said.packet, reply.wire, reply.length), LDNS_STATUS_OK);
    said.length = reply.length;
    free(reply.wire);
    ldns_pkt_free(query);
    dns_party_release(names, party);
    return said;
}

static struct said ask(struct dns_names *names, const char *name, ldns_rr_type type, uint16_t edns, bool tcp)
{
    uint8_t wire[512];
    return say(names, WEB_ID, wire, question(wire, name, type, edns), tcp, false);
}

static void an_answer_has_what_was_asked(void **state)
{
    (void)state;
    struct dns_names *names = world();
    struct said said = ask(names, "SiTe.", LDNS_RR_TYPE_A, 0, false);
    assert_int_equal(said.verdict, DNS_REPLY);
    assert_int_equal(ldns_pkt_id(said.packet), 0x1234);
    assert_int_equal(ldns_pkt_get_rcode(said.packet), LDNS_RCODE_NOERROR);
    assert_true(ldns_pkt_qr(said.packet) && ldns_pkt_ra(said.packet) && ldns_pkt_rd(said.packet));
    assert_false(ldns_pkt_aa(said.packet) || ldns_pkt_tc(said.packet) || ldns_pkt_edns(said.packet));
    char *text = ldns_rr_list2str(ldns_pkt_answer(said.packet));
    assert_string_equal(text, "SiTe.\t600\tIN\tA\t10.0.0.2\n");
    free(text);
    ldns_pkt_free(said.packet);
    const ldns_rr_type none[] = {LDNS_RR_TYPE_AAAA, LDNS_RR_TYPE_MX, LDNS_RR_TYPE_TXT, LDNS_RR_TYPE_SRV, LDNS_RR_TYPE_SOA};
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        said = ask(names, "site", none[i], 0, false);
        assert_int_equal(said.verdict, DNS_REPLY);
        assert_int_equal(ldns_pkt_get_rcode(said.packet), LDNS_RCODE_NOERROR);
        assert_int_equal(ldns_pkt_ancount(said.packet), 0);
        ldns_pkt_free(said.packet);
    }
    assert_int_equal(ask(names, "example.com", LDNS_RR_TYPE_A, 0, false).verdict, DNS_FORWARD);
    assert_int_equal(ask(names, "db", LDNS_RR_TYPE_A, 0, false).verdict, DNS_FORWARD);
    dns_names_free(names);
}

static void reverse(struct dns_names *names, const char *name, const char *want)
{
    struct said said = ask(names, name, LDNS_RR_TYPE_PTR, 0, false);
    if (!want) {
        assert_int_equal(said.verdict, DNS_FORWARD);
        return;
    }
    assert_int_equal(said.verdict, DNS_REPLY);
    char *text = ldns_rdf2str(ldns_rr_rdf(ldns_rr_list_rr(ldns_pkt_answer(said.packet), 0), 0));
    assert_string_equal(text, want);
    free(text);
    ldns_pkt_free(said.packet);
}

static void addresses_lead_to_names(void **state)
{
    (void)state;
    struct dns_names *names = world();
    const struct dns_place six = {.endpoint = "e8",
                                  .container = "ffff",
                                  .name = "six",
                                  .network = "front",
                                  .network_name = "front",
                                  .address = "",
                                  .address6 = "fd00::ab"};
    dns_names_join(names, &six);
    reverse(names, "2.0.0.10.in-addr.arpa", "Web.front.");
    reverse(names, "3.0.0.10.IN-ADDR.ARPA.", "api.front.");
    reverse(names, "b.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa", "six.front.");
    const char *const others[] = {"3.0.1.10.in-addr.arpa", "2.0.18.172.in-addr.arpa", /* the default bridge has no names */
                                  "2.0.0.in-addr.arpa",    "256.0.0.10.in-addr.arpa",
                                  "x.0.0.10.in-addr.arpa", "1.2.0.0.10.in-addr.arpa",
                                  "b.a.ip6.arpa",          "in-addr.arpa"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        reverse(names, others[i], NULL);
    dns_names_free(names);
}

static void long_answers_are_cut_over_udp(void **state)
{
    (void)state;
    static char *const all[] = {"all", NULL};
    struct dns_names *names = world();
    char endpoint[24], address[24];
    for (int i = 0; i < 200; i++) {
        snprintf(endpoint, sizeof endpoint, "m%d", i);
        snprintf(address, sizeof address, "10.9.%d.1", i);
        join(names, endpoint, endpoint, endpoint, "front", address, all);
    }
    static const struct {
        uint16_t edns;
        bool tcp, whole;
        size_t limit;
    } cases[] = {{0, false, false, 512},
                 {1232, false, false, 1232},
                 {65000, false, true, 4096},
                 {100, false, false, 512},
                 {0, true, true, 65535}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct said said = ask(names, "all", LDNS_RR_TYPE_A, cases[i].edns, cases[i].tcp);
        assert_int_equal(said.verdict, DNS_REPLY);
        assert_true(said.length <= cases[i].limit);
        assert_true(said.length > cases[i].limit / 2 || cases[i].whole);
        assert_int_equal(ldns_pkt_tc(said.packet), !cases[i].whole);
        assert_int_equal(ldns_pkt_edns(said.packet), cases[i].edns > 0);
        assert_int_equal(ldns_pkt_ancount(said.packet) == 200, cases[i].whole);
        ldns_pkt_free(said.packet);
    }
    dns_names_free(names);
}

static void bad_questions_are_refused(void **state)
{
    (void)state;
    struct dns_names *names = world();
    uint8_t wire[2048] = {0};
    size_t length = question(wire, "web", LDNS_RR_TYPE_A, 0);
    for (size_t part = 0; part < LDNS_HEADER_SIZE; part++)
        assert_int_equal(say(names, WEB_ID, wire, part, false, false).verdict, DNS_IGNORE);
    for (size_t part = LDNS_HEADER_SIZE; part < length; part++) {
        struct said said = say(names, WEB_ID, wire, part, false, false);
        assert_int_equal(said.verdict, DNS_REPLY);
        assert_int_equal(ldns_pkt_get_rcode(said.packet), LDNS_RCODE_FORMERR);
        ldns_pkt_free(said.packet);
    }
    static const struct {
        size_t at;
        uint8_t value;
        int rcode; /* -1: no answer */
    } cases[] = {{2, 0x81, -1},
                 {2, 0x28, LDNS_RCODE_NOTIMPL},
                 {5, 2, LDNS_RCODE_FORMERR},
                 {5, 0, LDNS_RCODE_FORMERR},
                 {7, 1, LDNS_RCODE_FORMERR},
                 {9, 1, LDNS_RCODE_FORMERR},
                 {11, 3, LDNS_RCODE_FORMERR},
                 {12, 64, LDNS_RCODE_FORMERR}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        question(wire, "web", LDNS_RR_TYPE_A, 0);
        wire[cases[i].at] = cases[i].value;
        struct said said = say(names, WEB_ID, wire, length, false, false);
        assert_int_equal(said.verdict, cases[i].rcode < 0 ? DNS_IGNORE : DNS_REPLY);
        if (said.packet)
            assert_int_equal(ldns_pkt_get_rcode(said.packet), cases[i].rcode);
        ldns_pkt_free(said.packet);
    }
    question(wire, "web", LDNS_RR_TYPE_A, 0);
    struct said said = say(names, WEB_ID, wire, DNS_QUERY_MOST + 1, true, false);
    assert_int_equal(ldns_pkt_get_rcode(said.packet), LDNS_RCODE_FORMERR);
    ldns_pkt_free(said.packet);
    dns_names_free(names);
}

static void some_names_are_for_nobody_else(void **state)
{
    (void)state;
    struct dns_names *names = world();
    uint8_t wire[512];
    size_t length = question(wire, "unknown", LDNS_RR_TYPE_A, 0);
    assert_int_equal(say(names, WEB_ID, wire, length, false, false).verdict, DNS_FORWARD);
    struct said said = say(names, WEB_ID, wire, length, false, true);
    assert_int_equal(said.verdict, DNS_REPLY);
    assert_int_equal(ldns_pkt_get_rcode(said.packet), LDNS_RCODE_NOERROR);
    ldns_pkt_free(said.packet);
    join(names, "e9", "internal", "in", "inner", "10.3.0.2", NULL);
    said = say(names, "internal", wire, length, false, false);
    assert_int_equal(ldns_pkt_get_rcode(said.packet), LDNS_RCODE_SERVFAIL);
    ldns_pkt_free(said.packet);
    dns_names_free(names);
}

static void upstream_answers_must_fit_the_question(void **state)
{
    (void)state;
    uint8_t wire[512];
    ldns_pkt *query = NULL;
    size_t length = question(wire, "www.example.com", LDNS_RR_TYPE_A, 0);
    assert_int_equal(ldns_wire2pkt(&query, wire, length), LDNS_STATUS_OK);
    assert_false(dns_check_answer(query, 0x1234, wire, length).accepted); /* a question */
    wire[2] |= 0x80;
    assert_true(dns_check_answer(query, 0x1234, wire, length).accepted);
    assert_false(dns_check_answer(query, 0x1235, wire, length).accepted);
    assert_false(dns_check_answer(query, 0x1234, wire, length - 1).accepted);
    wire[14] ^= 0x20; /* another case is the same name */
    assert_true(dns_check_answer(query, 0x1234, wire, length).accepted);
    wire[14] ^= 0x01;
    assert_false(dns_check_answer(query, 0x1234, wire, length).accepted);
    size_t other = question(wire, "www.example.com", LDNS_RR_TYPE_AAAA, 0);
    wire[2] |= 0x80;
    assert_false(dns_check_answer(query, 0x1234, wire, other).accepted);
    wire[5] = 0; /* no question at all, from one that understood nothing */
    assert_false(dns_check_answer(query, 0x1234, wire, LDNS_HEADER_SIZE).accepted);
    wire[3] |= LDNS_RCODE_FORMERR;
    struct dns_upstream_says says = dns_check_answer(query, 0x1234, wire, LDNS_HEADER_SIZE);
    assert_true(says.accepted);
    assert_int_equal(says.rcode, LDNS_RCODE_FORMERR);
    ldns_pkt_free(query);
}

/* --- files --- */

static void resolv_conf_names_the_server(void **state)
{
    (void)state;
    static const char host[] =
        "# made by a person\nnameserver 10.0.0.1\nnameserver 127.0.0.1\nsearch corp.test lab.test\noptions rotate\n";
    cleanup_json json_t *servers = json_pack("[s]", "192.0.2.1"), *none = json_pack("[s]", "."),
                        *ndots = json_pack("[s,s]", "ndots:2", "edns0"), *zero = json_pack("[s]", "ndots:0");
    const struct {
        const char *host;
        struct resolver given;
        const char *text, *upstreams;
        bool dotted;
    } cases[] = {
        {"nameserver 10.255.255.53\n", {0}, "nameserver 127.0.0.11\noptions ndots:0\n", "10.255.255.53", false},
        {host, {0}, "search corp.test lab.test\nnameserver 127.0.0.11\noptions rotate ndots:0\n", "10.0.0.1 127.0.0.1*", false},
        {host,
         {.search = none, .options = ndots, .servers = servers},
         "nameserver 127.0.0.11\noptions ndots:2 edns0\n",
         "192.0.2.1",
         true},
        {"options ndots:3\n", {0}, "nameserver 127.0.0.11\noptions ndots:3\n", "", true},
        {"", {.options = zero}, "nameserver 127.0.0.11\noptions ndots:0\n", "", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct dns_upstream upstreams[DNS_UPSTREAMS_MOST];
        cleanup_free char *text = resolv_conf_embedded(cases[i].host, &cases[i].given);
        assert_string_equal(text, cases[i].text);
        size_t count = resolv_conf_upstreams(cases[i].host, &cases[i].given, upstreams);
        cleanup_buf struct buf list = BUF_INIT;
        for (size_t j = 0; j < count; j++)
            buf_printf(&list, "%s%s%s", j ? " " : "", upstreams[j].address, upstreams[j].from_host ? "*" : "");
        assert_string_equal(list.data ? list.data : "", cases[i].upstreams);
        assert_int_equal(resolv_conf_dotted(&cases[i].given, cases[i].host), cases[i].dotted);
    }
}

static void own_lines_leave_the_hosts_file(void **state)
{
    (void)state;
    static const char hosts[] = "127.0.0.1\tlocalhost\n10.0.0.2\tweb\n10.0.0.20\tother\n10.0.0.2\tagain";
    cleanup_free char *text = hosts_without(hosts, "10.0.0.2"), *same = hosts_without(hosts, "10.0.0.3");
    assert_string_equal(text, "127.0.0.1\tlocalhost\n10.0.0.20\tother\n");
    assert_string_equal(same, hosts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_on_common_networks_only),
        cmocka_unit_test(a_network_can_be_named),
        cmocka_unit_test(links_belong_to_who_has_them),
        cmocka_unit_test(changes_are_seen),
        cmocka_unit_test(many_names_are_kept_apart),
        cmocka_unit_test(only_internal_networks_have_no_way_out),
        cmocka_unit_test(an_answer_has_what_was_asked),
        cmocka_unit_test(addresses_lead_to_names),
        cmocka_unit_test(long_answers_are_cut_over_udp),
        cmocka_unit_test(bad_questions_are_refused),
        cmocka_unit_test(some_names_are_for_nobody_else),
        cmocka_unit_test(upstream_answers_must_fit_the_question),
        cmocka_unit_test(resolv_conf_names_the_server),
        cmocka_unit_test(own_lines_leave_the_hosts_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

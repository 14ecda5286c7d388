/* The text of iptables-save as a document, the map's layout, and the picture of namespaces that are wired to each other. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "observe/chains_text.h"
#include "tui/network_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
// cmocka wants the headers above first
#include <cmocka.h>

static const char saved[] = "# a comment\n"
                            "*filter\n"
                            ":INPUT ACCEPT [1:60]\n"
                            ":FORWARD DROP [2:120]\n"
                            ":DOCKER - [0:0]\n"
                            ":DOCKER-ISOLATION-STAGE-1 - [0:0]\n"
                            ":DOCKER-USER - [0:0]\n"
                            "[7:420] -A FORWARD -j DOCKER-USER\n"
                            "[6:360] -A FORWARD -o br0 -j DOCKER\n"
                            "[5:300] -A FORWARD -i br0 ! -o br0 -j ACCEPT\n"
                            "[0:0] -A FORWARD -i br0 -p udp -j ACCEPT\n"
                            "[0:0] -A DOCKER -d 10.9.0.2/32 ! -i br0 -o br0 -p tcp -m tcp --dport 80 -j ACCEPT\n"
                            "[0:0] -A DOCKER -s 192.0.2.1/32 -j DROP\n"
                            "[1:60] -A DOCKER-USER -m comment --comment \"say -j DROP \\\" here\" -j LOG\n"
                            "[0:0] -A DOCKER-USER -j RETURN\n"
                            "COMMIT\n"
                            "*nat\n"
                            ":POSTROUTING ACCEPT [0:0]\n"
                            "[3:180] -A POSTROUTING -s 10.9.0.0/24 ! -o br0 -j MASQUERADE\n"
                            "[0:0] -A POSTROUTING -s 10.9.0.2/32 -d 10.9.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE\n"
                            "[0:0] -A POSTROUTING -s 10.8.0.0/24 ! -o br0 -j MASQUERADE\n"
                            "not a line of it\n"
                            "[9:9\n"
                            "COMMIT\n";

static json_t *parsed(void)
{
    json_t *tables = json_array();
    cleanup_json json_t *networks = json_pack("[{s:s, s:s, s:[s]}]", "name", "na", "bridge", "br0", "subnets", "10.9.0.0/24");
    chains_parse(tables, "ip", saved, "br0", networks);
    return tables;
}

static json_t *named(json_t *list, const char *name)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        if (str_equal(json_str(entry, "name", ""), name))
            return entry;
    }
    fail_msg("no %s", name);
    return NULL;
}

static json_t *rule(json_t *tables, const char *table, const char *chain, size_t number)
{
    return json_array_get(json_at(named(json_at(named(tables, table), "chains"), chain), "rules"), number - 1);
}

static void chains_have_hooks_policies_and_counters(void **state)
{
    (void)state;
    cleanup_json json_t *tables = parsed();
    json_t *forward = named(json_at(named(tables, "filter"), "chains"), "FORWARD");
    assert_string_equal(json_str(forward, "hook", ""), "forward");
    assert_string_equal(json_str(forward, "policy", ""), "DROP");
    assert_int_equal(json_num(forward, "packets", 0), 2);
    assert_int_equal(json_num(rule(tables, "filter", "FORWARD", 1), "bytes", 0), 420);
    json_t *user = named(json_at(named(tables, "filter"), "chains"), "DOCKER-USER");
    assert_null(json_string_value(json_at(user, "hook")));
    assert_int_equal(json_num(user, "references", 0), 1);
    assert_string_equal(json_str(named(tables, "nat"), "family", ""), "ip");
}

static void jumps_say_which_rule_leads_where(void **state)
{
    (void)state;
    cleanup_json json_t *tables = parsed();
    json_t *jumps = json_at(named(tables, "filter"), "jumps");
    assert_int_equal(json_array_size(jumps), 2);
    assert_string_equal(json_str(json_array_get(jumps, 1), "to", ""), "DOCKER");
    assert_int_equal(json_num(json_array_get(jumps, 1), "rule", 0), 2);
}

static void authors_of_rules_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *table, *chain;
        size_t number;
        const char *by, *network;
    } cases[] = {
        {"filter", "FORWARD", 1, "engine", ""},     {"filter", "FORWARD", 2, "engine", "na"},
        {"filter", "FORWARD", 3, "engine", "na"},   {"filter", "FORWARD", 4, "person", "na"},
        {"filter", "DOCKER", 1, "engine", "na"},    {"filter", "DOCKER", 2, "person", ""},
        {"filter", "DOCKER-USER", 1, "person", ""}, {"filter", "DOCKER-USER", 2, "engine", ""},
        {"nat", "POSTROUTING", 1, "engine", "na"},  {"nat", "POSTROUTING", 2, "engine", "na"},
        {"nat", "POSTROUTING", 3, "person", "na"},
    };
    cleanup_json json_t *tables = parsed();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *one = rule(tables, cases[i].table, cases[i].chain, cases[i].number);
        if (!str_equal(json_str(one, "by", ""), cases[i].by) || !str_equal(json_str(one, "network", ""), cases[i].network))
            fail_msg("%s: by %s for %s", json_str(one, "rule", ""), json_str(one, "by", ""), json_str(one, "network", ""));
    }
}

static void a_comment_is_no_target(void **state)
{
    (void)state;
    cleanup_json json_t *tables = parsed();
    assert_string_equal(json_str(rule(tables, "filter", "DOCKER-USER", 1), "target", ""), "LOG");
}

/* --- the map --- */

static json_t *veth(int index, const char *name, const char *master)
{
    return json_pack("{s:i, s:s, s:s, s:b, s:s, s:s*}", "index", index, "name", name, "kind", "veth", "up", 1, "peer_namespace",
                     "x", "master", master);
}

/* Two bridges; `both` stands on the two of them. */
static json_t *two_bridges(void)
{
    json_t *links = json_pack("[{s:i,s:s,s:s,s:b},{s:i,s:s,s:s,s:b},o,o,o,o]", "index", 1, "name", "br0", "kind", "bridge", "up", 1,
                              "index", 2, "name", "br1", "kind", "bridge", "up", 1, veth(3, "v1", "br0"), veth(4, "v2", "br0"),
                              veth(5, "v3", "br1"), veth(6, "v4", "br1"));
    json_t *spaces =
        json_pack("[{s:s,s:s,s:o,s:[]},{s:s,s:s,s:[o]},{s:s,s:s,s:[o,o]},{s:s,s:s,s:[o]},{s:s,s:s,s:[]}]", "name", "host", "kind",
                  "host", "links", links, "routes", "name", "web", "kind", "container", "links", veth(2, "eth0", NULL), "name",
                  "both", "kind", "container", "links", veth(2, "eth0", NULL), veth(3, "eth1", NULL), "name", "other", "kind",
                  "container", "links", veth(2, "eth0", NULL), "name", "alone", "kind", "container", "links");
    json_t *wires = json_array();
    static const char *const ends[][3] = {
        {"v1", "web", "eth0"}, {"v2", "both", "eth0"}, {"v3", "both", "eth1"}, {"v4", "other", "eth0"}};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        json_array_append_new(wires, json_pack("{s:s, s:{s:s,s:s}, s:{s:s,s:s}}", "kind", "veth", "a", "namespace", "host", "link",
                                               ends[i][0], "b", "namespace", ends[i][1], "link", ends[i][2]));
    return json_pack("{s:o, s:[{s:s,s:s},{s:s,s:s}], s:o}", "namespaces", spaces, "bridges", "name", "br0", "namespace", "host",
                     "name", "br1", "namespace", "host", "wires", wires);
}

static void every_wire_is_on_the_map_and_most_run_straight(void **state)
{
    (void)state;
    cleanup_json json_t *doc = two_bridges();
    struct map *map = map_new(doc, 78);
    assert_int_equal(map->hub_count, 3); /* the host, br0, br1 */
    assert_int_equal(map->leaf_count, 4);
    assert_int_equal(map->wire_count, 4);
    assert_int_equal(map->lanes, 1); /* the second wire of `both` */
    for (int i = 1; i < map->wire_count; i++)
        assert_true(map_wire_line(map, i - 1) <= map_wire_line(map, i));
    map_free(map);
}

static void boxes_do_not_overlap(void **state)
{
    (void)state;
    cleanup_json json_t *doc = two_bridges();
    struct map *map = map_new(doc, 118);
    int end = 0;
    for (int i = 0; i < map->hub_count; i++) {
        assert_true(map->hubs[i].y >= end);
        end = map->hubs[i].y + map->hubs[i].h;
        for (int k = 1; k < map->hubs[i].count; k++)
            assert_true(map->hubs[i].rows[k].y > map->hubs[i].y && map->hubs[i].rows[k].y < end - 1);
    }
    for (int i = 0; i < map->leaf_count; i++) {
        for (int k = 0; k < map->leaf_count; k++)
            assert_true(i == k || map->leaves[i].y + map->leaves[i].h <= map->leaves[k].y ||
                        map->leaves[k].y + map->leaves[k].h <= map->leaves[i].y);
        assert_true(map->leaves[i].y + map->leaves[i].h <= map->lines);
    }
    map_free(map);
}

static void an_empty_or_broken_picture_is_a_map_too(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}", "{\"namespaces\":[],\"bridges\":[],\"wires\":[]}",
        "{\"wires\":[{\"kind\":\"veth\",\"a\":{\"namespace\":\"host\",\"link\":\"x\"}}]}",
        "{\"namespaces\":[{\"name\":\"host\"},{}],\"bridges\":[{\"namespace\":\"host\"}],\"wires\":[{}]}"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        cleanup_json json_t *doc = json_loads(texts[i], 0, NULL);
        struct map *map = map_new(doc, 78);
        assert_int_equal(map->wire_count, 0);
        assert_string_equal(map_wire_container(map, 0), "");
        map_free(map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_have_hooks_policies_and_counters),
        cmocka_unit_test(jumps_say_which_rule_leads_where),
        cmocka_unit_test(authors_of_rules_are_known),
        cmocka_unit_test(a_comment_is_no_target),
        cmocka_unit_test(every_wire_is_on_the_map_and_most_run_straight),
        cmocka_unit_test(boxes_do_not_overlap),
        cmocka_unit_test(an_empty_or_broken_picture_is_a_map_too),
    };
    return cmocka_run_group_tests_name("topology", tests, NULL, NULL);
}

/* Texts about mounts, links and name servers: what they mean, and which are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/mount_spec.h"
#include "daemon/config.h"
#include "daemon/etc.h"
#include "daemon/links.h"
#include "daemon/propagation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *parse(const char *text)
{
    json_t *doc = json_loads(text, 0, NULL);
    assert_non_null(doc);
    return doc;
}

/* --- the client's side --- */

static void a_mount_becomes_an_entry_of_the_request(void **state)
{
    (void)state;
    static const struct {
        const char *text, *entry;
    } cases[] = {
        {"dst=/x", "{\"Type\":\"volume\",\"Target\":\"/x\"}"},
        {"TYPE=Bind,src=/a,Target=/b,ro", "{\"Type\":\"bind\",\"Source\":\"/a\",\"Target\":\"/b\",\"ReadOnly\":true}"},
        {"type=bind,source=/a,destination=/b,readonly=false",
         "{\"Type\":\"bind\",\"Source\":\"/a\",\"Target\":\"/b\",\"ReadOnly\":false}"},
        {"type=bind,\"src=/a,b\",dst=/x", "{\"Type\":\"bind\",\"Source\":\"/a,b\",\"Target\":\"/x\"}"},
        {"type=bind,src=/a,dst=/x,bind-recursive=disabled",
         "{\"Type\":\"bind\",\"Source\":\"/a\",\"Target\":\"/x\",\"BindOptions\":{\"NonRecursive\":true}}"},
        {"src=v,dst=/x,volume-nocopy,volume-label=a=b,volume-opt=type=nfs,volume-opt=o=addr=h",
         "{\"Type\":\"volume\",\"Source\":\"v\",\"Target\":\"/x\",\"VolumeOptions\":{\"NoCopy\":true,\"Labels\":{\"a\":\"b\"},"
         "\"DriverConfig\":{\"Options\":{\"type\":\"nfs\",\"o\":\"addr=h\"}}}}"},
        {"type=tmpfs,dst=/x,tmpfs-size=1m,tmpfs-mode=1770",
         "{\"Type\":\"tmpfs\",\"Target\":\"/x\",\"TmpfsOptions\":{\"SizeBytes\":1048576,\"Mode\":1016}}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        cleanup_json json_t *entry = mount_spec_parse(cases[i].text, &err);
        cleanup_free char *text = entry ? json_text(entry) : xstrdup(err.message);
        assert_string_equal(text, cases[i].entry);
    }
}

static void a_mount_that_makes_no_sense_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "EOF"},
        {"type=bind", "target is required"},
        {"dst=/x,type=", "type is required"},
        {"src=a,dst", "invalid field 'dst' must be a key=value pair"},
        {"dst=/x,foo=bar", "unexpected key 'foo' in 'foo=bar'"},
        {"type=volume,\"dst=/x", "parse error on line 1, column 20: extraneous or missing \" in quoted-field"},
        {"type=vol\"ume,dst=/x", "parse error on line 1, column 9: bare \" in non-quoted field"},
        {"type=bind,dst=/x,volume-nocopy", "cannot mix 'volume-*' options with mount type 'bind'"},
        {"type=volume,dst=/x,bind-propagation=rshared", "cannot mix 'bind-*' options with mount type 'volume'"},
        {"type=volume,dst=/x,tmpfs-size=1", "cannot mix 'tmpfs-*' options with mount type 'volume'"},
        {"type=tmpfs,dst=/x,tmpfs-size=zz", "invalid value for tmpfs-size: zz"},
        {"type=tmpfs,dst=/x,tmpfs-mode=9", "invalid value for tmpfs-mode: 9"},
        {"type=tmpfs,dst=/x,readonly=maybe", "invalid value for readonly: maybe"},
        {"dst=/x,volume-nocopy=zz", "invalid value for volume-nocopy: zz"},
        {"type=bind,src=.,dst=/x,bind-recursive=bad",
         "invalid value for bind-recursive: bad (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")"},
        {"type=bind,src=/,dst=/x,bind-recursive=writable",
         "option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction"},
        {"type=bind,src=/,dst=/x,bind-recursive=readonly,ro",
         "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        assert_null(mount_spec_parse(cases[i].text, &err));
        assert_string_equal(err.message, cases[i].message);
    }
}

static void a_volume_is_a_place_or_a_bind(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bind, *message;
    } cases[] = {{"/a", NULL, NULL},
                 {"/a:/b", "/a:/b", NULL},
                 {"v:/b:ro", "v:/b:ro", NULL},
                 {"~/x:/y", "~/x:/y", NULL},
                 {"a:b:c:d", "a:b:c:d", NULL},
                 {"", NULL, "invalid empty volume spec"},
                 {":/a", NULL, "invalid spec: :/a: empty section between colons"},
                 {"/a:", NULL, "invalid spec: /a:: empty section between colons"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        cleanup_free char *bind = NULL;
        assert_int_equal(volume_spec_parse(cases[i].text, &bind, &err), cases[i].message ? -EINVAL : 0);
        assert_string_equal(cases[i].message ? err.message : str_or(bind, "none"),
                            cases[i].message ? cases[i].message : str_or(cases[i].bind, "none"));
    }
    cleanup_free char *bind = NULL, *here = getcwd(NULL, 0), *wanted = str_format("%s/x:/y", here);
    assert_int_equal(volume_spec_parse("./z/../x/:/y", &bind, NULL), 0);
    assert_string_equal(bind, wanted);
}

/* --- the engine's side --- */

static void anothers_mounts_give_way_to_ones_own(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    cleanup_json json_t *config = parse("{\"Volumes\":{\"/declared\":{}}}"), *host = parse("{\"Binds\":[\"mine:/d\"]}");
    cleanup_json json_t *mounts = mounts_parse(config, host, &err);
    cleanup_json json_t *other = parse("{\"Binds\":[\"theirs:/d\",\"theirs:/declared:ro\",\"/h:/h\"],\"Tmpfs\":{\"/t\":\"\"}}");
    cleanup_json json_t *nothing = parse("{}"), *theirs = mounts_parse(nothing, other, &err);
    mounts_inherit(mounts, theirs, false);
    assert_string_equal(json_str(json_object_get(mounts, "/d"), "Name", ""), "mine");
    assert_string_equal(json_str(json_object_get(mounts, "/declared"), "Name", ""), "theirs");
    assert_false(json_flag(json_object_get(mounts, "/declared"), "RW", true));
    assert_true(json_flag(json_object_get(mounts, "/h"), "RW", false));
    assert_null(json_object_get(mounts, "/t"));
    mounts_inherit(mounts, theirs, true);
    assert_false(json_flag(json_object_get(mounts, "/h"), "RW", true));
}

static void unnamed_volumes_get_names_and_places(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    cleanup_json json_t *config = parse("{\"Volumes\":{\"/a\":{},\"/b\":{}}}"), *host = parse("{\"Binds\":[\"named:/c\"]}");
    cleanup_json json_t *mounts = mounts_parse(config, host, &err);
    mounts_name("/root", mounts);
    const json_t *a = json_object_get(mounts, "/a"), *b = json_object_get(mounts, "/b"), *c = json_object_get(mounts, "/c");
    assert_int_equal(strlen(json_str(a, "Name", "")), 64);
    assert_string_not_equal(json_str(a, "Name", ""), json_str(b, "Name", ""));
    assert_true(json_flag(a, "Anonymous", false));
    assert_false(json_flag(c, "Anonymous", false));
    assert_string_equal(json_str(c, "Source", ""), "/root/volumes/named/_data");
}

static void volumes_from_is_a_name_and_a_mode(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *message;
        bool read_only;
    } cases[] = {{"web", "web", NULL, false},
                 {"web:ro", "web", NULL, true},
                 {"web:rw,z", "web", NULL, false},
                 {"", NULL, "volumes-from specification cannot be an empty string", false},
                 {"web:zz", NULL, "invalid mode: zz", false},
                 {"web:rshared", NULL, "invalid mode: rshared", false},
                 {"web:nocopy", NULL, "invalid mode: nocopy", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        cleanup_free char *name = NULL;
        bool read_only = false;
        int rc = volumes_from_parse(cases[i].text, &name, &read_only, &err);
        assert_int_equal(rc, cases[i].message ? -EINVAL : 0);
        assert_string_equal(rc ? err.message : name, rc ? cases[i].message : cases[i].name);
        assert_int_equal(read_only, cases[i].read_only);
    }
}

static void links_are_read_in_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *alias;
    } cases[] = {{"db", "db", "db"}, {"db:data", "db", "data"}, {"/db:/web/data", "db", "data"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *name = NULL, *alias = NULL;
        assert_int_equal(link_parse(cases[i].text, &name, &alias, NULL), 0);
        assert_string_equal(name, cases[i].name);
        assert_string_equal(alias, cases[i].alias);
    }
    struct error err = ERROR_INIT;
    char *unused;
    assert_int_equal(link_parse("a:b:c", &unused, &unused, &err), -EINVAL);
    assert_string_equal(err.message, "bad format for links: a:b:c");
}

static void a_link_tells_of_ports_and_environment(void **state)
{
    (void)state;
    cleanup_json json_t *env = json_array(), *ports = parse("{\"53/udp\":{},\"53/tcp\":{},\"90/tcp\":{}}"),
                        *child = parse("{\"e\":[\"A=1\",\"PATH=/x\",\"HOME=/y\",\"odd\"]}");
    link_variables(env, "/web/my-db", "10.0.0.2", ports, json_object_get(child, "e"));
    cleanup_strv char **list = json_to_strv(env);
    cleanup_free char *text = strv_join(list, " ");
    assert_string_equal(text, "MY_DB_PORT=tcp://10.0.0.2:53 "
                              "MY_DB_PORT_53_TCP=tcp://10.0.0.2:53 MY_DB_PORT_53_TCP_ADDR=10.0.0.2 MY_DB_PORT_53_TCP_PORT=53 "
                              "MY_DB_PORT_53_TCP_PROTO=tcp MY_DB_PORT_53_UDP=udp://10.0.0.2:53 MY_DB_PORT_53_UDP_ADDR=10.0.0.2 "
                              "MY_DB_PORT_53_UDP_PORT=53 MY_DB_PORT_53_UDP_PROTO=udp MY_DB_PORT_90_TCP=tcp://10.0.0.2:90 "
                              "MY_DB_PORT_90_TCP_ADDR=10.0.0.2 MY_DB_PORT_90_TCP_PORT=90 MY_DB_PORT_90_TCP_PROTO=tcp "
                              "MY_DB_NAME=/web/my-db MY_DB_ENV_A=1");
}

static void only_the_aliass_own_line_gets_another_address(void **state)
{
    (void)state;
    cleanup_free char *new = hosts_with_address(
        "127.0.0.1\tlocalhost\n10.0.0.2\tdb c0ffee base\n10.0.0.2\tdb2 c0ffee\n10.0.0.9\tdb.lan db\nno tab", "db", "10.0.0.7");
    assert_string_equal(new, "127.0.0.1\tlocalhost\n10.0.0.7\tdb c0ffee base\n10.0.0.2\tdb2 c0ffee\n10.0.0.9\tdb.lan db\nno tab");
}

static void name_servers_on_loopback_are_left_out(void **state)
{
    (void)state;
    cleanup_json json_t *dns = parse("[\"192.0.2.1\"]"), *dot = parse("[\".\"]");
    const struct resolver nothing = {0}, server = {.servers = dns}, no_search = {.search = dot};
    const char *host =
        "# made by hand\nsearch old\nsearch a b\nnameserver 127.0.0.53\nnameserver\t::1\nnameserver 10.0.0.1\noptions x\n";
    const struct {
        const char *host;
        const struct resolver *given;
        bool own;
        const char *wanted;
    } cases[] = {
        {host, &nothing, true, "# made by hand\nsearch old\nsearch a b\nnameserver 10.0.0.1\noptions x\n"},
        {host, &nothing, false, host},
        {"nameserver 127.0.0.1\n", &nothing, true, "nameserver 8.8.8.8\nnameserver 8.8.4.4\n"},
        {"", &nothing, false, ""},
        {host, &server, true, "search a b\nnameserver 192.0.2.1\noptions x\n"},
        {host, &no_search, true, "nameserver 10.0.0.1\noptions x\n"},
        {"nameserver 127.0.0.1\n", &no_search, true, "nameserver 8.8.8.8\nnameserver 8.8.4.4\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *text = resolv_conf(cases[i].host, cases[i].given, cases[i].own);
        assert_string_equal(text, cases[i].wanted);
    }
}

static void propagation_needs_a_mount_that_has_it(void **state)
{
    (void)state;
    const char *info =
        "20 1 8:1 / / rw shared:1 - ext4 /dev/a rw\n21 20 8:2 / /data rw - ext4 /dev/b rw\n"
        "22 20 8:3 / /my\\040disk rw master:3 - ext4 /dev/c rw\n23 20 8:4 / /dat rw shared:4 - ext4 /dev/d rw\nrubbish\n";
    static const struct {
        const char *source, *propagation, *message;
    } cases[] = {
        {"/home/x", "rshared", ""},
        {"/data/x", "rprivate", ""},
        {"/data/x", "rshared", "path /data/x is mounted on /data but it is not a shared mount"},
        {"/data", "slave", "path /data is mounted on /data but it is not a shared or slave mount"},
        {"/my disk/x", "rslave", ""},
        {"/my disk", "shared", "path /my disk is mounted on /my disk but it is not a shared mount"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        propagation_check(info, cases[i].source, cases[i].propagation, &err);
        assert_string_equal(err.message, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mount_becomes_an_entry_of_the_request),
        cmocka_unit_test(a_mount_that_makes_no_sense_says_why),
        cmocka_unit_test(a_volume_is_a_place_or_a_bind),
        cmocka_unit_test(anothers_mounts_give_way_to_ones_own),
        cmocka_unit_test(unnamed_volumes_get_names_and_places),
        cmocka_unit_test(volumes_from_is_a_name_and_a_mode),
        cmocka_unit_test(links_are_read_in_every_form),
        cmocka_unit_test(a_link_tells_of_ports_and_environment),
        cmocka_unit_test(only_the_aliass_own_line_gets_another_address),
        cmocka_unit_test(name_servers_on_loopback_are_left_out),
        cmocka_unit_test(propagation_needs_a_mount_that_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

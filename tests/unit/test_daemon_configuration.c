/* The daemon's configuration without a daemon: the table of directives, the file's text, addresses; and what clients make of
 * theirs. */
#include "api/listen.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "client/client.h"
#include "daemon/configuration.h"
#include "daemon/directive_values.h"
#include "daemon/settings.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void every_directive_is_whole(void **state)
{
    (void)state;
    for (const struct directive *directive = directives; directive->key; directive++) {
        json_t *preset = json_loads(directive->preset, JSON_DECODE_ANY, NULL);
        struct error err = ERROR_INIT;
        print_message("%s\n", directive->key);
        assert_non_null(preset);
        assert_ptr_equal(directive_find(directive->key), directive); /* no key twice */
        assert_true(directive->refusal || directive->help);
        assert_int_equal(directive_check(directive, preset, &err), 0); /* a default is always good */
        json_t *typed = directive_from_file(directive, preset, &err);
        assert_non_null(typed);
        json_decref(typed);
        json_decref(preset);
    }
}

static void the_file_s_values_are_taken(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    static const char text[] =
        "{\"debug\":true,\"default-shm-size\":\"64M\",\"default-ulimits\":{\"nofile\":{\"Hard\":2,\"Soft\":1}},"
        "\"log-opts\":{\"max-size\":\"1m\"},\"mtu\":null}";
    cleanup_json json_t *values = configuration_parse(text, strlen(text), NULL, &err);
    assert_string_equal(err.message, "");
    cleanup_free char *shown = directive_show(values);
    assert_string_equal(shown,
                        "map[debug:true default-shm-size:67108864 default-ulimits:map[nofile:map[Hard:2 Name:nofile Soft:1]] "
                        "log-opts:map[max-size:1m]]");
}

static void wrong(const char *text, const char *message)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *flags = json_pack("{s:[s, s]}", "dns", "192.0.2.1", "192.0.2.2");
    assert_null(configuration_parse(text, strlen(text), flags, &err));
    assert_string_equal(err.message, message);
}

static void what_is_wrong_is_said_as_dockerd_says_it(void **state)
{
    (void)state;
    wrong("", "EOF");
    wrong(" \n", "EOF");
    wrong("{\"debug\": tr", "unexpected EOF");
    wrong("{\"debug\" true}", "invalid character 't' after object key");
    wrong("{debug: true}", "invalid character 'd' looking for beginning of object key string");
    wrong("{\"\": 1}", "the following directives don't match any configuration option: ");
    wrong("{\"x\": 1, \"y\": 2}", "the following directives don't match any configuration option: x, y");
    wrong("{\"dns\": [\"192.0.2.3\"]}",
          "the following directives are specified both as a flag and in the configuration file: dns: (from "
          "flag: [192.0.2.1 192.0.2.2], from file: [192.0.2.3])");
    wrong("{\"mtu\": \"1\"}", "json: cannot unmarshal string into Go struct field Config.mtu of type int");
    wrong("{\"mtu\": 1}", "invalid default MTU: 1");
    wrong("{\"default-gateway\": \"10.0.0.1\"}",
          "default-gateway: 10.0.0.1 is not available: containers reach out through the bridge's own address");
    wrong("{\"default-address-pools\": [{\"base\": \"fd00::/48\", \"size\": 40}]}",
          "invalid pools size: 40: it is between 48, of fd00::/48, and 126");
    wrong("{\"fixed-cidr-v6\": \"10.0.0.0/8\"}", "invalid CIDR address: 10.0.0.0/8");
}

static void listens(const char *text, bool tls, const char *address)
{
    struct error err = ERROR_INIT;
    cleanup_free char *canonical = listen_canonical(text, tls, &err);
    if (!address)
        assert_null(canonical);
    else
        assert_string_equal(canonical, address);
}

static void addresses_to_listen_on(void **state)
{
    (void)state;
    listens("unix:///a", false, "unix:///a");
    listens("tcp://", false, "tcp://127.0.0.1:2375");
    listens("tcp://", true, "tcp://127.0.0.1:2376");
    listens("0.0.0.0", true, "tcp://0.0.0.0:2376");
    listens(":99", false, "tcp://127.0.0.1:99");
    listens("tcp://[::1]", false, "tcp://[::1]:2375");
    listens("tcp://[::1]:5", false, "tcp://[::1]:5");
    listens("fd://", false, "fd://");
    listens("http://x", false, NULL);
    listens("tcp://x:99999", false, NULL);
    listens("tcp://::1", false, NULL);
    listens("tcp://[::1:5", false, NULL);
}

static void calls(const char *text, bool tls, const char *address)
{
    struct error err = ERROR_INIT;
    cleanup_free char *host = client_host_parse(text, tls, &err);
    if (!address)
        assert_null(host);
    else
        assert_string_equal(host, address);
}

static void addresses_to_call(void **state)
{
    (void)state;
    calls("unix:///a", false, "unix:///a");
    calls("127.0.0.1:2375", false, "tcp://127.0.0.1:2375");
    calls("engine.example", false, "tcp://engine.example:2375");
    calls("tcp://engine.example", true, "tcp://engine.example:2376");
    calls("[::1]:7", false, "tcp://[::1]:7");
    calls("", false, "unix:///run/slipway.sock");
    calls("foo://x", false, NULL);
    calls("ssh://x", false, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_directive_is_whole),
        cmocka_unit_test(the_file_s_values_are_taken),
        cmocka_unit_test(what_is_wrong_is_said_as_dockerd_says_it),
        cmocka_unit_test(addresses_to_listen_on),
        cmocka_unit_test(addresses_to_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

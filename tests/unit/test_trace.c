/* The reports of the legacy tables' TRACE target, and which rules of iptables-save are those of a trace. */
#include "kernel/net/xt_trace.h"
#include "kernel/net/xt_trace_rules.h"

#include "base/memory.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

static void a_report_names_table_chain_and_rule(void **state)
{
    (void)state;
    static const struct {
        const char *prefix, *table, *chain;
        enum trace_kind kind;
        int number;
    } good[] = {
        {"TRACE: filter:FORWARD:rule:3 ", "filter", "FORWARD", TRACE_RULE, 3},
        {"TRACE: nat:DOCKER-ISOLATION-STAGE-1:return:12 ", "nat", "DOCKER-ISOLATION-STAGE-1", TRACE_RETURN, 12},
        {"TRACE: raw:PREROUTING:policy:1 ", "raw", "PREROUTING", TRACE_POLICY, 1},
        {"TRACE: filter:a:b:rule:1 ", "filter", "a:b", TRACE_RULE, 1},
    };
    static const char *const bad[] = {"",       "TRACE: ", "TRACE: filter:FORWARD",        "TRACE: filter:rule:3 ",
                                      "hello:", ":::",     "TRACE: filter:FORWARD:else:1", "TRACE: filter:FORWARD:rule:x"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct trace_event event = {0};
        assert_true(xt_trace_parse(good[i].prefix, &event));
        assert_string_equal(event.table, good[i].table);
        assert_string_equal(event.chain, good[i].chain);
        assert_int_equal(event.kind, good[i].kind);
        assert_int_equal(event.number, good[i].number);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(xt_trace_parse(bad[i], &(struct trace_event){0}));
}

static void only_rules_of_a_trace_are_removed(void **state)
{
    (void)state;
    cleanup_buf struct buf removal = BUF_INIT;
    char logger[64] = "";
    xt_trace_removal("*filter\n-A INPUT -m comment --comment \"slipway-trace NONE\" -j ACCEPT\nCOMMIT\n"
                     "*raw\n:PREROUTING ACCEPT [0:0]\n"
                     "-A PREROUTING -p tcp -m comment --comment \"slipway-trace nf_log_ipv4\" -j TRACE\n"
                     "-A PREROUTING -p udp -m comment --comment \"mine\" -j TRACE\n"
                     "-A OUTPUT -p tcp -m comment --comment \"slipway-trace nf_log_ipv4\" -j TRACE\nCOMMIT\n",
                     &removal, logger);
    assert_string_equal(removal.data, "*raw\n"
                                      "-D PREROUTING -p tcp -m comment --comment \"slipway-trace nf_log_ipv4\" -j TRACE\n"
                                      "-D OUTPUT -p tcp -m comment --comment \"slipway-trace nf_log_ipv4\" -j TRACE\nCOMMIT\n");
    assert_string_equal(logger, "nf_log_ipv4");
    buf_clear(&removal);
    xt_trace_removal("*raw\n-A PREROUTING -j TRACE\nCOMMIT\n", &removal, logger);
    assert_int_equal(removal.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_names_table_chain_and_rule),
        cmocka_unit_test(only_rules_of_a_trace_are_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

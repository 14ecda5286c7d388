/* Text as Go has it. */
#include "base/go_text.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void quotes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *quoted;
    } cases[] = {
        {"", "\"\""},
        {"a b", "\"a b\""},
        {"a\"b\\c'd", "\"a\\\"b\\\\c'd\""},
        {"\a\b\f\n\r\t\v\x01\x7F", "\"\\a\\b\\f\\n\\r\\t\\v\\x01\\x7f\""},
        {"é한👽", "\"é한👽\""},
        {"\xC2\xA0\xE2\x80\x8B\xEF\xBB\xBF", "\"\\u00a0\\u200b\\ufeff\""},
        {"a\xFF\xE9z", "\"a\\xff\\xe9z\""},
        {"\xEF\xBF\xBD", "\"\xEF\xBF\xBD\""},
        {"\xF3\xA0\x80\x81", "\"\\U000e0001\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *quoted = go_quote(cases[i].text);
        assert_string_equal(quoted, cases[i].quoted);
    }
}

static void blanks(void **state)
{
    (void)state;
    static const struct {
        const char *text, *trimmed;
    } cases[] = {
        {"  a b\t\n", "a b"}, {"\xC2\xA0\xE3\x80\x80x\xE2\x80\xA8", "x"}, {" \v\f\r", ""}, {"", ""},
        {"a\xFF ", "a\xFF"},  {"\xE2\x80\x8B", "\xE2\x80\x8B"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *trimmed = go_trim(cases[i].text);
        assert_string_equal(trimmed, cases[i].trimmed);
    }
    assert_int_equal(go_space("\xC2\x85"), 2);
    assert_int_equal(go_space("\xE2\x81\x9F"), 3);
    assert_int_equal(go_space("a"), 0);
}

static void valid_text(void **state)
{
    (void)state;
    cleanup_free char *text = go_valid("a\xC3(\xED\xA0\x80\0b", 8);
    assert_memory_equal(text, "a\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\0b", 15);
    assert_true(go_is_word('_') == false && go_is_word('a') && go_is_word(0xD55C) && !go_is_word(0x2014));
}

static void durations(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "time: invalid duration \"\""},
        {"x", "time: invalid duration \"x\""},
        {"5", "time: missing unit in duration \"5\""},
        {"1h5", "time: missing unit in duration \"1h5\""},
        {"5d", "time: unknown unit \"d\" in duration \"5d\""},
        {"1h2n", "time: unknown unit \"n\" in duration \"1h2n\""},
        {"-5", "time: missing unit in duration \"-5\""},
        {"99999999999h", "time: invalid duration \"99999999999h\""},
    };
    int64_t ns = 0;
    char why[100];
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(go_duration(bad[i].text, &ns, why, sizeof why));
        assert_string_equal(why, bad[i].why);
    }
    assert_true(go_duration("1m30s5µs", &ns, why, sizeof why));
    assert_int_equal(ns, 90000005000);
}

static void patterns(void **state)
{
    (void)state;
    static const char *const good[] = {"", "*", "[a-z]", "[^a]", "\\[", "[\\]]", "a]b", "[a\\-]"};
    static const char *const bad[] = {"[", "[]", "[a", "[a-", "[a-]", "[-a]", "[^]", "[\\", "\\", "a[", "[]a]"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        if (!go_pattern_valid(good[i]))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (go_pattern_valid(bad[i]))
            fail_msg("%s", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(quotes), cmocka_unit_test(blanks), cmocka_unit_test(valid_text),
                                       cmocka_unit_test(durations), cmocka_unit_test(patterns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

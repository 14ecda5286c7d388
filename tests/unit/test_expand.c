/* Variables in words of a Dockerfile. */
#include "base/memory.h"
#include "base/strings.h"
#include "build/expand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char *const home[] = {
    "PWD=/home", "SHELL=bash", "KOREAN=한국어", "NULL=", "two=a  b", "path=/x/y/z.txt", "PWD=/later", NULL};

struct word {
    const char *text, *result; /* the result, or what the error ends with after ": " */
};

static void check_words(const struct word *cases, size_t count, bool good)
{
    const struct expander how = {.escape = '\\', .env = home};
    for (size_t i = 0; i < count; i++) {
        cleanup_free char *out = NULL;
        struct error err = ERROR_INIT;
        int r = expand_word(&how, cases[i].text, &out, &err);
        const char *got = r == 0 ? out : err.message;
        if ((r == 0) != good || (good ? !str_equal(got, cases[i].result) : !str_ends(got, cases[i].result)))
            fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].text, got, cases[i].result);
    }
}

static void plain_words_and_quotes(void **state)
{
    (void)state;
    static const struct word cases[] = {
        {"hello", "hello"},
        {"he'll'o", "hello"},
        {"he\\'llo", "he'llo"},
        {"abc\\tdef", "abctdef"},
        {"\"abc\\tdef\"", "abc\\tdef"},
        {"\"abc\\\\tdef\"", "abc\\tdef"},
        {"'abc\\tdef'", "abc\\tdef"},
        {"hello\\", "hello"},
        {"hello\\\\", "hello\\"},
        {"\"hel'lo\"", "hel'lo"},
        {"'hello\\'", "hello\\"},
        {"\"''\"", "''"},
        {"안'녕'하세요", "안녕하세요"},
        {"안녕\\t하세요", "안녕t하세요"},
        {"a < b << c", "a < b << c"},
        {"", ""},
    };
    check_words(cases, ARRAY_LEN(cases), true);
}

static void variables(void **state)
{
    (void)state;
    static const struct word cases[] = {
        {"he$PWD", "he/home"},
        {"he$pwd.", "he."},
        {"he\\$PWD", "he$PWD"},
        {"he\\\\$PWD", "he\\/home"},
        {"\"he\\$PWD\"", "he$PWD"},
        {"\"he\\\\$PWD\"", "he\\/home"},
        {"'he$PWD'", "he$PWD"},
        {"$.", "$."},
        {"$", "$"},
        {"he$1x", "hex"},
        {"$@@@", "@@"},
        {"$?$-$#", ""},
        {"$001aaa", "aaa"},
        {"$(id)", "$(id)"},
        {"\\${}aaa", "${}aaa"},
        {"he${hi}xx", "hexx"},
        {"${1}${@}", ""},
        {"안녕$KOREAN", "안녕한국어"},
        {"${aaa}}", "}"},
        {"\"$two\"", "a  b"},
    };
    check_words(cases, ARRAY_LEN(cases), true);
}

static void words_for_what_is_unset_or_empty(void **state)
{
    (void)state;
    static const struct word cases[] = {
        {"he${XXX:-000}xx", "he000xx"},
        {"he${PWD:-000}xx", "he/homexx"},
        {"${NULL:-000}", "000"},
        {"${NULL-000}", ""},
        {"${XXX-000}", "000"},
        {"he${XXX:-${YYY:-yyy}}xx", "heyyyxx"},
        {"he${PWD:+${SHELL}}xx", "hebashxx"},
        {"he${XXX:+000}xx", "hexx"},
        {"${NULL:+alt}", ""},
        {"${NULL+alt}", "alt"},
        {"${XXX+alt}", ""},
        {"${PWD?no}${NULL?no}", "/home"},
        {"he${XXX:-\\$PWD:}xx", "he$PWD:xx"},
        {"he${XXX:-\\${PWD}z}xx", "he${PWDz}xx"},
        {"${aaa:-bbb {foo}", "bbb {foo"},
        {"${-:-bbb}", "bbb"},
    };
    check_words(cases, ARRAY_LEN(cases), true);
}

static void patterns(void **state)
{
    (void)state;
    static const struct word cases[] = {
        {"${path##*/}", "z.txt"},
        {"${path%.txt}", "/x/y/z"},
        {"${path#/x/}", "y/z.txt"},
        {"${path%%/*}", ""},
        {"${path#*/}", "x/y/z.txt"},
        {"${path%/*}", "/x/y"},
        {"${path#nothing}", "/x/y/z.txt"},
        {"${path##}", "/x/y/z.txt"},
        {"${path#?}", "x/y/z.txt"},
        {"${KOREAN#?}", "국어"},
        {"${KOREAN%?}", "한국"},
        {"${path/y/Y}", "/x/Y/z.txt"},
        {"${path//\\//:}", ":x:y:z.txt"},
        {"${path//[a-z]/n}", "/x/y/z.txt"},
        {"${path/\\/*\\//-}", "-z.txt"},
        {"${SHELL//s/}", "bah"},
        {"${SHELL/${NULL}/w}", "wbash"},
        {"${SHELL//${NULL}/w}", "wbwawswhw"},
        {"${SHELL//*/x}", "x"},
        {"${XXX//a/b}", ""},
        {"${SHELL///}", "bash"},
    };
    check_words(cases, ARRAY_LEN(cases), true);
}

static void errors_in_docker_s_words(void **state)
{
    (void)state;
    static const struct word cases[] = {
        {"${B", "failed to process \"${B\": missing ':' in substitution"},
        {"${B:%x}", "failed to process \"${B:%x}\": unsupported modifier (%) in substitution"},
        {"\"b", "failed to process \"\\\"b\": unexpected end of statement while looking for matching double-quote"},
        {"'b", "failed to process \"'b\": unexpected end of statement while looking for matching single-quote"},
        {"${B:-${C}", "failed to process \"${B:-${C}\": syntax error: missing '}'"},
        {"\"hello\\\"", "looking for matching double-quote"},
        {"${", "syntax error: missing '}'"},
        {"${}", "syntax error: bad substitution"},
        {"${{aaa}", "syntax error: bad substitution"},
        {"${:-bbb}", "syntax error: bad substitution"},
        {"he${.}", "missing ':' in substitution"},
        {"${PWD:=000}", "unsupported modifier (=) in substitution"},
        {"${PWD:#x}", "unsupported modifier (#) in substitution"},
        {"${PWD/x}", "syntax error: missing '/' in ${}"},
        {"${PWD/x/y", "syntax error: missing '}'"},
        {"${PWD#\\x}", "invalid pattern (\\x) in substitution: invalid escape"},
        {"${XXX:?must be set}", "failed to process \"${XXX:?must be set}\": XXX: must be set"},
        {"${XXX?}", "XXX: is not allowed to be unset"},
        {"${NULL:?}", "NULL: is not allowed to be empty"},
    };
    check_words(cases, ARRAY_LEN(cases), false);
}

static void splitting(void **state)
{
    (void)state;
    static char *const env[] = {"hi=hi", "space=abc  def", "leading=  ab c", "trailing=ab c   ", NULL};
    static const struct word cases[] = {
        {"hello there", "hello,there"},
        {"hello${hi}bye", "hellohibye"},
        {"hello${space}bye", "helloabc,defbye"},
        {"hello\"${space}\"bye", "helloabc  defbye"},
        {"hello${leading}def", "hello,ab,cdef"},
        {"hello${trailing}d", "helloab,c,d"},
        {"hello\\ there", "hello there"},
        {"hello' 'there", "hello there"},
        {"a\xC2\xA0"
         "b",
         "a,b"},
        {"  ", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_strv char **words = NULL;
        const struct expander how = {.escape = '\\', .env = env};
        assert_int_equal(expand_words(&how, cases[i].text, &words, NULL), 0);
        cleanup_free char *joined = strv_join(words, ",");
        assert_string_equal(joined, cases[i].result);
    }
}

static void other_ways_to_read(void **state)
{
    (void)state;
    static const struct {
        struct expander how;
        const char *text, *result;
    } cases[] = {
        {{.escape = '`', .env = home}, "c:\\dir\\ a`$PWD", "c:\\dir\\ a$PWD"},
        {{.escape = '\\', .env = home, .plain_quotes = true}, "\"$PWD\" 'it\\'s' \\$PWD", "\"/home\" 'it's' $PWD"},
        {{.escape = '\\', .env = home, .raw_quotes = true}, "\"$PWD\" '$PWD' \\x", "\"/home\" '$PWD' x"},
        {{.escape = '\\', .raw_quotes = true, .raw_escapes = true}, "\"a\\\"b\\c\" \\'", "\"a\\\"b\\c\" \\'"},
        {{.escape = '\\', .keep_unset = true}, "$x ${x} ${x:-y} ${x%y} ${x//a/b}", "$x ${x} ${x:-y} ${x%y} ${x//a/b}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *out = NULL;
        assert_int_equal(expand_word(&cases[i].how, cases[i].text, &out, NULL), 0);
        assert_string_equal(out, cases[i].result);
    }
}

static void growth_has_an_end(void **state)
{
    (void)state;
    cleanup_buf struct buf deep = BUF_INIT, wide = BUF_INIT, value = BUF_INIT;
    for (int i = 0; i < 10000; i++)
        buf_puts(&deep, "${x:-");
    buf_puts(&value, "A=");
    for (int i = 0; i < 1000; i++)
        buf_puts(&value, "0123456789");
    for (int i = 0; i < 1000; i++)
        buf_puts(&wide, "$A");
    char *const env[] = {value.data, NULL};
    const struct expander how = {.escape = '\\', .env = env};
    char *out = NULL;
    struct error err = ERROR_INIT;
    assert_int_not_equal(expand_word(&how, deep.data, &out, &err), 0);
    assert_int_not_equal(expand_word(&how, wide.data, &out, &err), 0);
    assert_non_null(strstr(err.message, "the result is larger than"));
    assert_null(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_words_and_quotes),
        cmocka_unit_test(variables),
        cmocka_unit_test(words_for_what_is_unset_or_empty),
        cmocka_unit_test(patterns),
        cmocka_unit_test(errors_in_docker_s_words),
        cmocka_unit_test(splitting),
        cmocka_unit_test(other_ways_to_read),
        cmocka_unit_test(growth_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

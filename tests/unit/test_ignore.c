/* .dockerignore: which paths stay at home. */
#include "base/ignore.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct ignore *parse(const char *text)
{
    struct ignore *ignore = NULL;
    struct error err = ERROR_INIT;
    if (ignore_parse(text, strlen(text), &ignore, &err) < 0)
        fail_msg("\"%s\": %s", text, err.message);
    return ignore;
}

struct match {
    const char *patterns, *path;
    bool ignored;
};

static void check(const struct match *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ignore *ignore = parse(cases[i].patterns);
        if (ignore_matches(ignore, cases[i].path) != cases[i].ignored)
            fail_msg("\"%s\" %s %s", cases[i].patterns, cases[i].ignored ? "does not ignore" : "ignores", cases[i].path);
        ignore_free(ignore);
    }
}

static void stars_and_question_marks(void **state)
{
    (void)state;
    static const struct match cases[] = {
        {"*", "a", true},
        {"*", "a/b", true},
        {"*.o", "x.o", true},
        {"*.o", "d/x.o", false},
        {"*/*.o", "d/x.o", true},
        {"*/*.o", "d/e/x.o", false},
        {"temp?", "tempa", true},
        {"temp?", "temp", false},
        {"temp?", "tempab", false},
        {"a?c", "a/c", false},
        {"?", "é", true},
        {"*/temp*", "d/temporary", true},
        {"*/temp*", "temporary", false},
        {"*/*/temp*", "a/b/temp1", true},
        {"a*c", "abbbc", true},
        {"a*c", "ac", true},
        {"a*c", "abbb", false},
        {"[a-c]x", "bx", true},
        {"[a-c]x", "dx", false},
        {"[^a-c]x", "dx", true},
        {"[^a-c]x", "ax", false},
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"[\\]a]", "]", true},
        {"a.b", "axb", false},
        {"a+b$(c)", "a+b$(c)", true},
        {"", "a", false},
    };
    check(cases, ARRAY_LEN(cases));
}

static void any_number_of_directories(void **state)
{
    (void)state;
    static const struct match cases[] = {
        {"**", "a", true},
        {"**", "a/b/c", true},
        {"**/*.o", "x.o", true},
        {"**/*.o", "a/b/x.o", true},
        {"**/*.o", "a/b/x.oo", false},
        {"**/foo", "foo", true},
        {"**/foo", "a/foo", true},
        {"**/foo", "afoo", false},
        {"**/foo", "a/foo/b", true},
        {"a/**", "a/b", true},
        {"a/**", "a/b/c", true},
        {"a/**", "b/a/c", false},
        {"a/**/z", "a/z", true},
        {"a/**/z", "a/b/c/z", true},
        {"a/**/z", "a/bz", false},
        {"**/a/**/z", "x/a/y/z", true},
        {"dir/**/*.txt", "dir/x.txt", true},
        {"**/**/a", "b/c/a", true},
        {"a/**", "a", false},
    };
    check(cases, ARRAY_LEN(cases));
}

static void directories_above_count(void **state)
{
    (void)state;
    static const struct match cases[] = {
        {"d", "d", true},         {"d", "d/e/f", true},  {"d", "de", false},  {"d/e", "d/e/f", true},
        {"d/e", "d/f", false},    {"*d", "ad/x", true},  {"/d", "d/x", true}, {"d/", "d/x", true},
        {"./d//e/", "d/e", true}, {"x/../d", "d", true}, {"/", "a", false},   {"../d", "d", false},
    };
    check(cases, ARRAY_LEN(cases));
}

static void the_last_match_decides(void **state)
{
    (void)state;
    static const struct match cases[] = {
        {"*.md\n!README.md", "README.md", false},
        {"*.md\n!README.md", "a.md", true},
        {"*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true},
        {"*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false},
        {"d\n!d/keep", "d/keep", false},
        {"d\n!d/keep", "d/keep/x", false},
        {"d\n!d/keep", "d/other", true},
        {"!a\na", "a", true},
        {"*\n! b", "b", false},
        {"**\n!**/x\n**/x/y", "a/x/y", true},
        {"**\n!**/x\n**/x/y", "a/x/z", false},
    };
    check(cases, ARRAY_LEN(cases));
}

static void lines(void **state)
{
    (void)state;
    static const struct match cases[] = {
        {"\xEF\xBB\xBF# a\nb", "b", true},
        {"#a", "#a", false},
        {" #a", "#a", true},
        {"\\#a", "#a", true},
        {"  a  \r\n\r\nb\r\n", "a", true},
        {"  a  \r\n\r\nb\r\n", "b", true},
        {"\n\n", "a", false},
        {"\\!a", "!a", true},
    };
    check(cases, ARRAY_LEN(cases));
}

static void bad_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[", "syntax error in pattern"},    {"a\n[a-\n", "syntax error in pattern"}, {"[]a]", "syntax error in pattern"},
        {"[-x]", "syntax error in pattern"}, {"[a", "syntax error in pattern"},       {"x[^]", "syntax error in pattern"},
        {"a\\", "syntax error in pattern"},  {"![", "syntax error in pattern"},       {"!", "illegal exclusion pattern: \"!\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ignore *ignore = NULL;
        struct error err = ERROR_INIT;
        assert_int_not_equal(ignore_parse(cases[i].text, strlen(cases[i].text), &ignore, &err), 0);
        assert_string_equal(err.message, cases[i].message);
        assert_null(ignore);
    }
}

static void directories_that_need_no_look(void **state)
{
    (void)state;
    static const struct match cases[] = {
        {"d", "d", true},
        {"d", "e", false},
        {"d\n!d/keep", "d", false},
        {"d\n!d/keep", "d/other", true},
        {"d\n!d/a/b/c", "d/a/b", false},
        {"d\ne\n!d/keep", "e", true},
        {"d\n!de/keep", "d", true},
        {"d\n!**/keep", "d", true}, /* Docker does not look there */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ignore *ignore = parse(cases[i].patterns);
        if (ignore_skips(ignore, cases[i].path) != cases[i].ignored)
            fail_msg("\"%s\", %s", cases[i].patterns, cases[i].path);
        ignore_free(ignore);
    }
    assert_false(ignore_matches(NULL, "a"));
    assert_false(ignore_skips(NULL, "a"));
}

static void more_patterns_come_behind(void **state)
{
    (void)state;
    struct ignore *ignore = parse("*");
    assert_int_equal(ignore_add(ignore, "!Dockerfile", NULL), 0);
    assert_false(ignore_matches(ignore, "Dockerfile"));
    assert_true(ignore_matches(ignore, "x"));
    ignore_free(ignore);
}

/* With backtracking, this would take longer than the test may. */
static void many_stars_are_no_matter(void **state)
{
    (void)state;
    static char pattern[3001], path[3001];
    for (size_t i = 0; i + 3 <= 3000; i += 3)
        memcpy(pattern + i, "**a", 3);
    memset(path, 'a', 3000);
    path[2999] = 'b';
    struct ignore *ignore = parse(pattern);
    assert_false(ignore_matches(ignore, path));
    ignore_free(ignore);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stars_and_question_marks),
        cmocka_unit_test(any_number_of_directories),
        cmocka_unit_test(directories_above_count),
        cmocka_unit_test(the_last_match_decides),
        cmocka_unit_test(lines),
        cmocka_unit_test(bad_patterns),
        cmocka_unit_test(directories_that_need_no_look),
        cmocka_unit_test(more_patterns_come_behind),
        cmocka_unit_test(many_stars_are_no_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

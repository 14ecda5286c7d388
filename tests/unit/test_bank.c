/* Question banks: what is read from a good one, and the one clear line for each way to be wrong. */
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/bank.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FRONT "---\nid: demo\ntitle: A demo\ndomain: test\nversion: 3\nlicence: MIT\n---\n"
#define HEAD  "## one {type=single level=1 topic=t1}\n\nWhich?\n\n"
#define RIGHT "- [x] Yes\n  > Why.\n"
#define WRONG "- [ ] No\n  > Why not.\n"

static void a_good_bank_is_read_as_written(void **state)
{
    (void)state;
    static const char text[] =
        FRONT "## one {type=single level=2 topic=t1 objective=o-1}\n"
              "\nWhich `pid`?\n\n```\necho  hi\n```\n\n"
              "* no option, just a list\n\n"
              "- [ ] Zero\n  > Never.\n"
              "- [x] One, over\n  two lines\n  > Because.\n  >\n  > Long\n  and lazy.\n"
              "## two {level=3 type=multiple topic=t2}\r\nBoth.\r\n- [X] A\r\n  > a\r\n\r\n- [x] B\r\n  > b\r\n";
    struct bank bank;
    cleanup_strv char **problems = NULL;
    size_t count = bank_parse("demo.md", text, strlen(text), &bank, &problems);
    if (count)
        print_message("%s\n", problems[0]);
    assert_int_equal(count, 0);
    assert_string_equal(bank.id, "demo");
    assert_string_equal(bank.version, "3");
    assert_int_equal(bank.pass, 65);
    assert_int_equal(bank.count, 2);
    const struct bank_question *one = &bank.questions[0], *two = &bank.questions[1];
    assert_int_equal(one->type, QUESTION_SINGLE);
    assert_int_equal(one->level, 2);
    assert_string_equal(one->objective, "o-1");
    assert_string_equal(one->stem, "Which `pid`?\n\n```\necho  hi\n```\n\n* no option, just a list");
    assert_int_equal(one->option_count, 2);
    assert_false(one->options[0].key);
    assert_string_equal(one->options[0].explanation, "Never.");
    assert_true(one->options[1].key);
    assert_string_equal(one->options[1].text, "One, over\ntwo lines");
    assert_string_equal(one->options[1].explanation, "Because.\n\nLong\nand lazy.");
    assert_int_equal(two->type, QUESTION_MULTIPLE);
    assert_string_equal(two->topic, "t2");
    assert_string_equal(two->objective, "");
    assert_true(two->options[0].key && two->options[1].key);
    bank_free(&bank);
}

static char long_option[BANK_OPTION_MAX + 1000], many_options[1000];

/* Each of these has at least the problem named, and the message says where. */
static const struct {
    const char *text;
    const char *problem;
} wrong[] = {
    {"no front matter", "b.md:1: front matter is missing"},
    {"---\nid: x\n", "b.md:1: front matter is not closed"},
    {"---\nid: [\n---\n" HEAD RIGHT WRONG, "b.md:3: "},
    {"---\ntitle: A\ndomain: d\nversion: 1\nlicence: MIT\n---\n" HEAD RIGHT WRONG, "b.md:1: the front matter needs \"id: ...\""},
    {"---\nid: Not Good\ntitle: A\ndomain: d\nversion: 1\nlicence: MIT\n---\n" HEAD RIGHT WRONG, "b.md:2: id \"Not Good\""},
    {"---\nid: x\ntitle: A\ndomain: d\nversion: 1\n---\n" HEAD RIGHT WRONG, "the front matter needs \"licence: ...\""},
    {"---\nid: x\ntitle: A\ndomain: d\nversion: 1\nlicence: MIT\npass: 101\n---\n" HEAD RIGHT WRONG, "b.md:7: pass must be"},
    {"---\nid: x\ntitle: A\ndomain: d\nversion: 1\nlicence: MIT\npas: 50\n---\n" HEAD RIGHT WRONG, "b.md:7: \"pas\" is unknown"},
    {FRONT, "b.md:8: the bank has no questions"},
    {FRONT "Hello.\n" HEAD RIGHT WRONG, "b.md:8: text before the first question"},
    {FRONT "# one\n" HEAD RIGHT WRONG, "b.md:8: only \"## id {...}\" headings"},
    {FRONT "one {type=single level=1 topic=t1}\n---\n" HEAD RIGHT WRONG, "b.md:8: only \"## id {...}\" headings"},
    {FRONT "## one\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: a question begins with"},
    {FRONT "## One {type=single level=1 topic=t}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: question id \"One\""},
    {FRONT "## one {level=1 topic=t}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: type is missing"},
    {FRONT "## one {type=single topic=t}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: level is missing"},
    {FRONT "## one {type=single level=1}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: topic is missing"},
    {FRONT "## one {type=essay level=1 topic=t}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: type=essay is unknown"},
    {FRONT "## one {type=single level=9 topic=t}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: level=9: choose"},
    {FRONT "## one {type=single level=1 topic=T}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: topic=T: use a-z"},
    {FRONT "## one {type=single level=1 topic=t colour=red}\n\nWhich?\n\n" RIGHT WRONG, "attribute \"colour\" is unknown"},
    {FRONT "## one {type=single level=1 topic=t level=2}\n\nWhich?\n\n" RIGHT WRONG, "attribute \"level\" is given twice"},
    {FRONT "## one {type=single level topic=t}\n\nWhich?\n\n" RIGHT WRONG, "attribute \"level\" has no value"},
    {FRONT "## one {type=single level=1 topic=t}\n\n" RIGHT WRONG, "b.md:8: question one has no text"},
    {FRONT HEAD, "b.md:8: question one has 0 options"},
    {FRONT HEAD RIGHT, "b.md:8: question one has 1 option;"},
    {FRONT HEAD WRONG "- [ ] Nor\n  > Why.\n", "b.md:8: question one has no key"},
    {FRONT HEAD RIGHT "- [x] Yes too\n  > Why.\n", "b.md:8: question one is single choice and has 2 keys"},
    {FRONT HEAD RIGHT "- [ ] No\n", "b.md:14: the option has no explanation"},
    {FRONT HEAD RIGHT "- [ ]\n  > Why.\n", "b.md:14: the option has no text"},
    {FRONT HEAD RIGHT "- No\n  > Why.\n", "b.md:14: an option begins with"},
    {FRONT HEAD RIGHT "- [ ] Yes\n  > Why.\n", "b.md:14: this option says the same as the one on line 12"},
    {FRONT HEAD RIGHT WRONG "\nMore text.\n", "text after the options of question one"},
    {FRONT HEAD RIGHT WRONG "\n" HEAD RIGHT WRONG, "b.md:17: question id one is used already on line 8"},
    {FRONT "## one {type=single level=1 topic=t}\n\n<div>x</div>\n\n" RIGHT WRONG, "b.md:10: HTML is not shown"},
    {FRONT HEAD RIGHT "- [ ] N\xff\n  > Why.\n", "b.md:14: not UTF-8"},
    {FRONT HEAD RIGHT "- [ ] \x1b[2J\n  > Why.\n", "b.md:14: control character 0x1b"},
    {long_option, "b.md:14: the option has 2100 bytes"},
    {many_options, "question one has more than 8 options"},
};

static void every_mistake_is_named_with_its_line(void **state)
{
    (void)state;
    strcpy(long_option, FRONT HEAD RIGHT "- [ ] ");
    memset(long_option + strlen(long_option), 'y', 2100);
    strcat(long_option, "\n  > Why.\n");
    strcpy(many_options, FRONT HEAD RIGHT);
    for (int i = 0; i < 8; i++)
        sprintf(many_options + strlen(many_options), "- [ ] %d\n  > Why.\n", i);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct bank bank;
        cleanup_strv char **problems = NULL;
        size_t count = bank_parse("b.md", wrong[i].text, strlen(wrong[i].text), &bank, &problems);
        bool found = false;
        for (char **line = problems; line && *line; line++)
            found = found || strstr(*line, wrong[i].problem);
        if (!found || !count)
            fail_msg("case %zu: wanted \"%s\", got %zu: %s", i, wrong[i].problem, count, count ? problems[0] : "");
        for (char **line = problems; line && *line; line++)
            assert_true(str_starts(*line, "b.md:") && !strchr(*line, '\n'));
        bank_free(&bank);
    }
}

static void a_nul_byte_and_a_huge_file_are_refused(void **state)
{
    (void)state;
    static const char with_nul[] = FRONT HEAD RIGHT "- [ ] N\0o\n  > Why.\n";
    struct bank bank;
    cleanup_strv char **problems = NULL;
    assert_int_equal(bank_parse("b.md", with_nul, sizeof with_nul - 1, &bank, &problems), 1);
    assert_string_equal(problems[0], "b.md:14: control character 0x00; remove it");
    bank_free(&bank);
    cleanup_free char *huge = calloc(1, BANK_FILE_MAX + 1);
    cleanup_strv char **more = NULL;
    assert_int_equal(bank_parse("b.md", huge, BANK_FILE_MAX + 1, &bank, &more), 1);
    assert_non_null(strstr(more[0], "16 MiB is the most"));
    bank_free(&bank);
}

static void loading_gives_the_first_problem_and_counts_the_rest(void **state)
{
    (void)state;
    char path[] = "/tmp/test_bank-XXXXXX";
    int fd = mkstemp(path);
    static const char text[] = FRONT "## one {type=single level=1 topic=t}\n\nWhich?\n\n- [ ] No\n- [ ] Nor\n";
    write_full(fd, text, strlen(text));
    fd_close(fd);
    struct bank bank;
    struct error err = ERROR_INIT;
    assert_int_equal(bank_load(path, &bank, &err), -EINVAL);
    assert_true(str_starts(err.message, path));
    assert_non_null(strstr(err.message, "and 2 more"));
    assert_int_equal(bank.count, 0);
    unlink(path);
    assert_int_equal(bank_load(path, &bank, &err), -ENOENT);
}

static void keys_that_can_be_guessed_are_pointed_out(void **state)
{
    (void)state;
    cleanup_buf struct buf text = BUF_INIT;
    buf_puts(&text, FRONT);
    for (int i = 0; i < 8; i++)
        buf_printf(&text,
                   "## q%d {type=single level=1 topic=t}\n\nWhich?\n\n- [x] The longest of these\n  > Why.\n"
                   "- [ ] None of the above\n  > Why.\n",
                   i);
    struct bank bank;
    cleanup_strv char **problems = NULL, **advice = NULL;
    assert_int_equal(bank_parse("b.md", text.data, text.len, &bank, &problems), 0);
    bank_advise("b.md", &bank, &advice);
    cleanup_free char *all = strv_join(advice, "\n");
    assert_non_null(strstr(all, "b.md:14: \"none of the above\" loses its sense"));
    assert_non_null(strstr(all, "option a is the key of 8 of 8"));
    assert_non_null(strstr(all, "the key is the longest option in 8 of 8"));
    bank_free(&bank);
}

static void shipped_banks_have_nothing_wrong_and_nothing_weak(void **state)
{
    (void)state;
    struct bank bank;
    struct error err = ERROR_INIT;
    int r = bank_load("quizzes/containers-basics.md", &bank, &err);
    if (r == -ENOENT) {
        cleanup_free char *path = str_format("%s/../../quizzes/containers-basics.md", exe_dir());
        r = bank_load(path, &bank, &err);
    }
    if (r < 0)
        fail_msg("%s", err.message);
    assert_true(bank.count >= 48);
    cleanup_strv char **advice = NULL;
    bank_advise("containers-basics", &bank, &advice);
    if (advice)
        fail_msg("%s", advice[0]);
    bank_free(&bank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_bank_is_read_as_written),
        cmocka_unit_test(every_mistake_is_named_with_its_line),
        cmocka_unit_test(a_nul_byte_and_a_huge_file_are_refused),
        cmocka_unit_test(loading_gives_the_first_problem_and_counts_the_rest),
        cmocka_unit_test(keys_that_can_be_guessed_are_pointed_out),
        cmocka_unit_test(shipped_banks_have_nothing_wrong_and_nothing_weak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

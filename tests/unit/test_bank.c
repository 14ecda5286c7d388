/* Question banks: what is read from a good one, and the one clear line for each way to be wrong. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/bank.h"
#include "quizzes/bank/engine_range.h"
#include "quizzes/engine_asked.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define FRONT       "---\nid: demo\ntitle: A demo\ndomain: foundations\nversion: 3\nlicence: MIT\n---\n"
#define HEAD        "## one {type=single level=1 topic=t1}\n\nWhich?\n\n"
#define TYPED(type) "## one {type=" type " level=1 topic=t1}\n\nWhich?\n\n"
#define RIGHT       "- [x] Yes\n  > Why.\n"
#define WRONG       "- [ ] No\n  > Why not.\n"

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

static void every_type_is_read_with_its_own_data(void **state)
{
    (void)state;
    static const char text[] =
        FRONT "## tf {type=truefalse level=1 topic=N02 objective=o engine=\">=19.03,<23\" lesson=a-lesson man=\"7 "
              "namespaces\"}\n\nIs it?\n\n"
              "- [x] True\n  > a\n- [ ] False\n  > b\n\n```proof\nexpect one true\n```\n"
              "## ma {type=matching level=1 topic=t}\n\nWhat to what?\n\n- a = b = c\n  > x\n- `d`  =  e\n  > y\n"
              "## or {type=ordering level=1 topic=t}\n\nA list:\n\n- of the stem\n\n1. one\n   > x\n2. two\n   lines\n   > y\n"
              "## sh {type=short level=1 topic=t}\n\nName it.\n\n- [x] *name* space\n  > x\n- [ ] cgroup\n  > y\n"
              "## nu {type=numeric level=1 topic=t}\n\nHow much?\n\n- [x] 7.5 +- 0.5 {unit=MiB}\n  > x\n- [ ] -8\n  > y\n"
              "## co {type=command level=1 topic=t}\n\nType it.\n\n- [x] docker run -d nginx\n  > x\n"
              "## es {type=essay level=1 topic=t}\n\nExplain.\n\n```rubric\n2: this\n\n3: that\n```\n"
              "## ta {type=task level=1 topic=t}\n\nDo it.\n\nlab: a-way-in\n"
              "## mu {type=multiple scoring=penalty level=1 topic=t}\n\nWhich?\n\n- [x] a\n  > x\n- [ ] b\n  > y\n\n"
              "```proof options\n%setup\ntrue\n%check\ntrue\n%option 1\ntrue\n%option 2\nfalse\n```\n";
    struct bank bank;
    cleanup_strv char **problems = NULL;
    if (bank_parse("demo.md", text, strlen(text), &bank, &problems))
        fail_msg("%s", problems[0]);
    const struct bank_question *q = bank.questions;
    assert_int_equal(bank.count, 9);
    assert_string_equal(q[0].engine, ">=19.03,<23");
    assert_string_equal(q[0].man, "7 namespaces");
    assert_string_equal(q[0].lesson, "a-lesson");
    assert_string_equal(q[0].proof, "expect one true\n");
    assert_int_equal(q[0].proof_line, 18);
    assert_false(q[0].proof_options);
    assert_string_equal(q[1].options[0].text, "a");
    assert_string_equal(q[1].options[0].match, "b = c");
    assert_string_equal(q[1].options[1].text, "`d`");
    assert_string_equal(q[1].options[1].match, "e");
    assert_string_equal(q[2].stem, "A list:\n\n- of the stem");
    assert_string_equal(q[2].options[1].text, "two\nlines");
    assert_string_equal(q[3].options[0].text, "*name* space");
    assert_false(q[3].options[1].key);
    assert_true(q[4].options[0].value == 7.5 && q[4].options[0].tolerance == 0.5 && q[4].options[1].value == -8);
    assert_string_equal(q[4].options[0].unit, "MiB");
    assert_null(q[4].options[1].unit);
    assert_string_equal(q[5].options[0].text, "docker run -d nginx");
    assert_int_equal(q[6].points, 5);
    assert_string_equal(q[6].rubric, "2: this\n\n3: that\n");
    assert_string_equal(q[7].lab, "a-way-in");
    assert_string_equal(q[7].stem, "Do it.");
    assert_int_equal(q[8].scoring, SCORING_PENALTY);
    assert_true(q[8].proof_options);
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
    {"---\ntitle: A\ndomain: foundations\nversion: 1\nlicence: MIT\n---\n" HEAD RIGHT WRONG,
     "b.md:1: the front matter needs \"id: ...\""},
    {"---\nid: Not Good\ntitle: A\ndomain: foundations\nversion: 1\nlicence: MIT\n---\n" HEAD RIGHT WRONG,
     "b.md:2: id \"Not Good\""},
    {"---\nid: x\ntitle: A\ndomain: foundations\nversion: 1\n---\n" HEAD RIGHT WRONG, "the front matter needs \"licence: ...\""},
    {"---\nid: x\ntitle: A\ndomain: foundations\nversion: 1\nlicence: MIT\npass: 101\n---\n" HEAD RIGHT WRONG,
     "b.md:7: pass must be"},
    {"---\nid: x\ntitle: A\ndomain: foundations\nversion: 1\nlicence: MIT\npas: 50\n---\n" HEAD RIGHT WRONG,
     "b.md:7: \"pas\" is unknown"},
    {FRONT, "b.md:8: the bank has no questions"},
    {FRONT "Hello.\n" HEAD RIGHT WRONG, "b.md:8: text before the first question"},
    {FRONT "# one\n" HEAD RIGHT WRONG, "b.md:8: only \"## id {...}\" headings"},
    {FRONT "one {type=single level=1 topic=t1}\n---\n" HEAD RIGHT WRONG, "b.md:8: only \"## id {...}\" headings"},
    {FRONT "## one\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: a question begins with"},
    {FRONT "## One {type=single level=1 topic=t}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: question id \"One\""},
    {FRONT "## one {level=1 topic=t}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: type is missing"},
    {FRONT "## one {type=single topic=t}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: level is missing"},
    {FRONT "## one {type=single level=1}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: topic is missing"},
    {FRONT "## one {type=poem level=1 topic=t}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: type=poem is unknown"},
    {FRONT "## one {type=single level=9 topic=t}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: level=9: choose"},
    {FRONT "## one {type=single level=1 topic=T_1}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: topic=T_1: use A-Z"},
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
    {FRONT HEAD RIGHT "- [ ] \xc2\x9b"
                      "2J\n  > Why.\n",
     "b.md:14: control character 0x9b"},
    {FRONT HEAD RIGHT "- [ ] None of the above\n  > Why.\n", "b.md:14: \"none of the above\" loses its sense"},
    {"---\nid: x\ntitle: A\ndomain: cooking\nversion: 1\nlicence: MIT\n---\n" HEAD RIGHT WRONG,
     "b.md:4: domain \"cooking\" is unknown"},
    {FRONT "## one {type=single level=1 topic=t objective=O}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: objective=O: use a-z"},
    {FRONT "## one {type=single level=1 topic=t engine=new}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: engine=new: write the versions"},
    {FRONT "## one {type=single level=1 topic=t man=ls}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: man=\"ls\": write section and page"},
    {FRONT "## one {type=single level=1 topic=t lesson=A}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: lesson=A: use the lesson's name"},
    {FRONT "## one {type=multiple level=1 topic=t scoring=some}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: scoring=some: choose"},
    {FRONT "## one {type=single level=1 topic=t scoring=partial}\n\nWhich?\n\n" RIGHT WRONG, "b.md:8: scoring=partial is for"},
    {FRONT TYPED("truefalse") RIGHT WRONG, "b.md:12: question one is true or false: its options are"},
    {FRONT TYPED("truefalse") "- [x] True\n  > a\n- [x] False\n  > b\n", "b.md:8: question one is true or false and has 2 keys"},
    {FRONT TYPED("matching") "- a = 1\n  > a\n- b\n  > b\n", "b.md:14: a pair is written \"- left = right\""},
    {FRONT TYPED("matching") "- a = 1\n  > a\n- b = 1\n  > b\n", "b.md:8: all pairs of question one have the same right side"},
    {FRONT TYPED("numeric") "- [ ] *\n  > a\n- [x] 1\n  > b\n", "b.md:12: \"*\" takes every answer"},
    {FRONT TYPED("matching") "- a = 1\n  > a\n", "b.md:8: question one has 1 option; write at least two as \"- left = right\""},
    {FRONT TYPED("ordering") "- a\n  > a\n- b\n  > b\n", "b.md:8: question one has 0 options; write at least two as \"1. first\""},
    {FRONT TYPED("ordering") "1. a\n   > a\n2. b\n", "b.md:14: the option has no explanation"},
    {FRONT TYPED("short") "- [x] *\n  > a\n", "b.md:12: this pattern of question one takes anything"},
    {FRONT TYPED("short") "- [ ] no\n  > a\n", "b.md:8: question one has no key"},
    {FRONT TYPED("numeric") "- [x] seven\n  > a\n", "b.md:12: \"seven\" is no number"},
    {FRONT TYPED("numeric") "- [x] 7 +- -1\n  > a\n", "b.md:12: \"7 +- -1\" is no number"},
    {FRONT TYPED("numeric") "- [x] 7 {unit=}\n  > a\n", "b.md:12: \"7 {unit=}\" is no number"},
    {FRONT TYPED("numeric") "- [x] inf\n  > a\n", "b.md:12: \"inf\" is no number"},
    {FRONT TYPED("command") "- [x] docker ps\n  -a\n  > a\n", "b.md:12: a command of question one is one line"},
    {FRONT TYPED("essay") RIGHT, "b.md:8: question one is an essay: write a fenced block"},
    {FRONT TYPED("essay") "```rubric\n1: a\nb\n```\n", "b.md:14: a line of a rubric is"},
    {FRONT TYPED("essay") "```rubric\n\n```\n", "b.md:12: the rubric of question one gives no points"},
    {FRONT TYPED("single") "```rubric\n1: a\n```\n", "b.md:8: question one has a rubric; only type=essay"},
    {FRONT TYPED("task") "lab: No Lab\n", "b.md:8: question one is a task: write a line \"lab: "},
    {FRONT TYPED("task"), "b.md:8: question one is a task: write a line \"lab: "},
    {FRONT HEAD "```proof\ntrue\n```\n" RIGHT WRONG, "b.md:12: the proof of question one stands before its options"},
    {FRONT HEAD RIGHT WRONG "```proof\ntrue\n```\n```proof\ntrue\n```\n", "b.md:19: question one has two proofs"},
    {FRONT HEAD RIGHT WRONG "```proof\n\n```\n", "b.md:16: the proof of question one is empty"},
    {FRONT HEAD RIGHT WRONG "```proof all\ntrue\n```\n", "b.md:16: \"proof all\" is unknown"},
    {FRONT HEAD RIGHT WRONG "```proof\ntrue\n```\nMore.\n", "b.md:19: text after the proof of question one"},
    {FRONT HEAD RIGHT WRONG "```proof options\n%check\ntrue\n%option 1\ntrue\n```\n",
     "b.md:17: the proof of question one has 1 of 2 options"},
    {FRONT HEAD RIGHT WRONG "```proof options\n%check\n%option 2\n```\n",
     "b.md:18: \"%option 2\": the next section is \"%option 1\""},
    {FRONT HEAD RIGHT WRONG "```proof options\n%option 1\n%option 2\n```\n", "b.md:17: the proof of question one has no %check"},
    {FRONT HEAD RIGHT WRONG "```proof options\n%chekc\n%option 1\n%option 2\n```\n", "b.md:17: \"%chekc\" is unknown"},
    {FRONT TYPED("short") "- [x] a\n  > a\n\n```proof options\n%check\n%option 1\n```\n",
     "b.md:16: \"proof options\" runs options"},
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
                   "- [ ] Another\n  > Why.\n",
                   i);
    struct bank bank;
    cleanup_strv char **problems = NULL, **advice = NULL;
    assert_int_equal(bank_parse("b.md", text.data, text.len, &bank, &problems), 0);
    bank_advise("b.md", &bank, &advice);
    cleanup_free char *all = strv_join(advice, "\n");
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

static void an_engine_is_known_by_its_version_or_by_the_api_it_speaks(void **state)
{
    (void)state;
    static const struct {
        const char *version, *api, *known;
    } cases[] = {{"20.10.24+dfsg1", "1.41", "20.10.24"},
                 {"28.3.0", "1.51", "28.3.0"},
                 {"0.1.0", "1.43", "24.0"},
                 {"5.4.2", "1.41", "20.10"},
                 {"0.1.0", "1.51", "28.0"},
                 {"0.1", "1.24", NULL},
                 {"", "", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_json json_t *answer = json_pack("{s:s,s:s}", "Version", cases[i].version, "ApiVersion", cases[i].api);
        cleanup_free char *known = engine_version_of(answer);
        if (cases[i].known ? !str_equal(known, cases[i].known) : known != NULL)
            fail_msg("%s, API %s is %s", cases[i].version, cases[i].api, str_or(known, "unknown"));
    }
}

static void a_range_of_versions_says_which_engines_it_is_true_for(void **state)
{
    (void)state;
    static const struct {
        const char *range, *version;
        bool fits;
    } cases[] = {{">=20.10", "20.10", true},
                 {">=20.10", "20.10.7", true},
                 {">=20.10", "20.9", false},
                 {">=20.10", "19.03", false},
                 {">=20.10", "23", true},
                 {"<23", "20.10", true},
                 {"<23", "23.0.1", false},
                 {"<=23", "23.0.1", true},
                 {">23", "23.0.1", false},
                 {">23", "24", true},
                 {"20.10", "20.10.3", true},
                 {"=20.10", "20.1", false},
                 {">=19.03,<23", "20", true},
                 {">=19.03,<23", "23", false},
                 {">=19.03,<23", "18", false},
                 {NULL, "1", true},
                 {"<1", "", true}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (engine_range_fits(cases[i].range, cases[i].version) != cases[i].fits)
            fail_msg("%s of %s", cases[i].version, cases[i].range);
    static const char *const bad[] = {"", "x", ">=", "=>20", "<>20", "20,", ">=20.10,x"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (engine_range_valid(bad[i]))
            fail_msg("\"%s\" is taken for a range", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_bank_is_read_as_written),
        cmocka_unit_test(every_type_is_read_with_its_own_data),
        cmocka_unit_test(every_mistake_is_named_with_its_line),
        cmocka_unit_test(a_nul_byte_and_a_huge_file_are_refused),
        cmocka_unit_test(loading_gives_the_first_problem_and_counts_the_rest),
        cmocka_unit_test(keys_that_can_be_guessed_are_pointed_out),
        cmocka_unit_test(an_engine_is_known_by_its_version_or_by_the_api_it_speaks),
        cmocka_unit_test(a_range_of_versions_says_which_engines_it_is_true_for),
        cmocka_unit_test(shipped_banks_have_nothing_wrong_and_nothing_weak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

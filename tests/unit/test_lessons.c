/* Lessons and labs as data: Markdown to blocks, front matter to JSON, and that everything shipped can be read. */
#include "base/files.h"
#include "base/frontmatter.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/lab.h"
#include "lessons/lesson.h"
#include "lessons/lesson_lint.h"
#include "lessons/recall.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void headings_start_pages_and_fences_say_what_can_be_run(void **state)
{
    (void)state;
    struct pages pages;
    pages_parse("intro *soft* **hard** `code`\n\n## One\n\ntext\n\n```run\nls -l\npwd\n```\n\n```text\nout\n```\n\n> note\n\n1. "
                "first\n2. second\n   - deep\n",
                &pages);
    assert_int_equal(pages.count, 2);
    assert_string_equal(pages.list[0].title, "");
    assert_string_equal(pages.list[0].blocks[0].text, "intro \x03soft\x0f \x02hard\x0f \x01"
                                                      "code\x0f");
    const struct page *one = &pages.list[1];
    static const enum block_kind kinds[] = {BLOCK_PARAGRAPH, BLOCK_COMMAND, BLOCK_CODE, BLOCK_NOTE,
                                            BLOCK_ITEM,      BLOCK_ITEM,    BLOCK_ITEM};
    assert_string_equal(one->title, "One");
    assert_int_equal(one->count, ARRAY_LEN(kinds));
    for (size_t i = 0; i < one->count; i++)
        assert_int_equal(one->blocks[i].kind, kinds[i]);
    assert_string_equal(one->blocks[1].text, "ls -l\npwd");
    assert_int_equal(one->blocks[5].number, 2);
    assert_int_equal(one->blocks[6].level, 2);
    assert_int_equal(one->blocks[6].number, 0);
    pages_free(&pages);
}

static void fences_say_what_they_are(void **state)
{
    (void)state;
    struct pages pages;
    pages_parse("## One\n\n```run exit=3\na\n```\n\n```run follow\nb\n```\n\n```picture layers web\n```\n\n```recall\nb/q\n```\n\n"
                "```predict\nWhat *now*?\n\n- [ ] `a`,\n      or b\n  > No.\n  > Never.\n- [x] c\n  > Yes.\n```\n",
                &pages);
    const struct block *blocks = pages.list[0].blocks;
    assert_int_equal(pages.list[0].count, 5);
    assert_int_equal(blocks[0].kind, BLOCK_COMMAND);
    assert_int_equal(blocks[0].code, 3);
    assert_int_equal(blocks[0].line, 3);
    assert_true(blocks[1].follow && !blocks[0].follow);
    assert_int_equal(blocks[2].kind, BLOCK_PICTURE);
    assert_string_equal(blocks[2].text, "layers");
    assert_string_equal(blocks[2].name, "web");
    assert_int_equal(blocks[3].kind, BLOCK_RECALL);
    assert_string_equal(blocks[3].text, "b/q");
    assert_int_equal(blocks[4].kind, BLOCK_PREDICT);
    const struct prediction *prediction = blocks[4].prediction;
    assert_null(prediction->problem);
    assert_string_equal(prediction->question.list[0].blocks[0].text, "What \x03now\x0f?");
    assert_int_equal(prediction->count, 2);
    assert_int_equal(prediction->key, 1);
    assert_string_equal(prediction->choices[0].text, "\x01"
                                                     "a\x0f, or b");
    assert_string_equal(prediction->choices[0].why, "No. Never.");
    pages_free(&pages);
}

static void recall_lines_mean_questions(void **state)
{
    (void)state;
    cleanup_recall struct recall recall;
    struct question_names names = {0};
    const struct question_name *found[4];
    cleanup_syllabus struct syllabus syllabus;
    assert_int_equal(syllabus_load(&syllabus, NULL), 0);
    assert_int_equal(syllabus.topic_count, 156);
    assert_int_equal(syllabus.feature_count, 65);
    question_names_add(&names, "containers-basics", "ns-count", "namespaces");
    question_names_add(&names, "containers-basics", "ns-uts", "namespaces");
    question_names_add(&names, "other", "one", "k01");
    recall_parse("containers-basics/ns-uts\ntopic K01 2\n\ntopic namespaces\nword\ntopic C05 0", &recall);
    assert_int_equal(recall.count, 5);
    assert_int_equal(recall_fitting(&recall.lines[0], &names, &syllabus, found, 4), 1);
    assert_string_equal(found[0]->id, "ns-uts");
    assert_int_equal(recall_fitting(&recall.lines[1], &names, &syllabus, found, 4), 2); /* named by the topic, and its own */
    assert_string_equal(found[0]->id, "ns-count");
    assert_string_equal(found[1]->id, "one");
    assert_int_equal(recall_fitting(&recall.lines[2], &names, &syllabus, found, 1), 2);
    assert_int_equal(recall.lines[2].line, 3);
    assert_non_null(recall.lines[3].problem);
    assert_non_null(recall.lines[4].problem);
    question_names_free(&names);
}

static void topics_name_questions_that_are_there(void **state)
{
    (void)state;
    struct lint lint;
    struct error err = ERROR_INIT;
    if (lint_open(&lint, &err) < 0)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < lint.syllabus.topic_count; i++)
        for (char **name = lint.syllabus.topics[i].questions; name && *name; name++) {
            cleanup_recall struct recall recall;
            recall_parse(*name, &recall);
            if (!question_names_has(&lint.questions, recall.lines[0].bank, recall.lines[0].question))
                fail_msg("topic %s names %s, which is in no bank", lint.syllabus.topics[i].id, *name);
        }
    lint_close(&lint);
}

static void control_characters_of_the_source_are_no_marks(void **state)
{
    (void)state;
    struct pages pages;
    pages_parse("a\x01"
                "b\x1b[31mc",
                &pages);
    assert_string_equal(pages.list[0].blocks[0].text, "ab[31mc");
    pages_free(&pages);
}

static void printing_wraps_at_the_width(void **state)
{
    (void)state;
    struct pages pages;
    pages_parse("- one two three four five six seven eight\n\n```run\na\nb\n```\n", &pages);
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    page_print(&pages.list[0], 20, 0, out);
    fclose(out);
    assert_string_equal(text, " - one two three\n   four five six\n   seven eight\n\n  $ a\n    b\n\n");
    free(text);
    pages_free(&pages);
}

static void front_matter_becomes_json_and_errors_name_the_line(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    const char *body;
    cleanup_json json_t *head = front_matter_parse("f.md", "---\ntitle: A: no\n---\nx", &body, &err);
    assert_null(head);
    assert_true(str_starts(err.message, "f.md:2: "));
    cleanup_json json_t *good = front_matter_parse("f.md", "---\ntitle: A\nlist:\n  - 1\n  - two\n---\nbody\n", &body, &err);
    assert_string_equal(json_str(good, "title", ""), "A");
    assert_int_equal(json_array_size(json_at(good, "list")), 2);
    assert_string_equal(body, "body\n");
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"title: x\n", "f.md:1: front matter is missing: the first line must be ---"},
        {"---\ntitle: x\n", "f.md:1: front matter is not closed by a line ---"},
        {"---\n- a\n---\n", "f.md:2: the front matter must be a mapping (key: value)"},
        {"---\na: 1\na: 2\n---\n", "f.md:3: this key is given twice"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_null(front_matter_parse("f.md", bad[i].text, NULL, &err));
        assert_string_equal(err.message, bad[i].message);
    }
}

static void every_shipped_lesson_can_be_read_and_shows_something(void **state)
{
    (void)state;
    struct lesson *lessons;
    size_t count;
    struct error err = ERROR_INIT;
    assert_int_equal(lessons_load(&lessons, &count, &err), 0);
    struct lesson *first = lesson_find(lessons, count, "what-a-container-is");
    assert_non_null(first);
    assert_true(first->minutes > 0 && first->page_count >= 5 && strv_len(first->objectives) >= 3);
    for (size_t i = 0; i < count; i++) {
        size_t commands = 0;
        const struct pages *pages = lesson_pages(&lessons[i]);
        assert_int_equal(pages->count, lessons[i].page_count); /* counted without being parsed */
        for (size_t p = 0; p < pages->count; p++)
            for (size_t b = 0; b < pages->list[p].count; b++)
                commands += pages->list[p].blocks[b].kind == BLOCK_COMMAND || pages->list[p].blocks[b].kind == BLOCK_CODE;
        assert_true(commands > 0);
    }
    lessons_free(lessons, count);
}

static void every_shipped_lab_can_be_read_and_has_wrong_solutions(void **state)
{
    (void)state;
    struct lab *labs;
    size_t count;
    struct error err = ERROR_INIT;
    assert_int_equal(labs_load(&labs, &count, &err), 0);
    assert_non_null(lab_find(labs, count, "two-namespaces-and-a-wire"));
    assert_non_null(lab_find(labs, count, "a-memory-limit-with-teeth"));
    for (size_t i = 0; i < count; i++)
        for (size_t s = 0; s < labs[i].step_count; s++) {
            cleanup_free char *command = str_format("ls %s/wrong-*.sh >/dev/null 2>&1", labs[i].steps[s].folder);
            assert_int_equal(system(command), 0);
            assert_true(labs[i].steps[s].hint_count >= 2);
        }
    labs_free(labs, count);
}

static void a_lab_that_is_not_whole_is_named(void **state)
{
    (void)state;
    char dir[] = "/tmp/slt-labs-XXXXXX";
    assert_non_null(mkdtemp(dir));
    cleanup_free char *step = str_format("%s/labs/x/10-a", dir), *lab = str_format("%s/labs/x/lab.md", dir);
    cleanup_free char *text = str_format("%s/step.md", step);
    assert_int_equal(path_make_dirs(step, 0755, NULL), 0);
    assert_int_equal(file_write(lab, "---\ntitle: X\n---\n", 17, 0644, NULL), 0);
    assert_int_equal(file_write(text, "---\ntitle: A\n---\n", 17, 0644, NULL), 0);
    setenv("SLIPWAY_CONTENT", dir, 1);
    struct lab *labs;
    size_t count;
    struct error err = ERROR_INIT;
    assert_int_equal(labs_load(&labs, &count, &err), -EINVAL);
    assert_non_null(strstr(err.message, "labs/x/lab.md:1: summary: it is missing"));
    unsetenv("SLIPWAY_CONTENT");
    assert_int_equal(path_remove_tree(dir, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headings_start_pages_and_fences_say_what_can_be_run),
        cmocka_unit_test(fences_say_what_they_are),
        cmocka_unit_test(recall_lines_mean_questions),
        cmocka_unit_test(topics_name_questions_that_are_there),
        cmocka_unit_test(control_characters_of_the_source_are_no_marks),
        cmocka_unit_test(printing_wraps_at_the_width),
        cmocka_unit_test(front_matter_becomes_json_and_errors_name_the_line),
        cmocka_unit_test(every_shipped_lesson_can_be_read_and_shows_something),
        cmocka_unit_test(every_shipped_lab_can_be_read_and_has_wrong_solutions),
        cmocka_unit_test(a_lab_that_is_not_whole_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

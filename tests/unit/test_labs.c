/* The format of labs: every field that can be wrong, parameters drawn, and scenarios carried over. */
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/lab.h"
#include "labs/lab_new.h"
#include "labs/lint.h"
#include "labs/scenario_text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], *lab_folder;

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/slt-labs-XXXXXX");
    assert_non_null(mkdtemp(folder));
    lab_folder = path_join(folder, "my-lab");
    assert_int_equal(lab_new(lab_folder, NULL), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(lab_folder);
    return path_remove_tree(folder, NULL);
}

static char *linted(void)
{
    cleanup_problems struct lab_problems problems = {0};
    char *text = NULL;
    size_t len;
    lab_lint(lab_folder, true, &problems);
    FILE *out = open_memstream(&text, &len);
    problems_print(&problems, out);
    fclose(out);
    return text;
}

/* A line of a file gives way to another; the file's text before that is kept. */
static char *with_line(const char *name, const char *start, const char *line)
{
    cleanup_free char *path = path_join(lab_folder, name);
    char *old = file_read(path, NULL, NULL);
    assert_non_null(old);
    cleanup_free char *mark = str_format("\n%s", start);
    char *at = strstr(old, mark);
    struct buf changed = BUF_INIT;
    if (at) {
        buf_add(&changed, old, (size_t)(at + 1 - old));
        buf_puts(&changed, line);
        buf_puts(&changed, at + 1 + strcspn(at + 1, "\n") + !*line);
    } else { /* a field that the skeleton does without */
        buf_printf(&changed, "---\n%s%s", line, old + 3);
    }
    assert_int_equal(file_write(path, changed.data, changed.len, 0644, NULL), 0);
    buf_free(&changed);
    return old;
}

static void put_back(const char *name, char *old)
{
    cleanup_free char *path = path_join(lab_folder, name);
    assert_int_equal(file_write(path, old, strlen(old), 0644, NULL), 0);
    free(old);
}

static void expect_problem(const char *file, const char *start, const char *line, const char *problem)
{
    char *old = with_line(file, start, line);
    cleanup_free char *said = linted(), *wanted = str_format("%s/%s:%s", lab_folder, file, problem);
    if (!strstr(said, wanted))
        fail_msg("for \"%s\" wanted:\n%s\ngot:\n%s", line, wanted, said);
    put_back(file, old);
}

static void a_new_lab_has_nothing_wrong(void **state)
{
    (void)state;
    cleanup_free char *said = linted();
    assert_string_equal(said, "");
    struct error err = ERROR_INIT;
    assert_int_equal(lab_new(lab_folder, &err), -EEXIST);
}

static void every_wrong_field_is_named_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *start, *line, *problem;
    } cases[] = {
        {"title:", "", "1: title: it is missing; add a line such as title: Two namespaces and a wire"},
        {"title:", "title:", "2: title: it is empty"},
        {"title:", "title: [a, b]", "2: title: it must be one value"},
        {"title:", "title: The net {{name}}", "2: title: it is the same for all learners"},
        {"summary:", "", "1: summary: it is missing"},
        {"summary:", "summary: For {{name}}", "3: summary: it is the same for all learners"},
        {"order:", "order: first", "4: order: 'first' is no whole number; write 110"},
        {"order:", "order: 0", "4: order: 0 is not between 1 and 9999"},
        {"minutes:", "minutes: 999", "5: minutes: 999 is not between 1 and 240"},
        {"minutes:", "", "1: minutes: it is missing"},
        {"domain:", "domain: containers", "6: domain: 'containers' is none of: foundations"},
        {"picture:", "picture: portrait", "7: picture: 'portrait' is none of: topology"},
        {"memory:", "memory: much", "8: memory: 'much' is no size; write 256m"},
        {"memory:", "memory: 1k", "8: memory: '1k' is not between 16m and 4096m"},
        {"disk:", "disk: 100g", "2: disk: '100g' is not between 1m and 16384m"},
        {"pids:", "pids: 5", "9: pids: 5 is not between 16 and 4096"},
        {"cpus:", "cpus: -1", "2: cpus: '-1' is no number of processors"},
        {"cpus:", "cpus: nan", "2: cpus: 'nan' is no number of processors"},
        {"engine:", "engine: maybe", "2: engine: 'maybe' is neither yes nor no; write yes"},
        {"timed:", "timed: 1", "2: timed: '1' is neither yes nor no"},
        {"steps:", "steps: random", "2: steps: 'random' is none of: strict free"},
        {"hosts:", "hosts: [a, B]", "2: hosts: 'B' is no name of a-z, 0-9 and dashes"},
        {"hosts:", "hosts: [a, a]", "2: hosts: 'a' is there twice"},
        {"needs:", "needs: [luck]", "2: needs: 'luck' is none of: cgroup-v1"},
        {"topics:", "topics: N05", "2: topics: it must be a list"},
        {"topics:", "topics: [X99]", "2: topics: 'X99' is not in lessons/topics.yaml"},
        {"features:", "features: [flight]", "2: features: 'flight' is not in lessons/features.yaml"},
        {"prerequisites:", "prerequisites: [no-such-thing]", "2: prerequisites: there is neither a lesson nor a lab named"},
        {"prerequisites:", "prerequisites: [my-lab]", "2: prerequisites: a lab cannot come before itself"},
        {"objectives:", "objectives:\n  - [a]", "10: objectives: item 1 is not a text"},
        {"  name:", "  Name: \"{1-2}\"", "14: parameters: Name: a name is a-z"},
        {"  name:", "  name: plain", "14: parameters: name: nothing in it is drawn"},
        {"  name:", "  name: \"{9-1}\"", "14: parameters: name: in {A-B}, A must be less than B"},
        {"  name:", "  name: \"{a|}\"", "14: parameters: name: a choice in {x|y} is empty"},
        {"  name:", "  name: \"x{1-2\"", "14: parameters: name: there is a { without its }"},
        {"  name:", "  name: \"x}\"", "14: parameters: name: there is a } without its {"},
        {"  name:", "  name: \"{x}\"", "14: parameters: name: a draw is {A-B}"},
        {"  name:", "  name: {red|blue}-{1-9}", "14: a value that begins with { must stand in quotes"},
        {"  name:", "  name: \"{1-9}\"\n  other: \"{1-9}\"", "15: parameters: other: no script uses $other"},
        {"colour:", "colour: red", "2: colour: there is no such field; remove it, or use one of: title, summary"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        expect_problem("lab.md", cases[i].start, cases[i].line, cases[i].problem);
    expect_problem("20-file/step.md", "title:", "needs: [10-directory]", "1: title: it is missing");
    expect_problem("20-file/step.md", "title:", "title: Name {{name}}", "2: title: it is the same for all learners");
    expect_problem("20-file/step.md", "needs:", "needs: [30-mode]", "1: needs: '30-mode' is no step before this one");
    expect_problem("20-file/step.md", "Write", "Write {{word}}.", "4: {{word}} is no parameter; add it to `parameters` in lab.md");
    expect_problem("20-file/verify.sh", "fi", "done", "4: syntax error near unexpected token `done'; bash cannot read it");
    expect_problem("20-file/verify.sh", "fi", "fi; cat ~/.bash_history", "4: a check looks at what the kernel and the engine hold");
}

static void expect_file_problem(const char *remove, const char *add, const char *problem)
{
    cleanup_free char *gone = path_join(lab_folder, str_or(remove, "-")), *text = remove ? file_read(gone, NULL, NULL) : NULL;
    cleanup_free char *added = path_join(lab_folder, str_or(add, "-"));
    if (remove)
        assert_int_equal(unlink(gone), 0);
    if (add)
        assert_int_equal(file_write(added, "true\n", 5, 0644, NULL), 0);
    cleanup_free char *said = linted(), *wanted = str_format("%s/%s", lab_folder, problem);
    if (!strstr(said, wanted))
        fail_msg("wanted:\n%s\ngot:\n%s", wanted, said);
    if (add)
        unlink(added);
    if (remove)
        assert_int_equal(file_write(gone, text, strlen(text), 0644, NULL), 0);
}

static void every_missing_or_stray_file_is_named(void **state)
{
    (void)state;
    expect_file_problem("20-file/hint-1.md", NULL, "20-file/hint-2.md:1: hints are numbered without gaps; call it hint-1.md");
    expect_file_problem("30-mode/hint-1.md", NULL, "30-mode:1: a step needs at least hint-1.md");
    expect_file_problem("20-file/verify.sh", NULL, "20-file:1: a step needs verify.sh");
    expect_file_problem("20-file/solve.sh", NULL, "20-file:1: a step needs solve.sh");
    expect_file_problem("20-file/wrong-word.sh", NULL, "20-file:1: a step needs a wrong-NAME.sh");
    expect_file_problem("20-file/wrong-word.sh", "20-file/wrong-word.sh", "20-file/wrong-word.sh:1: line 1 must be: # expect: ");
    expect_file_problem("20-file/step.md", NULL, "20-file:1: this folder has no step.md");
    expect_file_problem(NULL, "20-file/notes.txt", "20-file/notes.txt:1: this file means nothing here");
    expect_file_problem(NULL, "20-file/verify@b.sh", "20-file/verify@b.sh:1: this file means nothing here");
    expect_file_problem(NULL, "verify.sh", "verify.sh:1: this file means nothing here; a lab has lab.md");
}

static void every_problem_is_said_at_once(void **state)
{
    (void)state;
    char *one = with_line("lab.md", "order:", "order: x"), *two = with_line("20-file/step.md", "title:", "titel: x");
    cleanup_free char *said = linted();
    assert_non_null(strstr(said, ": order: "));
    assert_non_null(strstr(said, ": titel: "));
    assert_non_null(strstr(said, ": title: it is missing"));
    put_back("lab.md", one);
    put_back("20-file/step.md", two);
}

static void values_follow_from_the_seed_and_spread(void **state)
{
    (void)state;
    unsigned char seed[LAB_SEED] = {0};
    unsigned seen[10] = {0}, colours[3] = {0};
    for (unsigned i = 0; i < 3000; i++) {
        memcpy(seed, &i, sizeof i);
        cleanup_free char *value = template_draw("10.{0-9}.{red|blue|green}-x", seed, "subnet");
        cleanup_free char *again = template_draw("10.{0-9}.{red|blue|green}-x", seed, "subnet");
        assert_string_equal(value, again);
        assert_true(str_starts(value, "10.") && value[4] == '.' && str_ends(value, "-x"));
        seen[value[3] - '0']++;
        colours[value[5] == 'r' ? 0 : value[5] == 'b' ? 1 : 2]++;
    }
    for (size_t i = 0; i < 10; i++)
        assert_in_range(seen[i], 200, 400);
    for (size_t i = 0; i < 3; i++)
        assert_in_range(colours[i], 800, 1200);
    cleanup_free char *one = template_draw("{1-1000000}", seed, "a"), *other = template_draw("{1-1000000}", seed, "b");
    assert_string_not_equal(one, other);
}

static void texts_get_the_values_and_other_braces_stay(void **state)
{
    (void)state;
    struct lab_parameter list[] = {{(char *)"net", NULL, (char *)"10.1"}, {(char *)"n", NULL, (char *)"{{net}}"}};
    cleanup_free char *text = parameters_fill("{{net}}.1 {{.Id}} {{json .}} {{n}} {{other}} {{net", list, 2);
    assert_string_equal(text, "10.1.1 {{.Id}} {{json .}} {{net}} {{other}} {{net");
}

static void a_learner_reads_their_own_values(void **state)
{
    (void)state;
    struct lab lab;
    struct error err = ERROR_INIT;
    unsigned char seed[LAB_SEED] = {7};
    assert_int_equal(lab_load(lab_folder, &lab, &err), 0);
    assert_string_equal(lab.slug, "my-lab");
    assert_int_equal(lab.step_count, 3);
    lab_draw_parameters(&lab, seed);
    const char *value = lab.parameters[0].value, *text = lab.steps[0].instruction.list[0].blocks[0].text;
    assert_non_null(strstr(text, value));
    assert_null(strstr(text, "{{"));
    assert_non_null(strstr(lab.steps[0].hints[1].list[0].blocks[0].text, value));
    assert_true(lab.steps[0].meaning.count == 1 && lab.steps[1].meaning.count == 0);
    lab_clear(&lab);
}

static void marks_and_details_of_scenarios_become_plain(void **state)
{
    (void)state;
    cleanup_strv char **hints = NULL;
    cleanup_free char *text =
        scenario_text("Run `ls -l <x>`{{exec}} now.<br>\n```bash\ncat a <b>\n```{{execute interrupt}}\n"
                      "<details>\n<summary>Tip</summary>\nType `ls`{{copy}}.\n</details>\nSee <https://x.y>, 1 < 2.\n",
                      &hints);
    assert_string_equal(text, "Run `ls -l <x>` now.\n```bash\ncat a <b>\n```\n\nSee <https://x.y>, 1 < 2.\n");
    assert_int_equal(strv_len(hints), 1);
    assert_string_equal(hints[0], "Type `ls`.\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_lab_has_nothing_wrong),
        cmocka_unit_test(every_wrong_field_is_named_with_its_line),
        cmocka_unit_test(every_missing_or_stray_file_is_named),
        cmocka_unit_test(every_problem_is_said_at_once),
        cmocka_unit_test(values_follow_from_the_seed_and_spread),
        cmocka_unit_test(texts_get_the_values_and_other_braces_stay),
        cmocka_unit_test(a_learner_reads_their_own_values),
        cmocka_unit_test(marks_and_details_of_scenarios_become_plain),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

/* Every type of question from the bank to its mark; options one at a time; mock exams and quizzes; and keys that nobody sees early.
 */
#include "class_world.h"

#include "quizzes/classd/picks.h"
#include "quizzes/classd/score.h"

#include <errno.h>

#define FRONT "---\nid: demo\ntitle: A demo\ndomain: foundations\nversion: 1\nlicence: MIT\npass: 50\n---\n"
static const char bank[] =
    FRONT "## tf {type=truefalse level=1 topic=t lesson=what-is-asked man=\"7 SECRETpage\"}\n\nIs it?\n\n- [ ] True\n  > "
          "SECRET-a\n- [x] False\n  > SECRET-b\n\n"
          "```proof\nexpect SECRET-proof true\n```\n"
          "## ma {type=matching level=1 topic=t}\n\nWhat to what?\n\n- one = 1\n  > SECRET-c\n- two = 2\n  > SECRET-d\n- six = 6\n"
          "  > SECRET-e\n"
          "## or {type=ordering level=1 topic=t}\n\nIn which order?\n\n1. zeta\n   > SECRET-f\n2. alpha\n   > SECRET-g\n3. mu\n"
          "   > SECRET-h\n"
          "## sh {type=short level=1 topic=t}\n\nName it.\n\n- [ ] SECRETgroup*\n  > SECRET-i\n- [x] *SECRETspace\n  > SECRET-j\n"
          "## nu {type=numeric level=1 topic=t}\n\nHow much?\n\n- [x] 7123 +- 1 {unit=MiB}\n  > SECRET-k\n"
          "## co {type=command level=1 topic=t}\n\nType it.\n\n- [x] docker run -d --name SECRETweb nginx\n  > SECRET-l\n"
          "## es {type=essay level=1 topic=t}\n\nExplain.\n\n```rubric\n2: SECRET-m\n```\n"
          "## ta {type=task level=1 topic=t}\n\nDo it.\n\nlab: a-lab\n"
          "## mu {type=multiple scoring=partial level=1 topic=t}\n\nWhich?\n\n- [x] a\n  > SECRET-n\n- [ ] b\n  > SECRET-o\n"
          "- [x] c\n  > SECRET-p\n- [ ] d\n  > SECRET-q\n";

static json_t *item_named(const json_t *reply, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(reply, "items"), i, item)
    {
        if (str_equal(json_str(item, "id", ""), id))
            return item;
    }
    fail_msg("no item %s", id);
    return NULL;
}

static json_t *start(struct class_world *world)
{
    class_bank(world, bank);
    return class_get(world, json_pack("{s:s,s:s,s:i}", "op", "exam.start", "bank", "demo", "count", 20));
}

static json_t *answer(struct class_world *world, const json_t *started, const char *id, json_t *given)
{
    return class_ask(world, json_pack("{s:s,s:O,s:O,s:o,s:s}", "op", "exam.answer", "attempt", json_object_get(started, "attempt"),
                                      "slot", json_object_get(item_named(started, id), "slot"), "answer", given, "by", "source"));
}

static void stored(struct class_world *world, const json_t *started, const char *id, json_t *given)
{
    cleanup_json json_t *reply = answer(world, started, id, given);
    if (!json_flag(reply, "ok", false))
        fail_msg("%s: %s", id, json_str(reply, "error", "?"));
}

static void refused(struct class_world *world, json_t *request, int code, const char *words)
{
    cleanup_json json_t *reply = class_ask(world, request);
    if (json_flag(reply, "ok", true) || json_num(reply, "code", 0) != code || !strstr(json_str(reply, "error", ""), words))
        fail_msg("wanted %d \"%s\", got \"%s\"", code, words, json_str(reply, "error", "success"));
}

static void no_secret(const json_t *reply)
{
    cleanup_free char *text = json_text(reply);
    if (strstr(text, "SECRET") || strstr(text, "7123"))
        fail_msg("%s", text);
}

static json_t *finish(struct class_world *world, const json_t *started)
{
    return class_get(world, json_pack("{s:s,s:O}", "op", "exam.finish", "attempt", json_object_get(started, "attempt")));
}

static double points(const json_t *result, const char *id)
{
    return json_number_value(json_object_get(item_named(result, id), "points"));
}

static void right_answers_of_every_type_are_right(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world);
    no_secret(started);
    assert_int_equal(json_array_size(json_object_get(item_named(started, "ma"), "counterparts")), 3);
    assert_int_equal(json_array_size(json_object_get(item_named(started, "sh"), "options")), 0);
    stored(world, started, "tf", json_pack("[s]", "False"));
    stored(world, started, "ma", json_pack("[s,s,s]", "1", "2", "6"));
    stored(world, started, "or", json_pack("[s,s,s]", "zeta", "alpha", "mu"));
    stored(world, started, "sh", json_string("the secretSPACE"));
    stored(world, started, "nu", json_string("7123.5 MiB"));
    stored(world, started, "co", json_string("docker run --name=SECRETweb -d nginx"));
    stored(world, started, "es", json_string("Because.\nAnd so on."));
    stored(world, started, "mu", json_pack("[s,s]", "a", "c"));
    cleanup_json json_t *result = finish(world, started);
    const char *full[] = {"tf", "ma", "or", "sh", "nu", "co", "mu"};
    for (size_t i = 0; i < ARRAY_LEN(full); i++) {
        if (!json_flag(item_named(result, full[i]), "right", false))
            fail_msg("%s is not right", full[i]);
        assert_true(points(result, full[i]) == 1);
    }
    assert_true(json_flag(item_named(result, "es"), "pending", false));
    assert_true(json_flag(json_array_get(json_object_get(item_named(result, "sh"), "patterns"), 1), "met", false));
    assert_string_equal(json_str(item_named(result, "tf"), "proof.script", ""), "expect SECRET-proof true\n");
    assert_string_equal(json_str(item_named(result, "es"), "rubric", ""), "2: SECRET-m\n");
    assert_string_equal(json_str(item_named(result, "tf"), "man", ""), "7 SECRETpage");
    assert_string_equal(json_str(item_named(result, "tf"), "lesson", ""), "what-is-asked");
    cleanup_json json_t *key = class_get(world, json_pack("{s:s,s:s,s:s}", "op", "item.key", "bank", "demo", "id", "tf"));
    assert_string_equal(json_str(key, "man", ""), "7 SECRETpage");
    assert_int_equal(json_num(result, "score", 0), 7);
    assert_int_equal(json_num(result, "max", 0), 9);
}

static void half_right_answers_get_their_share(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world);
    stored(world, started, "ma", json_pack("[s,s,s]", "1", "6", ""));
    stored(world, started, "or", json_pack("[s,s,s]", "mu", "zeta", "alpha"));
    stored(world, started, "sh", json_string("SECRETgroups of SECRETspace")); /* the wrong pattern stands first */
    stored(world, started, "nu", json_string("7125"));
    stored(world, started, "co", json_string("docker run --name SECRETweb nginx"));
    stored(world, started, "mu", json_pack("[s,s]", "a", "b"));
    cleanup_json json_t *result = finish(world, started);
    assert_true(points(result, "ma") == 0.333);
    assert_true(points(result, "or") == 0.5);
    assert_true(points(result, "sh") == 0 && points(result, "nu") == 0 && points(result, "co") == 0 && points(result, "tf") == 0);
    assert_true(points(result, "mu") == 0.5);
    assert_string_equal(json_str(json_array_get(json_object_get(item_named(result, "sh"), "patterns"), 0), "explanation", ""),
                        "SECRET-i");
    cleanup_json json_t *list = class_get(world, json_pack("{s:s}", "op", "exam.list"));
    assert_true(json_number_value(json_object_get(json_array_get(json_object_get(list, "attempts"), 0), "score")) == 1.333);
}

/* Several may belong to the same thing, which is shown once; and what no other pattern takes is explained too. */
static void what_belongs_to_several_is_shown_once(void **state)
{
    struct class_world *world = *state;
    class_bank(world, FRONT "## pets {type=matching level=1 topic=t}\n\nWhat is what?\n\n- whale = mammal\n  > a\n- trout = fish\n"
                            "  > b\n- bat = mammal\n  > c\n- hen = bird\n  > d\n- cow = mammal\n  > e\n"
                            "## legs {type=numeric level=1 topic=t}\n\nLegs?\n\n- [x] 8\n  > f\n- [ ] *\n  > g\n");
    cleanup_json json_t *started = class_get(world, json_pack("{s:s,s:s,s:i}", "op", "exam.start", "bank", "demo", "count", 2));
    json_t *shown = json_object_get(item_named(started, "pets"), "counterparts");
    assert_int_equal(json_array_size(shown), 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(*json_str(json_array_get(shown, i), "text", ""));
    stored(world, started, "pets", json_pack("[s,s,s,s,s]", "mammal", "fish", "mammal", "fish", "mammal"));
    stored(world, started, "legs", json_string("six"));
    cleanup_json json_t *result = finish(world, started);
    assert_true(points(result, "pets") == 0.8);
    json_t *key = json_object_get(item_named(result, "pets"), "key");
    size_t same = 0;
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < i; k++)
            same += str_equal(json_string_value(json_array_get(key, i)), json_string_value(json_array_get(key, k)));
    assert_int_equal(same, 3);
    json_t *rest = json_array_get(json_object_get(item_named(result, "legs"), "patterns"), 1);
    assert_true(json_flag(rest, "met", false) && points(result, "legs") == 0);
}

static void several_keys_are_scored_as_their_question_says(void **state)
{
    (void)state;
    assert_true(score_multiple(SCORING_ALL, "ac", "ac", 4) == 1 && score_multiple(SCORING_ALL, "ac", "a", 4) == 0);
    assert_true(score_multiple(SCORING_PARTIAL, "ac", "a", 4) == 0.75 && score_multiple(SCORING_PARTIAL, "ac", "abcd", 4) == 0.5);
    assert_true(score_multiple(SCORING_PARTIAL, "ac", "", 4) == 0 && score_multiple(SCORING_PARTIAL, "ac", "bd", 4) == 0);
    assert_true(score_multiple(SCORING_PENALTY, "ac", "a", 4) == 0.5 && score_multiple(SCORING_PENALTY, "ac", "ab", 4) == 0);
    assert_true(score_multiple(SCORING_PENALTY, "ac", "acb", 4) == 0.5 && score_multiple(SCORING_PENALTY, "ac", "bd", 4) == 0);
    assert_true(score_ordering("abc", "abc") == 1 && score_ordering("abc", "cab") == 0.5 && score_ordering("abc", "cba") == 0);
    assert_true(score_ordering("abc", "") == 0 && score_matching("bca", "bca") == 1 && score_matching("bca", "") == 0);
}

static void wrong_answers_are_refused_in_words(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world);
    static char huge[2000], essay[40000];
    memset(huge, 'x', sizeof huge - 1);
    memset(essay, 'x', sizeof essay - 1);
    const struct {
        const char *id;
        json_t *given;
        int code;
        const char *words;
    } cases[] = {
        {"tf", json_pack("[s,s]", "True", "False"), EINVAL, "single choice"},
        {"or", json_pack("[s,s]", "mu", "zeta"), EINVAL, "put all 3 options into an order"},
        {"or", json_pack("[s,s,s]", "mu", "mu", "zeta"), EINVAL, "given twice"},
        {"ma", json_pack("[s,s,s,s]", "1", "2", "6", "1"), EINVAL, "3 things to match"},
        {"ma", json_pack("[s]", "9"), EINVAL, "no option \"9\""},
        {"sh", json_pack("[s,s]", "a", "b"), EINVAL, "must be a text"},
        {"sh", json_string("\x1b[2J"), EINVAL, "control character 0x1b at byte 1"},
        {"sh", json_string(huge), E2BIG, "1999 bytes; 1024 is the most"},
        {"es", json_string(essay), E2BIG, "39999 bytes; 32768 is the most"},
        {"ta", json_string("4/4"), EINVAL, "answered in its lab"},
        {"nu", json_integer(7), EINVAL, "must be a text"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_json json_t *reply = answer(world, started, cases[i].id, cases[i].given);
        if (json_num(reply, "code", 0) != cases[i].code || !strstr(json_str(reply, "error", ""), cases[i].words))
            fail_msg("%zu %s: got \"%s\"", i, cases[i].id, json_str(reply, "error", "success"));
        no_secret(reply);
    }
}

static json_t *lab_step(const char *op, const char *step)
{
    return json_pack("{s:s,s:s,s:s,s:i,s:i,s:s}", "op", op, "lab", "a-lab", "machine", "m1", "steps", 2, "minutes", 0, "step",
                     step);
}

static void a_task_counts_what_was_done_in_its_lab(void **state)
{
    struct class_world *world = *state;
    json_decref(class_get(world, lab_step("lab.go", "")));
    json_decref(class_get(world, lab_step("lab.step", "10-before")));
    class_pass(1000);
    cleanup_json json_t *started = start(world);
    json_t *again = lab_step("lab.go", "");
    json_object_set_new(again, "machine", json_string("m2"));
    json_decref(class_get(world, again));
    json_t *step = lab_step("lab.step", "10-x");
    json_object_set_new(step, "machine", json_string("m2"));
    json_decref(class_get(world, step));
    cleanup_json json_t *result = finish(world, started);
    assert_true(points(result, "ta") == 0.5);
}

/* All that is said before the end, to a client that asks for everything. */
static void no_reply_before_the_end_holds_a_key(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *first = start(world);
    json_decref(finish(world, first));
    json_decref(
        class_get(world, json_pack("{s:s,s:s,s:s,s:s}", "op", "practice.answer", "bank", "demo", "id", "sh", "answer", "x")));
    cleanup_json json_t *started = start(world);
    static const char *const ops[] = {"bank.list",   "bank.items",    "item.key",     "exam.list",       "exam.open",
                                      "exam.result", "standing",      "progress.get", "progress.export", "practice.answer",
                                      "quiz.list",   "practice.draw", "exam.start",   "learn.due",       "audit"};
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        cleanup_json json_t *reply = class_ask(world, json_pack("{s:s,s:s,s:s,s:s,s:i,s:i,s:[s]}", "op", ops[i], "bank", "demo",
                                                                "id", "sh", "topic", "t", "count", 9, "attempt", 1, "answer", "x"));
        no_secret(reply);
    }
    /* The earlier attempt at the same questions is over, and its keys are those of this one. */
    cleanup_json json_t *old = class_get(world, json_pack("{s:s,s:i}", "op", "exam.result", "attempt", 1));
    assert_non_null(strstr(json_str(old, "held", ""), "when the attempt that is running is finished"));
    assert_null(json_object_get(item_named(old, "tf"), "right"));
    assert_int_equal(json_array_size(json_object_get(old, "topics")), 0);
    json_decref(finish(world, started));
    cleanup_json json_t *now = class_get(world, json_pack("{s:s,s:i}", "op", "exam.result", "attempt", 1));
    assert_non_null(json_object_get(item_named(now, "tf"), "key"));
}

/* --- versions of the engine */

static void what_is_not_true_for_an_engine_is_not_drawn(void **state)
{
    struct class_world *world = *state;
    class_bank(world, FRONT "## old {type=single level=1 topic=t engine=\"<20.10\"}\n\nOld?\n\n- [x] Yes\n  > y\n- [ ] No\n  > n\n"
                            "## new {type=single level=1 topic=t engine=\">=20.10\"}\n\nNew?\n\n- [x] Yes\n  > y\n- [ ] No\n  > n\n"
                            "## any {type=single level=1 topic=t}\n\nAny?\n\n- [x] Yes\n  > y\n- [ ] No\n  > n\n");
    static const char *const engines[] = {"19.03", "23", NULL, "any"}, *const gone[] = {"new", "old", "old", NULL};
    for (size_t i = 0; i < ARRAY_LEN(engines); i++) {
        cleanup_json json_t *started =
            class_get(world, json_pack("{s:s,s:s,s:i,s:s*}", "op", "exam.start", "bank", "demo", "count", 9, "engine", engines[i]));
        cleanup_json json_t *drawn = class_get(
            world, json_pack("{s:s,s:s,s:i,s:s*}", "op", "practice.draw", "bank", "demo", "count", 9, "engine", engines[i]));
        cleanup_json json_t *due = class_get(world, json_pack("{s:s,s:s*}", "op", "learn.due", "engine", engines[i]));
        const json_t *lists[] = {started, drawn, due};
        for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
            json_t *item;
            size_t n;
            assert_int_equal(json_array_size(json_object_get(lists[k], "items")), gone[i] ? 2 : 3);
            assert_string_equal(json_str(lists[k], "engine", ""), str_or(engines[i], "20.10"));
            json_array_foreach(json_object_get(lists[k], "items"), n, item)
                assert_false(str_equal(json_str(item, "id", ""), gone[i]));
        }
        assert_int_equal(json_num(json_array_get(json_object_get(due, "domains"), 0), "new", 0) +
                             json_num(json_array_get(json_object_get(due, "domains"), 0), "seen", 0),
                         gone[i] ? 2 : 3);
        json_decref(finish(world, started));
    }
    static const char *const ops[] = {"exam.start", "practice.draw", "learn.due"};
    for (size_t i = 0; i < ARRAY_LEN(ops); i++)
        refused(world, json_pack("{s:s,s:s,s:s}", "op", ops[i], "bank", "demo", "engine", "new"), EINVAL, "is a version, as 20.10");
    json_t *settings = json_pack("{s:[{s:s,s:i}],s:s}", "draw", "bank", "demo", "count", 3, "engine", "23");
    refused(world, json_pack("{s:s,s:s,s:o}", "op", "quiz.set", "quiz", "week", "settings", settings), ENOENT,
            "the banks have 2 questions for it");
    settings = json_pack("{s:[{s:s,s:i}]}", "draw", "bank", "demo", "count", 3);
    refused(world, json_pack("{s:s,s:s,s:o}", "op", "quiz.set", "quiz", "week", "settings", settings), ENOENT,
            "the banks have 2 questions for it");
    settings = json_pack("{s:[{s:s,s:i}],s:s}", "draw", "bank", "demo", "count", 3, "engine", "any");
    json_decref(class_get(world, json_pack("{s:s,s:s,s:o}", "op", "quiz.set", "quiz", "week", "settings", settings)));
    /* The instructor's choice, whatever the student's program says. */
    cleanup_json json_t *sat = class_get(world, json_pack("{s:s,s:s,s:s}", "op", "exam.start", "quiz", "week", "engine", "19.03"));
    assert_int_equal(json_num(sat, "count", 0), 3);
    assert_string_equal(json_str(sat, "engine", ""), "any");
}

static void a_quiz_for_a_version_is_sat_with_what_is_true_for_it(void **state)
{
    struct class_world *world = *state;
    class_bank(world,
               FRONT "## old {type=single level=1 topic=t engine=\"<20.10\"}\n\nOld?\n\n- [x] Yes\n  > y\n- [ ] No\n  > n\n"
                     "## new {type=single level=1 topic=t engine=\">=20.10\"}\n\nNew?\n\n- [x] Yes\n  > y\n- [ ] No\n  > n\n");
    static const char *const engines[] = {"19.03", "23"}, *const ids[] = {"old", "new"};
    for (size_t i = 0; i < ARRAY_LEN(engines); i++) {
        json_t *settings = json_pack("{s:[{s:s,s:i}],s:s}", "draw", "bank", "demo", "count", 1, "engine", engines[i]);
        json_decref(class_get(world, json_pack("{s:s,s:s,s:o}", "op", "quiz.set", "quiz", ids[i], "settings", settings)));
        cleanup_json json_t *sat = class_get(world, json_pack("{s:s,s:s}", "op", "exam.start", "quiz", ids[i]));
        assert_string_equal(json_str(sat, "engine", ""), engines[i]);
        assert_int_equal(json_array_size(json_object_get(sat, "items")), 1);
        item_named(sat, ids[i]);
    }
}

static void a_version_that_is_no_text_is_refused(void **state)
{
    struct class_world *world = *state;
    class_bank(world, FRONT "## one {type=single level=1 topic=t}\n\nOne?\n\n- [x] Yes\n  > y\n- [ ] No\n  > n\n");
    static const char *const ops[] = {"exam.start", "practice.draw", "learn.due"};
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        refused(world, json_pack("{s:s,s:s,s:i}", "op", ops[i], "bank", "demo", "engine", 23), EINVAL, "or any, not 23");
        refused(world, json_pack("{s:s,s:s,s:n}", "op", ops[i], "bank", "demo", "engine"), EINVAL, "or any, not null");
    }
}

/* --- one option at a time */

static json_t *say(struct class_world *world, const char *option, bool yes)
{
    return class_ask(
        world, json_pack("{s:s,s:i,s:i,s:s,s:b}", "op", "exam.answer", "attempt", 1, "slot", 1, "option", option, "yes", yes));
}

static void options_come_one_at_a_time_and_there_is_no_way_back(void **state)
{
    struct class_world *world = *state;
    class_bank(world, FRONT "## one {type=single level=1 topic=t}\n\nWhich?\n\n- [ ] P\n  > p\n- [ ] Q\n  > q\n- [x] R\n  > r\n"
                            "- [ ] S\n  > s\n- [ ] T\n  > t\n");
    cleanup_json json_t *started = class_get(world, json_pack("{s:s,s:s,s:b}", "op", "exam.start", "bank", "demo", "domc", 1));
    json_t *item = item_named(started, "one");
    assert_true(json_flag(item, "domc", false) && !json_flag(item, "over", true));
    assert_int_equal(json_array_size(json_object_get(item, "options")), 1);
    cleanup_json json_t *early = say(world, "b", true);
    assert_non_null(strstr(json_str(early, "error", ""), "not shown yet"));
    char option[2] = "a";
    const char *text = json_str(json_array_get(json_object_get(item, "options"), 0), "text", "");
    cleanup_json json_t *reply = NULL;
    for (;; option[0]++) {
        bool key = str_equal(text, "R");
        json_t *next = say(world, option, key);
        assert_true(json_flag(next, "ok", false));
        json_decref(reply);
        reply = next;
        cleanup_json json_t *again = say(world, option, key), *other = say(world, option, !key);
        assert_true(json_flag(again, "ok", false)); /* a lost reply: sent again */
        assert_int_equal(json_num(other, "code", 0), EEXIST);
        if (json_flag(reply, "over", false))
            break;
        text = json_str(reply, "option.text", "");
    }
    cleanup_json json_t *resumed = class_get(world, json_pack("{s:s,s:s}", "op", "exam.start", "bank", "demo"));
    assert_true(json_flag(item_named(resumed, "one"), "over", false));
    option[0]++;
    cleanup_json json_t *late = say(world, option, true);
    assert_true(option[0] > 'e' || json_num(late, "code", 0) == EALREADY);
    cleanup_json json_t *result = finish(world, started);
    assert_int_equal(json_num(result, "score", 0), 1);
}

/* --- modes */

static void many_questions(struct class_world *world, const char *domain, int count)
{
    cleanup_buf struct buf text = BUF_INIT;
    buf_printf(&text, "---\nid: %s\ntitle: T\ndomain: %s\nversion: 1\nlicence: MIT\n---\n", domain, domain);
    for (int i = 0; i < count; i++)
        buf_printf(&text, "## q%d {type=single level=%d topic=t%d}\n\nWhich?\n\n- [x] A\n  > a\n- [ ] B\n  > b\n- [ ] C\n  > c\n",
                   i, i % 3 + 1, i % 4);
    class_bank(world, text.data);
}

static void a_mock_exam_follows_the_blueprint(void **state)
{
    struct class_world *world = *state;
    size_t counts[6];
    blueprint_counts(55, counts);
    assert_memory_equal(counts, ((size_t[]){14, 11, 8, 8, 8, 6}), sizeof counts);
    refused(world, json_pack("{s:s,s:s}", "op", "exam.start", "mode", "mock"), ENOENT, "no bank has");
    for (size_t i = 0; i < 6; i++)
        many_questions(world, blueprint_domains[i], i == 5 ? 3 : 20);
    cleanup_json json_t *started = class_get(world, json_pack("{s:s,s:s}", "op", "exam.start", "mode", "mock"));
    assert_int_equal(json_num(started, "count", 0), 55);
    assert_int_equal(json_num(started, "seconds", 0), 5400);
    assert_int_equal(json_num(started, "pass", 0), 65);
    int domc = 0, storage = 0, orchestration = 0;
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(started, "items"), i, item)
    {
        domc += json_flag(item, "domc", false);
        storage += str_equal(json_str(item, "bank", ""), "storage");
        orchestration += str_equal(json_str(item, "bank", ""), "orchestration");
    }
    assert_int_equal(domc, 42);
    assert_int_equal(storage, 3); /* it has no more; others stand in */
    assert_int_equal(orchestration, 17);
    assert_int_equal(json_num(json_array_get(json_object_get(started, "domains"), 5), "wanted", 0), 6);
    assert_int_equal(json_num(json_array_get(json_object_get(started, "domains"), 5), "count", 0), 3);
}

static void set_quiz(struct class_world *world, const char *settings)
{
    json_t *parsed = json_loads(settings, 0, NULL);
    assert_non_null(parsed);
    json_decref(class_get(world, json_pack("{s:s,s:s,s:o}", "op", "quiz.set", "quiz", "week-1", "settings", parsed)));
}

static json_t *sit(const char *password)
{
    return json_pack("{s:s,s:s,s:s}", "op", "exam.start", "quiz", "week-1", "password", password);
}

static void a_quiz_is_as_its_instructor_set_it(void **state)
{
    struct class_world *world = *state;
    many_questions(world, "images", 30);
    cleanup_free char *settings =
        str_format("{\"title\":\"Week 1\",\"draw\":[{\"bank\":\"images\",\"level\":1,\"count\":3},{\"topic\":\"t1\",\"count\":2}],"
                   "\"seconds\":600,\"grace\":10,\"opens\":%lld,\"closes\":%lld,\"attempts\":2,\"grading\":\"average\",\"pass\":80,"
                   "\"password\":\"open\",\"seed\":\"one\",\"review\":{\"after\":[\"points\"],\"later\":[],\"closed\":[\"key\"]}}",
                   (long long)class_now.real_ms + 1000, (long long)class_now.real_ms + 3600000);
    set_quiz(world, settings);
    refused(world, sit("open"), ETIME, "opens at 20");
    class_pass(2000);
    refused(world, sit("sesame"), EACCES, "has a password");
    cleanup_json json_t *first = class_get(world, sit("open"));
    assert_string_equal(json_str(first, "title", ""), "Week 1");
    assert_int_equal(json_num(first, "pass", 0), 80);
    assert_int_equal(json_array_size(json_object_get(first, "items")), 5);
    class_pass(605000); /* over, and within the grace */
    stored(world, first, json_str(json_array_get(json_object_get(first, "items"), 0), "id", ""), json_pack("[s]", "A"));
    class_pass(6000);
    cleanup_json json_t *late =
        answer(world, first, json_str(json_array_get(json_object_get(first, "items"), 1), "id", ""), json_pack("[s]", "A"));
    assert_int_equal(json_num(late, "code", 0), ETIME);
    cleanup_json json_t *result = class_get(world, json_pack("{s:s,s:i}", "op", "exam.result", "attempt", 1));
    assert_int_equal(json_num(result, "score", 0), 1);
    assert_null(json_object_get(json_array_get(json_object_get(result, "items"), 0), "key"));
    cleanup_json json_t *second = class_get(world, sit("open"));
    for (size_t i = 0; i < 5; i++) /* a fixed seed: the same questions in the same order */
        assert_string_equal(json_str(json_array_get(json_object_get(first, "items"), i), "id", ""),
                            json_str(json_array_get(json_object_get(second, "items"), i), "id", "?"));
    json_decref(finish(world, second));
    refused(world, sit("open"), EDQUOT, "allows 2 attempts");
    class_pass(180000);
    cleanup_json json_t *later = class_get(world, json_pack("{s:s,s:i}", "op", "exam.result", "attempt", 1));
    assert_null(json_object_get(later, "score"));
    cleanup_json json_t *history = class_get(world, json_pack("{s:s}", "op", "exam.list"));
    assert_null(json_object_get(json_array_get(json_object_get(history, "attempts"), 1), "score"));
    class_pass(3600000);
    refused(world, sit("open"), ETIME, "closed at 20");
    cleanup_json json_t *closed = class_get(world, json_pack("{s:s,s:i}", "op", "exam.result", "attempt", 1));
    assert_non_null(json_object_get(json_array_get(json_object_get(closed, "items"), 0), "key"));
    cleanup_json json_t *list = class_get(world, json_pack("{s:s}", "op", "quiz.list"));
    assert_int_equal(json_num(json_array_get(json_object_get(list, "quizzes"), 0), "attempts", 0), 2);
}

static void forward_only_shows_and_takes_one_question_at_a_time(void **state)
{
    struct class_world *world = *state;
    many_questions(world, "images", 5);
    set_quiz(world, "{\"draw\":[{\"bank\":\"images\",\"count\":3}],\"navigation\":\"forward\"}");
    cleanup_json json_t *started = class_get(world, sit(""));
    assert_int_equal(json_num(started, "count", 0), 3);
    assert_int_equal(json_array_size(json_object_get(started, "items")), 1);
    refused(world, json_pack("{s:s,s:i,s:i,s:[s]}", "op", "exam.answer", "attempt", 1, "slot", 2, "answer", "a"), EPERM,
            "not reached yet");
    refused(world, json_pack("{s:s,s:i,s:i}", "op", "exam.go", "attempt", 1, "slot", 3), EPERM, "cannot be reached");
    cleanup_json json_t *two = class_get(world, json_pack("{s:s,s:i,s:i}", "op", "exam.go", "attempt", 1, "slot", 2));
    assert_int_equal(json_num(json_array_get(json_object_get(two, "items"), 0), "slot", 0), 2);
    refused(world, json_pack("{s:s,s:i,s:i,s:[s]}", "op", "exam.answer", "attempt", 1, "slot", 1, "answer", "a"), EPERM,
            "no way back");
    json_decref(class_get(world, json_pack("{s:s,s:i,s:i,s:[s]}", "op", "exam.answer", "attempt", 1, "slot", 2, "answer", "a")));
}

static void settings_that_make_no_sense_are_refused(void **state)
{
    struct class_world *world = *state;
    many_questions(world, "images", 5);
    static const struct {
        const char *settings, *words;
    } cases[] = {
        {"{}", "needs \"draw\""},
        {"{\"draw\":[]}", "\"draw\" must be a list of at least one"},
        {"{\"draw\":[{\"bank\":\"images\",\"count\":9}]}", "have 5 questions for it"},
        {"{\"draw\":[{\"bank\":\"images\",\"count\":0}]}", "\"count\" from 1 to 200"},
        {"{\"draw\":[{\"colour\":\"red\",\"count\":1}]}", "\"draw\" must be a list of {bank"},
        {"{\"draw\":[{\"count\":1}],\"seconds\":\"ten\"}", "\"seconds\" must be 5 to 86400"},
        {"{\"draw\":[{\"count\":1}],\"navigation\":\"sideways\"}", "free or forward"},
        {"{\"draw\":[{\"count\":1}],\"grading\":\"best\"}", "highest, average, first or last"},
        {"{\"draw\":[{\"count\":1}],\"review\":{\"during\":[\"key\"]}}", "nothing is shown during an attempt"},
        {"{\"draw\":[{\"count\":1}],\"opens\":9,\"closes\":5}", "closes before it opens"},
        {"{\"draw\":[{\"count\":1}],\"colour\":1}", "no setting \"colour\""},
        {"{\"draw\":[{\"count\":1}],\"title\":\"\\u001b[2J\"}", "a line of at most 200 bytes"},
        {"{\"draw\":[{\"count\":1}],\"overrides\":{\"ann\":{\"grading\":\"last\"}}}", "of seconds, grace"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        refused(world,
                json_pack("{s:s,s:s,s:o}", "op", "quiz.set", "quiz", "q", "settings", json_loads(cases[i].settings, 0, NULL)),
                strstr(cases[i].words, "questions for it") ? ENOENT : EINVAL, cases[i].words);
    refused(world, json_pack("{s:s,s:s}", "op", "exam.start", "quiz", "q'; DROP TABLE quiz; --"), ENOENT, "no such quiz");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, class_setup, class_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(right_answers_of_every_type_are_right),
        TEST(half_right_answers_get_their_share),
        TEST(what_belongs_to_several_is_shown_once),
        TEST(several_keys_are_scored_as_their_question_says),
        TEST(wrong_answers_are_refused_in_words),
        TEST(a_task_counts_what_was_done_in_its_lab),
        TEST(no_reply_before_the_end_holds_a_key),
        TEST(what_is_not_true_for_an_engine_is_not_drawn),
        TEST(a_quiz_for_a_version_is_sat_with_what_is_true_for_it),
        TEST(a_version_that_is_no_text_is_refused),
        TEST(options_come_one_at_a_time_and_there_is_no_way_back),
        TEST(a_mock_exam_follows_the_blueprint),
        TEST(a_quiz_is_as_its_instructor_set_it),
        TEST(forward_only_shows_and_takes_one_question_at_a_time),
        TEST(settings_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

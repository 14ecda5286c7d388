/* Exams as slipway-classd runs them: drawing, answering, marking, and what is never said before the end. */
#include "exam_world.h"

static void drawing_depends_on_the_seed_alone(void **state)
{
    (void)state;
    unsigned char seed[DRAW_SEED], other[DRAW_SEED];
    draw_seed("secret", 6, 1, seed);
    draw_seed("secret", 6, 2, other);
    assert_memory_not_equal(seed, other, DRAW_SEED);
    size_t a[40], b[40], c[40], d[40];
    draw(seed, "questions", 60, 40, a);
    draw(seed, "questions", 60, 40, b);
    draw(other, "questions", 60, 40, c);
    draw(seed, "options:1", 60, 40, d);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
    assert_memory_not_equal(a, d, sizeof a);
    bool seen[60] = {false};
    for (size_t i = 0; i < 40; i++) {
        assert_true(a[i] < 60 && !seen[a[i]]);
        seen[a[i]] = true;
    }
}

/* 60,000 shuffles of four: each of the 24 orders is expected 2,500 times, with a standard deviation of 49. */
static void every_order_is_equally_likely(void **state)
{
    (void)state;
    int counts[256] = {0}, orders = 0;
    for (int i = 0; i < 60000; i++) {
        unsigned char seed[DRAW_SEED];
        size_t out[4];
        draw_seed("another", 7, i, seed);
        draw(seed, "options:1", 4, 4, out);
        counts[out[0] | out[1] << 2 | out[2] << 4 | out[3] << 6]++;
    }
    for (int i = 0; i < 256; i++)
        if (counts[i]) {
            orders++;
            assert_in_range(counts[i], 2500 - 250, 2500 + 250);
        }
    assert_int_equal(orders, 24);
}

static void all_keys_and_only_keys_make_an_item_right(void **state)
{
    (void)state;
    assert_true(score_item("b", "b"));
    assert_true(score_item("ac", "ac"));
    assert_false(score_item("ac", "a"));
    assert_false(score_item("ac", "abc"));
    assert_false(score_item("b", ""));
    assert_int_equal(score_percent(13, 20), 65);
    assert_int_equal(score_percent(11, 17), 64); /* 64.7: not passed at 65 */
    assert_int_equal(score_percent(0, 0), 0);
}

static void an_exam_is_answered_finished_and_explained(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 60);
    int one = slot_of(started, "one"), two = slot_of(started, "two");
    assert_int_equal(json_array_size(json_object_get(started, "items")), 3);
    assert_int_equal(json_num(started, "deadline_ms_left", 0), 60000);
    json_decref(class_get(world, answer_request(one, "Beta", 1)));
    json_decref(class_get(world, json_pack("{s:s,s:i,s:i,s:[s,s],s:s}", "op", "exam.answer", "attempt", 1, "slot", two, "answer",
                                           "c", "a", "by", "source")));
    class_pass(20500);
    cleanup_json json_t *result = class_get(world, json_pack("{s:s,s:i}", "op", "exam.finish", "attempt", 1));
    assert_int_equal(json_num(result, "score", 0), 2);
    assert_int_equal(json_num(result, "percent", 0), 66);
    assert_true(json_flag(result, "passed", false));
    assert_int_equal(json_num(result, "used_seconds", 0), 20);
    assert_string_equal(json_str(result, "reason", ""), "finished");
    cleanup_free char *topics = json_text(json_object_get(result, "topics"));
    assert_string_equal(topics, "[{\"topic\":\"t1\",\"right\":1,\"total\":1},{\"topic\":\"t2\",\"right\":1,\"total\":2}]");
    json_t *item = json_array_get(json_object_get(result, "items"), (size_t)one - 1);
    assert_true(json_flag(item, "right", false));
    const char *key = json_string_value(json_array_get(json_object_get(item, "key"), 0));
    assert_string_equal(json_str(json_object_get(item, "explanations"), key, ""), "SECRET-1b");
    cleanup_json json_t *again = class_get(world, json_pack("{s:s,s:i}", "op", "exam.result", "attempt", 1));
    assert_true(json_equal(result, again));
    cleanup_json json_t *progress = class_get(world, json_pack("{s:s}", "op", "progress.get"));
    assert_int_equal(json_num(progress, "exams.best", 0), 66);
    assert_int_equal(json_num(progress, "exams.last.attempt", 0), 1);
}

static void letters_shown_lead_to_the_options_shown(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 60);
    int one = slot_of(started, "one");
    json_t *options = json_object_get(json_array_get(json_object_get(started, "items"), (size_t)one - 1), "options"), *option;
    size_t i;
    const char *letter = NULL;
    json_array_foreach(options, i, option)
    {
        assert_int_equal(*json_str(option, "id", "?"), 'a' + i);
        if (str_equal(json_str(option, "text", ""), "Beta"))
            letter = json_str(option, "id", NULL);
    }
    json_decref(
        class_get(world, json_pack("{s:s,s:i,s:i,s:[s]}", "op", "exam.answer", "attempt", 1, "slot", one, "answer", letter)));
    cleanup_json json_t *result = class_get(world, json_pack("{s:s,s:i}", "op", "exam.finish", "attempt", 1));
    json_t *item = json_array_get(json_object_get(result, "items"), (size_t)one - 1);
    assert_true(json_flag(item, "right", false));
    assert_string_equal(json_string_value(json_array_get(json_object_get(item, "answer"), 0)), letter);
}

static void keys_and_explanations_are_never_said_before_the_end(void **state)
{
    struct class_world *world = *state;
    cleanup_buf struct buf said = BUF_INIT;
    json_t *requests[] = {
        json_pack("{s:s,s:s}", "op", "exam.start", "bank", "demo"),
        answer_request(1, "a", 1),
        answer_request(1, "a", 1),
        answer_request(1, "b", 1),
        answer_request(1, "zz", 2),
        json_pack("{s:s,s:i,s:i,s:b}", "op", "exam.flag", "attempt", 1, "slot", 1, "flagged", 1),
        json_pack("{s:s,s:i}", "op", "exam.result", "attempt", 1),
        json_pack("{s:s,s:i,s:i}", "op", "exam.result", "attempt", 1, "from", 2),
        json_pack("{s:s}", "op", "exam.list"),
        json_pack("{s:s}", "op", "exam.open"),
        json_pack("{s:s}", "op", "bank.list"),
        json_pack("{s:s}", "op", "progress.get"),
        json_pack("{s:s}", "op", "audit"),
        json_pack("{s:s,s:s}", "op", "exam.start", "bank", "demo"),
    };
    class_bank(world, bank);
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        cleanup_json json_t *reply = class_ask(world, requests[i]);
        cleanup_free char *text = json_text(reply);
        buf_puts(&said, text);
    }
    assert_non_null(strstr(said.data, "Alpha"));
    assert_null(strstr(said.data, "SECRET"));
    assert_null(strstr(said.data, "\"key"));
    assert_null(strstr(said.data, "\"right\""));
    assert_null(strstr(said.data, "explanation"));
    cleanup_json json_t *result = class_get(world, json_pack("{s:s,s:i}", "op", "exam.finish", "attempt", 1));
    cleanup_free char *text = json_text(result);
    assert_non_null(strstr(text, "SECRET-3b"));
}

static void an_answer_counts_once_and_the_last_one_counts(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 60);
    int one = slot_of(started, "one");
    json_decref(class_get(world, answer_request(one, "a", 1)));
    json_decref(class_get(world, answer_request(one, "a", 1)));
    refused(world, answer_request(one, "b", 1), EEXIST, "stored already");
    json_decref(class_get(world, answer_request(one, "b", 5)));
    json_decref(class_get(world, answer_request(one, "c", 3))); /* late on its way: older than 5 */
    assert_int_equal(store_number(&world->store, -1, "SELECT count(*) FROM event WHERE kind = 'exam.answer'", ""), 3);
    cleanup_json json_t *again = class_get(world, json_pack("{s:s,s:s}", "op", "exam.start", "bank", "demo"));
    assert_true(json_flag(again, "resumed", false));
    json_t *item = json_array_get(json_object_get(again, "items"), (size_t)one - 1);
    assert_int_equal(json_num(item, "seq", 0), 5);
    cleanup_json json_t *result = class_get(world, json_pack("{s:s,s:i}", "op", "exam.finish", "attempt", 1));
    assert_int_equal(json_num(result, "score", 0), 1);
}

static void an_answer_can_be_taken_back_and_a_flag_too(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 60);
    int one = slot_of(started, "one");
    json_decref(class_get(world, answer_request(one, "b", 1)));
    json_decref(class_get(world, json_pack("{s:s,s:i,s:i,s:b}", "op", "exam.flag", "attempt", 1, "slot", one, "flagged", 1)));
    cleanup_json json_t *open = class_get(world, json_pack("{s:s}", "op", "exam.open"));
    assert_int_equal(json_num(open, "answered", 0), 1);
    json_decref(
        class_get(world, json_pack("{s:s,s:i,s:i,s:[],s:i}", "op", "exam.answer", "attempt", 1, "slot", one, "answer", "seq", 2)));
    json_decref(class_get(world, json_pack("{s:s,s:i,s:i,s:b}", "op", "exam.flag", "attempt", 1, "slot", one, "flagged", 0)));
    cleanup_json json_t *then = class_get(world, json_pack("{s:s}", "op", "exam.open"));
    assert_int_equal(json_num(then, "answered", -1), 0);
    cleanup_json json_t *result = class_get(world, json_pack("{s:s,s:i}", "op", "exam.finish", "attempt", 1));
    assert_int_equal(json_num(result, "score", -1), 0);
    assert_false(json_flag(json_array_get(json_object_get(result, "items"), (size_t)one - 1), "flagged", true));
}

static void wrong_requests_are_explained(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 60);
    int one = slot_of(started, "one");
    refused(world, json_pack("{s:s,s:s}", "op", "exam.start", "bank", "nope"), ENOENT, "no such question bank: nope");
    refused(world, json_pack("{s:s,s:s,s:b}", "op", "exam.start", "bank", "demo", "resume", 0), EBUSY,
            "attempt 1 at demo is running");
    refused(world, json_pack("{s:s,s:s,s:i}", "op", "exam.start", "bank", "demo", "count", 0), EINVAL, "1 to 200 questions");
    refused(world, json_pack("{s:s,s:s,s:i}", "op", "exam.start", "bank", "demo", "seconds", 1), EINVAL, "an exam lasts");
    refused(world, answer_request(one, "d", 1), EINVAL, "no option \"d\"");
    refused(world, answer_request(9, "a", 1), ENOENT, "no question 9");
    refused(world, json_pack("{s:s,s:i,s:i,s:[s,s]}", "op", "exam.answer", "attempt", 1, "slot", one, "answer", "a", "b"), EINVAL,
            "single choice");
    refused(world, json_pack("{s:s,s:i,s:i,s:s}", "op", "exam.answer", "attempt", 1, "slot", one, "answer", "a"), EINVAL,
            "must be a list");
    refused(world, json_pack("{s:s,s:i,s:i,s:[i]}", "op", "exam.answer", "attempt", 1, "slot", one, "answer", 1), EINVAL,
            "no option");
    refused(world, json_pack("{s:s,s:i}", "op", "exam.result", "attempt", 1), EBUSY, "still running");
    refused(world, json_pack("{s:s}", "op", "exam.cheat"), EINVAL, "unknown request \"exam.cheat\"");
    refused(world, json_pack("{s:i}", "op", 3), EINVAL, "needs \"op\"");
    refused(world, json_pack("[s]", "op"), EINVAL, "is a JSON object");
    refused(world, json_pack("{s:s,s:s}", "op", "bank.import", "path", "/dev/zero"), EINVAL, "a question bank is a file");
    refused(world, json_pack("{s:s,s:s}", "op", "bank.import", "path", "relative.md"), EINVAL, "from the root");
    refused(world, json_pack("{s:s,s:s,s:s}", "op", "progress.set", "kind", "cake", "id", "x"), EINVAL, "\"lesson\" or a \"lab\"");
    assert_int_equal(store_number(&world->store, -1, "SELECT count(*) FROM event WHERE kind = 'exam.answer'", ""), 0);
}

static void nobody_touches_the_attempt_of_another(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 60);
    static const char *const ops[] = {"exam.answer", "exam.flag", "exam.finish", "exam.result"};
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        cleanup_json json_t *reply =
            class_ask_as(world, 2000, json_pack("{s:s,s:i,s:i,s:[s]}", "op", ops[i], "attempt", 1, "slot", 1, "answer", "a"));
        assert_int_equal(json_num(reply, "code", 0), ENOENT);
    }
    cleanup_json json_t *own = class_ask_as(world, 2000, json_pack("{s:s,s:s}", "op", "exam.start", "bank", "demo"));
    assert_int_equal(json_num(own, "attempt", 0), 2);
    cleanup_json json_t *list = class_ask_as(world, 2000, json_pack("{s:s}", "op", "exam.list"));
    assert_int_equal(json_array_size(json_object_get(list, "attempts")), 1);
}

/* Nothing of an item's secret part is in a list of items. */
static void questions_are_listed_without_their_keys(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    cleanup_json json_t *list = class_get(world, json_pack("{s:s,s:s}", "op", "bank.items", "bank", "demo"));
    cleanup_free char *text = json_text(list);
    assert_int_equal(json_array_size(json_object_get(list, "items")), 3);
    assert_true(json_is_null(json_object_get(list, "next")));
    json_t *first = json_array_get(json_object_get(list, "items"), 0);
    assert_string_equal(json_str(first, "id", ""), "one");
    assert_string_equal(json_str(first, "stem", ""), "Which?");
    json_t *options = json_object_get(first, "options");
    assert_int_equal(json_array_size(options), 3);
    assert_string_equal(json_str(json_array_get(options, 1), "text", ""), "Beta");
    assert_null(strstr(text, "SECRET"));
    assert_null(strstr(text, "key"));
    cleanup_json json_t *rest = class_get(world, json_pack("{s:s,s:s,s:i}", "op", "bank.items", "bank", "demo", "from", 3));
    assert_int_equal(json_array_size(json_object_get(rest, "items")), 1);
    refused(world, json_pack("{s:s,s:s}", "op", "bank.items", "bank", "nope"), ENOENT, "no such question bank: nope");
    refused(world, json_pack("{s:s}", "op", "bank.items"), EINVAL, "bank.items needs \"bank\"");
}

/* As many as fit into one message, and where to go on. */
static void many_questions_are_listed_in_parts(void **state)
{
    struct class_world *world = *state;
    enum { QUESTIONS = 150, STEM = 3000 };
    cleanup_buf struct buf text = BUF_INIT;
    buf_printf(&text, "%s", FRONT);
    for (int i = 0; i < QUESTIONS; i++)
        buf_printf(&text, "## q%d {type=single level=1 topic=t}\n\n%0*d?\n\n- [ ] A\n  > no\n- [x] B\n  > yes\n", i, STEM, i);
    class_bank(world, text.data);
    int seen = 0, parts = 0;
    for (long long from = 1; from; parts++) {
        cleanup_json json_t *part =
            class_get(world, json_pack("{s:s,s:s,s:I}", "op", "bank.items", "bank", "demo", "from", (json_int_t)from));
        size_t i;
        json_t *item;
        assert_true(json_dumpb(part, NULL, 0, 0) < CLASS_MESSAGE_MAX);
        json_array_foreach(json_object_get(part, "items"), i, item) { assert_int_equal(json_num(item, "position", 0), ++seen); }
        from = json_num(part, "next", 0);
    }
    assert_int_equal(seen, QUESTIONS);
    assert_true(parts > 1);
}

static json_t *key_request(const char *id) { return json_pack("{s:s,s:s,s:s}", "op", "item.key", "bank", "demo", "id", id); }

static void no_key_is_given_to_who_sits_an_exam(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 60);
    static const char *const ids[] = {"one", "two", "three"};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        cleanup_json json_t *reply = class_ask(world, key_request(ids[i]));
        cleanup_free char *text = json_text(reply);
        assert_int_equal(json_num(reply, "code", 0), EBUSY);
        assert_null(strstr(text, "SECRET"));
        assert_null(json_object_get(reply, "key"));
    }
    cleanup_json json_t *other = class_ask_as(world, 2000, key_request("two"));
    assert_true(json_flag(other, "ok", false));
    json_decref(class_get(world, json_pack("{s:s,s:i}", "op", "exam.finish", "attempt", 1)));
    cleanup_json json_t *two = class_get(world, key_request("two")), *keys = json_pack("[s,s]", "a", "c");
    assert_true(json_equal(json_object_get(two, "key"), keys));
    assert_string_equal(json_str(two, "explanations.b", ""), "SECRET-2b");
    refused(world, key_request("nine"), ENOENT, "has no question \"nine\"");
}

/* A question of another bank, or one that was not drawn, may be the same one. */
static void an_exam_in_one_bank_closes_the_keys_of_all(void **state)
{
    struct class_world *world = *state;
    static const char other[] = "---\nid: other\ntitle: Another\ndomain: foundations\nversion: 1\nlicence: MIT\npass: 50\n---\n"
                                "## one {type=single level=1 topic=t1}\n\nWhich?\n\n- [ ] Alpha\n  > no\n- [x] Beta\n  > yes\n";
    class_bank(world, other);
    cleanup_json json_t *started = start(world, 60);
    refused(world, json_pack("{s:s,s:s,s:s}", "op", "item.key", "bank", "other", "id", "one"), EBUSY, "attempt 1 is running");
    class_pass(61000);
    cleanup_json json_t *after = class_get(world, json_pack("{s:s,s:s,s:s}", "op", "item.key", "bank", "other", "id", "one"));
    assert_string_equal(json_string_value(json_array_get(json_object_get(after, "key"), 0)), "b");
}

static json_t *practice_request(const char *id, const char *letter)
{
    return json_pack("{s:s,s:s,s:s,s:[s],s:s}", "op", "practice.answer", "bank", "demo", "id", id, "answer", letter, "about", "l");
}

static void practice_is_drawn_judged_and_logged(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    cleanup_json json_t *named =
        class_get(world, json_pack("{s:s,s:[s,s],s:i}", "op", "practice.draw", "questions", "demo/one", "demo/nine", "count", 5));
    cleanup_json json_t *topic = class_get(
        world, json_pack("{s:s,s:[s],s:s,s:i}", "op", "practice.draw", "questions", "demo/two", "topic", "T2", "count", 5));
    cleanup_free char *text = json_text(topic);
    cleanup_json json_t *several =
        class_get(world, json_pack("{s:s,s:s,s:i,s:[s]}", "op", "practice.draw", "topic", "t2", "count", 5, "types", "multiple"));
    assert_int_equal(json_array_size(json_object_get(several, "items")), 1); /* the other one of the topic is of another type */
    assert_int_equal(json_array_size(json_object_get(named, "items")), 1);
    assert_int_equal(json_array_size(json_object_get(topic, "items")), 2); /* named, and of the topic: once */
    assert_string_equal(json_str(json_array_get(json_object_get(named, "items"), 0), "bank", ""), "demo");
    assert_null(strstr(text, "SECRET"));
    assert_null(strstr(text, "key"));
    cleanup_json json_t *right = class_get(world, practice_request("one", "b"));
    cleanup_json json_t *wrong = class_get(world, practice_request("two", "a")); /* one of two */
    assert_true(json_flag(right, "right", false));
    assert_false(json_flag(wrong, "right", true));
    assert_string_equal(json_str(wrong, "explanations.c", ""), "SECRET-2c");
    cleanup_json json_t *audit = class_get(world, json_pack("{s:s}", "op", "audit"));
    assert_true(json_flag(audit, "intact", false));
    refused(world, practice_request("nine", "a"), ENOENT, "has no question \"nine\"");
    refused(world, practice_request("one", "z"), EINVAL, "no option");
    refused(world, json_pack("{s:s,s:s,s:s}", "op", "practice.answer", "bank", "demo", "id", "one"), EINVAL, "choose an option");
    refused(world, json_pack("{s:s,s:i}", "op", "practice.draw", "count", 99), EINVAL, "from 1 to 20");
    json_decref(start(world, 60));
    refused(world, practice_request("one", "b"), EBUSY, "attempt 1 is running");
}

static void expect_standing(struct class_world *world, int seen, int right, int wrong, int exams)
{
    cleanup_json json_t *doc = class_get(world, json_pack("{s:s}", "op", "standing"));
    const json_t *domain = json_array_get(json_object_get(doc, "domains"), 0);
    assert_int_equal(json_array_size(json_object_get(doc, "domains")), 1);
    assert_string_equal(json_str(domain, "domain", ""), "foundations");
    assert_int_equal(json_num(domain, "questions", 0), 3);
    assert_int_equal(json_num(domain, "pass", 0), 50);
    assert_int_equal(json_num(domain, "seen", -1), seen);
    assert_int_equal(json_num(domain, "right", -1), right);
    assert_int_equal(json_num(doc, "wrong", -1), wrong);
    assert_int_equal(json_array_size(json_object_get(domain, "trend")), exams);
}

static void one_stands_by_the_last_answer_to_each_question(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    expect_standing(world, 0, 0, 0, 0);
    cleanup_json json_t *started = start(world, 60);
    json_decref(class_get(world, answer_request(slot_of(started, "one"), "b", 1)));
    expect_standing(world, 0, 0, 0, 0); /* nothing of an exam that runs */
    json_decref(class_get(world, json_pack("{s:s,s:i}", "op", "exam.finish", "attempt", 1)));
    expect_standing(world, 3, 1, 2, 1);
    class_pass(1000);
    json_decref(class_get(world, practice_request("one", "a")));
    expect_standing(world, 3, 0, 3, 1); /* forgotten */
    class_pass(1000);
    json_decref(class_get(world, practice_request("one", "b")));
    expect_standing(world, 3, 1, 2, 1); /* and learned again */
    cleanup_json json_t *doc = class_get(world, json_pack("{s:s}", "op", "standing"));
    const json_t *weak = json_array_get(json_object_get(doc, "topics"), 0);
    assert_true(json_num(weak, "seen", 0) >= 2 && json_num(weak, "right", 9) < json_num(weak, "seen", 0));
    assert_int_equal(json_array_size(json_object_get(doc, "active")), 1);
    cleanup_json json_t *other = class_ask_as(world, 2000, json_pack("{s:s}", "op", "standing"));
    assert_int_equal(json_num(other, "wrong", -1), 0);
    assert_int_equal(json_array_size(json_object_get(other, "active")), 0);
}

static void a_changed_bank_does_not_change_a_running_attempt(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 60);
    class_bank(world, FRONT "## one {type=single level=1 topic=t1}\n\nWhich now?\n\n- [x] Alpha\n  > y\n- [ ] Beta\n  > n\n");
    json_decref(class_get(world, answer_request(slot_of(started, "one"), "Beta", 1)));
    cleanup_json json_t *result = class_get(world, json_pack("{s:s,s:i}", "op", "exam.finish", "attempt", 1));
    assert_int_equal(json_num(result, "max", 0), 3);
    assert_int_equal(json_num(result, "score", 0), 1);
    cleanup_json json_t *next = class_get(world, json_pack("{s:s,s:s}", "op", "exam.start", "bank", "demo"));
    assert_int_equal(json_num(next, "count", 0), 1);
    class_bank(world, bank); /* back to the first text: that revision again, not a third one */
    cleanup_json json_t *banks = class_get(world, json_pack("{s:s}", "op", "bank.list"));
    assert_int_equal(json_num(json_array_get(json_object_get(banks, "banks"), 0), "questions", 0), 3);
    assert_int_equal(store_number(&world->store, 0, "SELECT count(*) FROM bank", ""), 2);
}

static void a_bad_bank_leaves_nothing_behind(void **state)
{
    struct class_world *world = *state;
    cleanup_free char *path = path_join(world->dir, "bad.md");
    static const char text[] = FRONT "## one {type=single level=1 topic=t}\n\nWhich?\n\n- [ ] No\n  > n\n- [ ] Nor\n  > n\n";
    file_write(path, text, strlen(text), 0600, NULL);
    refused(world, json_pack("{s:s,s:s}", "op", "bank.import", "path", path), EINVAL, "bad.md:9: question one has no key");
    assert_int_equal(store_number(&world->store, -1, "SELECT count(*) FROM bank", ""), 0);
    assert_int_equal(store_number(&world->store, -1, "SELECT count(*) FROM event WHERE kind <> 'rows'", ""), 0);
}

static void a_failed_request_does_not_spoil_its_batch(void **state)
{
    struct class_world *world = *state;
    struct error err = ERROR_INIT;
    assert_int_equal(store_begin(&world->store, &err), 0);
    static const char good[] = "{\"op\":\"progress.set\",\"kind\":\"lab\",\"id\":\"wire\",\"step\":1}",
                      bad[] = "{\"op\":\"exam.finish\"}";
    json_decref(request_serve(&world->store, 1000, 1, good, strlen(good)));
    json_decref(request_serve(&world->store, 1000, 1, bad, strlen(bad)));
    json_decref(request_serve(&world->store, 3000, 1, good, strlen(good)));
    assert_int_equal(store_commit(&world->store, &err), 0);
    assert_int_equal(store_number(&world->store, -1, "SELECT count(*) FROM progress", ""), 2);
    assert_int_equal(event_verify(&world->store, &err), 0);
}

static void an_ended_attempt_is_final_in_the_database_too(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 60);
    json_decref(class_get(world, json_pack("{s:s,s:i}", "op", "exam.finish", "attempt", 1)));
    struct error err = ERROR_INIT;
    assert_true(store_run(&world->store, &err, "UPDATE attempt SET score = 3 WHERE id = 1", "") < 0);
    assert_non_null(strstr(err.message, "does not change"));
    assert_true(store_run(&world->store, &err, "DELETE FROM attempt", "") < 0);
    refused(world, answer_request(1, "a", 1), EALREADY, "attempt 1 is finished");
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, class_setup, class_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawing_depends_on_the_seed_alone),
        cmocka_unit_test(every_order_is_equally_likely),
        cmocka_unit_test(all_keys_and_only_keys_make_an_item_right),
        EACH(an_exam_is_answered_finished_and_explained),
        EACH(letters_shown_lead_to_the_options_shown),
        EACH(keys_and_explanations_are_never_said_before_the_end),
        EACH(an_answer_counts_once_and_the_last_one_counts),
        EACH(an_answer_can_be_taken_back_and_a_flag_too),
        EACH(wrong_requests_are_explained),
        EACH(nobody_touches_the_attempt_of_another),
        EACH(questions_are_listed_without_their_keys),
        EACH(many_questions_are_listed_in_parts),
        EACH(no_key_is_given_to_who_sits_an_exam),
        EACH(an_exam_in_one_bank_closes_the_keys_of_all),
        EACH(practice_is_drawn_judged_and_logged),
        EACH(one_stands_by_the_last_answer_to_each_question),
        EACH(a_changed_bank_does_not_change_a_running_attempt),
        EACH(a_bad_bank_leaves_nothing_behind),
        EACH(a_failed_request_does_not_spoil_its_batch),
        EACH(an_ended_attempt_is_final_in_the_database_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What can be sat, from the school's lists; the terms in words, with what is the learner's own in them. */
#include "tui/exam_choices.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_commands.h"

#include <stdio.h>
#include <string.h>

const struct attempt_look attempt_looks[] = {
    [ATTEMPT_RUNNING] = {"running", G_PLAY, S_ACCENT},
    [ATTEMPT_WITHHELD] = {"withheld", G_RING, S_DIM},
    [ATTEMPT_PASSED] = {"passed", G_CHECK, S_OK},
    [ATTEMPT_FAILED] = {"not passed", G_CROSS, S_WARN},
};

enum attempt_state attempt_state(const json_t *attempt)
{
    if (str_equal(json_str(attempt, "state", ""), "running"))
        return ATTEMPT_RUNNING;
    if (!json_is_number(json_object_get(attempt, "score")))
        return ATTEMPT_WITHHELD;
    return json_flag(attempt, "passed", false) ? ATTEMPT_PASSED : ATTEMPT_FAILED;
}

void exam_command(const char *bank, char *out, size_t room)
{
    if (str_starts(bank, "quiz:"))
        snprintf(out, room, "slipway exam take --quiz %s", bank + strlen("quiz:"));
    else
        snprintf(out, room, "slipway exam take %s", str_starts(bank, "mock:") ? "--mock" : bank);
}

static void add_time(struct buf *out, const char *what, const json_t *at)
{
    char text[LOCAL_TIME] = "";
    if (json_is_string(at))
        local_time_of(json_string_value(at), text);
    else if (json_is_integer(at))
        local_time_text(json_integer_value(at), text);
    if (strlen(text) > 20)
        buf_printf(out, ", %s %.16s", what, strchr(text, ' ') + 1); /* without the day of the week, and the zone */
}

static void add_span(struct buf *out, long long seconds)
{
    if (seconds % 60)
        buf_printf(out, "%lld:%02lld min", seconds / 60, seconds % 60);
    else
        buf_printf(out, "%lld min", seconds / 60);
}

static bool is_own(const json_t *quiz, const char *name)
{
    size_t index;
    const json_t *entry;
    json_array_foreach(json_object_get(quiz, "own"), index, entry)
    {
        if (str_equal(json_string_value(entry), name))
            return true;
    }
    return false;
}

static void add_grace(struct buf *out, const json_t *quiz)
{
    if (!json_num(quiz, "grace", 0))
        return;
    buf_printf(out, ", grace ");
    add_span(out, json_num(quiz, "grace", 0));
}

static const char *way_words(const json_t *quiz)
{
    return str_equal(json_str(quiz, "navigation", ""), "forward") ? ", no way back" : "";
}

static json_t *quiz_terms(const json_t *quiz)
{
    cleanup_buf struct buf out = BUF_INIT;
    long long most = json_num(quiz, "attempts_most", 0);
    add_span(&out, json_num(quiz, "seconds", 0));
    buf_printf(&out, "%s", is_own(quiz, "seconds") ? " (yours)" : "");
    add_grace(&out, quiz);
    if (most)
        buf_printf(&out, ", %lld of %lld attempts%s", json_num(quiz, "attempts", 0), most,
                   is_own(quiz, "attempts") ? " (yours)" : "");
    buf_printf(&out, "%s", way_words(quiz));
    add_time(&out, is_own(quiz, "closes") ? "closes for you" : "closes", json_object_get(quiz, "closes"));
    return json_string(out.data);
}

static json_t *work_terms(const json_t *work, long long extra)
{
    cleanup_buf struct buf out = BUF_INIT;
    long long more = json_num(work, "more", 0), seconds = json_num(work, "seconds", 0), own = json_num(work, "own_seconds", 0);
    add_span(&out, own ? own : seconds * (100 + extra) / 100);
    if (own || extra) {
        buf_printf(&out, " (yours, for ");
        add_span(&out, seconds);
        buf_printf(&out, ")");
    }
    add_grace(&out, work);
    buf_printf(&out, ", %lld of %lld attempts%s", json_num(work, "had", 0), json_num(work, "attempts", 0) + more,
               more ? " (yours)" : "");
    buf_printf(&out, "%s", way_words(work));
    add_time(&out, json_flag(work, "extended", false) ? "due for you" : "due", json_object_get(work, "due"));
    return json_string(out.data);
}

static void add_works(json_t *all, const json_t *works)
{
    size_t index;
    const json_t *work;
    json_array_foreach(json_object_get(works, "assignments"), index, work)
    {
        if (!str_equal(json_str(work, "kind", ""), "quiz"))
            continue;
        cleanup_free char *bank = str_format("@%lld", json_num(work, "assignment", 0));
        json_array_append_new(all, json_pack("{s:s,s:O?,s:s,s:s,s:o}", "bank", bank, "title", json_object_get(work, "title"),
                                             "kind", "assigned", "domain", "set to the class", "terms",
                                             work_terms(work, json_num(works, "extra", 0))));
    }
}

static void add_quizzes(json_t *all, const json_t *quizzes)
{
    size_t index;
    const json_t *quiz;
    json_array_foreach(quizzes, index, quiz)
    {
        cleanup_free char *bank = str_format("quiz:%s", json_str(quiz, "quiz", ""));
        json_array_append_new(
            all, json_pack("{s:s,s:O?,s:s,s:s,s:o}", "bank", bank, "title", json_object_get(quiz, "title"), "kind", "quiz",
                           "domain", json_flag(quiz, "password", false) ? "quiz, password" : "quiz", "terms", quiz_terms(quiz)));
    }
}

json_t *exam_choices(const json_t *works, const json_t *quizzes, const json_t *banks)
{
    json_t *all = json_array(), *bank;
    size_t index;
    bool mock = false;
    add_works(all, works);
    add_quizzes(all, quizzes);
    json_array_foreach(banks, index, bank)
    {
        mock = mock || !str_equal(json_str(bank, "domain", "foundations"), "foundations");
        json_array_append(all, bank);
    }
    if (mock)
        json_array_append_new(all, json_pack("{s:s,s:s,s:i,s:i,s:s}", "bank", "mock:dca", "title",
                                             "Mock exam: Docker Certified Associate, 90 minutes", "questions", 55, "pass", 65,
                                             "domain", "mock exam"));
    return all;
}

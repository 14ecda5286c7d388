/* What was typed, ordered or matched, and what was right. */
#include "tui/answer_told.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/exam_answer.h"
#include "tui/pageview.h"

bool answer_apart(const json_t *item)
{
    const char *type = json_str(item, "type", "");
    return !json_flag(item, "domc", false) &&
           (json_is_string(json_object_get(item, "answer")) || str_equal(type, "ordering") || str_equal(type, "matching"));
}

int answer_told_draw(const json_t *item, struct area area, int y)
{
    int from = y;
    size_t index;
    json_t *pattern, *option;
    cleanup_json json_t *right =
        json_pack("{s:O?,s:O?}", "type", json_object_get(item, "type"), "answer", json_object_get(item, "key"));
    cleanup_free char *answer = exam_answer_text(item), *key = exam_answer_text(right);
    json_array_foreach(json_object_get(item, "counterparts"), index, option)
    {
        putf(area, y, 2, S_KEY, "%zu", index + 1);
        y += draw_markdown(area, y, 5, S_TEXT, json_str(option, "text", ""));
    }
    put(area, y, 0, S_DIM, "you:");
    y += draw_wrapped(area, y, 7, S_STRONG, str_or(answer, "nothing"));
    if (*key) {
        put(area, y, 0, S_DIM, "right:");
        y += draw_wrapped(area, y, 7, S_OK, key);
    }
    json_array_foreach(json_object_get(item, "patterns"), index, pattern)
    {
        bool good = json_flag(pattern, "key", false), met = json_flag(pattern, "met", false);
        if (!good && !met)
            continue;
        put(area, y, 0, good ? S_OK : S_BAD, good ? "right:" : "wrong:");
        y += draw_wrapped(area, y, 7, good ? S_OK : S_BAD, json_str(pattern, "text", ""));
        y += draw_markdown(area, y, 7, S_DIM, json_str(pattern, "explanation", "")) + 1;
    }
    if (json_object_get(item, "rubric"))
        y += draw_wrapped(area, y, 0, S_DIM, json_str(item, "rubric", ""));
    return y - from;
}

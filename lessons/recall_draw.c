/* Asking the school for the questions of a recall block: one request for each of its lines. */
#include "lessons/recall.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"

static json_t *draw_request(const struct recall_line *line, const struct syllabus *syllabus)
{
    json_t *named = json_array();
    const struct topic *topic = line->topic ? syllabus_topic(syllabus, line->topic) : NULL;
    for (char **name = topic ? topic->questions : NULL; name && *name; name++)
        json_array_append_new(named, json_string(*name));
    if (line->bank)
        json_array_append_new(named, json_sprintf("%s/%s", line->bank, line->question));
    return json_pack("{s:s,s:[s,s,s],s:o,s:s,s:i}", "op", "practice.draw", "types", "single", "multiple", "truefalse", "questions",
                     named, "topic", line->topic ? line->topic : "", "count", line->count > 0 ? line->count : 1);
}

static void add_new(json_t *items, const json_t *drawn)
{
    size_t i, j;
    json_t *item, *other;
    json_array_foreach(drawn, i, item)
    {
        bool there = false;
        json_array_foreach(items, j, other)
        {
            there = there || (str_equal(json_str(item, "id", ""), json_str(other, "id", "")) &&
                              str_equal(json_str(item, "bank", ""), json_str(other, "bank", "")));
        }
        if (!there)
            json_array_append(items, item);
    }
}

int recall_draw(const char *text, json_t *items, struct error *err)
{
    cleanup_recall struct recall recall;
    cleanup_syllabus struct syllabus syllabus = {0};
    recall_parse(text, &recall);
    int r = class_import_shipped(err);
    if (r == 0)
        r = syllabus_load(&syllabus, err);
    for (size_t i = 0; r == 0 && i < recall.count; i++) {
        cleanup_json json_t *request = draw_request(&recall.lines[i], &syllabus), *reply = NULL;
        r = class_call(request, &reply, err);
        if (r == 0)
            add_new(items, json_object_get(reply, "items"));
    }
    return r;
}

/* Lines of a recall block, and which questions they mean. */
#include "lessons/recall.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "topic C05 3" */
static void read_topic(struct recall_line *line, char *rest)
{
    char *topic = str_trim(rest), *count = topic + strcspn(topic, " ");
    long long number = 1;
    if (*count)
        *count++ = 0;
    count = str_trim(count);
    if (*count && (!str_to_int(count, &number) || number < 1 || number > RECALL_MOST))
        line->problem = "behind the topic stands how many questions, 1 to 20: \"topic C05 3\"";
    line->topic = xstrdup(topic);
    line->count = (int)number;
}

static void read_question(struct recall_line *line, const char *text)
{
    const char *slash = strchr(text, '/');
    if (!slash || slash == text || !slash[1] || strpbrk(text, " \t")) {
        line->problem = "a line is \"bank/question\", or \"topic NAME COUNT\"";
        return;
    }
    line->bank = xstrndup(text, (size_t)(slash - text));
    line->question = xstrdup(slash + 1);
    line->count = 1;
}

void recall_parse(const char *text, struct recall *out)
{
    *out = (struct recall){0};
    cleanup_strv char **lines = str_split(text, '\n');
    for (int number = 0; lines[number]; number++) {
        char *words = str_trim(lines[number]);
        if (!*words)
            continue;
        out->lines = xrealloc(out->lines, (out->count + 1) * sizeof *out->lines);
        struct recall_line *line = &out->lines[out->count++];
        *line = (struct recall_line){.line = number};
        if (str_starts(words, "topic "))
            read_topic(line, words + strlen("topic "));
        else
            read_question(line, words);
    }
}

void recall_free(struct recall *recall)
{
    for (size_t i = 0; i < recall->count; i++) {
        free(recall->lines[i].bank);
        free(recall->lines[i].question);
        free(recall->lines[i].topic);
    }
    free(recall->lines);
    *recall = (struct recall){0};
}

void question_names_add(struct question_names *names, const char *bank, const char *id, const char *topic)
{
    names->list = xrealloc(names->list, (names->count + 1) * sizeof *names->list);
    names->list[names->count++] = (struct question_name){xstrdup(bank), xstrdup(id), xstrdup(topic)};
}

void question_names_free(struct question_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->list[i].bank);
        free(names->list[i].id);
        free(names->list[i].topic);
    }
    free(names->list);
    *names = (struct question_names){0};
}

bool question_names_has(const struct question_names *names, const char *bank, const char *id)
{
    for (size_t i = 0; i < names->count; i++)
        if (str_equal(names->list[i].bank, bank) && str_equal(names->list[i].id, id))
            return true;
    return false;
}

static bool named_by(const struct topic *topic, const struct question_name *name)
{
    cleanup_free char *full = str_format("%s/%s", name->bank, name->id);
    return topic && topic->questions && strv_has(topic->questions, full);
}

static bool fits(const struct recall_line *line, const struct question_name *name, const struct topic *topic)
{
    if (!line->topic)
        return line->bank && str_equal(line->bank, name->bank) && str_equal(line->question, name->id);
    return strcasecmp(line->topic, name->topic) == 0 || named_by(topic, name);
}

size_t recall_fitting(const struct recall_line *line, const struct question_names *names, const struct syllabus *syllabus,
                      const struct question_name **out, size_t most)
{
    const struct topic *topic = line->topic && syllabus ? syllabus_topic(syllabus, line->topic) : NULL;
    size_t count = 0;
    for (size_t i = 0; i < names->count; i++)
        if (fits(line, &names->list[i], topic)) {
            if (count < most)
                out[count] = &names->list[i];
            count++;
        }
    return count;
}

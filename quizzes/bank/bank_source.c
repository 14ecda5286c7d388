/* Lines of a bank file as the author wrote them. cmark says where a block is; its text is taken from here, so that what is shown
 * is what was written. */
#include "quizzes/bank/bank_source.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PROBLEMS_MAX = 200, NAME_MAX_LEN = 64 };

void source_problem(struct source *source, int line, const char *format, ...)
{
    source->problem_count++;
    if (source->problem_count > PROBLEMS_MAX)
        return;
    va_list args;
    va_start(args, format);
    cleanup_free char *what = str_vformat(format, args);
    va_end(args);
    strv_take(source->problems, str_format("%s:%d: %s", source->file, line, what));
}

const char *source_line(const struct source *source, int number)
{
    return number >= 1 && number <= source->count ? source->lines[number - 1] : "";
}

static bool blank(const char *line) { return line[strspn(line, " \t")] == 0; }

static const char *unindented(const char *line, int indent, bool quoted)
{
    if (!quoted) {
        while (indent-- > 0 && *line == ' ')
            line++;
        return line;
    }
    line += strspn(line, " \t");
    if (*line == '>')
        line += line[1] == ' ' ? 2 : 1;
    return line;
}

char *source_text(const struct source *source, int first, int last, int indent, bool quoted)
{
    while (first <= last && blank(source_line(source, first)))
        first++;
    while (last >= first && blank(source_line(source, last)))
        last--;
    struct buf out = BUF_INIT;
    for (int i = first; i <= last; i++) {
        if (i > first)
            buf_putc(&out, '\n');
        buf_puts(&out, unindented(source_line(source, i), indent, quoted));
    }
    return buf_take(&out);
}

bool bank_name_valid(const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > NAME_MAX_LEN || *text == '-')
        return false;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static void set_type(struct source *source, int line, const char *value, struct bank_question *question)
{
    if (str_equal(value, "single") || str_equal(value, "multiple"))
        question->type = str_equal(value, "single") ? QUESTION_SINGLE : QUESTION_MULTIPLE;
    else
        source_problem(source, line, "type=%s is unknown; choose single or multiple", value);
}

static void set_level(struct source *source, int line, const char *value, struct bank_question *question)
{
    if (strlen(value) == 1 && *value >= '1' && *value <= '3')
        question->level = *value - '0';
    else
        source_problem(source, line, "level=%s: choose 1, 2 or 3", value);
}

static void set_name(struct source *source, int line, const char *key, const char *value, char **target)
{
    if (!bank_name_valid(value))
        source_problem(source, line, "%s=%s: use a-z, 0-9 and dashes, at most %d", key, value, NAME_MAX_LEN);
    free(*target);
    *target = xstrdup(value);
}

/* An id of lessons/topics.yaml, such as N05, or a word. */
static void set_topic(struct source *source, int line, const char *value, struct bank_question *question)
{
    cleanup_free char *lower = str_lower(value);
    if (!bank_name_valid(lower))
        source_problem(source, line, "topic=%s: use letters, 0-9 and dashes, at most %d", value, NAME_MAX_LEN);
    free(question->topic);
    question->topic = xstrdup(value);
}

enum { GIVEN_TYPE = 1, GIVEN_LEVEL = 2, GIVEN_TOPIC = 4, GIVEN_OBJECTIVE = 8 };

static unsigned attribute(struct source *source, int line, char *word, struct bank_question *question)
{
    char *value = strchr(word, '=');
    if (!value || !value[1]) {
        source_problem(source, line, "attribute \"%s\" has no value; write key=value", word);
        return 0;
    }
    *value++ = 0;
    if (str_equal(word, "type")) {
        set_type(source, line, value, question);
        return GIVEN_TYPE;
    }
    if (str_equal(word, "level")) {
        set_level(source, line, value, question);
        return GIVEN_LEVEL;
    }
    if (str_equal(word, "topic")) {
        set_topic(source, line, value, question);
        return GIVEN_TOPIC;
    }
    if (str_equal(word, "objective")) {
        set_name(source, line, word, value, &question->objective);
        return GIVEN_OBJECTIVE;
    }
    source_problem(source, line, "attribute \"%s\" is unknown; there are type, level, topic and objective", word);
    return 0;
}

static void attributes(struct source *source, int line, char *text, struct bank_question *question)
{
    unsigned given = 0;
    for (char *rest = text, *word; (word = strtok_r(NULL, " \t", &rest));) {
        unsigned which = attribute(source, line, word, question);
        if (which & given)
            source_problem(source, line, "attribute \"%s\" is given twice", word);
        given |= which;
    }
    if (!(given & GIVEN_TYPE))
        source_problem(source, line, "type is missing; write {type=single ...} or {type=multiple ...}");
    if (!(given & GIVEN_LEVEL))
        source_problem(source, line, "level is missing; write {... level=1 ...}, 1 to 3");
    if (!(given & GIVEN_TOPIC))
        source_problem(source, line, "topic is missing; write {... topic=namespaces ...}");
}

void heading_read(struct source *source, int line, struct bank_question *question)
{
    const char *text = source_line(source, line);
    text += strspn(text, " ");
    text += strspn(text, "#");
    cleanup_free char *copy = xstrdup(text);
    char *head = str_trim(copy), *open = strchr(head, '{');
    question->line = line;
    question->level = 1;
    question->topic = xstrdup("");
    question->objective = xstrdup("");
    if (!open || !str_ends(head, "}")) {
        source_problem(source, line, "a question begins with \"## id {type=single level=1 topic=...}\"");
        question->id = xstrdup(head);
        return;
    }
    head[strlen(head) - 1] = 0;
    *open = 0;
    question->id = xstrdup(str_trim(head));
    if (!bank_name_valid(question->id))
        source_problem(source, line, "question id \"%s\": use a-z, 0-9 and dashes, at most %d", question->id, NAME_MAX_LEN);
    attributes(source, line, open + 1, question);
}

/* Lines of a bank file as the author wrote them. cmark says where a block is; its text is taken from here, so that what is shown
 * is what was written. */
#include "quizzes/bank/bank_source.h"

#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/engine_range.h"

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

bool topic_name_valid(const char *text)
{
    cleanup_free char *lower = str_lower(text);
    return bank_name_valid(lower);
}

void source_limit(struct source *source, int line, const char *what, const char *text, size_t most)
{
    if (strlen(text) > most)
        source_problem(source, line, "%s has %zu bytes; %zu is the most", what, strlen(text), most);
}

static void set_text(char **target, const char *value)
{
    free(*target);
    *target = xstrdup(value);
}

/* What may stand in the braces: what it has to look like, and where it goes. */
typedef void set_attribute(struct source *source, int line, const char *value, struct bank_question *question);

static void set_type(struct source *source, int line, const char *value, struct bank_question *question)
{
    int type = question_type_named(value);
    if (type < 0)
        source_problem(source, line,
                       "type=%s is unknown; choose single, multiple, truefalse, matching, ordering, short, numeric, command, essay"
                       " or task",
                       value);
    question->type = type < 0 ? QUESTION_SINGLE : (enum question_type)type;
}

static void set_level(struct source *source, int line, const char *value, struct bank_question *question)
{
    if (strlen(value) == 1 && *value >= '1' && *value <= '3')
        question->level = *value - '0';
    else
        source_problem(source, line, "level=%s: choose 1, 2 or 3", value);
}

static void set_scoring(struct source *source, int line, const char *value, struct bank_question *question)
{
    int scoring = question_scoring_named(value);
    if (scoring < 0)
        source_problem(source, line, "scoring=%s: choose all, partial or penalty", value);
    question->scoring = scoring < 0 ? SCORING_ALL : (enum question_scoring)scoring;
}

static void set_topic(struct source *source, int line, const char *value, struct bank_question *question)
{
    if (!topic_name_valid(value))
        source_problem(source, line, "topic=%s: use A-Z, a-z, 0-9 and dashes, at most %d", value, NAME_MAX_LEN);
    set_text(&question->topic, value);
}

static void set_objective(struct source *source, int line, const char *value, struct bank_question *question)
{
    if (!bank_name_valid(value))
        source_problem(source, line, "objective=%s: use a-z, 0-9 and dashes, at most %d", value, NAME_MAX_LEN);
    set_text(&question->objective, value);
}

static void set_lesson(struct source *source, int line, const char *value, struct bank_question *question)
{
    if (!bank_name_valid(value))
        source_problem(source, line, "lesson=%s: use the lesson's name, as `slipway lesson list` shows it", value);
    set_text(&question->lesson, value);
}

static void set_engine(struct source *source, int line, const char *value, struct bank_question *question)
{
    if (!engine_range_valid(value))
        source_problem(source, line, "engine=%s: write the versions it is true for as engine=\">=20.10\" or \">=19.03,<23\"",
                       value);
    set_text(&question->engine, value);
}

/* "7 namespaces": a section and a page. */
static void set_man(struct source *source, int line, const char *value, struct bank_question *question)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:+";
    const char *page = strchr(value, ' ');
    if (!isdigit((unsigned char)*value) || !page || !page[1] || strspn(page + 1, allowed) != strlen(page + 1))
        source_problem(source, line, "man=\"%s\": write section and page, as man=\"7 namespaces\"", value);
    set_text(&question->man, value);
}

static const struct {
    const char *name;
    set_attribute *set;
    const char *missing; /* NULL when it need not be there */
} attribute_table[] = {
    {"type", set_type, "type is missing; write {type=single ...} or {type=multiple ...}"},
    {"level", set_level, "level is missing; write {... level=1 ...}, 1 to 3"},
    {"topic", set_topic, "topic is missing; write {... topic=N02 ...}, an id of lessons/topics.yaml"},
    {"objective", set_objective, NULL},
    {"scoring", set_scoring, NULL},
    {"engine", set_engine, NULL},
    {"lesson", set_lesson, NULL},
    {"man", set_man, NULL},
};

/* The next key=value or key="value with spaces" of *rest; NULL at the end. */
static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " \t"), *at = word;
    for (bool quoted = false; *at && (quoted || (*at != ' ' && *at != '\t')); at++)
        if (*at == '"')
            quoted = !quoted;
    *rest = *at ? at + 1 : at;
    *at = 0;
    return *word ? word : NULL;
}

static char *unquoted(char *value)
{
    size_t len = strlen(value);
    if (len < 2 || *value != '"' || value[len - 1] != '"')
        return value;
    value[len - 1] = 0;
    return value + 1;
}

static unsigned attribute(struct source *source, int line, char *word, struct bank_question *question)
{
    char *value = strchr(word, '=');
    if (!value || !value[1]) {
        source_problem(source, line, "attribute \"%s\" has no value; write key=value", word);
        return 0;
    }
    *value++ = 0;
    for (size_t i = 0; i < ARRAY_LEN(attribute_table); i++)
        if (str_equal(word, attribute_table[i].name)) {
            attribute_table[i].set(source, line, unquoted(value), question);
            return 1u << i;
        }
    source_problem(source, line,
                   "attribute \"%s\" is unknown; there are type, level, topic, objective, scoring, engine, lesson and man", word);
    return 0;
}

static void attributes(struct source *source, int line, char *text, struct bank_question *question)
{
    unsigned given = 0;
    for (char *rest = text, *word; (word = next_word(&rest));) {
        unsigned which = attribute(source, line, word, question);
        if (which & given)
            source_problem(source, line, "attribute \"%s\" is given twice", word);
        given |= which;
    }
    for (size_t i = 0; i < ARRAY_LEN(attribute_table); i++)
        if (attribute_table[i].missing && !(given & 1u << i))
            source_problem(source, line, "%s", attribute_table[i].missing);
    if (question->scoring != SCORING_ALL && question->type != QUESTION_MULTIPLE)
        source_problem(source, line, "scoring=%s is for type=multiple; leave it out", question_scoring_name(question->scoring));
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

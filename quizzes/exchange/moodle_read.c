/* Moodle XML: its questions from the tree of elements (xml_tree.c). What they lose in a bank is told by moodle_lost.c. */
#include "base/memory.h"
#include "quizzes/exchange/moodle_lost.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* <name><text>...</text></name>, or <name>...</name>; plain; allocated. */
static char *text_of(const struct xml_node *node, const char *name)
{
    const struct xml_node *child = xml_child(node, name), *text = xml_child(child, "text");
    cleanup_free char *copy = xstrdup(xml_content(text ? text : child));
    return xstrdup(str_trim(copy));
}

/* In Moodle's own format a new line is a new line. */
static char *with_breaks(const char *html)
{
    struct buf out = BUF_INIT;
    for (; *html; html++)
        *html == '\n' ? buf_puts(&out, "<br/>") : buf_putc(&out, *html);
    return buf_take(&out);
}

char *moodle_markdown(const struct xml_node *node, const char *otherwise)
{
    const struct xml_node *text = xml_child(node, "text");
    cleanup_free char *copy = xstrdup(xml_content(text ? text : node)), *plain = xstrdup(str_trim(copy)), *broken = NULL;
    const char *format = node && node->format ? node->format : otherwise;
    if (str_equal(format, "markdown"))
        return xstrdup(plain);
    if (str_equal(format, "plain_text"))
        return markdown_of_plain(plain);
    if (!str_equal(format, "moodle_auto_format"))
        return markdown_of_html(plain);
    broken = with_breaks(plain);
    return markdown_of_html(broken);
}

static char *why_of(const struct xml_node *answer) { return moodle_markdown(xml_child(answer, "feedback"), "html"); }

/* --- questions --- */

static void note_part(struct exchange *exchange, const struct bank_question *question, const struct xml_node *answer)
{
    if (answer->fraction > 0 && answer->fraction < 100)
        exchange_note(exchange->notes, "%s:%d: %s: an answer is worth %g %%; a bank holds right and wrong only, so it is wrong",
                      exchange->file, answer->line, question->id, answer->fraction);
}

static void read_choice(struct exchange *exchange, const struct xml_node *node, struct bank_question *question)
{
    bool single = moodle_says(node, "single", true);
    double percents[BANK_OPTIONS_MAX];
    question->type = single ? QUESTION_SINGLE : QUESTION_MULTIPLE;
    xml_each(answer, node, "answer")
    {
        bool key = single ? answer->fraction >= 100 : answer->fraction > 0;
        if (!key)
            note_part(exchange, question, answer);
        if (exchange_option(exchange, question, answer->line, key, moodle_markdown(answer, "html"), why_of(answer)))
            percents[question->option_count - 1] = answer->fraction;
    }
    if (!single)
        question->scoring = exchange_scoring(percents, question->option_count);
}

static void read_truefalse(struct exchange *exchange, const struct xml_node *node, struct bank_question *question)
{
    question->type = QUESTION_TRUEFALSE;
    xml_each(answer, node, "answer")
    {
        cleanup_free char *word = moodle_markdown(answer, "plain_text");
        bool is_true = strcasecmp(word, "true") == 0;
        if (*word)
            exchange_option(exchange, question, answer->line, answer->fraction >= 100, xstrdup(is_true ? "True" : "False"),
                            why_of(answer));
    }
}

static void read_typed(struct exchange *exchange, const struct xml_node *node, struct bank_question *question)
{
    question->type = QUESTION_SHORT;
    xml_each(answer, node, "answer")
    {
        const struct xml_node *text = xml_child(answer, "text");
        cleanup_free char *copy = xstrdup(xml_content(text ? text : answer));
        note_part(exchange, question, answer);
        exchange_option(exchange, question, answer->line, answer->fraction >= 100, xstrdup(str_trim(copy)), why_of(answer));
    }
}

/* <units><unit><multiplier>1</multiplier><unit_name>MiB</unit_name></unit></units>: that of the numbers. */
static char *unit_of(const struct xml_node *node)
{
    xml_each(unit, xml_child(node, "units"), "unit")
    {
        cleanup_free char *multiplier = text_of(unit, "multiplier"), *name = text_of(unit, "unit_name");
        if (strtod(multiplier, NULL) == 1 && *name)
            return move_ptr(name);
    }
    return NULL;
}

/* "7" with its tolerance as a bank writes it, "*" as it is; NULL, with a problem, for what is no number. */
static char *number_of(struct exchange *exchange, const struct xml_node *answer, const char *unit)
{
    const struct xml_node *text = xml_child(answer, "text");
    cleanup_free char *copy = xstrdup(xml_content(text ? text : answer)), *around = text_of(answer, "tolerance");
    char *number = str_trim(copy), *end;
    if (str_equal(number, "*"))
        return xstrdup("*");
    double value = strtod(number, &end), tolerance = strtod(around, NULL);
    if (end == number || *end || !isfinite(value) || !isfinite(tolerance) || tolerance < 0) {
        exchange_problem(exchange, answer->line, "\"%.60s\" with the tolerance \"%.40s\" is no number", number, around);
        return NULL;
    }
    cleanup_free char *plain = number_text(value, tolerance);
    return unit ? str_format("%s {unit=%s}", plain, unit) : move_ptr(plain);
}

static void read_numeric(struct exchange *exchange, const struct xml_node *node, struct bank_question *question)
{
    cleanup_free char *unit = unit_of(node);
    question->type = QUESTION_NUMERIC;
    xml_each(answer, node, "answer")
    {
        char *number = number_of(exchange, answer, unit);
        if (!number)
            continue;
        note_part(exchange, question, answer);
        exchange_option(exchange, question, answer->line, answer->fraction >= 100, number, why_of(answer));
    }
}

static void read_matching(struct exchange *exchange, const struct xml_node *node, struct bank_question *question)
{
    question->type = QUESTION_MATCHING;
    xml_each(pair, node, "subquestion")
    {
        char *left = moodle_markdown(pair, "html");
        cleanup_free char *right = text_of(pair, "answer");
        if (!*left) {
            free(left);
            exchange_note(exchange->notes, "%s:%d: %s: \"%s\" belongs to nothing; a bank holds pairs only, so it is left out",
                          exchange->file, pair->line, question->id, right);
            continue;
        }
        struct bank_option *option = exchange_option(exchange, question, pair->line, true, left, xstrdup(""));
        if (option)
            option->match = markdown_of_plain(right);
    }
}

/* Its fractions count from one, and are what is in order; those that say nothing stand as they are written. */
static void read_ordering(struct exchange *exchange, const struct xml_node *node, struct bank_question *question)
{
    double places[BANK_OPTIONS_MAX];
    question->type = QUESTION_ORDERING;
    xml_each(answer, node, "answer")
    {
        struct bank_option *list = question->options;
        if (!exchange_option(exchange, question, answer->line, true, moodle_markdown(answer, "html"), why_of(answer)))
            return;
        size_t at = question->option_count - 1;
        struct bank_option last = list[at];
        for (; at > 0 && answer->fraction < places[at - 1]; at--) {
            places[at] = places[at - 1];
            list[at] = list[at - 1];
        }
        places[at] = answer->fraction;
        list[at] = last;
    }
}

static bool is_rubric(const char *text)
{
    char *end;
    return strtol(text, &end, 10) > 0 && end != text && *end == ':';
}

/* Notes for graders that are no rubric become its one criterion, worth what the question is. */
static char *rubric_of(const struct xml_node *node)
{
    cleanup_free char *info = moodle_markdown(xml_child(node, "graderinfo"), "html"), *grade = text_of(node, "defaultgrade");
    double points = strtod(grade, NULL);
    for (char *p = info; *p; p++)
        *p = *p == '\n' ? ' ' : *p;
    return str_format("%d: %s\n", points >= 1 && points <= 100 ? (int)points : 1, *info ? info : "a good answer");
}

static void read_essay(struct exchange *exchange, const struct xml_node *node, struct bank_question *question)
{
    cleanup_free char *info = text_of(node, "graderinfo");
    question->type = QUESTION_ESSAY;
    question->rubric = is_rubric(info) ? str_format("%s\n", info) : rubric_of(node);
    if (!is_rubric(info))
        exchange_note(exchange->notes, "%s:%d: %s: a rubric of one criterion was made%s; write a better one", exchange->file,
                      node->line, question->id, *info ? " of its notes for graders" : ", as it has no notes for graders");
}

static const struct {
    const char *type;
    void (*read)(struct exchange *exchange, const struct xml_node *node, struct bank_question *question);
} readers[] = {{"multichoice", read_choice}, {"truefalse", read_truefalse}, {"shortanswer", read_typed},
               {"numerical", read_numeric},  {"matching", read_matching},   {"match", read_matching},
               {"essay", read_essay},        {"ordering", read_ordering}};

static void read_tags(struct exchange *exchange, const struct xml_node *node, struct bank_question *question)
{
    xml_each(tag, xml_child(node, "tags"), "tag")
    {
        cleanup_free char *text = xstrdup(xml_content(xml_child(tag, "text")));
        if (str_equal(text, "type=command") && question->type == QUESTION_SHORT)
            question->type = QUESTION_COMMAND;
        else if (*text && !exchange_tag(exchange, question, tag->line, text))
            exchange_note(exchange->notes, "%s:%d: %s: the tag \"%s\" is left out", exchange->file, tag->line, question->id, text);
    }
}

/* The category names the bank, and holds what our own files say of it. */
static void read_category(struct exchange *exchange, const struct xml_node *node)
{
    cleanup_free char *path = text_of(node, "category"), *info = text_of(node, "info");
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (*info == '{') {
        exchange_front_read(exchange, node->line, info);
        return;
    }
    if (*info)
        exchange_note(exchange->notes, "%s:%d: what is said of the category %s is left out", exchange->file, node->line, path);
    if (*exchange->bank->title) {
        exchange_note(exchange->notes, "%s:%d: the category %s is left out; a bank has one title", exchange->file, node->line,
                      path);
    } else {
        free(exchange->bank->title);
        exchange->bank->title = xstrdup(name);
    }
}

static void read_question(struct exchange *exchange, const struct xml_node *node)
{
    const char *type = str_or(node->type, "");
    cleanup_free char *name = text_of(node, "name");
    if (str_equal(type, "category")) {
        read_category(exchange, node);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(readers); i++)
        if (str_equal(type, readers[i].type)) {
            struct bank_question *question = exchange_question(exchange, node->line);
            cleanup_free char *id = text_of(node, "idnumber"), *before = question->stem, *general = NULL;
            question->stem = moodle_markdown(xml_child(node, "questiontext"), "html");
            exchange_name(exchange, question, *id ? id : *name ? name : question->stem);
            readers[i].read(exchange, node, question);
            read_tags(exchange, node, question);
            general = moodle_markdown(xml_child(node, "generalfeedback"), "html");
            exchange_general(exchange, question, node->line, general);
            moodle_note_lost(exchange, node, question);
            return;
        }
    exchange_note(exchange->notes, "%s:%d: \"%.60s\" is of type %.40s, which a bank has none of; left out", exchange->file,
                  node->line, name, *type ? type : "nothing");
}

void moodle_read(struct exchange *exchange, const char *text, size_t len)
{
    struct xml_node root = {0};
    bool good = xml_parse(exchange, text, len, &root);
    const struct xml_node *quiz = xml_child(&root, "quiz");
    if (good && !quiz)
        exchange_problem(exchange, 1, "no Moodle XML: the file has no <quiz>");
    if (good && quiz)
        xml_each(node, quiz, "question") read_question(exchange, node);
    xml_free(&root);
}

/* Moodle XML, read with expat into a small tree of elements, and that into questions. A document type is refused: it is where the
 * attacks of XML live, and Moodle writes none. Files in it (pictures) are not kept. */
#include "base/memory.h"
#include "quizzes/exchange/exchange.h"

#include <expat.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 32, NODES_MAX = 2000000 };

struct node {
    char *name, *format, *type; /* format: also `fraction`'s neighbour, as in <answer fraction="100" format="html"> */
    double fraction;
    struct buf text;
    int line;
    struct node *first, *last, *next;
};

struct parsing {
    struct exchange *exchange;
    XML_Parser parser;
    struct node *path[DEPTH_MAX];
    int depth;
    size_t nodes;
    struct node root;
    bool refused;
};

static void node_free(struct node *node)
{
    for (struct node *child = node->first, *next; child; child = next) {
        next = child->next;
        node_free(child);
        free(child);
    }
    free(node->name);
    free(node->format);
    free(node->type);
    buf_free(&node->text);
}

static void refuse(struct parsing *parsing, const char *what)
{
    if (!parsing->refused)
        exchange_problem(parsing->exchange, (int)XML_GetCurrentLineNumber(parsing->parser), "%s", what);
    parsing->refused = true;
    XML_StopParser(parsing->parser, XML_FALSE);
}

static void on_begin(void *data, const char *name, const char **attributes)
{
    struct parsing *parsing = data;
    if (parsing->depth + 1 >= DEPTH_MAX || ++parsing->nodes > NODES_MAX) {
        refuse(parsing, "elements are nested too deep, or too many; this is no file of questions");
        return;
    }
    struct node *node = xcalloc(1, sizeof *node), *parent = parsing->path[parsing->depth];
    node->name = xstrdup(name);
    node->line = (int)XML_GetCurrentLineNumber(parsing->parser);
    node->fraction = NAN;
    for (; *attributes; attributes += 2) {
        if (str_equal(attributes[0], "format"))
            node->format = xstrdup(attributes[1]);
        else if (str_equal(attributes[0], "type"))
            node->type = xstrdup(attributes[1]);
        else if (str_equal(attributes[0], "fraction"))
            node->fraction = strtod(attributes[1], NULL);
    }
    *(parent->first ? &parent->last->next : &parent->first) = node;
    parent->last = node;
    parsing->path[++parsing->depth] = node;
}

static void on_end(void *data, const char *name)
{
    struct parsing *parsing = data;
    (void)name;
    parsing->depth--;
}

static void on_text(void *data, const char *text, int len)
{
    struct parsing *parsing = data;
    buf_add(&parsing->path[parsing->depth]->text, text, (size_t)len);
}

static void on_doctype(void *data, const char *name, const char *system, const char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    refuse(data, "a document type is not taken; remove <!DOCTYPE ...>");
}

/* --- the tree --- */

static const struct node *child_of(const struct node *node, const char *name)
{
    for (const struct node *child = node ? node->first : NULL; child; child = child->next)
        if (str_equal(child->name, name))
            return child;
    return NULL;
}

static const char *content(const struct node *node) { return node && node->text.len ? node->text.data : ""; }

/* <name><text>...</text></name>, or <name>...</name>; plain; allocated. */
static char *text_of(const struct node *node, const char *name)
{
    const struct node *child = child_of(node, name), *text = child_of(child, "text");
    cleanup_free char *copy = xstrdup(content(text ? text : child));
    return xstrdup(str_trim(copy));
}

/* The same as Markdown, by its format; HTML when nothing is said. */
static char *markdown_of(const struct node *node, const char *otherwise)
{
    const struct node *text = child_of(node, "text");
    cleanup_free char *copy = xstrdup(content(text ? text : node)), *plain = NULL;
    const char *format = node && node->format ? node->format : otherwise;
    plain = xstrdup(str_trim(copy));
    if (str_equal(format, "markdown"))
        return xstrdup(plain);
    return str_equal(format, "plain_text") ? markdown_of_plain(plain) : markdown_of_html(plain);
}

static char *why_of(const struct node *answer) { return markdown_of(child_of(answer, "feedback"), "html"); }

static bool is_yes(const struct node *node, const char *name)
{
    cleanup_free char *text = text_of(node, name);
    return strcasecmp(text, "true") == 0 || str_equal(text, "1");
}

/* --- questions --- */

static void note_part(struct exchange *exchange, const struct bank_question *question, const struct node *answer)
{
    if (answer->fraction > 0 && answer->fraction < 100)
        exchange_note(exchange->notes, "%s:%d: %s: an answer is worth %g %%; a bank holds right and wrong only, so it is wrong",
                      exchange->file, answer->line, question->id, answer->fraction);
}

static void read_choice(struct exchange *exchange, const struct node *node, struct bank_question *question)
{
    bool single = is_yes(node, "single") || !child_of(node, "single"), costs = false;
    question->type = single ? QUESTION_SINGLE : QUESTION_MULTIPLE;
    for (const struct node *answer = node->first; answer; answer = answer->next) {
        if (!str_equal(answer->name, "answer"))
            continue;
        bool key = single ? answer->fraction >= 100 : answer->fraction > 0;
        costs = costs || answer->fraction < 0;
        if (!key)
            note_part(exchange, question, answer);
        exchange_option(exchange, question, answer->line, key, markdown_of(answer, "html"), why_of(answer));
    }
    if (!single && costs)
        question->scoring = SCORING_PENALTY;
}

static void read_truefalse(struct exchange *exchange, const struct node *node, struct bank_question *question)
{
    question->type = QUESTION_TRUEFALSE;
    for (const struct node *answer = node->first; answer; answer = answer->next) {
        cleanup_free char *word = str_equal(answer->name, "answer") ? markdown_of(answer, "plain_text") : xstrdup("");
        bool is_true = strcasecmp(word, "true") == 0;
        if (*word)
            exchange_option(exchange, question, answer->line, answer->fraction >= 100, xstrdup(is_true ? "True" : "False"),
                            why_of(answer));
    }
}

static void read_typed(struct exchange *exchange, const struct node *node, struct bank_question *question)
{
    question->type = QUESTION_SHORT;
    for (const struct node *answer = node->first; answer; answer = answer->next) {
        if (!str_equal(answer->name, "answer"))
            continue;
        const struct node *text = child_of(answer, "text");
        cleanup_free char *copy = xstrdup(content(text ? text : answer));
        note_part(exchange, question, answer);
        exchange_option(exchange, question, answer->line, answer->fraction >= 100, xstrdup(str_trim(copy)), why_of(answer));
    }
}

/* <units><unit><multiplier>1</multiplier><unit_name>MiB</unit_name>: that of the numbers. */
static char *unit_of(const struct node *node)
{
    for (const struct node *unit = child_of(node, "units") ? child_of(node, "units")->first : NULL; unit; unit = unit->next) {
        cleanup_free char *multiplier = text_of(unit, "multiplier"), *name = text_of(unit, "unit_name");
        if (strtod(multiplier, NULL) == 1 && *name)
            return move_ptr(name);
    }
    return NULL;
}

static void read_numeric(struct exchange *exchange, const struct node *node, struct bank_question *question)
{
    cleanup_free char *unit = unit_of(node);
    question->type = QUESTION_NUMERIC;
    for (const struct node *answer = node->first; answer; answer = answer->next) {
        if (!str_equal(answer->name, "answer"))
            continue;
        const struct node *text = child_of(answer, "text");
        cleanup_free char *copy = xstrdup(content(text ? text : answer)), *around = text_of(answer, "tolerance"), *rest = NULL;
        char *number = str_trim(copy), *end;
        double value = strtod(number, &end), tolerance = strtod(around, NULL);
        rest = NULL;
        if (end == number || *end || !isfinite(value) || !isfinite(tolerance) || tolerance < 0) {
            exchange_problem(exchange, answer->line, "\"%.60s\" with the tolerance \"%.40s\" is no number", number, around);
            continue;
        }
        cleanup_free char *plain = number_text(value, tolerance);
        note_part(exchange, question, answer);
        exchange_option(exchange, question, answer->line, answer->fraction >= 100,
                        unit ? str_format("%s {unit=%s}", plain, unit) : move_ptr(plain), why_of(answer));
    }
}

static void read_matching(struct exchange *exchange, const struct node *node, struct bank_question *question)
{
    question->type = QUESTION_MATCHING;
    for (const struct node *pair = node->first; pair; pair = pair->next) {
        if (!str_equal(pair->name, "subquestion"))
            continue;
        char *left = markdown_of(pair, "html");
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

static void read_ordering(struct exchange *exchange, const struct node *node, struct bank_question *question)
{
    question->type = QUESTION_ORDERING;
    for (const struct node *answer = node->first; answer; answer = answer->next)
        if (str_equal(answer->name, "answer"))
            exchange_option(exchange, question, answer->line, true, markdown_of(answer, "html"), why_of(answer));
}

static bool is_rubric(const char *text)
{
    char *end;
    return strtol(text, &end, 10) > 0 && end != text && *end == ':';
}

static void read_essay(struct exchange *exchange, const struct node *node, struct bank_question *question)
{
    cleanup_free char *info = text_of(node, "graderinfo");
    question->type = QUESTION_ESSAY;
    if (is_rubric(info)) {
        question->rubric = str_format("%s\n", info);
        return;
    }
    question->rubric = xstrdup("1: a good answer\n");
    exchange_note(exchange->notes, "%s:%d: %s: its notes for graders are no rubric; one of one point was made, write a better one",
                  exchange->file, question->line, question->id);
}

static const struct {
    const char *type;
    void (*read)(struct exchange *exchange, const struct node *node, struct bank_question *question);
} readers[] = {{"multichoice", read_choice}, {"truefalse", read_truefalse}, {"shortanswer", read_typed},
               {"numerical", read_numeric},  {"matching", read_matching},   {"match", read_matching},
               {"essay", read_essay},        {"ordering", read_ordering}};

static void read_tags(struct exchange *exchange, const struct node *node, struct bank_question *question)
{
    const struct node *tags = child_of(node, "tags");
    for (const struct node *tag = tags ? tags->first : NULL; tag; tag = tag->next) {
        cleanup_free char *text = xstrdup(content(child_of(tag, "text")));
        if (str_equal(text, "type=command") && question->type == QUESTION_SHORT)
            question->type = QUESTION_COMMAND;
        else if (*text && !exchange_tag(exchange, question, tag->line, text))
            exchange_note(exchange->notes, "%s:%d: %s: the tag \"%s\" is left out", exchange->file, tag->line, question->id, text);
    }
}

/* What a bank has no place for, said once for each question. */
static void note_rest(struct exchange *exchange, const struct node *node, const struct bank_question *question)
{
    cleanup_free char *general = text_of(node, "generalfeedback");
    const struct node *stem = child_of(node, "questiontext");
    if (*general)
        exchange_note(exchange->notes, "%s:%d: %s: the general feedback is left out; a bank explains each option", exchange->file,
                      node->line, question->id);
    if (child_of(stem, "file"))
        exchange_note(exchange->notes, "%s:%d: %s: its pictures and other files are left out", exchange->file, node->line,
                      question->id);
}

/* The category names the bank, and holds what our own files say of it. */
static void read_category(struct exchange *exchange, const struct node *node)
{
    cleanup_free char *path = text_of(node, "category"), *info = text_of(node, "info");
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (*info == '{') {
        exchange_front_read(exchange, node->line, info);
    } else if (!*exchange->bank->title) {
        free(exchange->bank->title);
        exchange->bank->title = xstrdup(name);
    } else {
        exchange_note(exchange->notes, "%s:%d: the category %s is left out; a bank has one title", exchange->file, node->line,
                      path);
    }
}

static void read_question(struct exchange *exchange, const struct node *node)
{
    const char *type = str_or(node->type, "");
    if (str_equal(type, "category")) {
        read_category(exchange, node);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(readers); i++)
        if (str_equal(type, readers[i].type)) {
            struct bank_question *question = exchange_question(exchange, node->line);
            cleanup_free char *id = text_of(node, "idnumber"), *name = text_of(node, "name"), *stem = question->stem;
            question->stem = markdown_of(child_of(node, "questiontext"), "html");
            exchange_name(exchange, question, *id ? id : *name ? name : question->stem);
            readers[i].read(exchange, node, question);
            read_tags(exchange, node, question);
            note_rest(exchange, node, question);
            return;
        }
    cleanup_free char *name = text_of(node, "name");
    exchange_note(exchange->notes, "%s:%d: \"%.60s\" is of type %.40s, which a bank has none of; left out", exchange->file,
                  node->line, name, str_or(type, "nothing"));
}

void moodle_read(struct exchange *exchange, const char *text, size_t len)
{
    struct parsing parsing = {.exchange = exchange, .parser = XML_ParserCreate(NULL)};
    parsing.path[0] = &parsing.root;
    XML_SetUserData(parsing.parser, &parsing);
    XML_SetElementHandler(parsing.parser, on_begin, on_end);
    XML_SetCharacterDataHandler(parsing.parser, on_text);
    XML_SetStartDoctypeDeclHandler(parsing.parser, on_doctype);
    bool good = XML_Parse(parsing.parser, text, (int)len, XML_TRUE) == XML_STATUS_OK;
    const struct node *quiz = child_of(&parsing.root, "quiz");
    if (!good && !parsing.refused)
        exchange_problem(exchange, (int)XML_GetCurrentLineNumber(parsing.parser), "no XML: %s",
                         XML_ErrorString(XML_GetErrorCode(parsing.parser)));
    else if (good && !quiz)
        exchange_problem(exchange, 1, "no Moodle XML: the file has no <quiz>");
    for (const struct node *node = good && quiz ? quiz->first : NULL; node; node = node->next)
        if (str_equal(node->name, "question"))
            read_question(exchange, node);
    XML_ParserFree(parsing.parser);
    node_free(&parsing.root);
}

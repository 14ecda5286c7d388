/* A bank as Moodle XML; texts stay Markdown, which Moodle knows as a format. */
#include "base/memory.h"
#include "quizzes/exchange/exchange.h"

#include <string.h>

static void put_escaped(struct buf *out, const char *text)
{
    for (const char *p = text; *p; p++)
        switch (*p) {
        case '<':
            buf_puts(out, "&lt;");
            break;
        case '>':
            buf_puts(out, "&gt;");
            break;
        case '&':
            buf_puts(out, "&amp;");
            break;
        default:
            buf_putc(out, *p);
        }
}

static void put_text(struct buf *out, const char *element, const char *format, const char *text)
{
    buf_printf(out, format ? "    <%s format=\"%s\">\n      <text>" : "    <%s>\n      <text>", element, format);
    put_escaped(out, text);
    buf_printf(out, "</text>\n    </%s>\n", element);
}

static void put_answer(struct buf *out, double fraction, const char *format, const struct bank_option *option, const char *text)
{
    buf_printf(out, "    <answer fraction=\"%.7g\" format=\"%s\">\n      <text>", fraction, format);
    put_escaped(out, text);
    buf_puts(out, "</text>\n");
    if (option->tolerance > 0) {
        cleanup_free char *tolerance = number_text(option->tolerance, 0);
        buf_printf(out, "      <tolerance>%s</tolerance>\n", tolerance);
    }
    buf_puts(out, "      <feedback format=\"markdown\">\n        <text>");
    put_escaped(out, exchange_explained(option));
    buf_puts(out, "</text>\n      </feedback>\n    </answer>\n");
}

static double fraction_of(const struct bank_question *question, const struct bank_option *option)
{
    size_t keys = 0;
    for (size_t i = 0; i < question->option_count; i++)
        keys += question->options[i].key;
    if (question->type != QUESTION_MULTIPLE)
        return option->key ? 100 : 0;
    size_t wrong = question->option_count - keys;
    if (option->key)
        return 100.0 / (double)keys;
    return question->scoring == SCORING_PENALTY ? -100.0 / (double)wrong : question->scoring == SCORING_PARTIAL ? 0 : -100;
}

static void put_pairs(struct buf *out, const struct bank_question *question)
{
    for (size_t i = 0; i < question->option_count; i++) {
        buf_puts(out, "    <subquestion format=\"markdown\">\n      <text>");
        put_escaped(out, question->options[i].text);
        buf_puts(out, "</text>\n      <answer>\n        <text>");
        put_escaped(out, question->options[i].match);
        buf_puts(out, "</text>\n      </answer>\n    </subquestion>\n");
    }
}

/* "True" is written as Moodle does: in small letters, and first. */
static void put_truefalse(struct buf *out, const struct bank_question *question)
{
    for (size_t i = 0; i < question->option_count; i++) {
        const struct bank_option *option = &question->options[i];
        put_answer(out, option->key ? 100 : 0, "moodle_auto_format", option, str_equal(option->text, "True") ? "true" : "false");
    }
}

static const char *unit_of(const struct bank_question *question)
{
    for (size_t i = 0; i < question->option_count; i++)
        if (question->options[i].unit)
            return question->options[i].unit;
    return NULL;
}

static void put_options(struct buf *out, const struct bank_question *question)
{
    bool choice = question->type == QUESTION_SINGLE || question->type == QUESTION_MULTIPLE;
    if (choice)
        buf_printf(
            out, "    <single>%s</single>\n    <shuffleanswers>true</shuffleanswers>\n    <answernumbering>abc</answernumbering>\n",
            question->type == QUESTION_SINGLE ? "true" : "false");
    for (size_t i = 0; i < question->option_count; i++) {
        const struct bank_option *option = &question->options[i];
        cleanup_free char *number =
            question->type == QUESTION_NUMERIC && !str_equal(option->text, "*") ? number_text(option->value, 0) : NULL;
        bool typed = !choice && question->type != QUESTION_ORDERING;
        put_answer(out, question->type == QUESTION_ORDERING ? (double)(i + 1) : fraction_of(question, option),
                   typed ? "plain_text" : "markdown", option, number ? number : option->text);
    }
    if (question->type == QUESTION_NUMERIC && unit_of(question)) {
        buf_puts(out, "    <units>\n      <unit>\n        <multiplier>1</multiplier>\n        <unit_name>");
        put_escaped(out, unit_of(question));
        buf_puts(out, "</unit_name>\n      </unit>\n    </units>\n");
    }
}

static const char *const types[QUESTION_TYPES] = {"multichoice", "multichoice", "truefalse",   "matching", "ordering",
                                                  "shortanswer", "numerical",   "shortanswer", "essay",    NULL};

static void put_question(struct buf *out, const struct bank_question *question)
{
    cleanup_strv char **tags = exchange_tags(question);
    buf_printf(out, "  <question type=\"%s\">\n", types[question->type]);
    put_text(out, "name", NULL, question->id);
    put_text(out, "questiontext", "markdown", question->stem);
    buf_printf(out, "    <defaultgrade>1</defaultgrade>\n    <hidden>0</hidden>\n    <idnumber>%s</idnumber>\n", question->id);
    if (question->type == QUESTION_MATCHING)
        put_pairs(out, question);
    else if (question->type == QUESTION_TRUEFALSE)
        put_truefalse(out, question);
    else
        put_options(out, question);
    if (question->rubric)
        put_text(out, "graderinfo", "plain_text", question->rubric);
    buf_puts(out, "    <tags>\n");
    for (char **tag = tags; *tag; tag++) {
        buf_puts(out, "      <tag><text>");
        put_escaped(out, *tag);
        buf_puts(out, "</text></tag>\n");
    }
    buf_puts(out, "    </tags>\n  </question>\n");
}

static void note_losses(const struct bank_question *question, char ***notes)
{
    bool explained = false, units = false;
    const char *unit = unit_of(question);
    for (size_t i = 0; i < question->option_count; i++) {
        explained = explained || *exchange_explained(&question->options[i]);
        units = units || (unit && !str_equal(question->options[i].text, "*") && !str_equal(question->options[i].unit, unit));
    }
    if (question->type == QUESTION_MATCHING && explained)
        exchange_note(notes, "%s: the explanations of the pairs are lost", question->id);
    if (units)
        exchange_note(notes, "%s: one unit is held for all its numbers", question->id);
    if (question->proof)
        exchange_note(notes, "%s: the proof is lost", question->id);
}

static void put_bank(struct buf *out, const struct bank *bank)
{
    cleanup_free char *front = exchange_front(bank), *path = str_format("$course$/top/%s", bank->title);
    buf_puts(out, "  <question type=\"category\">\n");
    put_text(out, "category", NULL, path);
    put_text(out, "info", "plain_text", front);
    buf_printf(out, "    <idnumber>%s</idnumber>\n  </question>\n", bank->id);
}

void moodle_write(const struct bank *bank, struct buf *out, char ***notes)
{
    buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<quiz>\n");
    put_bank(out, bank);
    for (size_t i = 0; i < bank->count; i++) {
        const struct bank_question *question = &bank->questions[i];
        if (!types[question->type]) {
            exchange_note(notes, "%s: left out: Moodle has no questions of type %s", question->id,
                          question_type_name(question->type));
            continue;
        }
        note_losses(question, notes);
        put_question(out, question);
    }
    buf_puts(out, "</quiz>\n");
}

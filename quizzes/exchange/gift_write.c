/* A bank as GIFT. Texts are Markdown there too, so that they come back as they were. */
#include "base/memory.h"
#include "quizzes/exchange/exchange.h"

#include <string.h>

static void put_text(struct buf *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\n') {
            buf_puts(out, "\\n");
            continue;
        }
        if (strchr("~=#{}:\\", *p))
            buf_putc(out, '\\');
        buf_putc(out, *p);
    }
}

static void put_why(struct buf *out, const struct bank_option *option)
{
    if (*exchange_explained(option)) {
        buf_putc(out, '#');
        put_text(out, exchange_explained(option));
    }
    buf_putc(out, '\n');
}

static void put_tag(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, " [%s:", name);
    for (const char *p = value; *p; p++) {
        if (strchr("[]\\", *p))
            buf_putc(out, '\\');
        buf_putc(out, *p);
    }
    buf_putc(out, ']');
}

/* Keys share the mark; with a penalty each wrong one takes its share away, else one spoils all. */
static double weight_of(const struct bank_question *question, const struct bank_option *option)
{
    size_t keys = 0;
    for (size_t i = 0; i < question->option_count; i++)
        keys += question->options[i].key;
    size_t wrong = question->option_count - keys;
    if (option->key)
        return 100.0 / (double)keys;
    return question->scoring == SCORING_PENALTY ? -100.0 / (double)wrong : question->scoring == SCORING_PARTIAL ? 0 : -100;
}

static void put_choices(struct buf *out, const struct bank_question *question)
{
    for (size_t i = 0; i < question->option_count; i++) {
        const struct bank_option *option = &question->options[i];
        if (question->type == QUESTION_MULTIPLE)
            buf_printf(out, "~%%%.7g%%", weight_of(question, option));
        else
            buf_puts(out, option->key ? "=" : "~");
        if (question->type != QUESTION_MULTIPLE && option->text[0] == '%')
            buf_puts(out, option->key ? "%100%" : "%0%");
        put_text(out, option->text);
        put_why(out, option);
    }
}

static void put_typed(struct buf *out, const struct bank_question *question)
{
    for (size_t i = 0; i < question->option_count; i++) {
        const struct bank_option *option = &question->options[i];
        buf_puts(out, option->key ? "=%100%" : "=%0%");
        if (question->type == QUESTION_NUMERIC && !str_equal(option->text, "*")) {
            cleanup_free char *value = number_text(option->value, 0), *tolerance = number_text(option->tolerance, 0);
            buf_printf(out, "%s:%s", value, tolerance);
        } else {
            put_text(out, option->text);
        }
        put_why(out, option);
    }
}

static void put_pairs(struct buf *out, const struct bank_question *question)
{
    for (size_t i = 0; i < question->option_count; i++) {
        buf_putc(out, '=');
        put_text(out, question->options[i].text);
        buf_puts(out, " -> ");
        put_text(out, question->options[i].match);
        buf_putc(out, '\n');
    }
}

static void put_truefalse(struct buf *out, const struct bank_question *question)
{
    const struct bank_option *right = &question->options[question->options[1].key],
                             *wrong = &question->options[!question->options[1].key];
    buf_puts(out, str_equal(right->text, "True") ? "TRUE#" : "FALSE#");
    put_text(out, exchange_explained(wrong));
    buf_putc(out, '#');
    put_text(out, exchange_explained(right));
    buf_putc(out, '\n');
}

static bool explained(const struct bank_question *question)
{
    for (size_t i = 0; i < question->option_count; i++)
        if (*exchange_explained(&question->options[i]))
            return true;
    return false;
}

static bool has_unit(const struct bank_question *question)
{
    for (size_t i = 0; i < question->option_count; i++)
        if (question->options[i].unit)
            return true;
    return false;
}

/* An arrow makes a pair of a short answer, and there is no way to say that it does not. */
static bool has_arrow(const struct bank_question *question)
{
    for (size_t i = 0; i < question->option_count; i++)
        if (strstr(question->options[i].text, "->"))
            return true;
    return false;
}

/* False, with a note, for what GIFT has no type for. */
static bool can_hold(const struct bank_question *question, char ***notes)
{
    if (question->type == QUESTION_ORDERING || question->type == QUESTION_TASK) {
        exchange_note(notes, "%s: left out: GIFT has no questions of type %s", question->id, question_type_name(question->type));
        return false;
    }
    bool pairs = question->type == QUESTION_MATCHING || question->type == QUESTION_SHORT || question->type == QUESTION_COMMAND;
    if (pairs && has_arrow(question)) {
        exchange_note(notes, "%s: left out: an answer has \"->\", which GIFT takes for a pair", question->id);
        return false;
    }
    return true;
}

static void note_losses(const struct bank_question *question, char ***notes)
{
    if (question->type == QUESTION_MATCHING && explained(question))
        exchange_note(notes, "%s: the explanations of the pairs are lost", question->id);
    if (question->rubric)
        exchange_note(notes, "%s: the rubric is lost", question->id);
    if (has_unit(question))
        exchange_note(notes, "%s: the unit is lost; the number alone is asked for", question->id);
    if (question->proof)
        exchange_note(notes, "%s: the proof is lost", question->id);
}

static void put_question(struct buf *out, const struct bank_question *question)
{
    cleanup_strv char **tags = exchange_tags(question);
    buf_puts(out, "\n//");
    put_tag(out, "id", question->id);
    for (char **tag = tags; *tag; tag++)
        put_tag(out, "tag", *tag);
    buf_printf(out, "\n::%s::[markdown]", question->id);
    put_text(out, question->stem);
    buf_puts(out, question->type == QUESTION_NUMERIC ? " {#\n" : " {\n");
    if (question->type == QUESTION_SINGLE || question->type == QUESTION_MULTIPLE)
        put_choices(out, question);
    else if (question->type == QUESTION_TRUEFALSE)
        put_truefalse(out, question);
    else if (question->type == QUESTION_MATCHING)
        put_pairs(out, question);
    else if (question->type != QUESTION_ESSAY)
        put_typed(out, question);
    buf_puts(out, "}\n");
}

void gift_write(const struct bank *bank, struct buf *out, char ***notes)
{
    cleanup_free char *front = exchange_front(bank);
    buf_printf(out, "// [bank:%s]\n", front);
    for (size_t i = 0; i < bank->count; i++)
        if (can_hold(&bank->questions[i], notes)) {
            note_losses(&bank->questions[i], notes);
            put_question(out, &bank->questions[i]);
        }
}

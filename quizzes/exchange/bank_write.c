/* A bank as the Markdown that bank_parse reads. */
#include "base/memory.h"
#include "quizzes/exchange/exchange.h"

#include <string.h>

/* Each line of `text` behind `prefix`, the first one where the cursor stands. */
static void put_lines(struct buf *out, const char *prefix, const char *text)
{
    for (const char *line = text;;) {
        size_t len = strcspn(line, "\n");
        buf_add(out, line, len);
        buf_putc(out, '\n');
        line += len;
        if (!*line++)
            return;
        size_t margin = strlen(prefix); /* an empty line needs no space behind it */
        while (margin && (!*line || *line == '\n') && prefix[margin - 1] == ' ')
            margin--;
        buf_add(out, prefix, margin);
    }
}

static void put_attribute(struct buf *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    bool plain = value[strcspn(value, " \"=<>{}")] == 0;
    buf_printf(out, plain ? " %s=%s" : " %s=\"%s\"", name, value);
}

static void put_heading(struct buf *out, const struct bank_question *question)
{
    buf_printf(out, "\n## %s {type=%s level=%d", question->id, question_type_name(question->type), question->level);
    put_attribute(out, "topic", question->topic);
    put_attribute(out, "objective", question->objective);
    if (question->scoring != SCORING_ALL)
        put_attribute(out, "scoring", question_scoring_name(question->scoring));
    put_attribute(out, "engine", question->engine);
    put_attribute(out, "lesson", question->lesson);
    put_attribute(out, "man", question->man);
    buf_puts(out, "}\n\n");
}

static void put_option(struct buf *out, const struct bank_question *question, const struct bank_option *option, size_t number)
{
    cleanup_free char *text = option->match ? str_format("%s = %s", option->text, option->match) : xstrdup(option->text);
    const char *indent = question->type == QUESTION_ORDERING ? "   " : "  ";
    if (question->type == QUESTION_ORDERING)
        buf_printf(out, "%zu. ", number);
    else
        buf_puts(out, question->type == QUESTION_MATCHING ? "- " : option->key ? "- [x] " : "- [ ] ");
    put_lines(out, indent, text);
    cleanup_free char *prefix = str_format("%s> ", indent);
    buf_puts(out, prefix);
    put_lines(out, prefix, option->explanation);
}

static void put_question(struct buf *out, const struct bank_question *question)
{
    put_heading(out, question);
    put_lines(out, "", question->stem);
    buf_putc(out, '\n');
    for (size_t i = 0; i < question->option_count; i++)
        put_option(out, question, &question->options[i], i + 1);
    if (question->rubric)
        markdown_fence(out, "rubric", question->rubric);
    if (question->lab)
        buf_printf(out, "lab: %s\n", question->lab);
    if (question->proof) {
        buf_putc(out, '\n');
        markdown_fence(out, question->proof_options ? "proof options" : "proof", question->proof);
    }
}

/* A text of the front matter: quoted, so that YAML takes it for nothing else. */
static void put_front(struct buf *out, const char *key, const char *value)
{
    bool plain = *value && value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .-_")] == 0 &&
                 value[0] != ' ' && value[0] != '-';
    buf_printf(out, "%s: ", key);
    if (plain) {
        buf_printf(out, "%s\n", value);
        return;
    }
    buf_putc(out, '\'');
    for (const char *p = value; *p; p++)
        *p == '\'' ? buf_puts(out, "''") : buf_putc(out, *p == '\n' ? ' ' : *p);
    buf_puts(out, "'\n");
}

void bank_write(const struct bank *bank, struct buf *out)
{
    buf_puts(out, "---\n");
    put_front(out, "id", bank->id);
    put_front(out, "title", bank->title);
    put_front(out, "domain", bank->domain);
    put_front(out, "version", bank->version);
    put_front(out, "licence", bank->licence);
    buf_printf(out, "pass: %d\n---\n", bank->pass);
    for (size_t i = 0; i < bank->count; i++)
        put_question(out, &bank->questions[i]);
}

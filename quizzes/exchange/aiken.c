/* Aiken: a question on one line, options "A) text" or "A. text", and "ANSWER: B". One key, no more. */
#include "base/memory.h"
#include "quizzes/exchange/exchange.h"

#include <ctype.h>
#include <string.h>

static bool is_option(const char *line) { return isupper((unsigned char)line[0]) && (line[1] == ')' || line[1] == '.') && line[2]; }

struct aiken {
    struct exchange *exchange;
    struct buf stem;
    char *options[26];
    int lines[26];
    size_t count;
    int line; /* of the stem */
};

static void forget(struct aiken *aiken)
{
    buf_clear(&aiken->stem);
    for (size_t i = 0; i < aiken->count; i++)
        cleanup_free_p(&aiken->options[i]);
    aiken->count = 0;
}

static void finish(struct aiken *aiken, const char *letter, int line)
{
    struct exchange *exchange = aiken->exchange;
    size_t key = (size_t)(*letter - 'A');
    if (!aiken->stem.len)
        exchange_problem(exchange, line, "ANSWER without a question before it; write the question on a line of its own");
    else if (aiken->count < 2)
        exchange_problem(exchange, line, "the question has %zu options; write two or more as \"A) text\"", aiken->count);
    else if (!isupper((unsigned char)*letter) || letter[1] || key >= aiken->count)
        exchange_problem(exchange, line, "ANSWER: %.20s is none of the options; write the letter of one", letter);
    else {
        struct bank_question *question = exchange_question(exchange, aiken->line);
        cleanup_free char *stem = question->stem;
        question->stem = markdown_of_plain(aiken->stem.data);
        question->type = QUESTION_SINGLE;
        exchange_name(exchange, question, aiken->stem.data);
        for (size_t i = 0; i < aiken->count; i++)
            exchange_option(exchange, question, aiken->lines[i], i == key, markdown_of_plain(aiken->options[i]), xstrdup(""));
    }
    forget(aiken);
}

static void option(struct aiken *aiken, const char *line, int number)
{
    if (!aiken->stem.len)
        exchange_problem(aiken->exchange, number, "an option without a question before it; write the question first");
    else if (aiken->count == 26 || line[0] != 'A' + (int)aiken->count)
        exchange_problem(aiken->exchange, number, "option %c: the next one is %c", line[0], 'A' + (int)aiken->count % 26);
    else {
        aiken->lines[aiken->count] = number;
        aiken->options[aiken->count++] = xstrdup(line + 2 + strspn(line + 2, " \t"));
    }
}

static void line_read(struct aiken *aiken, char *line, int number)
{
    if (str_starts(line, "ANSWER:")) {
        finish(aiken, str_trim(line + strlen("ANSWER:")), number);
    } else if (is_option(line)) {
        option(aiken, line, number);
    } else if (aiken->count) {
        exchange_problem(aiken->exchange, number, "\"%.40s\" stands between options and ANSWER; write \"ANSWER: A\"", line);
        forget(aiken);
    } else {
        aiken->line = aiken->stem.len ? aiken->line : number;
        if (aiken->stem.len)
            buf_putc(&aiken->stem, '\n');
        buf_puts(&aiken->stem, line);
    }
}

void aiken_read(struct exchange *exchange, const char *text, size_t len)
{
    cleanup_free char *copy = xstrndup(text, len);
    cleanup_strv char **lines = str_split(str_starts(copy, "\xef\xbb\xbf") ? copy + 3 : copy, '\n');
    struct aiken aiken = {.exchange = exchange, .stem = BUF_INIT};
    int count = 0;
    for (; lines[count]; count++) {
        char *line = str_trim(lines[count]);
        if (*line)
            line_read(&aiken, line, count + 1);
    }
    if (aiken.stem.len)
        exchange_problem(exchange, aiken.line, "the question has no ANSWER; write \"ANSWER: A\" after its options");
    forget(&aiken);
    buf_free(&aiken.stem);
}

/* --- out --- */

/* On one line: the format has no more. */
static void put_line(struct buf *out, const char *text)
{
    for (const char *p = text; *p; p++)
        if (*p != '\n')
            buf_putc(out, *p);
        else if (p[1] != '\n')
            buf_putc(out, ' ');
    buf_putc(out, '\n');
}

static bool several_lines(const struct bank_question *question)
{
    bool several = strchr(question->stem, '\n') != NULL;
    for (size_t i = 0; i < question->option_count; i++)
        several = several || strchr(question->options[i].text, '\n');
    return several;
}

void aiken_write(const struct bank *bank, struct buf *out, char ***notes)
{
    exchange_note(notes, "%s: title, domain, version, licence and pass mark are lost", bank->id);
    for (size_t i = 0; i < bank->count; i++) {
        const struct bank_question *question = &bank->questions[i];
        char key = 'A';
        if (question->type != QUESTION_SINGLE && question->type != QUESTION_TRUEFALSE) {
            exchange_note(notes, "%s: left out: Aiken has no questions of type %s", question->id,
                          question_type_name(question->type));
            continue;
        }
        put_line(out, question->stem);
        for (size_t k = 0; k < question->option_count; k++) {
            key = question->options[k].key ? (char)('A' + k) : key;
            buf_printf(out, "%c) ", (char)('A' + k));
            put_line(out, question->options[k].text);
        }
        buf_printf(out, "ANSWER: %c\n\n", key);
        exchange_note(notes, "%s: id, level, topic, objective and explanations are lost%s%s", question->id,
                      several_lines(question) ? ", and its lines become one" : "", question->proof ? ", and the proof" : "");
    }
}

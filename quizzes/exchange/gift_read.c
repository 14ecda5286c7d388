/* GIFT: questions between blank lines, answers in braces. "\~" and its like are taken for control characters while the structure is
 * read, and given back when a text is. */
#include "base/memory.h"
#include "quizzes/exchange/exchange.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char specials[] = "~=#{}:\\"; /* \1 to \7; \b stands for "\n" */

enum text_format { FORMAT_PLAIN, FORMAT_MARKDOWN, FORMAT_HTML };

struct gift {
    struct exchange *exchange;
    char *id, *name;
    char **tags;
    enum text_format format; /* of this question's texts that do not say */
};

static void hide_escapes(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++) {
        const char *special = *p == '\\' && p[1] ? strchr(specials, p[1]) : NULL;
        if (special) {
            *to++ = (char)(special - specials + 1);
            p++;
        } else if (*p == '\\' && p[1] == 'n') {
            *to++ = '\b';
            p++;
        } else {
            *to++ = *p;
        }
    }
    *to = 0;
}

static char *shown(const char *text, size_t len)
{
    cleanup_free char *copy = xstrndup(text, len);
    for (char *p = copy; *p; p++)
        *p = *p == '\b' ? '\n' : *p > 0 && *p < 8 ? specials[*p - 1] : *p;
    return xstrdup(str_trim(copy));
}

/* "[html]" before a text says what it is. */
static enum text_format take_format(const char **text, size_t *len, enum text_format otherwise)
{
    static const struct {
        const char *mark;
        enum text_format format;
    } marks[] = {{"[html]", FORMAT_HTML}, {"[moodle]", FORMAT_PLAIN}, {"[plain]", FORMAT_PLAIN}, {"[markdown]", FORMAT_MARKDOWN}};
    while (*len && strchr(" \t\n", **text))
        (*text)++, (*len)--;
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        size_t mark = strlen(marks[i].mark);
        if (*len >= mark && strncmp(*text, marks[i].mark, mark) == 0) {
            *text += mark;
            *len -= mark;
            return marks[i].format;
        }
    }
    return otherwise;
}

static char *as_markdown(const char *text, size_t len, enum text_format format)
{
    format = take_format(&text, &len, format);
    cleanup_free char *plain = shown(text, len);
    return format == FORMAT_MARKDOWN ? xstrdup(plain) : format == FORMAT_HTML ? markdown_of_html(plain) : markdown_of_plain(plain);
}

/* --- answers --- */

struct answer {
    bool right;    /* "=" and not "~" */
    double weight; /* percent; NAN when it is not said */
    const char *text, *why;
    size_t len, why_len;
    int line;
};

static size_t trimmed(const char *text, size_t len)
{
    while (len && strchr(" \t\n", text[len - 1]))
        len--;
    return len;
}

static const char *after_space(const char *p, const char *end)
{
    while (p < end && strchr(" \t\n", *p))
        p++;
    return p;
}

static int lines_between(const char *p, const char *end)
{
    int lines = 0;
    for (; p < end; p++)
        lines += *p == '\n';
    return lines;
}

/* "%50%text#why" up to the next "=" or "~"; what follows it. */
static const char *answer_read(const char *p, const char *end, struct answer *answer)
{
    answer->weight = NAN;
    p = after_space(p, end);
    if (p < end && *p == '%') {
        char *rest;
        double weight = strtod(p + 1, &rest);
        if (rest > p + 1 && rest < end && *rest == '%') {
            answer->weight = weight;
            p = rest + 1;
        }
    }
    size_t len = strcspn(p, "=~");
    len = (size_t)(end - p) < len ? (size_t)(end - p) : len;
    const char *why = memchr(p, '#', len);
    answer->text = p;
    answer->len = trimmed(p, why ? (size_t)(why - p) : len);
    answer->why = why ? why + 1 : "";
    answer->why_len = why ? len - (size_t)(why + 1 - p) : 0;
    return p + len;
}

/* All answers of a list; allocated. */
static struct answer *answers_read(const char *text, const char *end, int line, size_t *count)
{
    struct answer *list = NULL;
    *count = 0;
    for (const char *p = text; p < end;) {
        if (*p != '=' && *p != '~') {
            line += *p++ == '\n';
            continue;
        }
        list = xrealloc(list, (*count + 1) * sizeof *list);
        struct answer *answer = &list[(*count)++];
        answer->right = *p == '=';
        answer->line = line;
        const char *next = answer_read(p + 1, end, answer);
        line += lines_between(p, next);
        p = next;
    }
    return list;
}

static void note_part(struct gift *gift, const struct bank_question *question, const struct answer *answer)
{
    if (answer->weight > 0 && answer->weight < 100)
        exchange_note(gift->exchange->notes,
                      "%s:%d: %s: an answer is worth %g %%; a bank holds right and wrong only, so it is wrong",
                      gift->exchange->file, answer->line, question->id, answer->weight);
}

static void add_answer(struct gift *gift, struct bank_question *question, const struct answer *answer, bool key, char *text)
{
    exchange_option(gift->exchange, question, answer->line, key, text, as_markdown(answer->why, answer->why_len, gift->format));
}

/* "=" is single choice; without it several may be chosen, and what they are worth says how that counts. */
static void read_choice(struct gift *gift, struct bank_question *question, const struct answer *answers, size_t count)
{
    bool single = false;
    double percents[BANK_OPTIONS_MAX];
    for (size_t i = 0; i < count; i++)
        single = single || answers[i].right;
    question->type = single ? QUESTION_SINGLE : QUESTION_MULTIPLE;
    for (size_t i = 0; i < count; i++) {
        bool key = answers[i].right || answers[i].weight >= 100 || (!single && answers[i].weight > 0);
        if (!key)
            note_part(gift, question, &answers[i]);
        add_answer(gift, question, &answers[i], key, as_markdown(answers[i].text, answers[i].len, gift->format));
        if (i < BANK_OPTIONS_MAX)
            percents[i] = answers[i].weight;
    }
    if (!single)
        question->scoring = exchange_scoring(percents, question->option_count);
}

static void read_short(struct gift *gift, struct bank_question *question, const struct answer *answers, size_t count)
{
    question->type = strv_has(gift->tags, "type=command") ? QUESTION_COMMAND : QUESTION_SHORT;
    for (size_t i = 0; i < count; i++) {
        note_part(gift, question, &answers[i]);
        add_answer(gift, question, &answers[i], isnan(answers[i].weight) || answers[i].weight >= 100,
                   shown(answers[i].text, answers[i].len));
    }
}

static void read_matching(struct gift *gift, struct bank_question *question, const struct answer *answers, size_t count)
{
    question->type = QUESTION_MATCHING;
    for (size_t i = 0; i < count; i++) {
        cleanup_free char *pair = xstrndup(answers[i].text, answers[i].len);
        const char *arrow = strstr(pair, "->");
        if (!arrow) {
            exchange_problem(gift->exchange, answers[i].line, "a pair is written \"=left -> right\", and one has no \"->\"");
        } else if (arrow == pair + strspn(pair, " \t\n")) {
            exchange_note(gift->exchange->notes, "%s:%d: %s: \"%s\" belongs to nothing; a bank holds pairs only, so it is left out",
                          gift->exchange->file, answers[i].line, question->id, arrow + 2 + strspn(arrow + 2, " "));
        } else {
            char *left = as_markdown(pair, (size_t)(arrow - pair), gift->format);
            struct bank_option *option = exchange_option(gift->exchange, question, answers[i].line, true, left, xstrdup(""));
            if (option)
                option->match = as_markdown(arrow + 2, strlen(arrow + 2), FORMAT_PLAIN);
        }
    }
}

/* As it is written: 3.1415, not the sum that a computer makes of it. */
static double rounded(double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.12g", value);
    return strtod(text, NULL);
}

/* "7", "7:0.5", "6.5..7.5". */
static bool number_read(const char *text, double *value, double *tolerance)
{
    char *rest;
    *value = strtod(text, &rest);
    *tolerance = 0;
    if (rest == text || !isfinite(*value))
        return false;
    const char *more = rest + strspn(rest, " ");
    if (str_starts(more, "..")) {
        double last = strtod(more + 2, &rest);
        if (rest == more + 2 || last < *value)
            return false;
        *tolerance = rounded((last - *value) / 2);
        *value = rounded((*value + last) / 2);
    } else if (*more == ':') {
        *tolerance = strtod(more + 1, &rest);
        if (rest == more + 1 || *tolerance < 0)
            return false;
    }
    return isfinite(*value) && isfinite(*tolerance) && !rest[strspn(rest, " ")];
}

static void add_number(struct gift *gift, struct bank_question *question, const struct answer *answer)
{
    cleanup_free char *text = shown(answer->text, answer->len);
    double value, tolerance;
    bool key = isnan(answer->weight) ? answer->right : answer->weight >= 100;
    for (char *p = text; *p; p++) /* the colon was escaped, or was not */
        *p = *p == '\6' ? ':' : *p;
    note_part(gift, question, answer);
    if (!key && (!*text || str_equal(text, "*"))) { /* "~#why": every other answer */
        add_answer(gift, question, answer, false, xstrdup("*"));
        return;
    }
    if (!number_read(text, &value, &tolerance)) {
        exchange_problem(gift->exchange, answer->line, "\"%.60s\" is no number; write 7, 7:0.5 or 6.5..7.5", text);
        return;
    }
    add_answer(gift, question, answer, key, number_text(value, tolerance));
}

static void read_numeric(struct gift *gift, struct bank_question *question, const char *text, const char *end, int line)
{
    size_t count;
    question->type = QUESTION_NUMERIC;
    const char *p = after_space(text, end);
    if (p == end || (*p != '=' && *p != '~')) { /* the first needs no sign */
        struct answer first = {.right = true, .line = line + lines_between(text, p)};
        p = answer_read(p, end, &first);
        add_number(gift, question, &first);
    }
    cleanup_free struct answer *answers = answers_read(p, end, line + lines_between(text, p), &count);
    for (size_t i = 0; i < count; i++)
        add_number(gift, question, &answers[i]);
}

/* "T", "FALSE#why it is not true#why it is not false": feedback to the wrong answer, and to the right one. */
static bool read_truefalse(struct gift *gift, struct bank_question *question, const char *text, const char *end, int line)
{
    size_t len = (size_t)(end - text);
    const char *hash = memchr(text, '#', len), *second = hash ? memchr(hash + 1, '#', (size_t)(end - hash - 1)) : NULL;
    cleanup_free char *word = shown(text, hash ? (size_t)(hash - text) : len);
    bool is_true = strcasecmp(word, "t") == 0 || strcasecmp(word, "true") == 0;
    if (!is_true && strcasecmp(word, "f") != 0 && strcasecmp(word, "false") != 0)
        return false;
    question->type = QUESTION_TRUEFALSE;
    const char *wrong = hash ? hash + 1 : "", *right = second ? second + 1 : "";
    size_t wrong_len = hash ? (size_t)((second ? second : end) - wrong) : 0, right_len = second ? (size_t)(end - right) : 0;
    for (int i = 0; i < 2; i++) {
        bool key = (i == 0) == is_true;
        exchange_option(gift->exchange, question, line, key, xstrdup(i == 0 ? "True" : "False"),
                        key ? as_markdown(right, right_len, gift->format) : as_markdown(wrong, wrong_len, gift->format));
    }
    return true;
}

static void read_essay(struct gift *gift, struct bank_question *question, int line)
{
    question->type = QUESTION_ESSAY;
    question->rubric = xstrdup("1: a good answer\n");
    exchange_note(gift->exchange->notes, "%s:%d: %s: GIFT has no rubric; one of one point was made, write a better one",
                  gift->exchange->file, line, question->id);
}

/* What is in the braces, without the feedback to all of it. */
static void read_kind(struct gift *gift, struct bank_question *question, const char *text, const char *end, int line)
{
    const char *begin = text;
    text = after_space(text, end);
    line += lines_between(begin, text);
    end = text + trimmed(text, (size_t)(end - text));
    if (text == end) {
        read_essay(gift, question, line);
        return;
    }
    if (*text == '#') {
        read_numeric(gift, question, text + 1, end, line);
        return;
    }
    size_t count;
    cleanup_free struct answer *answers = answers_read(text, end, line, &count);
    bool wrong = false, arrow = false;
    for (size_t i = 0; i < count; i++) {
        wrong = wrong || !answers[i].right;
        arrow = arrow || memmem(answers[i].text, answers[i].len, "->", 2);
    }
    if (count == 0 && !read_truefalse(gift, question, text, end, line))
        exchange_problem(gift->exchange, line, "the braces hold no answer; write {=right ~wrong}, {T}, {#7} or {} for an essay");
    else if (wrong)
        read_choice(gift, question, answers, count);
    else if (arrow)
        read_matching(gift, question, answers, count);
    else if (count)
        read_short(gift, question, answers, count);
}

static void read_answers(struct gift *gift, struct bank_question *question, const char *text, const char *end, int line)
{
    const char *general = memmem(text, (size_t)(end - text), "####", 4);
    read_kind(gift, question, text, general ? general : end, line);
    cleanup_free char *said = general ? as_markdown(general + 4, (size_t)(end - general - 4), gift->format) : xstrdup("");
    exchange_general(gift->exchange, question, line, said);
}

/* --- questions --- */

static const char *after_name(struct gift *gift, const char *text)
{
    text += strspn(text, " \t\n");
    const char *end = str_starts(text, "::") ? strstr(text + 2, "::") : NULL;
    if (!end)
        return text;
    gift->name = shown(text + 2, (size_t)(end - text - 2));
    return end + 2;
}

static char *stem_of(struct gift *gift, const char *text, const char *open, const char *close)
{
    size_t len = (size_t)(open - text);
    gift->format = take_format(&text, &len, FORMAT_PLAIN);
    const char *rest = close + 1 + strspn(close + 1, " \t\n");
    cleanup_free char *whole = *rest ? str_format("%.*s_____%s", (int)len, text, close + 1) : xstrndup(text, len);
    return as_markdown(whole, strlen(whole), gift->format);
}

/* Last, when the answers have told what it is: tags know better. */
static void tag_question(struct gift *gift, struct bank_question *question, int line)
{
    for (char **tag = gift->tags; tag && *tag; tag++)
        if (!exchange_tag(gift->exchange, question, line, *tag) && !str_starts(*tag, "type="))
            exchange_note(gift->exchange->notes, "%s:%d: %s: the tag \"%s\" is left out", gift->exchange->file, line, question->id,
                          *tag);
}

static void question_read(struct gift *gift, char *text, int line)
{
    hide_escapes(text);
    const char *body = after_name(gift, text), *open = strchr(body, '{'), *close = strrchr(body, '}');
    int lines = line + (open ? lines_between(text, open) : 0);
    if (!open && !close) {
        cleanup_free char *said = shown(body, strlen(body));
        exchange_note(gift->exchange->notes, "%s:%d: \"%.40s\" asks nothing (it has no braces); left out", gift->exchange->file,
                      line, said);
        return;
    }
    if (!open || !close || close < open) {
        exchange_problem(gift->exchange, lines, "the braces of this question do not close before the blank line; write {answers}");
        return;
    }
    struct bank_question *question = exchange_question(gift->exchange, line);
    free(question->stem);
    question->stem = stem_of(gift, body, open, close);
    exchange_name(gift->exchange, question, gift->id ? gift->id : gift->name ? gift->name : question->stem);
    read_answers(gift, question, open + 1, close, lines);
    tag_question(gift, question, line);
}

/* "// [id:one] [tag:level=2]". */
static void comment_read(struct gift *gift, const char *comment, int line)
{
    const char *front = strstr(comment, "[bank:");
    if (front && str_ends(front, "]")) {
        cleanup_free char *json = xstrndup(front + 6, strlen(front) - 7);
        exchange_front_read(gift->exchange, line, json);
        return;
    }
    for (const char *p = strchr(comment, '['); p; p = strchr(p + 1, '[')) {
        bool id = str_starts(p, "[id:"), tag = str_starts(p, "[tag:");
        struct buf value = BUF_INIT;
        if (!id && !tag)
            continue;
        for (p = strchr(p, ':') + 1; *p && *p != ']'; p++) {
            p += *p == '\\' && p[1];
            buf_putc(&value, *p);
        }
        if (id) {
            free(gift->id);
            gift->id = buf_take(&value);
        } else {
            strv_take(&gift->tags, buf_take(&value));
        }
        if (!*p)
            break;
    }
}

static void gift_forget(struct gift *gift)
{
    free(gift->id);
    free(gift->name);
    strv_free(gift->tags);
    *gift = (struct gift){.exchange = gift->exchange};
}

static void end_question(struct gift *gift, struct buf *text, int line)
{
    if (text->len && text->data[strspn(text->data, " \t\n")]) {
        question_read(gift, text->data, line);
        gift_forget(gift);
    }
    buf_clear(text);
}

static bool has_control(const char *line)
{
    for (const char *p = line; *p; p++)
        if ((unsigned char)*p < ' ' && *p != '\t' && *p != '\r')
            return true;
    return false;
}

void gift_read(struct exchange *exchange, const char *text, size_t len)
{
    cleanup_free char *copy = xstrndup(text, len);
    cleanup_strv char **lines = str_split(str_starts(copy, "\xef\xbb\xbf") ? copy + 3 : copy, '\n');
    cleanup_buf struct buf question = BUF_INIT;
    struct gift gift = {.exchange = exchange};
    int begun = 1;
    for (int i = 0; lines[i]; i++) {
        char *line = str_trim(lines[i]);
        if (has_control(line)) {
            exchange_problem(exchange, i + 1, "a control character; remove it");
        } else if (!*line) {
            end_question(&gift, &question, begun);
        } else if (str_starts(line, "//")) {
            comment_read(&gift, line, i + 1);
            if (question.len)
                buf_putc(&question, '\n'); /* lines count on */
        } else if (str_starts(line, "$CATEGORY:")) {
            exchange_note(exchange->notes, "%s:%d: the category %s is left out; a bank has one title", exchange->file, i + 1,
                          line + strlen("$CATEGORY:") + strspn(line + strlen("$CATEGORY:"), " "));
        } else {
            begun = question.len ? begun : i + 1;
            buf_puts(&question, lines[i]); /* its beginning may be that of a line of code */
            buf_putc(&question, '\n');
        }
    }
    end_question(&gift, &question, begun);
    gift_forget(&gift);
}

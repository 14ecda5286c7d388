/* The lines of a ```predict block: a question, its options, and why each is right or wrong. */
#include "lessons/page.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

enum { MARK_LEN = 6 /* "- [x] " */ };

struct reading {
    struct prediction *prediction;
    struct buf question;
    struct buf text[CHOICES_MAX], why[CHOICES_MAX];
    bool quoted; /* the last line belonged to a why */
};

static void complain(struct prediction *prediction, int line, const char *problem)
{
    if (prediction->problem)
        return;
    prediction->problem = problem;
    prediction->problem_line = line;
}

static bool is_option(const char *line)
{
    return str_starts(line, "- [ ] ") || str_starts(line, "- [x] ") || str_starts(line, "- [X] ");
}

static void add_words(struct buf *out, const char *words)
{
    words += strspn(words, " \t");
    if (out->len && *words)
        buf_putc(out, ' ');
    buf_puts(out, words);
}

static void begin_option(struct reading *reading, int number, const char *line)
{
    struct prediction *prediction = reading->prediction;
    if (prediction->count == CHOICES_MAX) {
        complain(prediction, number, "a prediction has at most 6 options, which are picked by the letters a to f");
        return;
    }
    size_t index = prediction->count++;
    add_words(&reading->text[index], line + MARK_LEN);
    prediction->choices[index].key = line[3] != ' ';
    reading->quoted = false;
    if (!prediction->choices[index].key)
        return;
    if (prediction->key >= 0)
        complain(prediction, number, "two options are marked [x]; one is right");
    prediction->key = (int)index;
}

static void read_line(struct reading *reading, int number, const char *line)
{
    struct prediction *prediction = reading->prediction;
    size_t indent = strspn(line, " \t");
    if (is_option(line)) {
        begin_option(reading, number, line);
        return;
    }
    if (prediction->count == 0) {
        buf_printf(&reading->question, "%s\n", line);
        return;
    }
    size_t index = prediction->count - 1;
    if (line[indent] == '>') {
        add_words(&reading->why[index], line + indent + 1);
        reading->quoted = true;
    } else if (line[indent] && indent == 0) {
        complain(prediction, number, "after the first option come only options (\"- [ ] text\") and indented lines (\"  > why\")");
    } else if (line[indent]) {
        add_words(reading->quoted ? &reading->why[index] : &reading->text[index], line);
    }
}

/* Inline Markdown of one paragraph. */
static char *inline_text(struct buf *markdown)
{
    cleanup_free char *source = buf_take(markdown);
    struct pages pages;
    pages_parse(source, &pages);
    cleanup_buf struct buf out = BUF_INIT;
    for (size_t i = 0; i < pages.count; i++)
        for (size_t j = 0; j < pages.list[i].count; j++)
            add_words(&out, pages.list[i].blocks[j].text);
    pages_free(&pages);
    return buf_take(&out);
}

static void finish(struct reading *reading, int lines)
{
    struct prediction *prediction = reading->prediction;
    cleanup_free char *question = buf_take(&reading->question);
    if (*str_trim(question))
        pages_parse(question, &prediction->question);
    else
        complain(prediction, 0, "the question is missing; it stands before the first option");
    for (size_t i = 0; i < prediction->count; i++) {
        struct choice *choice = &prediction->choices[i];
        choice->text = inline_text(&reading->text[i]);
        choice->why = inline_text(&reading->why[i]);
        if (!*choice->text || !*choice->why)
            complain(prediction, lines, "every option has a text, and below it an indented \"> why it is right or wrong\"");
    }
    if (prediction->count < 2)
        complain(prediction, lines, "there are two options at least: \"- [x] right\" and \"- [ ] wrong\"");
    else if (prediction->key < 0)
        complain(prediction, lines, "no option is marked \"- [x]\" as the right one");
}

struct prediction *prediction_parse(const char *text)
{
    struct prediction *prediction = xcalloc(1, sizeof *prediction);
    prediction->key = -1;
    struct reading reading = {.prediction = prediction};
    cleanup_strv char **lines = str_split(text, '\n');
    int number = 0;
    for (; lines[number]; number++)
        read_line(&reading, number, lines[number]);
    finish(&reading, number - 1);
    return prediction;
}

void prediction_free(struct prediction *prediction)
{
    if (!prediction)
        return;
    pages_free(&prediction->question);
    for (size_t i = 0; i < prediction->count; i++) {
        free(prediction->choices[i].text);
        free(prediction->choices[i].why);
    }
    free(prediction);
}

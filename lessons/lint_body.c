/* The lint of a lesson's pages: each kind of block has its check, and a page its order. */
#include "lessons/lesson_lint.h"

#include "base/memory.h"
#include "base/strings.h"
#include "lessons/lesson.h"

#include <ctype.h>
#include <string.h>

enum { QUESTIONS_LOOKED_AT = 1 };

struct body {
    struct lint *lint;
    const struct lesson *lesson;
    const struct page *page;
    const struct block *block;
    struct buf ran;     /* the commands so far */
    bool predicted;     /* a prediction waits for its demonstration */
    int predicted_line; /* of the file */
    int commands, transcripts, recalls;
};

/* A line of the file from one of the block's text, counted from 0; a fence's text begins below its line. */
static int file_line(const struct body *body, int inside) { return body->lesson->body_line + body->block->line - 1 + inside; }
static int text_line(const struct body *body, int inside) { return file_line(body, inside + 1); }

static void check_width(const struct body *body, const char *field)
{
    cleanup_strv char **lines = str_split(body->block->text, '\n');
    for (int i = 0; lines[i]; i++) {
        int width = 0;
        for (const char *p = lines[i]; *p; p++)
            width += ((unsigned char)*p & 0xc0) != 0x80;
        if (width > LINT_CODE_WIDTH)
            lint_problem(body->lint, text_line(body, i), field, "%d columns; at most %d, so that 80 show it whole", width,
                         LINT_CODE_WIDTH);
    }
}

static void check_word(const struct body *body, const char *word)
{
    long long code;
    bool exit = str_starts(word, "exit=");
    if (exit && (!str_to_int(word + strlen("exit="), &code) || code < 0 || code > 255))
        lint_problem(body->lint, file_line(body, 0), "run", "\"%s\": an exit code is a number from 0 to 255", word);
    else if (!exit && !str_equal(word, "follow") && *word)
        lint_problem(body->lint, file_line(body, 0), "run", "\"%s\" is not known; behind run stand exit=N or follow", word);
}

/* "<name>" is something to be filled in; "<(", "<<" and "< file" are the shell's. */
static const char *placeholder(const char *text)
{
    for (const char *p = strchr(text, '<'); p; p = strchr(p + 1, '<')) {
        size_t len = strspn(p + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
        if (len && p[1 + len] == '>' && (p == text || p[-1] != '<'))
            return p;
    }
    return NULL;
}

static void check_command(struct body *body)
{
    const struct block *block = body->block;
    cleanup_strv char **words = str_split(block->extra, ' ');
    for (char **word = words; *word; word++)
        check_word(body, *word);
    const char *missing = placeholder(block->text);
    if (!*block->text)
        lint_problem(body->lint, file_line(body, 0), "run", "the block is empty; write a command");
    if (missing)
        lint_problem(body->lint, file_line(body, 0), "run", "%.*s is to be filled in; a block is run as it stands, name it",
                     (int)strcspn(missing, ">") + 1, missing);
    check_width(body, "run");
    buf_printf(&body->ran, "%s\n", block->text);
    body->predicted = false;
    body->commands++;
}

static void check_predict(struct body *body)
{
    const struct prediction *prediction = body->block->prediction;
    if (prediction->problem)
        lint_problem(body->lint, text_line(body, prediction->problem_line), "predict", "%s", prediction->problem);
    if (*body->block->extra)
        lint_problem(body->lint, file_line(body, 0), "predict", "\"%s\" is not known; nothing stands behind predict",
                     body->block->extra);
    if (body->predicted)
        lint_problem(body->lint, body->predicted_line, "predict",
                     "nothing that shows it follows before the next question; a prediction stands before a run or a code block");
    body->predicted = true;
    body->predicted_line = file_line(body, 0);
}

static const struct kind {
    const char *name;
    bool container; /* is of one */
} kinds[] = {
    {"layers", true},  {"namespaces", true}, {"cgroup", true},  {"steps", true},
    {"chains", false}, {"topology", false},  {"signals", true}, {"privileges", true},
};

static const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_equal(kinds[i].name, name))
            return &kinds[i];
    return NULL;
}

/* The name as a word of its own. */
static bool mentioned(const char *text, const char *name)
{
    size_t len = strlen(name);
    for (const char *p = text ? strstr(text, name) : NULL; p; p = strstr(p + 1, name)) {
        bool begins = p == text || !(isalnum((unsigned char)p[-1]) || p[-1] == '-' || p[-1] == '_');
        bool ends = !(isalnum((unsigned char)p[len]) || p[len] == '-' || p[len] == '_');
        if (begins && ends)
            return true;
    }
    return false;
}

static void check_picture(struct body *body)
{
    const struct block *block = body->block;
    const struct kind *kind = kind_find(block->text);
    int line = file_line(body, 0);
    if (!kind)
        lint_problem(
            body->lint, line, "picture",
            "there is no picture \"%s\"; they are layers, namespaces, cgroup, steps, chains, topology, signals, privileges",
            block->text);
    else if (kind->container && !*block->name && !body->lesson->machine) /* without a name it is of the lab machine itself */
        lint_problem(body->lint, line, "picture", "of which container? write ```picture %s NAME", block->text);
    if (*block->name && !mentioned(body->ran.data, block->name))
        lint_problem(body->lint, line, "picture", "no run block before it makes a container \"%s\"", block->name);
}

static void check_recall_line(const struct body *body, const struct recall_line *line)
{
    struct lint *lint = body->lint;
    const struct question_name *found[QUESTIONS_LOOKED_AT];
    int number = text_line(body, line->line);
    if (line->problem) {
        lint_problem(lint, number, "recall", "%s", line->problem);
        return;
    }
    size_t fitting = recall_fitting(line, &lint->questions, &lint->syllabus, found, QUESTIONS_LOOKED_AT);
    if (!line->topic && fitting == 0)
        lint_problem(lint, number, "recall", "there is no question %s/%s to choose from in quizzes/", line->bank, line->question);
    else if (line->topic && fitting == 0 && !syllabus_topic(&lint->syllabus, line->topic))
        lint_problem(lint, number, "recall", "there is no topic \"%s\", neither in lessons/topics.yaml nor of a question",
                     line->topic);
    else if (line->topic && fitting < (size_t)line->count)
        lint_problem(lint, number, "recall",
                     "the banks have %zu questions to choose from on %s, not %d; ask fewer, or write some in quizzes/", fitting,
                     line->topic, line->count);
}

static void check_recall(struct body *body)
{
    cleanup_recall struct recall recall;
    recall_parse(body->block->text, &recall);
    if (recall.count == 0)
        lint_problem(body->lint, file_line(body, 0), "recall",
                     "the block is empty; write \"bank/question\" or \"topic NAME COUNT\"");
    for (size_t i = 0; i < recall.count; i++)
        check_recall_line(body, &recall.lines[i]);
    if (body->recalls++)
        lint_problem(body->lint, file_line(body, 0), "recall", "a second block; a lesson asks at its end, once");
}

/* A transcript answers a prediction as well as a command does, where there is nothing to run. */
static void check_code(struct body *body)
{
    check_width(body, "code");
    body->predicted = false;
    body->transcripts++;
}

static void (*const checks[])(struct body *body) = {
    [BLOCK_CODE] = check_code,       [BLOCK_COMMAND] = check_command, [BLOCK_PREDICT] = check_predict,
    [BLOCK_PICTURE] = check_picture, [BLOCK_RECALL] = check_recall,
};

static void check_page(struct body *body)
{
    for (size_t i = 0; i < body->page->count; i++) {
        body->block = &body->page->blocks[i];
        if (body->block->kind < (int)ARRAY_LEN(checks) && checks[body->block->kind])
            checks[body->block->kind](body);
    }
    if (body->predicted)
        lint_problem(body->lint, body->predicted_line, "predict",
                     "nothing that shows it follows on this page; a prediction stands before a run or a code block");
    body->predicted = false;
}

/* What cmark takes and no page shows: it would be lost without a word. */
static void check_source(struct lint *lint, const struct lesson *lesson)
{
    bool fence = false;
    for (int i = lesson->body_line - 1; lint->source[i]; i++) {
        const char *line = lint->source[i];
        if (str_starts(line, "```"))
            fence = !fence;
        else if (!fence && line[0] == '|')
            lint_problem(lint, i + 1, "table", "tables are not shown; write ```text");
        else if (!fence && line[0] == '<' && (isalpha((unsigned char)line[1]) || line[1] == '!'))
            lint_problem(lint, i + 1, "html", "HTML is not shown; write Markdown");
        else if (!fence && str_starts(line, "# "))
            lint_problem(lint, i + 1, "heading", "a page begins with \"## Title\"");
    }
    if (fence)
        lint_problem(lint, (int)strv_len(lint->source), "fence", "a ``` is not closed");
}

void lint_body(struct lint *lint, struct lesson *lesson)
{
    const struct pages *pages = lesson_pages(lesson);
    struct body body = {.lint = lint, .lesson = lesson};
    check_source(lint, lesson);
    if (!*pages->list[0].title)
        lint_problem(lint, lesson->body_line, "page", "there is text before the first \"## Title\"; begin with a page");
    for (size_t i = 0; i < pages->count; i++) {
        body.page = &pages->list[i];
        if (body.page->count == 0)
            lint_problem(lint, lesson->body_line + body.page->line - 1, "page", "the page is empty");
        check_page(&body);
    }
    if (body.commands == 0 && body.transcripts == 0)
        lint_problem(lint, lesson->body_line, "run", "nothing is run or shown; a lesson shows what it says");
    buf_free(&body.ran);
}

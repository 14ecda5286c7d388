/* Blocks to HTML. */
#include "lessons/html.h"

#include "base/memory.h"
#include "base/strings.h"
#include "lessons/lesson.h"

#include <string.h>

static const char style[] =
    "body{font:17px/1.5 sans-serif;max-width:44em;margin:2em auto;padding:0 1em;color:#222;background:#fff}"
    "code,pre{font-family:monospace;background:#f2f2f2}pre{padding:.6em;overflow:auto}"
    "pre.run{border-left:4px solid #07c}blockquote{border-left:4px solid #c80;margin-left:0;padding-left:1em}"
    "section.ask{border:1px solid #bbb;padding:.2em 1em;margin:1em 0}"
    "@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}code,pre{background:#2a2a2a}}";

static void put_escaped(char c, FILE *out)
{
    static const char *const names[128] = {['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;"};
    const char *name = (unsigned char)c < 128 ? names[(unsigned char)c] : NULL;
    if (name)
        fputs(name, out);
    else
        fputc(c, out);
}

/* A block's text with its marks. */
static void put_text(const char *text, FILE *out)
{
    static const char *const tags[] = {[PAGE_CODE] = "code", [PAGE_STRONG] = "strong", [PAGE_EMPHASIS] = "em"};
    const char *open[8];
    int depth = 0;
    for (; *text; text++) {
        if (*text == PAGE_PLAIN && depth > 0) {
            fprintf(out, "</%s>", open[--depth]);
        } else if (*text > 0 && *text <= PAGE_EMPHASIS && depth < (int)ARRAY_LEN(open)) {
            open[depth++] = tags[(int)*text];
            fprintf(out, "<%s>", open[depth - 1]);
        } else if ((unsigned char)*text >= ' ' || *text == '\n') {
            put_escaped(*text, out);
        }
    }
    while (depth > 0)
        fprintf(out, "</%s>", open[--depth]);
}

static void put_element(const char *tag, const char *text, FILE *out)
{
    fprintf(out, "<%s>", tag);
    put_text(text, out);
    fprintf(out, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

static void put_block(const struct block *block, FILE *out);

static void put_prediction(const struct prediction *prediction, FILE *out)
{
    fputs("<section class=\"ask\">\n<p><strong>What do you expect?</strong></p>\n", out);
    for (size_t i = 0; i < prediction->question.count; i++)
        for (size_t j = 0; j < prediction->question.list[i].count; j++)
            put_block(&prediction->question.list[i].blocks[j], out);
    fputs("<ol type=\"a\">\n", out);
    for (size_t i = 0; i < prediction->count; i++)
        put_element("li", prediction->choices[i].text, out);
    fputs("</ol>\n<details><summary>Answer</summary>\n<ol type=\"a\">\n", out);
    for (size_t i = 0; i < prediction->count; i++) {
        fprintf(out, "<li>%s", (int)i == prediction->key ? "<strong>Yes.</strong> " : "No. ");
        put_text(prediction->choices[i].why, out);
        fputs("</li>\n", out);
    }
    fputs("</ol>\n</details>\n</section>\n", out);
}

static void put_block(const struct block *block, FILE *out)
{
    switch (block->kind) {
    case BLOCK_HEADING:
        put_element("h3", block->text, out);
        break;
    case BLOCK_PARAGRAPH:
        put_element("p", block->text, out);
        break;
    case BLOCK_NOTE:
        put_element("blockquote", block->text, out);
        break;
    case BLOCK_ITEM:
        if (block->number)
            fprintf(out, "<ol start=\"%d\">", block->number);
        fputs(block->number ? "" : "<ul>", out);
        put_element("li", block->text, out);
        fputs(block->number ? "</ol>\n" : "</ul>\n", out);
        break;
    case BLOCK_CODE:
        put_element("pre", block->text, out);
        break;
    case BLOCK_COMMAND:
        put_element("pre class=\"run\"", block->text, out);
        break;
    case BLOCK_PREDICT:
        put_prediction(block->prediction, out);
        break;
    case BLOCK_PICTURE:
    case BLOCK_RECALL: /* what lives in the terminal */
        break;
    }
}

void lesson_html(struct lesson *lesson, FILE *out)
{
    const struct pages *pages = lesson_pages(lesson);
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n", out);
    put_element("title", lesson->title, out);
    fprintf(out, "<style>%s</style></head>\n<body>\n", style);
    put_element("h1", lesson->title, out);
    put_element("p", lesson->summary, out);
    for (size_t i = 0; i < pages->count; i++) {
        put_element("h2", pages->list[i].title, out);
        for (size_t j = 0; j < pages->list[i].count; j++)
            put_block(&pages->list[i].blocks[j], out);
    }
    fputs("</body></html>\n", out);
}

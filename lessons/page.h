/* Markdown turned into what a screen or a terminal can show: pages of blocks.
 *
 * Text of a block is UTF-8 with three inline marks, each ended by PAGE_PLAIN: PAGE_CODE, PAGE_STRONG, PAGE_EMPHASIS. Newlines in
 * paragraphs are spaces (wrap as you like); in code and commands they are kept. Parsing is cmark's.
 *
 *   `## Title`         starts a new page (text before the first one is a page of its own when there is any)
 *   ```run             a command that the reader may run from the page: BLOCK_COMMAND. `run exit=1`: it ends with that code;
 *                      `run follow`: it stays until Ctrl-C
 *   ```predict         a question before a demonstration: BLOCK_PREDICT. Its lines: the question (Markdown), then options
 *                      "- [ ] text" and one "- [x] text", each with an indented "> why it is right or wrong" below it
 *   ```picture KIND [NAME]   a live picture of a container: BLOCK_PICTURE
 *   ```recall          questions of the banks, one "bank/question" or "topic NAME COUNT" a line: BLOCK_RECALL
 *   any other fence    BLOCK_CODE
 *   `> text`           BLOCK_NOTE
 *   `### Title`        BLOCK_HEADING;   list items: BLOCK_ITEM (level = depth from 1; `number` 0 for bullets)
 *   `| a | b |` tables are not CommonMark; use a code block.
 */
#ifndef SLIPWAY_LESSONS_PAGE_H
#define SLIPWAY_LESSONS_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { PAGE_PLAIN = 0x0f, PAGE_CODE = 0x01, PAGE_STRONG = 0x02, PAGE_EMPHASIS = 0x03 };

enum block_kind {
    BLOCK_HEADING,
    BLOCK_PARAGRAPH,
    BLOCK_ITEM,
    BLOCK_CODE,
    BLOCK_COMMAND,
    BLOCK_NOTE,
    BLOCK_PREDICT,
    BLOCK_PICTURE,
    BLOCK_RECALL
};

struct prediction;

struct block {
    enum block_kind kind;
    int level;
    int number;                    /* of an item; of a prediction, counted from 1 in the document */
    int line;                      /* of the source, from 1 */
    char *text;                    /* of a picture: its kind */
    char *extra;                   /* of a fence: what stands behind the first word ("exit=1", "layers web"); NULL elsewhere */
    char *name;                    /* BLOCK_PICTURE: the container, "" for none */
    int code;                      /* BLOCK_COMMAND: how it ends */
    bool follow;                   /* BLOCK_COMMAND: it stays */
    struct prediction *prediction; /* BLOCK_PREDICT */
};

struct page {
    char *title; /* "" when the page has none */
    struct block *blocks;
    size_t count;
    int line;
};

struct pages {
    struct page *list;
    size_t count;
};

enum { CHOICES_MAX = 6 }; /* picked by the letters a to f */

/* A choice's texts have inline marks, as a block's. */
struct choice {
    char *text, *why;
    bool key;
};

struct prediction {
    struct pages question; /* one page, or none when there is no question */
    struct choice choices[CHOICES_MAX];
    size_t count;
    int key;             /* the right one; -1 when there is none */
    const char *problem; /* what is wrong with the block, in words for its author; NULL when all is well */
    int problem_line;    /* from 0, in the block */
};

/* `markdown` without its front matter. Never fails: every text is Markdown. */
void pages_parse(const char *markdown, struct pages *out);
void pages_free(struct pages *pages);

/* The lines of a ```predict block. */
struct prediction *prediction_parse(const char *text);
void prediction_free(struct prediction *prediction);

/* Print one page for a plain terminal, wrapped at `width`; commands stand behind "$ ". `colour` uses SGR codes. Predictions are
 * questions with lettered options; what is right is printed by page_print_answers, which goes at the end. */
void page_print(const struct page *page, int width, int colour, FILE *out);
void page_print_answers(const struct page *page, int width, int colour, FILE *out);

#endif

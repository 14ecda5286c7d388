/* Markdown turned into what a screen or a terminal can show: pages of blocks.
 *
 * Text of a block is UTF-8 with three inline marks, each ended by PAGE_PLAIN: PAGE_CODE, PAGE_STRONG, PAGE_EMPHASIS. Newlines in
 * paragraphs are spaces (wrap as you like); in code and commands they are kept. Parsing is cmark's.
 *
 *   `## Title`         starts a new page (text before the first one is a page of its own when there is any)
 *   ```run             a command that the reader may run from the page: BLOCK_COMMAND
 *   any other fence    BLOCK_CODE
 *   `> text`           BLOCK_NOTE
 *   `### Title`        BLOCK_HEADING;   list items: BLOCK_ITEM (level = depth from 1; `number` 0 for bullets)
 *   `| a | b |` tables are not CommonMark; use a code block.
 */
#ifndef SLIPWAY_LESSONS_PAGE_H
#define SLIPWAY_LESSONS_PAGE_H

#include <stddef.h>
#include <stdio.h>

enum { PAGE_PLAIN = 0x0f, PAGE_CODE = 0x01, PAGE_STRONG = 0x02, PAGE_EMPHASIS = 0x03 };

enum block_kind { BLOCK_HEADING, BLOCK_PARAGRAPH, BLOCK_ITEM, BLOCK_CODE, BLOCK_COMMAND, BLOCK_NOTE };

struct block {
    enum block_kind kind;
    int level;
    int number;
    char *text;
};

struct page {
    char *title; /* "" when the page has none */
    struct block *blocks;
    size_t count;
};

struct pages {
    struct page *list;
    size_t count;
};

/* `markdown` without its front matter. Never fails: every text is Markdown. */
void pages_parse(const char *markdown, struct pages *out);
void pages_free(struct pages *pages);

/* Print one page for a plain terminal, wrapped at `width`; commands stand behind "$ ". `colour` uses SGR codes. */
void page_print(const struct page *page, int width, int colour, FILE *out);

#endif

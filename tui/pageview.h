/* A page of a lesson or lab (lessons/page.h) drawn into an area: wrapped text with its inline marks, code, notes, and commands of
 * which one is selected. */
#ifndef SLIPWAY_TUI_PAGEVIEW_H
#define SLIPWAY_TUI_PAGEVIEW_H

#include "lessons/page.h"
#include "tui/draw.h"

#include <stdbool.h>
#include <stdint.h>

struct pageview {
    int top, lines, rows; /* scrolled to; as drawn last */
    int command;          /* selected, from 0; -1 for none */
    uint64_t ran;         /* bit per command that was run */
    bool follow;          /* scroll to the selected command at the next drawing */
};

int page_commands(const struct page *page);
const char *page_command(const struct page *page, int index);
void pageview_select(struct pageview *view, const struct page *page, int index);
void pageview_draw(struct pageview *view, const struct page *page, struct area area);

/* One text with inline marks, wrapped from (y, x) on; rows used. */
int draw_rich(struct area area, int y, int x, enum style style, const char *text);
/* All blocks of a page from row y on, without selection; rows used. For hints. */
int draw_blocks(struct area area, int y, const struct page *page);
/* A text of a question bank from (y, x) on, in one style unless that is S_TEXT; rows used. */
int draw_markdown(struct area area, int y, int x, enum style style, const char *text);

#endif

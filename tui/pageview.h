/* A page of a lesson or lab (lessons/page.h) drawn into an area: wrapped text with its inline marks, code, notes, and what the
 * reader can act on, of which one is selected. */
#ifndef SLIPWAY_TUI_PAGEVIEW_H
#define SLIPWAY_TUI_PAGEVIEW_H

#include "lessons/page.h"
#include "tui/draw.h"

#include <stdbool.h>
#include <stdint.h>

/* What the reader can act on, from the top down: commands, predictions, questions to recall. */
struct pageview {
    int top, lines, rows;      /* scrolled to; as drawn last */
    int stop;                  /* selected, from 0; -1 for none */
    uint64_t ran;              /* bit per stop: a command that was run */
    const signed char *picks;  /* of each prediction of the document, by its number less one: the option picked, -1 for none */
    bool follow;               /* scroll to the selected stop at the next drawing */
    int reveal;                /* or to the end of this stop, when above 0: its number from 1 */
    bool hidden;               /* as drawn last: the selected stop is not wholly on the screen */
    const struct block *shown; /* as drawn last: the last picture whose place is on the screen; NULL for none */
};

bool pageview_stop(const struct block *block);
int page_stops(const struct page *page);
const struct block *page_stop(const struct page *page, int index); /* NULL when there is none */
void pageview_select(struct pageview *view, const struct page *page, int index);
/* The prediction that has to be answered before the command at `stop` is run; its stop, or -1 when nothing is in the way. */
int pageview_waits(const struct pageview *view, const struct page *page, int stop);
bool pageview_answered(const struct pageview *view, const struct block *prediction);
/* The stop of the prediction that a command of this page explains, when it has been run; -1 for none. */
int pageview_explains(const struct page *page, int command);
int pageview_pick(const struct pageview *view, const struct block *prediction);          /* -1 for none */
bool pageview_explained(const struct pageview *view, const struct page *page, int stop); /* what the prediction at `stop` asked */
bool pageview_withheld(const struct pageview *view, const struct page *page, const struct block *code); /* until it is answered */
/* It is answered by a code block, which is shown then, and not by a command. */
bool pageview_transcript(const struct page *page, const struct block *prediction);
void pageview_draw(struct pageview *view, const struct page *page, struct area area);

/* One text with inline marks, wrapped from (y, x) on; rows used. */
int draw_rich(struct area area, int y, int x, enum style style, const char *text);
/* All blocks of a page from row y on, without selection; rows used. For hints. */
int draw_blocks(struct area area, int y, const struct page *page);
/* A text of a question bank from (y, x) on, in one style unless that is S_TEXT; rows used. */
int draw_markdown(struct area area, int y, int x, enum style style, const char *text);

#endif

/* What a reader can act on in a page, and what waits for an answer. */
#include "tui/pageview.h"

bool pageview_stop(const struct block *block)
{
    return block->kind == BLOCK_COMMAND || block->kind == BLOCK_PREDICT || block->kind == BLOCK_RECALL;
}

const struct block *page_stop(const struct page *page, int index)
{
    for (size_t i = 0; i < page->count && index >= 0; i++)
        if (pageview_stop(&page->blocks[i]) && index-- == 0)
            return &page->blocks[i];
    return NULL;
}

int page_stops(const struct page *page)
{
    int count = 0;
    while (page_stop(page, count))
        count++;
    return count;
}

void pageview_select(struct pageview *view, const struct page *page, int index)
{
    int count = page_stops(page);
    view->stop = count == 0 ? -1 : index < 0 ? 0 : index >= count ? count - 1 : index;
    view->follow = true;
}

int pageview_pick(const struct pageview *view, const struct block *prediction)
{
    return view->picks ? view->picks[prediction->number - 1] : -1;
}

bool pageview_answered(const struct pageview *view, const struct block *prediction) { return pageview_pick(view, prediction) >= 0; }

int pageview_explains(const struct page *page, int command)
{
    for (int i = command - 1; i >= 0; i--)
        if (page_stop(page, i)->kind == BLOCK_PREDICT)
            return i;
    return -1;
}

int pageview_waits(const struct pageview *view, const struct page *page, int stop)
{
    int before = pageview_explains(page, stop);
    return before >= 0 && view->picks && !pageview_answered(view, page_stop(page, before)) ? before : -1;
}

/* What shows whether a prediction was right: the first command or code after it. Code is a transcript of what cannot be run here.
 */
static const struct block *shown_by(const struct page *page, const struct block *prediction)
{
    for (const struct block *at = prediction + 1; at < page->blocks + page->count && at->kind != BLOCK_PREDICT; at++)
        if (at->kind == BLOCK_CODE || at->kind == BLOCK_COMMAND)
            return at;
    return NULL;
}

bool pageview_transcript(const struct page *page, const struct block *prediction)
{
    const struct block *shown = shown_by(page, prediction);
    return shown && shown->kind == BLOCK_CODE;
}

/* A command between it and the next prediction was run; a transcript is there when it is answered. */
bool pageview_explained(const struct pageview *view, const struct page *page, int stop)
{
    const struct block *next;
    if (!pageview_answered(view, page_stop(page, stop)))
        return false;
    if (pageview_transcript(page, page_stop(page, stop)))
        return true;
    for (int i = stop + 1; i < 64 && (next = page_stop(page, i)) && next->kind != BLOCK_PREDICT; i++)
        if (view->ran >> i & 1)
            return true;
    return false;
}

/* A transcript tells what a prediction asks: it comes when that is answered. */
bool pageview_withheld(const struct pageview *view, const struct page *page, const struct block *code)
{
    const struct block *at = code;
    while (at > page->blocks && at->kind != BLOCK_PREDICT)
        at--;
    return code->kind == BLOCK_CODE && at->kind == BLOCK_PREDICT && view->picks && !pageview_answered(view, at) &&
           shown_by(page, at) == code;
}

/* Blocks to rows. Rows above the area are worked out and not drawn, so scrolling is an offset. */
#include "tui/pageview.h"

#include "base/strings.h"
#include "tui/list.h"

#include <stdio.h>
#include <string.h>

struct pen {
    struct area area;
    int y, x, left;
    enum style base, style;
};

static bool is_mark(char c) { return c == PAGE_CODE || c == PAGE_STRONG || c == PAGE_EMPHASIS || c == PAGE_PLAIN; }

static void take_mark(struct pen *pen, char mark)
{
    pen->style = mark == PAGE_CODE ? S_CODE : mark == PAGE_STRONG || mark == PAGE_EMPHASIS ? S_STRONG : pen->base;
}

/* Columns of the word at `text`, up to the next blank. */
static int word_width(const char *text, const char **end)
{
    int width = 0;
    while (*text && *text != ' ' && *text != '\n') {
        const char *from = text;
        if (is_mark(*text)) {
            text++;
            continue;
        }
        utf8_next(&text);
        char sign[8] = "";
        memcpy(sign, from, (size_t)(text - from));
        width += text_width(sign);
    }
    *end = text;
    return width;
}

static void pen_word(struct pen *pen, const char *text, const char *end)
{
    while (text < end) {
        if (is_mark(*text)) {
            take_mark(pen, *text++);
            continue;
        }
        const char *from = text;
        utf8_next(&text);
        char sign[8] = "";
        memcpy(sign, from, (size_t)(text - from));
        int width = text_width(sign);
        if (pen->x + width > pen->area.w && pen->x > pen->left) {
            pen->x = pen->left;
            pen->y++;
        }
        if (pen->y >= 0 && pen->y < pen->area.h)
            put(pen->area, pen->y, pen->x, pen->style, sign);
        pen->x += width;
    }
}

int draw_rich(struct area area, int y, int x, enum style style, const char *text)
{
    struct pen pen = {area, y, x, x, style, style};
    while (*text) {
        if (*text == ' ' || *text == '\n') {
            pen.x += pen.x > pen.left;
            text++;
            continue;
        }
        const char *end;
        if (pen.x + word_width(text, &end) > area.w && pen.x > pen.left) {
            pen.x = pen.left;
            pen.y++;
        }
        pen_word(&pen, text, end);
        text = end;
    }
    return pen.y - y + 1;
}

enum stop_state { STOP_OPEN, STOP_WAITS, STOP_DONE };

/* Kept line for line; what is too long goes on below, for code that cannot be read whole is of no use. */
static int draw_code(struct area area, int y, int x, enum style style, enum style edge, const char *sign, const char *text)
{
    int rows = 0;
    while (*text) {
        size_t len = strcspn(text, "\n"), part;
        char line[1024], one[1024];
        snprintf(line, sizeof line, "%.*s", (int)len, text);
        const char *rest = line, *piece = line;
        int from = rows;
        do {
            int indent = rows > from ? 2 : 0;
            if (!text_wrap(&rest, area.w - x - indent, &piece, &part))
                part = 0;
            snprintf(one, sizeof one, "%.*s", (int)part, piece);
            put(area, y + rows, x - 2, edge, sign);
            put(area, y + rows++, x + indent, style, one);
        } while (*rest);
        text += len + (text[len] == '\n');
    }
    return rows;
}

/* A command wraps: it must be seen whole before it is run. */
static int draw_command(struct area area, int y, const struct block *block, enum stop_state state, bool selected)
{
    struct area inside = area_columns(area, 0, area.w - 2);
    const char *rest = block->text, *line;
    size_t len;
    int rows = 0, width = inside.w - 5;
    enum style style = selected ? S_SELECT : state == STOP_WAITS ? S_DIM : S_CODE;
    while (text_wrap(&rest, width, &line, &len)) {
        char one[512];
        snprintf(one, sizeof one, "%.*s", (int)len, line);
        if (selected)
            put_fill(area, y + rows, 1, area.w - 2, S_SELECT);
        if (selected)
            put(area, y + rows, 1, S_SELECT, glyph(G_BAR));
        if (rows == 0)
            put(area, y, 2,
                selected              ? S_SELECT
                : state == STOP_WAITS ? S_DIM
                                      : S_ACCENT,
                glyph(state == STOP_WAITS ? G_RING : G_PLAY));
        put(area, y + rows, 4, style, one);
        if (rows == 0 && state == STOP_DONE)
            put(area, y, area.w - 3, selected ? S_SELECT : S_OK, glyph(G_CHECK));
        rows++;
    }
    return rows;
}

/* One option: its letter, and once it is explained why it is right, or why what was picked is not. */
static int draw_choice(struct area area, int y, const struct prediction *prediction, int index, int pick, bool explained)
{
    const struct choice *choice = &prediction->choices[index];
    char letter[4] = {(char)('a' + index), 0};
    bool key = index == prediction->key, picked = index == pick;
    enum style style = !explained ? (picked ? S_STRONG : pick >= 0 ? S_DIM : S_TEXT) : key ? S_OK : picked ? S_BAD : S_DIM;
    int from = y;
    if (explained && (key || picked))
        put(area, y, 2, style, glyph(key ? G_CHECK : G_CROSS));
    else if (picked)
        put(area, y, 2, S_ACCENT, glyph(G_DOT));
    put(area, y, 4, pick < 0 ? S_KEY : style, letter);
    y += draw_rich(area, y, 6, style, choice->text);
    if (explained && (key || picked))
        y += draw_rich(area, y, 6, S_TEXT, choice->why);
    return y - from;
}

static int draw_prediction(struct area area, int y, const struct block *block, int pick, bool explained, bool selected,
                           bool transcript)
{
    const struct prediction *prediction = block->prediction;
    int from = y;
    put(area, y, 1, S_ACCENT, selected ? glyph(G_BAR) : "?");
    y += draw_rich(area, y, 3, S_TITLE, transcript ? "What do you expect?" : "Before you run it");
    for (size_t i = 0; i < prediction->question.count; i++)
        y += draw_blocks(area_columns(area, 3, area.w), y, &prediction->question.list[i]);
    for (int i = 0; i < (int)prediction->count; i++)
        y += draw_choice(area, y, prediction, i, pick, explained);
    char text[120];
    bool right = pick == prediction->key;
    if (explained)
        snprintf(text, sizeof text, right ? "You said %c, and so it is." : "You said %c; it is %c.", 'a' + pick,
                 'a' + prediction->key);
    else if (pick >= 0)
        snprintf(text, sizeof text, "You say %c. Now run the command, and see.", 'a' + pick);
    else
        snprintf(text, sizeof text, "Answer with %s%c: %s.", prediction->count > 2 ? "a to " : "a or ",
                 (int)('a' + prediction->count - 1), transcript ? "then it is shown" : "the command waits for it");
    y += draw_rich(area, y, 3, explained ? (right ? S_OK : S_WARN) : S_ACCENT, text);
    for (int row = from + 1; row < y; row++)
        put(area, row, 1, S_DIM, glyph(G_VLINE));
    return y - from;
}

/* Where the picture stands beside the text, it has a caption here. */
static int draw_caption(struct area area, int y, const struct block *block)
{
    put(area, y, 1, S_ACCENT, glyph(G_DOT));
    putf(area, y, 3, S_DIM, "live picture: %s%s%s", block->text, *block->name ? " of " : "", block->name);
    return 1;
}

static int draw_recall(struct area area, int y, bool selected)
{
    put(area, y, 1, S_ACCENT, selected ? glyph(G_BAR) : "?");
    return draw_rich(area, y, 3, selected ? S_STRONG : S_TEXT,
                     "What stayed? Enter asks you a few questions, and says at once what is right.");
}

static int draw_block(struct area area, int y, const struct block *block)
{
    char sign[16];
    switch (block->kind) {
    case BLOCK_HEADING:
        return draw_rich(area, y, 0, S_TITLE, block->text);
    case BLOCK_PARAGRAPH:
        return draw_rich(area, y, 0, S_TEXT, block->text);
    case BLOCK_CODE:
        return draw_code(area, y, 3, S_CODE, S_DIM, glyph(G_VLINE), block->text);
    case BLOCK_NOTE: {
        int rows = draw_rich(area, y, 3, S_TEXT, block->text);
        for (int i = 0; i < rows; i++)
            put(area, y + i, 1, S_ACCENT, glyph(G_BAR));
        return rows;
    }
    case BLOCK_ITEM: {
        int x = block->level > 1 ? block->level * 2 : 1;
        if (block->number)
            snprintf(sign, sizeof sign, "%d.", block->number);
        else
            snprintf(sign, sizeof sign, "%s", glyph(G_BULLET));
        put(area, y, x, S_ACCENT, sign);
        return draw_rich(area, y, x + (block->number ? 3 : 2), S_TEXT, block->text);
    }
    case BLOCK_COMMAND:
        return draw_command(area, y, block, STOP_OPEN, false);
    case BLOCK_PREDICT:
        return draw_prediction(area, y, block, -1, false, false, true);
    case BLOCK_PICTURE:
        return draw_caption(area, y, block);
    case BLOCK_RECALL:
        return draw_recall(area, y, false);
    }
    return 0;
}

/* Items of one list stand close together; everything else is set apart by a blank row. */
static int space_after(const struct page *page, size_t index)
{
    if (index + 1 >= page->count)
        return 0;
    enum block_kind now = page->blocks[index].kind, next = page->blocks[index + 1].kind;
    return now == next && (now == BLOCK_ITEM || now == BLOCK_COMMAND) ? 0 : 1;
}

int draw_blocks(struct area area, int y, const struct page *page)
{
    int from = y;
    for (size_t i = 0; i < page->count; i++)
        y += draw_block(area, y, &page->blocks[i]) + space_after(page, i);
    return y - from;
}

/* The same block as something to act on. */
static int draw_stop(struct area area, int y, const struct pageview *view, const struct page *page, const struct block *block,
                     int stop)
{
    bool selected = stop == view->stop, ran = stop < 64 && view->ran >> stop & 1;
    if (block->kind == BLOCK_COMMAND)
        return draw_command(area, y, block,
                            ran                                     ? STOP_DONE
                            : pageview_waits(view, page, stop) >= 0 ? STOP_WAITS
                                                                    : STOP_OPEN,
                            selected);
    if (block->kind == BLOCK_PREDICT)
        return draw_prediction(area, y, block, pageview_pick(view, block), pageview_explained(view, page, stop), selected,
                               pageview_transcript(page, block));
    return draw_recall(area, y, selected);
}

static int draw_withheld(struct area area, int y)
{
    put(area, y, 1, S_DIM, glyph(G_VLINE));
    return draw_rich(area, y, 3, S_DIM, "what happens is shown here when you have answered");
}

/* From row `y` on; where the selected stop is, or what is to be revealed, and which picture is on show. */
static int draw_page(struct pageview *view, const struct page *page, struct area area, int y, int *from, int *to)
{
    int stop = 0, first = y;
    *from = *to = -1;
    view->shown = NULL;
    for (size_t i = 0; i < page->count; i++) {
        const struct block *block = &page->blocks[i];
        bool acts = pageview_stop(block);
        int rows = acts                                   ? draw_stop(area, y, view, page, block, stop)
                   : pageview_withheld(view, page, block) ? draw_withheld(area, y)
                                                          : draw_block(area, y, block);
        if (acts && (view->reveal ? stop + 1 == view->reveal : stop == view->stop)) {
            *from = y - first;
            *to = *from + rows;
        }
        if (block->kind == BLOCK_PICTURE && y >= 0 && y < area.h)
            view->shown = block;
        stop += acts;
        y += rows + space_after(page, i);
    }
    return y - first;
}

void pageview_draw(struct pageview *view, const struct page *page, struct area area)
{
    struct area text = area_columns(area, 0, area.w - 1), nothing = {text.y, text.x, 0, text.w};
    int from, to;
    view->lines = draw_page(view, page, nothing, 0, &from, &to);
    view->rows = area.h;
    if ((view->follow || view->reveal) && from >= 0) {
        if (from < view->top)
            view->top = from;
        if (to > view->top + area.h)
            view->top = to - area.h;
    }
    view->follow = false;
    view->reveal = 0;
    int most = view->lines > area.h ? view->lines - area.h : 0;
    view->top = view->top > most ? most : view->top < 0 ? 0 : view->top;
    draw_page(view, page, text, -view->top, &from, &to);
    view->hidden = from >= 0 && (from < view->top || (to > view->top + area.h && to - from <= area.h));
    scroll_marks(area, view->top, most);
}

int draw_markdown(struct area area, int y, int x, enum style style, const char *text)
{
    struct pages pages;
    pages_parse(text, &pages);
    int from = y;
    struct area right = {area.y, area.x + x, area.h, area.w - x};
    for (size_t i = 0; i < pages.count; i++) {
        if (style == S_TEXT) {
            y += draw_blocks(right, y, &pages.list[i]);
            continue;
        }
        for (size_t j = 0; j < pages.list[i].count; j++)
            y += draw_rich(right, y, 0, style, pages.list[i].blocks[j].text);
    }
    pages_free(&pages);
    return y - from;
}

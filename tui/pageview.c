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

int page_commands(const struct page *page)
{
    int count = 0;
    for (size_t i = 0; i < page->count; i++)
        count += page->blocks[i].kind == BLOCK_COMMAND;
    return count;
}

const char *page_command(const struct page *page, int index)
{
    for (size_t i = 0; i < page->count; i++)
        if (page->blocks[i].kind == BLOCK_COMMAND && index-- == 0)
            return page->blocks[i].text;
    return "";
}

void pageview_select(struct pageview *view, const struct page *page, int index)
{
    int count = page_commands(page);
    view->command = count == 0 ? -1 : index < 0 ? 0 : index >= count ? count - 1 : index;
    view->follow = true;
}

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
static int draw_command(struct area area, int y, const char *text, bool selected, bool ran)
{
    char numbered[2048];
    snprintf(numbered, sizeof numbered, "%s", text);
    size_t len = strlen(numbered);
    while (len && numbered[len - 1] == '\n')
        numbered[--len] = 0;
    struct area inside = area_columns(area, 0, area.w - 2);
    const char *rest = numbered, *line;
    int rows = 0, width = inside.w - 5;
    while (text_wrap(&rest, width, &line, &len)) {
        char one[512];
        snprintf(one, sizeof one, "%.*s", (int)len, line);
        if (y + rows >= 0 && y + rows < area.h) {
            if (selected)
                put_fill(area, y + rows, 1, area.w - 2, S_SELECT);
            if (selected)
                put(area, y + rows, 1, S_SELECT, glyph(G_BAR));
            if (rows == 0)
                put(area, y, 2, selected ? S_SELECT : S_ACCENT, glyph(G_PLAY));
            put(area, y + rows, 4, selected ? S_SELECT : S_CODE, one);
            if (rows == 0 && ran)
                put(area, y, area.w - 3, selected ? S_SELECT : S_OK, glyph(G_CHECK));
        }
        rows++;
    }
    return rows;
}

static int draw_block(struct area area, int y, const struct block *block);

static int draw_prediction(struct area area, int y, const struct prediction *prediction)
{
    int from = y;
    for (size_t i = 0; i < prediction->question.count; i++)
        y += draw_blocks(area, y, &prediction->question.list[i]);
    for (size_t i = 0; i < prediction->count; i++) {
        char digit[4] = {(char)('1' + i), 0};
        put(area, y, 2, S_KEY, digit);
        y += draw_rich(area, y, 4, S_TEXT, prediction->choices[i].text);
    }
    return y - from;
}

static int draw_picture(struct area area, int y, const struct block *block)
{
    putf(area, y, 1, S_DIM, "%s %s%s%s", glyph(G_BULLET), block->text, *block->name ? " of " : "", block->name);
    return 1;
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
        return draw_command(area, y, block->text, false, false);
    case BLOCK_PREDICT:
        return draw_prediction(area, y, block->prediction);
    case BLOCK_PICTURE:
        return draw_picture(area, y, block);
    case BLOCK_RECALL:
        return draw_code(area, y, 3, S_DIM, S_DIM, glyph(G_VLINE), block->text);
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

/* Rows that the page takes, and those of the selected command, found by drawing into nothing. */
static int measure(const struct pageview *view, const struct page *page, struct area area, int *from, int *to)
{
    struct area nothing = {area.y, area.x, 0, area.w};
    int y = 0, command = 0;
    *from = *to = -1;
    for (size_t i = 0; i < page->count; i++) {
        int rows = draw_block(nothing, y, &page->blocks[i]);
        if (page->blocks[i].kind == BLOCK_COMMAND && command++ == view->command) {
            *from = y;
            *to = y + rows;
        }
        y += rows + space_after(page, i);
    }
    return y;
}

void pageview_draw(struct pageview *view, const struct page *page, struct area area)
{
    struct area text = area_columns(area, 0, area.w - 1);
    int from, to;
    view->lines = measure(view, page, text, &from, &to);
    view->rows = area.h;
    if (view->follow && from >= 0) {
        if (from < view->top)
            view->top = from;
        if (to > view->top + area.h)
            view->top = to - area.h;
    }
    view->follow = false;
    int most = view->lines > area.h ? view->lines - area.h : 0;
    view->top = view->top > most ? most : view->top < 0 ? 0 : view->top;
    int y = -view->top, command = 0;
    for (size_t i = 0; i < page->count && y < area.h; i++) {
        const struct block *block = &page->blocks[i];
        if (block->kind == BLOCK_COMMAND) {
            bool ran = command < 64 && view->ran >> command & 1;
            y += draw_command(text, y, block->text, command == view->command, ran);
            command++;
        } else {
            y += draw_block(text, y, block);
        }
        y += space_after(page, i);
    }
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

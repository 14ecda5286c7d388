/* How a question looks: stem and options at the left; clock, all questions and whether answers are stored at the right. */
#include "tui/question_state.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/strings.h"
#include "tui/list.h"
#include "tui/pageview.h"

#include <stdio.h>
#include <string.h>

enum { SIDE = 27 };

int attempt_answered(const struct attempt *attempt)
{
    int count = 0;
    for (int i = 0; i < attempt->item_count; i++)
        count += item_answered(&attempt->items[i]);
    return count;
}

int attempt_unsaved(const struct attempt *attempt)
{
    int count = 0;
    for (int i = 0; i < attempt->item_count; i++)
        count += attempt->items[i].changed || attempt->items[i].sending;
    return count;
}

static int draw_stem(struct area area, int y, const struct pages *pages)
{
    int from = y;
    for (size_t i = 0; i < pages->count; i++)
        y += draw_blocks(area, y, &pages->list[i]) + 1;
    return y - from;
}

int draw_option(struct area area, int y, int index, const struct pages *text, bool multiple, bool chosen, bool cursor)
{
    char box[24], letter[4] = {(char)('a' + index), 0};
    const char *mark = chosen ? (multiple ? glyph(G_CHECK) : glyph(G_DOT)) : " ";
    snprintf(box, sizeof box, multiple ? "[%s]" : "(%s)", mark);
    enum style style = cursor ? S_ACCENT : S_DIM;
    put(area, y, 0, S_ACCENT, cursor ? glyph(G_BAR) : " ");
    put(area, y, 2, chosen ? S_OK : style, box);
    put(area, y, 6, S_KEY, letter);
    int rows = text->count ? 0 : 1;
    for (size_t i = 0; i < text->count; i++)
        for (size_t j = 0; j < text->list[i].count; j++) {
            const struct block *block = &text->list[i].blocks[j];
            rows += draw_rich(area, y + rows, 9,
                              block->kind == BLOCK_CODE || block->kind == BLOCK_COMMAND ? S_CODE
                              : chosen                                                  ? S_STRONG
                                                                                        : S_TEXT,
                              block->text);
        }
    return rows < 1 ? 1 : rows;
}

/* A sign of up to three columns, a letter, and the text behind them. Rows used. */
static int draw_signed(struct area area, int y, const char *sign, enum style style, const char *letter, const struct pages *text,
                       bool cursor)
{
    put(area, y, 0, S_ACCENT, cursor ? glyph(G_BAR) : " ");
    put(area, y, 2, style, sign);
    put(area, y, 6, S_KEY, letter);
    int rows = 0;
    struct area body = area_columns(area, 9, area.w);
    for (size_t i = 0; i < text->count; i++)
        rows += draw_blocks(body, y + rows, &text->list[i]);
    return rows < 1 ? 1 : rows;
}

static int draw_order(const struct item *item, struct area area, int y, int cursor)
{
    int from = y;
    for (int i = 0; i < item->option_count; i++) {
        const char *at = strchr(item->order, 'a' + i);
        char place[16] = " ", letter[2] = {(char)('a' + i)};
        if (at)
            snprintf(place, sizeof place, "%d.", (int)(at - item->order) + 1);
        y += draw_signed(area, y, place, S_OK, letter, &item->options[i], i == cursor);
    }
    return y - from;
}

static int draw_pairs(const struct item *item, struct area area, int y, int cursor)
{
    int from = y;
    for (int i = 0; i < item->option_count; i++) {
        char pair[4] = {item->pairs[i] == ' ' ? '-' : (char)('1' + item->pairs[i] - 'a')}, letter[2] = {(char)('a' + i)};
        y += draw_signed(area, y, pair, item->pairs[i] == ' ' ? S_DIM : S_OK, letter, &item->options[i], i == cursor);
    }
    y++;
    for (int i = 0; i < item->counterpart_count; i++) {
        char number[4] = {(char)('1' + i)};
        y += draw_signed(area, y, number, S_KEY, " ", &item->counterparts[i], false);
    }
    return y - from;
}

static int draw_one_by_one(const struct item *item, struct area area, int y)
{
    int from = y;
    for (int i = 0; i < item->option_count; i++) {
        bool said = i < item->said, yes = item->chosen >> i & 1;
        y += draw_signed(area, y,
                         !said ? "?"
                         : yes ? "yes"
                               : "no",
                         !said ? S_ACCENT
                         : yes ? S_OK
                               : S_DIM,
                         " ", &item->options[i], !said) +
             1;
    }
    if (item->one_over)
        put(area, y++, 2, S_DIM, "This question is over. Enter goes on.");
    else
        put(area, y++, 2, S_KEY, item->sending ? "saving" : "Is this one right?  y  n");
    return y - from;
}

/* What is written, and the line that is being written; NULL for none. */
static int draw_text(const struct item *item, const struct edit *edit, struct area area, int y)
{
    int from = y;
    if (!*item->text && !edit)
        put(area, y++, 0, S_DIM, "nothing yet: i writes");
    if (*item->text)
        y += draw_wrapped(area, y, 0, S_STRONG, item->text);
    if (edit) {
        put(area, y, 0, S_ACCENT, ">");
        edit_draw(edit, area, y++, 2, area.w - 3, S_STRONG, true);
        put(area, y++, 2, S_DIM, item->kind == ITEM_ESSAY ? "Enter: another line, Esc: done" : "Enter: store");
    }
    return y - from;
}

static int draw_lab(const struct item *item, struct area area, int y)
{
    char text[200];
    snprintf(text, sizeof text, "slipway lab start %s", json_str(item->json, "lab", ""));
    put(area, y, 0, S_CODE, text);
    return 1 + draw_wrapped(area, y + 1, 0, S_DIM, "What its checks have found done when the exam ends counts.");
}

static int draw_choices(const struct item *item, int cursor, struct area area, int y)
{
    int from = y;
    for (int i = 0; i < item->option_count; i++)
        y +=
            draw_option(area, y, i, &item->options[i], item->multiple, item->chosen >> i & 1, i == cursor) + (area.w >= 70 ? 1 : 0);
    return y - from;
}

int item_draw(const struct item *item, const struct edit *edit, int cursor, struct area area, int y)
{
    switch (item->kind) {
    case ITEM_ONE_BY_ONE:
        return draw_one_by_one(item, area, y);
    case ITEM_ORDER:
        return draw_order(item, area, y, cursor);
    case ITEM_PAIRS:
        return draw_pairs(item, area, y, cursor);
    case ITEM_LINE:
    case ITEM_ESSAY:
        return draw_text(item, edit, area, y);
    case ITEM_LAB:
        return draw_lab(item, area, y);
    default:
        return draw_choices(item, cursor, area, y);
    }
}

static int draw_item(const struct attempt *attempt, struct area area, int y)
{
    const struct item *item = &attempt->items[attempt->current];
    y += draw_stem(area, y, &item->stem);
    return y + item_draw(item, attempt->writing ? &attempt->edit : NULL, attempt->option, area, y);
}

static void draw_question(struct attempt *attempt, struct area area)
{
    const struct item *item = &attempt->items[attempt->current];
    char title[80];
    snprintf(title, sizeof title, "Question %d of %d", attempt->current + 1, attempt->total);
    char hint[80];
    snprintf(hint, sizeof hint, "%s%s", item_hint(item), attempt->forward && item->kind != ITEM_ONE_BY_ONE ? ", no way back" : "");
    struct area inside = draw_box(area, title, hint, S_ACCENT);
    attempt->rows = inside.h;
    struct area nothing = {inside.y, inside.x, 0, inside.w};
    attempt->lines = draw_item(attempt, nothing, 0);
    int last = scroll_fit(&attempt->top, inside, attempt->lines);
    draw_item(attempt, inside, -attempt->top);
    scroll_marks(inside, attempt->top, last);
}

static long long seconds_until(int64_t at)
{
    long long left = (at - clock_mono_ns() + 999999999) / 1000000000;
    return left < 0 ? 0 : left;
}

static void draw_clock(const struct attempt *attempt, struct area area)
{
    long long left = seconds_until(attempt->deadline_ns), grace = json_num(attempt->started, "grace", 0);
    bool late = left == 0 && grace;
    left = late ? seconds_until(attempt->over_ns) : left;
    enum style style = late || left < 60 ? S_BAD : left < 180 ? S_WARN : S_STRONG;
    char text[32];
    snprintf(text, sizeof text, "%lld:%02lld", left / 60, left % 60);
    int x = put(area, 0, 0, style, text) + 1;
    if (!late && grace)
        putf(area, 0, x, S_DIM, "left, grace %lld:%02lld", grace / 60, grace % 60);
    else
        put(area, 0, x, late ? S_BAD : S_DIM, late ? "of grace left" : "left");
    double whole = (double)(late ? grace : attempt->seconds);
    draw_gauge(area, 1, 0, area.w, whole > 0 ? (double)left / whole : 0, late || left < 180 ? style : S_ACCENT);
}

/* "saved" only when the one writer has said so. */
static void draw_saved(const struct attempt *attempt, struct area area, int y)
{
    int unsaved = attempt_unsaved(attempt);
    bool failed = false;
    for (int i = 0; i < attempt->item_count; i++)
        failed |= attempt->items[i].failed;
    if (failed)
        putf(area, y, 0, S_BAD, "%s %d not saved, retrying", glyph(G_CROSS), unsaved);
    else if (unsaved)
        put(area, y, 0, S_WARN, "saving");
    else
        putf(area, y, 0, S_OK, "%s %s", glyph(G_CHECK), attempt_answered(attempt) ? "all answers saved" : "ready");
}

static void item_line(const struct attempt *attempt, int index, char *out, size_t room)
{
    const struct item *item = &attempt->items[index];
    const char *sign = item->failed ? glyph(G_CROSS) : item_answered(item) ? glyph(G_DOT) : glyph(G_RING);
    snprintf(out, room, "%2d %s %s %s", index + 1, sign, item->flagged ? glyph(G_FLAG) : " ", json_str(item->json, "topic", ""));
}

static void draw_side(struct attempt *attempt, struct area area)
{
    struct area inside = draw_box(area, "Exam", NULL, S_DIM);
    draw_clock(attempt, inside);
    struct area list = area_rows(inside, 3, inside.h - 6);
    struct list all = {.selected = attempt->current};
    int top = list_fit(&all, list, attempt->item_count);
    for (int y = 0; y < list.h && top + y < attempt->item_count; y++) {
        char text[160];
        bool on = top + y == attempt->current;
        const struct item *item = &attempt->items[top + y];
        item_line(attempt, top + y, text, sizeof text);
        if (on)
            put(list, y, 0, S_ACCENT, glyph(G_BAR));
        put_fit(list, y, 1, list.w - 2,
                on                    ? S_STRONG
                : item->failed        ? S_BAD
                : item->flagged       ? S_WARN
                : item_answered(item) ? S_TEXT
                                      : S_DIM,
                text);
    }
    putf(inside, inside.h - 2, 0, S_DIM, "%d of %d answered", attempt_answered(attempt), attempt->total);
    draw_saved(attempt, inside, inside.h - 1);
}

static void first_line(const struct item *item, char *out, size_t room)
{
    size_t used = 0;
    for (const char *at = json_str(item->json, "stem", ""); *at && *at != '\n' && used + 1 < room; at++)
        if (*at != '`' && *at != '*')
            out[used++] = *at;
    out[used] = 0;
}

static void draw_review(struct attempt *attempt, struct area area)
{
    char note[64];
    snprintf(note, sizeof note, "%d of %d answered", attempt_answered(attempt), attempt->total);
    struct area inside = draw_box(area, "Review", note, S_ACCENT);
    struct area list = area_rows(inside, 0, inside.h - 2);
    struct area wide = {list.y, list.x - 1, list.h, list.w + 2};
    int top = list_fit(&attempt->review, wide, attempt->item_count);
    for (int y = 0; y < wide.h && top + y < attempt->item_count; y++) {
        const struct item *item = &attempt->items[top + y];
        enum style row = table_row(wide, y, list_selected(&attempt->review, top + y));
        bool on = row == S_SELECT;
        char text[300];
        putf(wide, y, 2, on ? row : S_TEXT, "%2d", top + y + 1);
        put(wide, y, 6, on ? row : item_answered(item) ? S_OK : S_WARN, item_answered(item) ? "answered" : "open");
        put(wide, y, 16, on ? row : S_WARN, item->flagged ? glyph(G_FLAG) : " ");
        first_line(item, text, sizeof text);
        put_fit(wide, y, 19, wide.w - 21, row, text);
    }
    put(inside, inside.h - 1, 0, S_DIM, "Enter goes there, F finishes, R goes back.");
}

static void draw_word(const struct attempt *attempt, struct area inside)
{
    char dots[EDIT_MAX + 1] = "";
    for (const char *at = attempt->edit.text; utf8_next(&at);)
        strcat(dots, "*");
    int y = draw_wrapped(inside, 0, 0, S_TEXT, "This quiz begins with a password. Your instructor has it.") + 1;
    int x = put(inside, y, 0, S_KEY, "Password: ");
    x += put_fit(inside, y, x, inside.w - x - 1, S_STRONG, dots);
    put(inside, y, x, S_SELECT, " ");
    put(inside, y + 2, 0, S_DIM, "Enter begins the quiz and its clock, Esc leaves.");
    if (attempt->word[0])
        draw_wrapped(inside, y + 4, 0, S_WARN, attempt->error);
}

void attempt_draw(struct attempt *attempt, struct area area)
{
    if (!attempt->started) {
        struct area inside = draw_box(area, "Exam", NULL, attempt->wants_word ? S_ACCENT : S_DIM);
        if (attempt->wants_word)
            draw_word(attempt, inside);
        else if (attempt->error[0])
            draw_wrapped(inside, 0, 0, S_WARN, attempt->error);
        else
            put(inside, 0, 0, S_DIM, "drawing the questions");
        return;
    }
    struct area left = area_columns(area, 0, area.w - SIDE);
    if (attempt->reviewing)
        draw_review(attempt, left);
    else
        draw_question(attempt, left);
    draw_side(attempt, area_columns(area, area.w - SIDE, SIDE));
    if (attempt->going) {
        struct area row = area_rows(left, left.h - 1, 1);
        put(row, 0, 3, S_KEY, " go to question: ");
        putf(row, 0, 20, S_STRONG, "%s_ ", attempt->number);
    }
}

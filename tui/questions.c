/* The question browser: every question of every bank as a table, and one of them with its options. What is right and why is asked
 * of the school for one question at a time, which gives it only to who sits no exam; it is forgotten with the question. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/browse.h"
#include "tui/format.h"
#include "tui/pageview.h"
#include "tui/read_on.h"

#include <string.h>

struct questions {
    struct browse browse;
    json_t *banks;
    json_t *rows; /* of the banks that came so far */
    size_t bank;  /* the one being asked for */
    bool asking;
    bool open;      /* one question is on show, not the table */
    bool wants_key; /* asked for, of the question on show */
    json_t *key;    /* the answer to that */
    int top, lines, height;
    char error[400], refusal[400];
};

enum { Q_DOMAIN, Q_BANK, Q_TOPIC, Q_LEVEL, Q_TYPE, Q_STEM };
static const struct browse_column columns[] = {
    [Q_DOMAIN] = {{"DOMAIN", 12, false, 0}, "domain", NULL, false}, [Q_BANK] = {{"BANK", 18, false, 100}, "bank", NULL, false},
    [Q_TOPIC] = {{"TOPIC", 11, false, 0}, "topic", NULL, false},    [Q_LEVEL] = {{"LEVEL", 6, true, 0}, "level", NULL, false},
    [Q_TYPE] = {{"TYPE", 9, false, 0}, "type", NULL, false},        [Q_STEM] = {{"QUESTION", 0, false, 0}, "line", NULL, false},
};

/* A stem as one line, for the cell and for the filter: without the marks of code, and without the lines that fence it. */
static json_t *one_line(const char *stem)
{
    cleanup_buf struct buf line = BUF_INIT;
    while (*stem) {
        size_t len = strcspn(stem, "\n");
        bool fence = strncmp(stem, "```", 3) == 0;
        if (line.len && len && !fence)
            buf_putc(&line, ' ');
        for (size_t i = 0; i < len && !fence; i++)
            if (stem[i] != '`')
                buf_putc(&line, stem[i]);
        stem += len + (stem[len] != 0);
    }
    return json_stringn(line.len ? line.data : "", line.len);
}

/* Ids sort by bank and place: what is equal by a column stays in the order of the bank. */
static void add_row(struct questions *questions, const json_t *bank, json_t *item)
{
    char id[160];
    snprintf(id, sizeof id, "%s %05lld", json_str(bank, "bank", ""), json_num(item, "position", 0));
    json_array_append_new(questions->rows,
                          json_pack("{s:s,s:s,s:s,s:s,s:I,s:s,s:o,s:O}", "id", id, "domain", json_str(bank, "domain", ""), "bank",
                                    json_str(bank, "bank", ""), "topic", json_str(item, "topic", ""), "level",
                                    (json_int_t)json_num(item, "level", 0), "type", json_str(item, "type", ""), "line",
                                    one_line(json_str(item, "stem", "")), "item", item));
}

static void ask_items(struct app *app, struct questions *questions, long long from);

static void finish_asking(struct app *app, struct questions *questions)
{
    questions->asking = false;
    browse_take(&questions->browse, questions->rows);
    app_dirty(app);
}

static void failed(struct app *app, struct questions *questions, const struct error *err)
{
    copy_text(questions->error, sizeof questions->error, err->message);
    questions->asking = false;
    app_dirty(app);
}

static void got_items(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct questions *questions = owner;
    size_t index;
    json_t *item;
    if (err) {
        failed(app, questions, err);
        return;
    }
    json_array_foreach(json_object_get(answer, "items"), index, item)
    {
        add_row(questions, json_array_get(questions->banks, questions->bank), item);
    }
    bool more = json_is_integer(json_object_get(answer, "next"));
    questions->bank += !more;
    ask_items(app, questions, more ? json_num(answer, "next", 1) : 1);
}

static void ask_items(struct app *app, struct questions *questions, long long from)
{
    json_t *bank = json_array_get(questions->banks, questions->bank);
    if (!bank) {
        finish_asking(app, questions);
        return;
    }
    work_school(app->work,
                json_pack("{s:s,s:s,s:I}", "op", "bank.items", "bank", json_str(bank, "bank", ""), "from", (json_int_t)from),
                got_items, questions);
}

static void got_banks(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct questions *questions = owner;
    if (err) {
        failed(app, questions, err);
        return;
    }
    questions->error[0] = 0;
    json_decref(questions->banks);
    json_decref(questions->rows);
    questions->banks = json_incref(json_object_get(answer, "banks"));
    questions->rows = json_array();
    questions->bank = 0;
    ask_items(app, questions, 1);
}

static void open_questions(struct app *app, void *state, const void *argument)
{
    (void)argument;
    app_ran(app, "slipway quiz questions");
    browse_open(&((struct questions *)state)->browse, columns, ARRAY_LEN(columns), Q_DOMAIN);
}

static void forget_key(struct questions *questions)
{
    json_decref(questions->key);
    questions->key = NULL;
    questions->wants_key = false;
    questions->refusal[0] = 0;
}

/* Runs when the screen comes to be shown. An exam may have begun meanwhile: what was shown before has to be asked for again. */
static void tick_questions(struct app *app, void *state)
{
    struct questions *questions = state;
    forget_key(questions);
    if (questions->asking)
        return;
    questions->asking = true;
    work_school(app->work, json_pack("{s:s}", "op", "bank.list"), got_banks, questions);
}

/* --- drawing --- */

static bool holds(const json_t *list, const char *id)
{
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry)
    {
        if (str_equal(json_string_value(entry), id))
            return true;
    }
    return false;
}

static int draw_option(const struct questions *questions, const json_t *option, struct area area, int y)
{
    const char *id = json_str(option, "id", "");
    int from = y;
    bool key = holds(json_object_get(questions->key, "key"), id);
    enum style style = key ? S_OK : S_DIM;
    if (questions->key)
        put(area, y, 0, style, glyph(key ? G_CHECK : G_CROSS));
    put(area, y, 2, S_KEY, id);
    y += draw_markdown(area, y, 5, key ? S_STRONG : S_TEXT, json_str(option, "text", ""));
    if (questions->key) {
        put(area, y++, 5, style, key ? "right" : "wrong");
        y += draw_markdown(area, y, 5, S_DIM, json_str(json_object_get(questions->key, "explanations"), id, ""));
        y++;
    }
    return y - from;
}

static int draw_item(const struct questions *questions, const json_t *item, struct area area, int y)
{
    int from = y;
    size_t index;
    json_t *option;
    y += draw_markdown(area, y, 0, S_TEXT, json_str(item, "stem", "")) + 1;
    if (questions->refusal[0])
        y += draw_wrapped(area, y, 0, S_WARN, questions->refusal) + 1;
    json_array_foreach(json_object_get(item, "options"), index, option) { y += draw_option(questions, option, area, y); }
    y += questions->key ? read_on_draw(questions->key, area, y) : 0;
    return y - from;
}

static void draw_one(struct questions *questions, const json_t *row, struct area area)
{
    const json_t *item = json_object_get(row, "item");
    char title[200];
    snprintf(title, sizeof title, "%s %lld: %s, level %lld, %s", json_str(row, "bank", ""), json_num(item, "position", 0),
             json_str(row, "topic", ""), json_num(row, "level", 0),
             str_equal(json_str(row, "type", ""), "multiple") ? "several are right"
             : str_equal(json_str(row, "type", ""), "single") ? "one is right"
                                                              : json_str(row, "type", ""));
    struct area inside = draw_box(area, title, NULL, S_ACCENT);
    struct area text = area_columns(inside, 0, inside.w - 1), nothing = {text.y, text.x, 0, text.w};
    questions->height = inside.h;
    questions->lines = draw_item(questions, item, nothing, 0);
    int last = scroll_fit(&questions->top, inside, questions->lines);
    draw_item(questions, item, text, -questions->top);
    scroll_marks(inside, questions->top, last);
}

/* Rows of one domain stand together under its name, said once, while they are ordered by it. */
static void draw_cells(void *data, const struct table *table, struct area area, int y, const json_t *row, bool on)
{
    struct browse *browse = &((struct questions *)data)->browse;
    const json_t *above = y ? browse_row(browse, browse->list.top + y - 1) : NULL;
    const char *domain = json_str(row, "domain", "");
    bool same = browse->sort == Q_DOMAIN && str_equal(json_str(above, "domain", ""), domain);
    static const enum style styles[] = {
        [Q_DOMAIN] = S_STRONG, [Q_BANK] = S_DIM, [Q_TOPIC] = S_ACCENT, [Q_LEVEL] = S_TEXT, [Q_TYPE] = S_DIM, [Q_STEM] = S_TEXT};
    for (int i = 0; i < (int)ARRAY_LEN(columns); i++) {
        char number[24];
        snprintf(number, sizeof number, "%lld", json_num(row, columns[i].key, 0));
        const char *text = i == Q_LEVEL ? number : json_str(row, columns[i].key, "");
        table_cell(table, area, y, i, on ? S_SELECT : styles[i], i == Q_DOMAIN && same ? "" : text);
    }
}

static void draw_questions(struct app *app, void *state, struct area area)
{
    struct questions *questions = state;
    struct browse *browse = &questions->browse;
    char note[80];
    (void)app;
    json_t *row = browse_selected(browse);
    if (questions->open && row) {
        draw_one(questions, row, area);
        return;
    }
    browse->draw = draw_cells;
    browse->data = questions;
    browse_note(browse, note, sizeof note);
    struct area inside = filter_draw(&browse->filter, draw_box(area, "Questions", browse->shown ? note : NULL, S_ACCENT));
    if (questions->error[0])
        draw_wrapped(inside, 0, 0, S_WARN, questions->error);
    else if (browse->shown)
        browse_draw(browse, inside);
    else
        put(inside, 0, 0, S_DIM,
            questions->asking            ? "asking the school"
            : filter_on(&browse->filter) ? "nothing matches"
                                         : "no question bank yet: slipway exam import FILE");
}

/* --- keys --- */

static bool is_open(struct app *app, void *state)
{
    (void)app;
    return ((struct questions *)state)->open;
}

static bool is_table(struct app *app, void *state) { return !is_open(app, state); }

/* The command that does the same. */
static void tell(struct app *app, const struct questions *questions, bool key)
{
    const json_t *row = questions->open ? browse_selected((struct browse *)&questions->browse) : NULL;
    if (row)
        app_ran(app, "slipway quiz questions%s %s %s", key ? " --key" : "", json_str(row, "bank", ""),
                json_str(json_object_get(row, "item"), "id", ""));
    else
        app_ran(app, "slipway quiz questions");
}

static void show(struct app *app, struct questions *questions)
{
    forget_key(questions);
    questions->top = 0;
    questions->open = browse_selected(&questions->browse) != NULL;
    tell(app, questions, false);
    app_dirty(app);
}

static void open_row(struct app *app, void *state) { show(app, state); }

static void close_row(struct app *app, void *state)
{
    struct questions *questions = state;
    forget_key(questions);
    questions->open = false;
    tell(app, questions, false);
    app_dirty(app);
}

static void step(struct app *app, struct questions *questions, keycode key)
{
    browse_key(&questions->browse, key);
    show(app, questions);
}

static void next_one(struct app *app, void *state) { step(app, state, 'j'); }

static void one_before(struct app *app, void *state) { step(app, state, 'k'); }

static void got_key(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct questions *questions = owner;
    if (!questions->wants_key || !questions->open)
        return;
    copy_text(questions->refusal, sizeof questions->refusal, err ? err->message : "");
    json_decref(questions->key);
    questions->key = err ? NULL : json_incref(answer);
    app_dirty(app);
}

static void swap_key(struct app *app, void *state)
{
    struct questions *questions = state;
    const json_t *row = browse_selected(&questions->browse), *item = json_object_get(row, "item");
    bool shown = questions->key != NULL;
    forget_key(questions);
    tell(app, questions, !shown);
    app_dirty(app);
    if (!row || shown)
        return;
    questions->wants_key = true;
    work_school(app->work,
                json_pack("{s:s,s:s,s:s}", "op", "item.key", "bank", json_str(row, "bank", ""), "id", json_str(item, "id", "")),
                got_key, questions);
}

static bool has_lesson(struct app *app, void *state)
{
    return is_open(app, state) && read_on_lesson(((struct questions *)state)->key) != NULL;
}

static void open_lesson(struct app *app, void *state) { read_on(app, ((struct questions *)state)->key); }

static void order(struct app *app, void *state)
{
    (void)app;
    browse_sort_next(&((struct questions *)state)->browse);
}

static void reverse(struct app *app, void *state)
{
    struct browse *browse = &((struct questions *)state)->browse;
    (void)app;
    browse_sort(browse, browse->sort);
}

static struct filter *filter_of(struct app *app, void *state)
{
    return is_open(app, state) ? NULL : &((struct questions *)state)->browse.filter;
}

static bool key_questions(struct app *app, void *state, keycode key)
{
    struct questions *questions = state;
    (void)app;
    if (!questions->open)
        return browse_key(&questions->browse, key);
    return scroll_key(&questions->top, key, questions->lines, questions->height);
}

static void close_questions(struct app *app, void *state)
{
    struct questions *questions = state;
    (void)app;
    forget_key(questions);
    browse_close(&questions->browse);
    json_decref(questions->banks);
    json_decref(questions->rows);
}

static const struct action actions[] = {
    {"questions.open", "Enter", "open", "the question with its options", open_row, is_table},
    {"questions.sort", "o", "order", "order by the next column; O turns it round", order, is_table},
    {"questions.reverse", "O", NULL, "order by the next column; O turns it round", reverse, is_table},
    {"questions.answer", "a Enter", "answer", "what is right and why, or hide it again; not while you sit an exam", swap_key,
     is_open},
    {"questions.lesson", "L", "lesson", "open the lesson that the question is about", open_lesson, has_lesson},
    {"questions.next", "n Right", "question", "the next question, the one before", next_one, is_open},
    {"questions.before", "p Left", "question", "the next question, the one before", one_before, is_open},
    {"questions.close", "Esc q", NULL, "back to the table", close_row, is_open},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "All questions of the newest version of each bank, those of a domain together. A question says what it asks of you, how hard "
     "it is (1 to 3) and whether one or several options are right. While an exam of yours runs, the school gives no answers.",
     "man 1 slipway", NULL},
};

const struct screen screen_questions = {
    .name = "questions",
    .title = "Questions",
    .about = "Every question of every bank, to look through and to learn from. Exams draw from these.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .fleeting = true,
    .size = sizeof(struct questions),
    .open = open_questions,
    .draw = draw_questions,
    .key = key_questions,
    .filter = filter_of,
    .tick = tick_questions,
    .close = close_questions,
};

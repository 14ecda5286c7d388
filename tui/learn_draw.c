/* How the course map looks: the rows of the course, and what there is to say about the selected one. */
#include "tui/learn_state.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stdio.h>

enum { WIDE = 110, GAUGE = 10, ABOUT_LEAST = 7 };

static const struct look {
    enum glyph sign;
    enum style sign_style, text;
} looks[] = {
    [LESSON_OPEN] = {G_RING, S_TEXT, S_TEXT},
    [LESSON_LATER] = {G_RING, S_DIM, S_DIM},
    [LESSON_NEXT] = {G_PLAY, S_ACCENT, S_STRONG},
    [LESSON_DONE] = {G_CHECK, S_OK, S_TEXT},
};

/* Lessons and labs of a domain: how many there are, and are done. */
struct tally {
    int lessons, lessons_done, labs, labs_done, topics, minutes;
};

static struct tally tally_of(const struct app *app, const char *domain)
{
    const struct library *books = library();
    struct tally tally = {0};
    for (size_t i = 0; i < books->lesson_count; i++) {
        const struct lesson *lesson = &books->lessons[i];
        if (!str_equal(lesson->domain, domain))
            continue;
        tally.lessons++;
        tally.lessons_done += model_done(app, "lesson", lesson->slug);
        tally.topics += (int)strv_len(lesson->topics);
        tally.minutes += lesson->minutes;
    }
    for (size_t i = 0; i < books->lab_count; i++)
        if (str_equal(books->labs[i].domain, domain)) {
            tally.labs++;
            tally.labs_done += model_done(app, "lab", books->labs[i].slug);
        }
    return tally;
}

/* --- rows --- */

static void draw_domain(struct app *app, struct learn *learn, struct area area, int y, const struct course_row *row,
                        enum style style)
{
    (void)learn;
    struct tally tally = tally_of(app, row->domain);
    bool on = style == S_SELECT;
    int parts = tally.lessons + tally.labs, done = tally.lessons_done + tally.labs_done;
    char text[32];
    snprintf(text, sizeof text, "%d of %d", done, parts);
    put_fit(area, y, 2, area.w - GAUGE - 14, on ? style : S_TITLE, lesson_domain_title(row->domain));
    put_right(area, y, area.w - 2, on ? style : S_DIM, text);
    if (area.w > 60)
        draw_gauge(area, y, area.w - GAUGE - 12, GAUGE, parts ? (double)done / parts : 0, on ? style : done ? S_OK : S_DIM);
}

static void draw_lesson(struct app *app, struct learn *learn, struct area area, int y, const struct course_row *row,
                        enum style style)
{
    const struct lesson *lesson = row->lesson;
    enum lesson_state state = learn_state_of(app, learn, lesson);
    int step = model_step(app, "lesson", lesson->slug);
    bool on = style == S_SELECT, begun = step > 0 && state != LESSON_DONE;
    char text[40];
    put(area, y, 3, on ? style : begun ? S_WARN : looks[state].sign_style, glyph(begun ? G_PAUSE : looks[state].sign));
    putf(area, y, 5, on ? style : S_DIM, "%2d", row->number);
    if (begun)
        snprintf(text, sizeof text, "page %d of %zu", step, lesson->page_count);
    else
        snprintf(text, sizeof text, "%d min", lesson->minutes);
    put_fit(area, y, 8, area.w - 12 - text_width(text), on ? style : looks[state].text, lesson->title);
    put_right(area, y, area.w - 2, on ? style : begun ? S_WARN : S_DIM, text);
}

static void draw_lab(struct app *app, struct learn *learn, struct area area, int y, const struct course_row *row, enum style style)
{
    (void)learn;
    const struct lab *lab = row->lab;
    bool on = style == S_SELECT, done = model_done(app, "lab", lab->slug);
    int step = model_step(app, "lab", lab->slug), x = row->lesson ? 8 : 3;
    bool begun = step > 0 && !done;
    char text[40];
    put(area, y, x, on ? style : done ? S_OK : begun ? S_WARN : S_DIM, glyph(done ? G_CHECK : begun ? G_PAUSE : G_RING));
    put(area, y, x + 2, on ? style : S_ACCENT, "lab");
    if (begun)
        snprintf(text, sizeof text, "step %d of %zu", step, lab->step_count);
    else
        snprintf(text, sizeof text, "%d min", lab->minutes);
    put_fit(area, y, x + 6, area.w - x - 10 - text_width(text), on ? style : S_TEXT, lab->title);
    put_right(area, y, area.w - 2, on ? style : S_DIM, text);
}

static void draw_topic(struct app *app, struct learn *learn, struct area area, int y, const struct course_row *row,
                       enum style style)
{
    (void)app, (void)learn;
    put(area, y, 8, style == S_SELECT ? style : S_KEY, row->topic->id);
    put_fit(area, y, 12, area.w - 14, style == S_SELECT ? style : S_DIM, row->topic->title);
}

typedef void (*row_fn)(struct app *app, struct learn *learn, struct area area, int y, const struct course_row *row,
                       enum style style);

static const row_fn draw_row[] = {
    [COURSE_DOMAIN] = draw_domain, [COURSE_LESSON] = draw_lesson, [COURSE_LAB] = draw_lab, [COURSE_TOPIC] = draw_topic};

static void draw_list(struct app *app, struct learn *learn, struct area area)
{
    const struct library *books = library();
    char note[64] = "";
    size_t done = 0;
    for (size_t i = 0; i < books->lesson_count; i++)
        done += model_done(app, "lesson", books->lessons[i].slug);
    if (books->lesson_count)
        snprintf(note, sizeof note, "%zu of %zu lessons read", done, books->lesson_count);
    struct area inside = draw_box(area, "The course", note, S_DIM);
    if (!books->loaded || (books->lesson_count == 0 && books->error[0])) {
        put_fit(inside, 0, 0, inside.w, books->error[0] ? S_WARN : S_DIM, books->error[0] ? books->error : "reading the lessons");
        return;
    }
    inside = filter_draw(&learn->filter, inside);
    struct area body = {inside.y, inside.x - 1, inside.h, inside.w + 2};
    int top = list_fit(&learn->list, body, learn->count);
    if (learn->count == 0)
        putf(body, 0, 2, S_DIM, filter_on(&learn->filter) ? "nothing matches \"%s\"" : "no lessons are installed%s",
             filter_on(&learn->filter) ? learn->filter.edit.text : "");
    for (int y = 0; y < body.h && top + y < learn->count; y++) {
        const struct course_row *row = &learn->rows[top + y];
        draw_row[row->kind](app, learn, body, y, row, table_row(body, y, list_selected(&learn->list, top + y)));
    }
}

/* --- what there is to say; each from row `y` on, and the next row --- */

static int say_head(struct area area, int y, const char *head)
{
    put(area, y + 1, 0, S_TITLE, head);
    return y + 2;
}

static int say_list(struct area area, int y, const char *head, char *const *list)
{
    if (!list || !*list)
        return y;
    y = say_head(area, y, head);
    for (; *list; list++) {
        put(area, y, 0, S_ACCENT, glyph(G_BULLET));
        y += draw_wrapped(area_columns(area, 2, area.w), y, 0, S_TEXT, *list);
    }
    return y;
}

static int say_topic(struct area area, int y, const struct topic *topic)
{
    put(area, y, 0, S_KEY, topic->id);
    return y + draw_wrapped(area_columns(area, 4, area.w), y, 0, S_TEXT, topic->title);
}

/* Lessons by their slugs, with a sign for those that are done. */
static int say_before(struct app *app, struct area area, int y, const struct lesson *lesson)
{
    const struct library *books = library();
    if (!lesson->prerequisites || !*lesson->prerequisites)
        return y;
    y = say_head(area, y, "Best read before");
    for (char **slug = lesson->prerequisites; *slug; slug++) {
        const struct lesson *before = lesson_find(books->lessons, books->lesson_count, *slug);
        bool done = model_done(app, "lesson", *slug);
        put(area, y, 0, done ? S_OK : S_DIM, glyph(done ? G_CHECK : G_RING));
        y += draw_wrapped(area_columns(area, 2, area.w), y, 0, S_TEXT, before ? before->title : *slug);
    }
    return y;
}

static int say_labs(struct app *app, struct area area, int y, const struct lesson *lesson)
{
    const struct library *books = library();
    if (!lesson->labs || !*lesson->labs)
        return y;
    y = say_head(area, y, "Labs that go with it");
    for (char **slug = lesson->labs; *slug; slug++) {
        const struct lab *lab = lab_find(books->labs, books->lab_count, *slug);
        bool done = model_done(app, "lab", *slug);
        put(area, y, 0, done ? S_OK : S_DIM, glyph(done ? G_CHECK : G_RING));
        y += draw_wrapped(area_columns(area, 2, area.w), y, 0, S_TEXT, lab ? lab->title : *slug);
    }
    return y;
}

static int say_lesson(struct app *app, struct area area, int y, const struct course_row *row)
{
    const struct library *books = library();
    const struct lesson *lesson = row->lesson;
    y += draw_wrapped(area, y, 0, S_TEXT, lesson->summary);
    if (lesson->machine)
        y += draw_wrapped(area, y, 0, S_DIM, "In a lab machine of your own, where you are root.");
    if (lesson->topics && *lesson->topics)
        y = say_head(area, y, "It teaches");
    for (char **id = lesson->topics; id && *id; id++) {
        const struct topic *topic = syllabus_topic(&books->syllabus, *id);
        if (topic)
            y = say_topic(area, y, topic);
    }
    y = say_list(area, y, "Afterwards you can", lesson->objectives);
    y = say_before(app, area, y, lesson);
    y = say_labs(app, area, y, lesson);
    return say_list(area, y, "To read on", lesson->reading);
}

static int say_topic_row(struct app *app, struct area area, int y, const struct course_row *row)
{
    (void)app;
    y += draw_wrapped(area, y, 0, S_TEXT, row->topic->fact);
    y = say_head(area, y, "Taught in");
    return y + draw_wrapped(area, y, 0, S_TEXT, row->lesson->title);
}

static int say_lab(struct app *app, struct area area, int y, const struct course_row *row)
{
    (void)app;
    y += draw_wrapped(area, y, 0, S_TEXT, row->lab->summary);
    y = say_head(area, y, "Steps");
    for (size_t i = 0; i < row->lab->step_count; i++)
        putf(area, y++, 0, S_TEXT, "%zu  %s", i + 1, row->lab->steps[i].title);
    return say_list(area, y, "You learn to", row->lab->objectives);
}

/* Every topic of the domain, with the lesson in which it is taught. */
static int say_domain(struct app *app, struct area area, int y, const struct course_row *row)
{
    const struct library *books = library();
    struct tally tally = tally_of(app, row->domain);
    putf(area, y++, 0, S_TEXT, "%d lesson%s of %d minutes, %d lab%s", tally.lessons, tally.lessons == 1 ? "" : "s", tally.minutes,
         tally.labs, tally.labs == 1 ? "" : "s");
    y = say_head(area, y, "Topics");
    for (size_t i = 0; i < books->syllabus.topic_count; i++) {
        const struct topic *topic = &books->syllabus.topics[i];
        if (!str_equal(topic->domain, row->domain))
            continue;
        const struct lesson *lesson = map_teaches(books->lessons, books->lesson_count, topic->id);
        bool done = lesson && model_done(app, "lesson", lesson->slug);
        put(area, y, 0, done ? S_OK : lesson ? S_DIM : S_BAD, glyph(done ? G_CHECK : lesson ? G_RING : G_CROSS));
        put(area, y, 2, S_KEY, topic->id);
        y += draw_wrapped(area_columns(area, 6, area.w), y, 0, S_TEXT, topic->title);
    }
    return y;
}

static const char *title_of(const struct course_row *row)
{
    switch (row->kind) {
    case COURSE_DOMAIN:
        return lesson_domain_title(row->domain);
    case COURSE_LESSON:
        return row->lesson->title;
    case COURSE_LAB:
        return row->lab->title;
    case COURSE_TOPIC:
        return row->topic->title;
    }
    return "";
}

typedef int (*say_fn)(struct app *app, struct area area, int y, const struct course_row *row);

static const say_fn say[] = {
    [COURSE_DOMAIN] = say_domain, [COURSE_LESSON] = say_lesson, [COURSE_LAB] = say_lab, [COURSE_TOPIC] = say_topic_row};

static void draw_about(struct app *app, struct learn *learn, struct area area)
{
    const struct course_row *row = learn_selected(learn);
    char note[48] = "";
    if (!row)
        return;
    if (learn->lines > learn->height && learn->height > 0)
        snprintf(note, sizeof note, "J K scroll: %d of %d", learn->top + 1, learn->lines);
    struct area inside = draw_box(area, title_of(row), note, S_DIM);
    struct area text = area_columns(inside, 0, inside.w - 1), nothing = {text.y, text.x, 0, text.w};
    learn->height = inside.h;
    learn->lines = say[row->kind](app, nothing, 0, row);
    int last = scroll_fit(&learn->top, inside, learn->lines);
    say[row->kind](app, text, -learn->top, row);
    scroll_marks(inside, learn->top, last);
}

void learn_draw(struct app *app, struct learn *learn, struct area area)
{
    if (area.w >= WIDE) {
        int left = area.w * 11 / 20;
        draw_list(app, learn, area_columns(area, 0, left));
        draw_about(app, learn, area_columns(area, left, area.w));
        return;
    }
    int lower = area.h * 2 / 5 < ABOUT_LEAST ? ABOUT_LEAST : area.h * 2 / 5;
    draw_list(app, learn, area_rows(area, 0, area.h - lower));
    draw_about(app, learn, area_rows(area, area.h - lower, area.h));
}

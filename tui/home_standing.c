/* How the learner stands in each domain, from what the school has stored: the last answer to each question, not a guess of ours. */
#include "tui/home_state.h"

#include "base/json.h"
#include "base/memory.h"
#include "tui/course.h"
#include "tui/format.h"

enum { NAME = 14, SCORE = 7, ASKED = 10, PARTS = 8, DUE = 5, TREND = 10, TREND_FROM = 66, BAR_FROM = 4 };

int home_domain_rows(struct app *app, const struct home *home)
{
    struct domain domains[DOMAINS_MAX];
    int count = (int)course_domains(app->model.progress, home->standing, domains);
    return count ? count : 1;
}

static void draw_trend(struct area area, int y, int x, const json_t *trend)
{
    double values[TREND];
    size_t count = 0;
    for (; count < TREND && count < json_array_size(trend); count++)
        values[count] = json_number_value(json_array_get(trend, count));
    if (count)
        draw_spark(area, y, x, TREND, values, count, 100, S_ACCENT);
}

static void draw_domain(struct area area, int y, const struct domain *domain)
{
    bool wide = area.w >= TREND_FROM;
    int right = area.w - (wide ? TREND + 2 : 0), bar = right - NAME - PARTS - DUE - ASKED - SCORE;
    char text[48] = "-";
    put_fit(area, y, 0, NAME - 1, S_TEXT, domain->name);
    if (domain->parts) {
        snprintf(text, sizeof text, "%d of %d", domain->done, domain->parts);
        put_right(area, y, NAME + PARTS - 2, domain->done == domain->parts ? S_OK : S_DIM, text);
    }
    if (wide)
        draw_trend(area, y, right + 2, domain->trend);
    if (!domain->questions)
        return;
    bool ready = domain->seen && domain->percent >= domain->pass;
    if (bar >= BAR_FROM)
        draw_gauge(area, y, NAME + PARTS, bar, domain->percent / 100.0, ready ? S_OK : S_WARN);
    snprintf(text, sizeof text, "%d", domain->due);
    put_right(area, y, right - SCORE - ASKED - 1, domain->due ? S_WARN : S_DIM, domain->due ? text : "-");
    snprintf(text, sizeof text, "%d of %d", domain->seen, domain->questions);
    put_right(area, y, right - SCORE - 1, S_DIM, text);
    if (domain->seen)
        snprintf(text, sizeof text, "%s %d%%", glyph(ready ? G_CHECK : G_CROSS), domain->percent);
    else
        snprintf(text, sizeof text, "-");
    put_right(area, y, right, !domain->seen ? S_DIM : ready ? S_OK : S_WARN, text);
}

void home_draw_domains(struct app *app, const struct home *home, struct area area)
{
    struct domain domains[DOMAINS_MAX];
    size_t count = course_domains(app->model.progress, home->standing, domains);
    bool wide = area.w - 4 >= TREND_FROM;
    struct area inside = draw_box(area, "Ready for the exam", wide ? "by the last answer to each question" : "last answers", S_DIM);
    int right = inside.w - (wide ? TREND + 2 : 0);
    if (!count) {
        put(inside, 0, 0, S_DIM, app->model.school_error[0] ? "" : "no lessons, labs or questions yet");
        return;
    }
    put(inside, 0, 0, S_DIM, "DOMAIN");
    put_right(inside, 0, NAME + PARTS - 2, S_DIM, "DONE");
    put_right(inside, 0, right - SCORE - ASKED - 1, S_DIM, "DUE");
    put_right(inside, 0, right - SCORE - 1, S_DIM, "ASKED");
    put_right(inside, 0, right, S_DIM, "RIGHT");
    if (wide)
        put(inside, 0, right + 2, S_DIM, "EXAMS");
    for (size_t i = 0; i < count && (int)i + 1 < inside.h; i++)
        draw_domain(inside, (int)i + 1, &domains[i]);
}

void home_draw_weakest(const struct home *home, struct area area)
{
    const json_t *topics = json_object_get(home->standing, "topics");
    struct area inside = draw_box(area, "Weakest topics", json_array_size(topics) ? "right of asked" : NULL, S_DIM);
    size_t index;
    json_t *topic;
    if (!json_array_size(topics))
        draw_wrapped(inside, 0, 0, S_DIM, home->standing ? "None: nothing that was asked twice or more was answered wrong." : "");
    json_array_foreach(topics, index, topic)
    {
        int y = (int)index;
        long long seen = json_num(topic, "seen", 0), right = json_num(topic, "right", 0);
        if (y == inside.h)
            break;
        put_fit(inside, y, 0, inside.w - 16, S_TEXT, json_str(topic, "topic", ""));
        char text[48];
        snprintf(text, sizeof text, "%lld of %lld  %3lld%%", right, seen, seen ? right * 100 / seen : 0);
        put_right(inside, y, inside.w, S_WARN, text);
    }
}

/* From the name of a lesson to its title, and to its pages. */
#include "tui/read_on.h"

#include "base/json.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/library.h"
#include "tui/reader.h"

static const struct lesson *lesson_of(const json_t *told)
{
    const struct library *books = library();
    for (size_t i = 0; i < books->lesson_count; i++)
        if (str_equal(books->lessons[i].slug, json_str(told, "lesson", "")))
            return &books->lessons[i];
    return NULL;
}

const char *read_on_lesson(const json_t *told) { return lesson_of(told) ? json_str(told, "lesson", NULL) : NULL; }

int read_on_draw(const json_t *told, struct area area, int y)
{
    int from = y;
    const struct lesson *lesson = lesson_of(told);
    const char *man = json_str(told, "man", "");
    if (lesson || *man)
        y++;
    if (lesson) {
        put(area, y, 0, S_DIM, "lesson");
        int x = 8 + put_fit(area, y, 8, area.w - 18, S_ACCENT, lesson->title);
        putf(area, y++, x + 2, S_KEY, "L opens");
    }
    if (*man) {
        put(area, y, 0, S_DIM, "manual");
        putf(area, y++, 8, S_CODE, "man %s", man);
    }
    return y - from;
}

void read_on(struct app *app, const json_t *told)
{
    const char *slug = read_on_lesson(told);
    if (!slug)
        return;
    app_ran(app, "slipway lesson show %s", slug);
    reader_show(app, slug);
}

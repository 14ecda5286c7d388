/* Looking through progress, lessons and labs in the order in which a step is best. */
#include "labs/next.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

struct course {
    const struct lesson *lessons;
    size_t lesson_count;
    const struct lab *labs;
    size_t lab_count;
    const json_t *progress;
};

const json_t *progress_row(const json_t *progress, const char *kind, const char *slug)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(progress, "progress"), i, row)
    {
        if (str_equal(json_str(row, "kind", ""), kind) && str_equal(json_str(row, "id", ""), slug))
            return row;
    }
    return NULL;
}

bool progress_done(const json_t *progress, const char *kind, const char *slug)
{
    return json_flag(progress_row(progress, kind, slug), "done", false);
}

char **progress_missing(const json_t *progress, char *const *prerequisites)
{
    char **out = NULL;
    for (; prerequisites && *prerequisites; prerequisites++)
        if (!progress_done(progress, "lesson", *prerequisites) && !progress_done(progress, "lab", *prerequisites))
            strv_add(&out, *prerequisites);
    return out;
}

static bool open_to(const struct course *course, const char *kind, const char *slug, char *const *prerequisites)
{
    cleanup_strv char **missing = progress_missing(course->progress, prerequisites);
    return !missing && !progress_done(course->progress, kind, slug);
}

static bool take_lesson(const struct course *course, size_t index, const char *why, struct next_step *out)
{
    const struct lesson *lesson = &course->lessons[index];
    *out = (struct next_step){false, index, lesson->slug, lesson->title, why, NULL};
    return true;
}

static bool take_lab(const struct course *course, size_t index, const char *why, const char *because, struct next_step *out)
{
    const struct lab *lab = &course->labs[index];
    *out = (struct next_step){true, index, lab->slug, lab->title, why, because};
    return true;
}

static size_t lesson_at(const struct course *course, const char *slug)
{
    size_t i = 0;
    while (i < course->lesson_count && !str_equal(course->lessons[i].slug, slug))
        i++;
    return i;
}

static size_t lab_at(const struct course *course, const char *slug)
{
    size_t i = 0;
    while (i < course->lab_count && !str_equal(course->labs[i].slug, slug))
        i++;
    return i;
}

/* Rows come with the last one touched first. */
static bool begun(const struct course *course, struct next_step *out)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(course->progress, "progress"), i, row)
    {
        if (json_flag(row, "done", false) || json_num(row, "step", 0) == 0)
            continue;
        bool lab = str_equal(json_str(row, "kind", ""), "lab");
        size_t at = lab ? lab_at(course, json_str(row, "id", "")) : lesson_at(course, json_str(row, "id", ""));
        if (lab && at < course->lab_count)
            return take_lab(course, at, "you have begun it", NULL, out);
        if (!lab && at < course->lesson_count)
            return take_lesson(course, at, "you have begun it", out);
    }
    return false;
}

static bool lab_of_lesson(const struct course *course, const struct lesson *lesson, struct next_step *out)
{
    for (char **slug = lesson->labs; slug && *slug; slug++) {
        size_t at = lab_at(course, *slug);
        if (at < course->lab_count && open_to(course, "lab", *slug, course->labs[at].prerequisites))
            return take_lab(course, at, NULL, lesson->title, out);
    }
    return false;
}

static bool lab_of_read(const struct course *course, struct next_step *out)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(course->progress, "progress"), i, row)
    {
        size_t at =
            str_equal(json_str(row, "kind", ""), "lesson") ? lesson_at(course, json_str(row, "id", "")) : course->lesson_count;
        if (at < course->lesson_count && json_flag(row, "done", false) && lab_of_lesson(course, &course->lessons[at], out))
            return true;
    }
    return false;
}

static bool first_open(const struct course *course, struct next_step *out)
{
    for (size_t i = 0; i < course->lesson_count; i++)
        if (open_to(course, "lesson", course->lessons[i].slug, course->lessons[i].prerequisites))
            return take_lesson(course, i, "it is the next in the course", out);
    for (size_t i = 0; i < course->lab_count; i++)
        if (open_to(course, "lab", course->labs[i].slug, course->labs[i].prerequisites))
            return take_lab(course, i, "all that it builds on is done", NULL, out);
    return false;
}

/* Prerequisites that lead in a circle, or to nothing that is installed, keep nobody from going on. */
static bool anything(const struct course *course, struct next_step *out)
{
    for (size_t i = 0; i < course->lesson_count; i++)
        if (!progress_done(course->progress, "lesson", course->lessons[i].slug))
            return take_lesson(course, i, "it is not done yet", out);
    for (size_t i = 0; i < course->lab_count; i++)
        if (!progress_done(course->progress, "lab", course->labs[i].slug))
            return take_lab(course, i, "it is not done yet", NULL, out);
    return false;
}

bool next_step(const struct lesson *lessons, size_t lesson_count, const struct lab *labs, size_t lab_count, const json_t *progress,
               struct next_step *out)
{
    const struct course course = {lessons, lesson_count, labs, lab_count, progress};
    return begun(&course, out) || lab_of_read(&course, out) || first_open(&course, out) || anything(&course, out);
}

char *next_why(const struct next_step *next)
{
    return next->because ? str_format("it goes with the lesson \"%s\", which you have read", next->because) : xstrdup(next->why);
}

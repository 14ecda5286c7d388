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

/* Behind which lesson a lab stands; lesson_count for none. `depth` ends circles of labs. */
static size_t place_of(const struct course *course, const struct lab *lab, int depth)
{
    size_t place = course->lesson_count;
    for (char **slug = lab->prerequisites; slug && *slug; slug++) {
        size_t at = lesson_at(course, *slug), other = lab_at(course, *slug);
        if (at == course->lesson_count && other < course->lab_count && depth > 0)
            at = place_of(course, &course->labs[other], depth - 1);
        if (at < course->lesson_count && (place == course->lesson_count || at > place))
            place = at;
    }
    for (size_t i = 0; i < course->lesson_count && place == course->lesson_count; i++)
        if (strv_has(course->lessons[i].labs, lab->slug))
            place = i;
    return place;
}

static size_t add_labs(const struct course *course, const size_t *places, size_t place, struct course_stop *out)
{
    size_t count = 0;
    for (size_t i = 0; i < course->lab_count; i++)
        if (places[i] == place)
            out[count++] = (struct course_stop){true, i};
    return count;
}

static size_t order(const struct course *course, struct course_stop *out)
{
    enum { DEEPEST = 8 };
    cleanup_free size_t *places = xcalloc(course->lab_count + 1, sizeof *places);
    size_t count = 0;
    for (size_t i = 0; i < course->lab_count; i++)
        places[i] = place_of(course, &course->labs[i], DEEPEST);
    for (size_t i = 0; i < course->lesson_count; i++) {
        out[count++] = (struct course_stop){false, i};
        count += add_labs(course, places, i, out + count);
    }
    return count + add_labs(course, places, course->lesson_count, out + count);
}

size_t course_order(const struct lesson *lessons, size_t lesson_count, const struct lab *labs, size_t lab_count,
                    struct course_stop *out)
{
    return order(&(struct course){lessons, lesson_count, labs, lab_count, NULL}, out);
}

static const char *lesson_with(const struct course *course, const char *lab)
{
    for (size_t i = 0; i < course->lesson_count; i++)
        if (strv_has(course->lessons[i].labs, lab) && progress_done(course->progress, "lesson", course->lessons[i].slug))
            return course->lessons[i].title;
    return NULL;
}

static bool take(const struct course *course, const struct course_stop *stop, const char *why, struct next_step *out)
{
    const char *because = stop->lab ? lesson_with(course, course->labs[stop->index].slug) : NULL;
    return stop->lab ? take_lab(course, stop->index, why, because, out) : take_lesson(course, stop->index, why, out);
}

static bool is_open(const struct course *course, const struct course_stop *stop)
{
    if (stop->lab)
        return open_to(course, "lab", course->labs[stop->index].slug, course->labs[stop->index].prerequisites);
    return open_to(course, "lesson", course->lessons[stop->index].slug, course->lessons[stop->index].prerequisites);
}

static bool is_done(const struct course *course, const struct course_stop *stop)
{
    return stop->lab ? progress_done(course->progress, "lab", course->labs[stop->index].slug)
                     : progress_done(course->progress, "lesson", course->lessons[stop->index].slug);
}

bool next_step(const struct lesson *lessons, size_t lesson_count, const struct lab *labs, size_t lab_count, const json_t *progress,
               struct next_step *out)
{
    const struct course course = {lessons, lesson_count, labs, lab_count, progress};
    cleanup_free struct course_stop *stops = xcalloc(lesson_count + lab_count + 1, sizeof *stops);
    size_t count = order(&course, stops);
    if (begun(&course, out))
        return true;
    for (size_t i = 0; i < count; i++)
        if (is_open(&course, &stops[i]))
            return take(&course, &stops[i], "it is the next in the course", out);
    /* Prerequisites that lead in a circle, or to nothing that is installed, keep nobody from going on. */
    for (size_t i = 0; i < count; i++)
        if (!is_done(&course, &stops[i]))
            return take(&course, &stops[i], "it is not done yet", out);
    return false;
}

char *next_why(const struct next_step *next)
{
    return next->because ? str_format("it goes with the lesson \"%s\", which you have read", next->because) : xstrdup(next->why);
}

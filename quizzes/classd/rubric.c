/* Reading a rubric that bank_types.c has checked. */
#include "quizzes/classd/rubric.h"

#include "base/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t rubric_read_criteria(const char *rubric, struct criterion *out)
{
    size_t count = 0;
    for (const char *line = rubric ? rubric : ""; *line && count < CRITERIA_MOST;) {
        size_t len = strcspn(line, "\n");
        char *end;
        long points = strtol(line, &end, 10);
        if (end != line && end < line + len && *end == ':') {
            const char *what = end + 1 + strspn(end + 1, " \t");
            out[count++] = (struct criterion){(int)points, what, (size_t)(line + len - what)};
        }
        line += len + (line[len] == '\n');
    }
    return count;
}

json_t *rubric_json(const char *rubric)
{
    struct criterion criteria[CRITERIA_MOST];
    size_t count = rubric_read_criteria(rubric, criteria);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            list, json_pack("{s:o,s:i}", "what", json_text_value(criteria[i].what, criteria[i].len), "points", criteria[i].points));
    return list;
}

static int check_each(const struct criterion *criteria, size_t count, const json_t *given, double *points, struct error *err)
{
    *points = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(given, i);
        double one = json_is_number(value) ? json_number_value(value) : -1;
        if (!(one >= 0 && one <= criteria[i].points))
            return error_set(err, EINVAL, "criterion %zu, \"%.*s\", takes 0 to %d points", i + 1, (int)criteria[i].len,
                             criteria[i].what, criteria[i].points);
        *points += one;
    }
    return 0;
}

int rubric_check(const char *rubric, const json_t *given, double *points, double *most, struct error *err)
{
    struct criterion criteria[CRITERIA_MOST];
    size_t count = rubric_read_criteria(rubric, criteria);
    double sum = 0, all = 0;
    for (size_t i = 0; i < count; i++)
        all += criteria[i].points;
    if (count == 0)
        return json_array_size(given) == 0 ? 0 : error_set(err, EINVAL, "this question has no rubric; give points of a most");
    if (json_array_size(given) == 0 && count > 1)
        return error_set(err, EINVAL, "the rubric has %zu criteria; give points for each of them", count);
    if (json_array_size(given) > 0 && json_array_size(given) != count)
        return error_set(err, EINVAL, "the rubric has %zu criteria, and %zu were marked", count, json_array_size(given));
    if (*most > 0 && fabs(*most - all) > 1e-9)
        return error_set(err, EINVAL, "the rubric gives at most %g points, not %g", all, *most);
    *most = all;
    if (json_array_size(given) == 0)
        return 0;
    int r = check_each(criteria, count, given, &sum, err);
    if (r == 0 && *points >= 0 && fabs(*points - sum) > 1e-9)
        return error_set(err, EINVAL, "the criteria add up to %g points, not %g", sum, *points);
    *points = sum;
    return r;
}

/* Joining the pages of exam.mastery, and figures as CSV. */
#include "quizzes/exam_figures.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_commands.h"

const char *mastery_name(const json_t *student)
{
    return str_or(json_str(student, "name", ""), str_or(json_str(student, "user", ""), "(erased)"));
}

static json_t *objective_of(json_t *objectives, const json_t *wanted)
{
    size_t i;
    json_t *entry;
    json_array_foreach(objectives, i, entry)
    {
        if (str_equal(json_str(entry, "objective", ""), json_str(wanted, "objective", "")) &&
            str_equal(json_str(entry, "topic", ""), json_str(wanted, "topic", "")))
            return entry;
    }
    return NULL;
}

static void add_objectives(json_t *objectives, const json_t *more)
{
    size_t i;
    json_t *entry;
    json_array_foreach(more, i, entry)
    {
        json_t *there = objective_of(objectives, entry);
        if (!there) {
            json_array_append(objectives, entry);
            continue;
        }
        json_object_set_new(there, "answers", json_integer(json_num(there, "answers", 0) + json_num(entry, "answers", 0)));
        json_object_set_new(
            there, "points",
            json_real(json_number_value(json_object_get(there, "points")) + json_number_value(json_object_get(entry, "points"))));
    }
}

static json_t *student_of(json_t *students, const json_t *wanted)
{
    size_t i;
    json_t *entry;
    json_array_foreach(students, i, entry)
    {
        if (json_num(entry, "person", 0) == json_num(wanted, "person", -1))
            return entry;
    }
    return NULL;
}

void mastery_join(json_t *whole, const json_t *page)
{
    json_t *students = json_object_get(whole, "students"), *student;
    size_t i;
    json_array_foreach(json_object_get(page, "students"), i, student)
    {
        json_t *there = student_of(students, student);
        if (there)
            add_objectives(json_object_get(there, "objectives"), json_object_get(student, "objectives"));
        else
            json_array_append(students, student);
    }
}

void figures_csv(FILE *out, const json_t *items)
{
    static const char *const figures[] = {"count",     "facility",       "deviation",  "guess", "intended",
                                          "effective", "discrimination", "efficiency", NULL};
    size_t i;
    json_t *item;
    fprintf(out, "id,type,topic,objective");
    for (int k = 0; figures[k]; k++)
        fprintf(out, ",%s", figures[k]);
    fprintf(out, ",warnings\n");
    json_array_foreach(items, i, item)
    {
        csv_field(out, json_str(item, "id", ""), false);
        csv_field(out, json_str(item, "type", ""), false);
        csv_field(out, json_str(item, "topic", ""), false);
        csv_field(out, json_str(item, "objective", ""), false);
        for (int k = 0; figures[k]; k++) {
            const json_t *value = json_object_get(item, figures[k]);
            if (json_is_number(value))
                fprintf(out, "%.10g", json_number_value(value));
            putc(',', out);
        }
        cleanup_strv char **warnings = json_to_strv(json_object_get(item, "warnings"));
        cleanup_free char *all = strv_join(warnings, "; ");
        csv_field(out, all, true);
    }
}

static void csv_objectives(FILE *out, const char *who, const json_t *objectives)
{
    size_t i;
    json_t *entry;
    cleanup_free char *shown = text_shown(who);
    json_array_foreach(objectives, i, entry)
    {
        csv_field(out, shown, false);
        csv_field(out, json_str(entry, "topic", ""), false);
        csv_field(out, json_str(entry, "objective", ""), false);
        fprintf(out, "%lld,%.10g\n", json_num(entry, "answers", 0), json_number_value(json_object_get(entry, "points")));
    }
}

void mastery_csv(FILE *out, const json_t *mastery)
{
    size_t i;
    json_t *student;
    fprintf(out, "who,topic,objective,answers,points\n");
    csv_objectives(out, "all", json_object_get(mastery, "objectives"));
    json_array_foreach(json_object_get(mastery, "students"), i, student)
    {
        csv_objectives(out, mastery_name(student), json_object_get(student, "objectives"));
    }
}

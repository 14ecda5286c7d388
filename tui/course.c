/* Reading the school's documents for the home screen. */
#include "tui/course.h"

#include "base/json.h"
#include "base/strings.h"
#include "tui/library.h"

#include <string.h>
#include <strings.h>

enum { DAYS_KEPT = 64, HALF_HOUR = 1800 };

/* The number of a day where the learner is. */
static long day_of(time_t when)
{
    struct tm here;
    localtime_r(&when, &here);
    return (long)(timegm(&(struct tm){.tm_year = here.tm_year, .tm_mon = here.tm_mon, .tm_mday = here.tm_mday}) / 86400);
}

int course_streak(const json_t *standing, time_t now)
{
    long today = day_of(now);
    unsigned long long days = 0; /* bit n: something happened n days ago */
    size_t index;
    json_t *half_hour;
    json_array_foreach(json_object_get(standing, "active"), index, half_hour)
    {
        long day = day_of((time_t)(json_integer_value(half_hour) * HALF_HOUR));
        if (day <= today && today - day < DAYS_KEPT)
            days |= 1ull << (today - day);
    }
    int length = 0;
    days >>= !(days & 1); /* today is not over yet */
    for (; days & 1; days >>= 1)
        length++;
    return length;
}

json_t *course_begun(const json_t *progress, int *count)
{
    json_t *oldest = NULL, *row;
    size_t index;
    *count = 0;
    json_array_foreach(json_object_get(progress, "progress"), index, row)
    {
        if (json_flag(row, "done", false) || json_num(row, "step", 0) == 0)
            continue;
        ++*count;
        oldest = row; /* newest first */
    }
    return oldest;
}

static struct domain *domain_of(struct domain *domains, size_t *count, const char *name)
{
    if (str_empty(name))
        return NULL;
    for (size_t i = 0; i < *count; i++)
        if (strcasecmp(domains[i].name, name) == 0)
            return &domains[i];
    if (*count == DOMAINS_MAX)
        return NULL;
    domains[*count] = (struct domain){.name = name};
    return &domains[(*count)++];
}

static bool is_done(const json_t *progress, const char *kind, const char *id)
{
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(progress, "progress"), index, row)
    {
        if (str_equal(json_str(row, "kind", ""), kind) && str_equal(json_str(row, "id", ""), id))
            return json_flag(row, "done", false);
    }
    return false;
}

static void add_part(const json_t *progress, struct domain *domain, const char *kind, const char *id)
{
    if (!domain)
        return;
    domain->parts++;
    domain->done += is_done(progress, kind, id);
}

static void add_standing(const json_t *entry, struct domain *domain)
{
    if (!domain)
        return;
    int right = (int)json_num(entry, "right", 0);
    domain->questions = (int)json_num(entry, "questions", 0);
    domain->seen = (int)json_num(entry, "seen", 0);
    domain->percent = domain->seen ? right * 100 / domain->seen : 0;
    domain->pass = (int)json_num(entry, "pass", 0);
    domain->due = (int)json_num(entry, "due", 0);
    domain->trend = json_object_get(entry, "trend");
}

size_t course_domains(const json_t *progress, const json_t *standing, struct domain domains[DOMAINS_MAX])
{
    const struct library *books = library();
    size_t count = 0, index;
    json_t *entry;
    for (size_t i = 0; i < books->lesson_count; i++)
        add_part(progress, domain_of(domains, &count, books->lessons[i].domain), "lesson", books->lessons[i].slug);
    for (size_t i = 0; i < books->lab_count; i++)
        add_part(progress, domain_of(domains, &count, books->labs[i].domain), "lab", books->labs[i].slug);
    json_array_foreach(json_object_get(standing, "domains"), index, entry)
    {
        add_standing(entry, domain_of(domains, &count, json_str(entry, "domain", "")));
    }
    return count;
}

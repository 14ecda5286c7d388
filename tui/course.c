/* Reading the school's documents for the home screen. */
#include "tui/course.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/strings.h"
#include "tui/library.h"

#include <string.h>
#include <strings.h>

enum { DAYS_KEPT = 64 };

/* The number of a day where the learner is; -1 when the text is no time. */
static long day_of(time_t when)
{
    struct tm here;
    localtime_r(&when, &here);
    return (long)(timegm(&(struct tm){.tm_year = here.tm_year, .tm_mon = here.tm_mon, .tm_mday = here.tm_mday}) / 86400);
}

static long day_of_text(const char *rfc3339)
{
    int64_t at;
    return !str_empty(rfc3339) && clock_parse(rfc3339, &at) && at > 0 ? day_of((time_t)(at / 1000000000)) : -1;
}

/* Bit n: something happened n days ago. */
static unsigned long long days_of(const json_t *rows, const char *field, long today)
{
    unsigned long long days = 0;
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        long day = day_of_text(json_str(row, field, ""));
        if (day >= 0 && day <= today && today - day < DAYS_KEPT)
            days |= 1ull << (today - day);
    }
    return days;
}

int course_streak(const json_t *progress, const json_t *attempts, time_t now)
{
    long today = day_of(now);
    unsigned long long days = days_of(json_object_get(progress, "progress"), "at", today) | days_of(attempts, "started", today) |
                              days_of(attempts, "ended", today);
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

static void add_exams(const json_t *attempts, const json_t *bank, struct domain *domain)
{
    size_t index;
    json_t *attempt;
    json_array_foreach(attempts, index, attempt)
    {
        if (!domain || !str_equal(json_str(attempt, "bank", ""), json_str(bank, "bank", "-")) ||
            str_equal(json_str(attempt, "state", ""), "running"))
            continue;
        if (domain->exams++ > 0)
            continue; /* newest first */
        domain->last = json_number_value(json_object_get(attempt, "percent"));
        domain->pass = json_number_value(json_object_get(bank, "pass"));
        domain->passed = json_flag(attempt, "passed", false);
    }
}

size_t course_domains(const json_t *progress, const json_t *attempts, const json_t *banks, struct domain domains[DOMAINS_MAX])
{
    const struct library *books = library();
    size_t count = 0, index;
    json_t *bank;
    for (size_t i = 0; i < books->lesson_count; i++)
        add_part(progress, domain_of(domains, &count, books->lessons[i].domain), "lesson", books->lessons[i].slug);
    for (size_t i = 0; i < books->lab_count; i++)
        add_part(progress, domain_of(domains, &count, books->labs[i].domain), "lab", books->labs[i].slug);
    json_array_foreach(banks, index, bank) { add_exams(attempts, bank, domain_of(domains, &count, json_str(bank, "domain", ""))); }
    return count;
}

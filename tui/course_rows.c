/* Rows of the course map. */
#include "tui/course_rows.h"

#include "base/memory.h"
#include "base/strings.h"

struct making {
    const struct library *books;
    const struct filter *filter;
    bool topics;
    struct course_row *rows;
    int count;
    bool headed; /* the head of the domain at work is there */
    const char *domain;
};

static void add(struct making *making, struct course_row row)
{
    row.domain = making->domain;
    if (!making->headed && making->count < COURSE_ROWS_MAX) {
        making->rows[making->count++] = (struct course_row){.kind = COURSE_DOMAIN, .domain = making->domain};
        making->headed = true;
    }
    if (making->count < COURSE_ROWS_MAX)
        making->rows[making->count++] = row;
}

static const struct lab *lab_named(const struct library *books, const char *slug)
{
    for (size_t i = 0; i < books->lab_count; i++)
        if (str_equal(books->labs[i].slug, slug))
            return &books->labs[i];
    return NULL;
}

/* The first lesson of the course that names it has it. */
static const struct lesson *lesson_of_lab(const struct library *books, const char *slug)
{
    for (size_t i = 0; i < books->lesson_count; i++)
        if (books->lessons[i].labs && strv_has(books->lessons[i].labs, slug))
            return &books->lessons[i];
    return NULL;
}

static bool lab_matches(const struct making *making, const struct lab *lab)
{
    return filter_match(making->filter, lab->title, lab->slug, making->domain, NULL);
}

static void add_labs(struct making *making, const struct lesson *lesson, bool all)
{
    for (char **slug = lesson->labs; slug && *slug; slug++) {
        const struct lab *lab = lab_named(making->books, *slug);
        if (lab && lesson_of_lab(making->books, *slug) == lesson && (all || lab_matches(making, lab)))
            add(making, (struct course_row){.kind = COURSE_LAB, .lesson = lesson, .lab = lab});
    }
}

/* While something is looked for, topics are found without being asked for. */
static void add_topics(struct making *making, const struct lesson *lesson, bool all)
{
    for (char **id = lesson->topics; id && *id; id++) {
        const struct topic *topic = syllabus_topic(&making->books->syllabus, *id);
        bool found = topic && filter_on(making->filter) && filter_match(making->filter, topic->id, topic->title, topic->fact, NULL);
        if (topic && (found || (all && making->topics)))
            add(making, (struct course_row){.kind = COURSE_TOPIC, .lesson = lesson, .topic = topic});
    }
}

/* A lesson is there for itself, or because something below it is. */
static void add_lesson(struct making *making, const struct lesson *lesson, int number)
{
    int before = making->count;
    bool headed = making->headed, found = filter_match(making->filter, lesson->title, lesson->slug, lesson->domain, NULL);
    add(making, (struct course_row){.kind = COURSE_LESSON, .lesson = lesson, .number = number});
    int own = making->count;
    add_topics(making, lesson, found);
    add_labs(making, lesson, found);
    if (!found && making->count == own) {
        making->count = before;
        making->headed = headed;
    }
}

static void add_domain(struct making *making, const char *domain)
{
    making->domain = domain;
    making->headed = false;
    for (size_t i = 0; i < making->books->lesson_count; i++)
        if (str_equal(making->books->lessons[i].domain, domain))
            add_lesson(making, &making->books->lessons[i], (int)i + 1);
    for (size_t i = 0; i < making->books->lab_count; i++) {
        const struct lab *lab = &making->books->labs[i];
        if (str_equal(lab->domain, domain) && !lesson_of_lab(making->books, lab->slug) && lab_matches(making, lab))
            add(making, (struct course_row){.kind = COURSE_LAB, .lab = lab});
    }
}

/* Domains that are none of the course's come last, so that no lesson is lost. */
static void add_strangers(struct making *making)
{
    cleanup_strv char **seen = NULL;
    for (size_t i = 0; i < making->books->lesson_count; i++) {
        const char *domain = making->books->lessons[i].domain;
        if (strv_has((char *const *)lesson_domains, domain) || (seen && strv_has(seen, domain)))
            continue;
        strv_add(&seen, domain);
        add_domain(making, domain);
    }
}

int course_rows(const struct library *books, const struct filter *filter, bool topics, struct course_row rows[COURSE_ROWS_MAX])
{
    struct making making = {.books = books, .filter = filter, .topics = topics, .rows = rows};
    for (const char *const *domain = lesson_domains; *domain; domain++)
        add_domain(&making, *domain);
    add_strangers(&making);
    return making.count;
}

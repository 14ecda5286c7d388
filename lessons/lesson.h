/* Lessons: `lessons/NN-slug.md`, Markdown with YAML front matter. Shown in the order of the file names; "NN-" orders and is not
 * part of the slug.
 *
 *   title, summary    one line each
 *   minutes           to read it and to run its commands
 *   domain            foundations | installation | images | networking | storage | security | orchestration
 *   objectives        list: what one can do afterwards
 *   topics, features  lists of ids of topics.yaml and features.yaml that it teaches
 *   prerequisites     list of lessons that are best read before it
 *   labs              list of labs that go with it
 *   shell             engine (when not given): the learner's own shell and engine; machine: a lab machine of their own
 *   reading           list of what to read on: "man 7 namespaces", or an address
 *
 * The body is described in page.h. `slipway lesson lint` says what is wrong with one, `slipway lesson test` runs it.
 */
#ifndef SLIPWAY_LESSONS_LESSON_H
#define SLIPWAY_LESSONS_LESSON_H

#include "base/error.h"
#include "lessons/page.h"

struct lesson {
    char *slug;
    char *path;
    char *title;
    char *summary;
    char *domain;
    int minutes;
    char **objectives, **topics, **features, **prerequisites, **labs, **reading; /* NULL for an empty list */
    bool machine;                                                                /* shell: machine */
    size_t page_count;
    char *body;         /* Markdown */
    int body_line;      /* where it begins in the file, from 1 */
    struct pages pages; /* empty until lesson_pages */
};

/* content_dir("lessons") as people would write it; allocated. */
char *lessons_dir(void);

/* All lessons of that folder; one that cannot be read is an error that names file and line. Their pages are not
 * parsed yet. */
int lessons_load(struct lesson **list, size_t *count, struct error *err);
/* Those that can be read; for the lint, which tells of the others. */
void lessons_load_readable(struct lesson **list, size_t *count);
void lessons_free(struct lesson *list, size_t count);
struct lesson *lesson_find(struct lesson *list, size_t count, const char *slug); /* NULL when there is none */

/* The pages, parsed when asked for first; one thread at a time. */
const struct pages *lesson_pages(struct lesson *lesson);

/* The domains in the order of the course; NULL ends them. */
extern const char *const lesson_domains[];
const char *lesson_domain_title(const char *domain); /* "Kernel foundations"; `domain` itself when it is none */

#endif

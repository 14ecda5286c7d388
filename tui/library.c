/* Loading lessons and labs in a worker: reading Markdown must not delay the first frame. */
#include "tui/library.h"

#include "base/memory.h"
#include "tui/app.h"
#include "tui/finder.h"
#include "tui/format.h"

#include <stdlib.h>

static struct library shelf;

const struct library *library(void) { return &shelf; }

static void load(void *data, struct error *err)
{
    struct library *fresh = data;
    struct error other = ERROR_INIT;
    if (lessons_load(&fresh->lessons, &fresh->lesson_count, err) < 0) /* one that is broken does not take the others away */
        lessons_load_readable(&fresh->lessons, &fresh->lesson_count);
    syllabus_load(&fresh->syllabus, NULL);
    labs_load(&fresh->labs, &fresh->lab_count, &other);
    if (err->code == 0)
        *err = other;
}

static void loaded(struct app *app, void *owner, void *data, const struct error *err)
{
    struct library *fresh = data;
    if (!owner || !app) { /* the program ends meanwhile */
        lessons_free(fresh->lessons, fresh->lesson_count);
        syllabus_free(&fresh->syllabus);
        labs_free(fresh->labs, fresh->lab_count);
        free(fresh);
        return;
    }
    shelf = *fresh;
    shelf.loaded = true;
    copy_text(shelf.error, sizeof shelf.error, err ? err->message : "");
    free(fresh);
    finder_books_came(app);
    app_dirty(app);
}

void library_load(struct app *app) { work_run(app->work, LANE_SLOW, load, loaded, xcalloc(1, sizeof(struct library)), &shelf); }

void library_free(void)
{
    lessons_free(shelf.lessons, shelf.lesson_count);
    syllabus_free(&shelf.syllabus);
    labs_free(shelf.labs, shelf.lab_count);
    shelf = (struct library){0};
}

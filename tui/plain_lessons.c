/* Lessons, page by page. */
#include "tui/plain.h"

#include "base/memory.h"
#include "base/strings.h"
#include "lessons/lesson.h"

#include <stdio.h>

static void say_page(struct plain *plain, const struct lesson *lesson, size_t page)
{
    cleanup_free char *number = str_format("%zu", page + 1);
    printf("%s, page %zu of %zu\n\n", lesson->title, page + 1, lesson->page_count);
    plain_run(plain, false, WORDS("lesson", "show", "--page", number, lesson->slug));
}

static void read_lesson(struct plain *plain, const struct lesson *lesson)
{
    static char *const last[] = {"This page again", "The page before", NULL};
    static char *const more[] = {"This page again", "The page before", "The next page", NULL};
    for (size_t page = 0; !plain->ended;) {
        say_page(plain, lesson, page);
        int choice = plain_choose(plain, "What now?", page + 1 < lesson->page_count ? more : last, "Back to the lessons");
        if (choice < 0)
            return;
        if (choice == 1 && page == 0)
            printf("This is the first page.\n");
        page = choice == 2 ? page + 1 : choice == 1 && page ? page - 1 : page;
    }
}

void plain_lessons(struct plain *plain)
{
    struct lesson *lessons;
    size_t count;
    struct error err = ERROR_INIT;
    if (lessons_load(&lessons, &count, &err) < 0) {
        printf("The lessons cannot be read: %s\n", err.message);
        return;
    }
    cleanup_strv char **titles = NULL;
    for (size_t i = 0; i < count; i++)
        strv_take(&titles, str_format("%s, %d minutes, %zu pages", lessons[i].title, lessons[i].minutes, lessons[i].page_count));
    for (int choice; !plain->ended && (choice = plain_choose(plain, "Lessons", titles, "Back")) >= 0;)
        if (lessons[choice].page_count)
            read_lesson(plain, &lessons[choice]);
    lessons_free(lessons, count);
}

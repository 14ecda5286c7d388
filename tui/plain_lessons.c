/* Lessons, page by page. */
#include "tui/plain.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "lessons/lesson.h"
#include "quizzes/class_client.h"

#include <stdio.h>

static void say_page(struct plain *plain, const struct lesson *lesson, size_t page)
{
    cleanup_free char *number = str_format("%zu", page + 1);
    printf("%s, page %zu of %zu\n\n", lesson->title, page + 1, lesson->page_count);
    plain_run(plain, false, WORDS("lesson", "show", "--page", number, lesson->slug));
}

/* How many pages the school has of it; all of them for a lesson that is done. Without the school none. */
static size_t pages_read(const struct lesson *lesson)
{
    struct error ignored = ERROR_INIT;
    cleanup_json json_t *request = json_pack("{s:s}", "op", "progress.get"), *reply = NULL;
    size_t index;
    json_t *row;
    if (class_call(request, &reply, &ignored) < 0)
        return 0;
    json_array_foreach(json_object_get(reply, "progress"), index, row)
    {
        if (str_equal(json_str(row, "kind", ""), "lesson") && str_equal(json_str(row, "id", ""), lesson->slug))
            return json_flag(row, "done", false) ? lesson->page_count : (size_t)json_num(row, "step", 0);
    }
    return 0;
}

static void store_page(const struct lesson *lesson, size_t *read, size_t page)
{
    struct error err = ERROR_INIT;
    if (page < *read)
        return;
    *read = page + 1;
    cleanup_json json_t *request =
        json_pack("{s:s,s:s,s:s,s:I,s:I,s:b}", "op", "progress.set", "kind", "lesson", "id", lesson->slug, "step",
                  (json_int_t)*read, "steps", (json_int_t)lesson->page_count, "done", *read == lesson->page_count);
    if (class_call(request, NULL, &err) < 0)
        printf("That you read this page could not be stored: %s\n", err.message);
}

static void read_lesson(struct plain *plain, const struct lesson *lesson)
{
    static char *const last[] = {"This page again", "The page before", "What stayed: the questions at its end", NULL};
    static char *const more[] = {"This page again", "The page before", "The next page", NULL};
    size_t read = pages_read(lesson);
    for (size_t page = 0; !plain->ended;) {
        say_page(plain, lesson, page);
        store_page(lesson, &read, page);
        int choice = plain_choose(plain, "What now?", page + 1 < lesson->page_count ? more : last, "Back to the lessons");
        if (choice < 0)
            return;
        if (choice == 1 && page == 0)
            printf("This is the first page.\n");
        if (choice == 2 && page + 1 == lesson->page_count)
            plain_run(plain, true, WORDS("lesson", "recall", lesson->slug));
        else
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

/* Hostile lessons: whatever comes in, pages are never none, every text is there, predictions that are said to be good can be
 * answered, and printing and the lines of recall blocks cope with all of it. */
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "lessons/page.h"
#include "lessons/recall.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_lesson: %s\n", what);
        abort();
    }
}

static void check_prediction(const struct prediction *prediction)
{
    must(prediction->count <= CHOICES_MAX, "number of choices");
    for (size_t i = 0; i < prediction->count; i++)
        must(prediction->choices[i].text && prediction->choices[i].why, "a choice without texts");
    must(prediction->problem || (prediction->key >= 0 && prediction->key < (int)prediction->count && prediction->question.count),
         "a good prediction without a key or a question");
}

static void check_recall(const char *text)
{
    cleanup_recall struct recall recall;
    recall_parse(text, &recall);
    for (size_t i = 0; i < recall.count; i++) {
        const struct recall_line *line = &recall.lines[i];
        must(line->problem || line->topic || (line->bank && line->question), "a line that means nothing");
    }
}

static void check_block(const struct block *block)
{
    must(block->text != NULL && block->line >= 1, "a block without text or line");
    must((block->kind == BLOCK_PREDICT) == (block->prediction != NULL), "prediction");
    must((block->kind == BLOCK_PICTURE) == (block->name != NULL), "picture");
    if (block->prediction)
        check_prediction(block->prediction);
    if (block->kind == BLOCK_RECALL)
        check_recall(block->text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *text = xstrndup((const char *)data, size);
    struct pages pages;
    static FILE *nowhere;
    nowhere = nowhere ? nowhere : fopen("/dev/null", "w");
    pages_parse(text, &pages);
    must(pages.count > 0, "no page");
    for (size_t i = 0; i < pages.count; i++) {
        must(pages.list[i].title != NULL, "a page without title");
        for (size_t j = 0; j < pages.list[i].count; j++)
            check_block(&pages.list[i].blocks[j]);
        page_print(&pages.list[i], 20 + (int)(size % 80), (int)(size & 1), nowhere);
        page_print_answers(&pages.list[i], 80, 0, nowhere);
    }
    pages_free(&pages);
    return 0;
}

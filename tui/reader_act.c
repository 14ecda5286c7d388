/* What a reader does on a page: commands are run, and questions answered, before them and at the end. */
#include "base/strings.h"
#include "tui/app.h"
#include "tui/reader_state.h"

/* The command at `stop` was run, from the page or by hand: what was asked before it is explained now. */
void reader_ran(struct reader *reader, int stop)
{
    const struct page *page = reader_page(reader);
    int asked = pageview_explains(page, stop);
    bool before = stop < 64 && reader->view.ran >> stop & 1;
    reader->view.ran |= stop < 64 ? 1ull << stop : 0;
    if (stop + 1 < page_stops(page))
        pageview_select(&reader->view, page, stop + 1);
    if (asked >= 0 && !before && pageview_answered(&reader->view, page_stop(page, asked)))
        reader->view.reveal = asked + 1;
    reader->side = SIDE_TERMINAL;
}

static void run_command(struct app *app, struct reader *reader, const struct block *block)
{
    if (pageview_waits(&reader->view, reader_page(reader), reader->view.stop) >= 0) {
        app_note(app, S_WARN, "first say what you think: the question above it, by its letter");
        pageview_select(&reader->view, reader_page(reader), pageview_waits(&reader->view, reader_page(reader), reader->view.stop));
        return;
    }
    if (!reader_shell(app, reader))
        return;
    changes_begin(app, &reader->changes, block->text);
    app_ran(app, "%s", block->text);
    reader_type(reader, block->text);
    if (block->follow)
        app_note(app, S_DIM, "it goes on until Ctrl-C: Ctrl-] brings the keyboard to the terminal");
    reader_ran(reader, reader->view.stop);
}

/* Enter: what it does depends on what is selected. */
void reader_act(struct app *app, struct reader *reader)
{
    if (!reader->lesson)
        return;
    if (reader->recall.open) {
        if (!lesson_recall_go_on(app, &reader->recall))
            lesson_recall_close(app, &reader->recall);
        return;
    }
    const struct block *block = page_stop(reader_page(reader), reader->view.stop);
    if (block && reader->view.hidden) { /* nothing is run that is not seen */
        reader->view.follow = true;
        return;
    }
    if (!block)
        app_note(app, S_DIM, "this page has no command to run; n turns the page");
    else if (block->kind == BLOCK_COMMAND)
        run_command(app, reader, block);
    else if (block->kind == BLOCK_RECALL)
        lesson_recall_open(app, &reader->recall, reader->slug, block->text);
    else if (pageview_answered(&reader->view, block))
        pageview_select(&reader->view, reader_page(reader), reader->view.stop + 1);
    else
        app_note(app, S_DIM, "answer by a letter");
}

/* The prediction that a letter answers: the selected one, else the first of the page that is open. */
static int open_prediction(const struct reader *reader)
{
    const struct page *page = reader_page(reader);
    const struct block *block = page_stop(page, reader->view.stop);
    if (block && block->kind == BLOCK_PREDICT && !pageview_answered(&reader->view, block))
        return reader->view.stop;
    for (int i = 0; (block = page_stop(page, i)); i++)
        if (block->kind == BLOCK_PREDICT && !pageview_answered(&reader->view, block))
            return i;
    return -1;
}

bool reader_asks(const struct reader *reader)
{
    return reader->lesson && (reader->recall.open ? lesson_recall_waits(&reader->recall) : open_prediction(reader) >= 0);
}

void reader_answer(struct app *app, struct reader *reader, int option)
{
    if (reader->recall.open) {
        lesson_recall_choose(app, &reader->recall, option);
        return;
    }
    int stop = open_prediction(reader);
    const struct block *block = page_stop(reader_page(reader), stop);
    if (!block || option >= (int)block->prediction->count)
        return;
    reader->picks[block->number - 1] = (signed char)option;
    pageview_select(&reader->view, reader_page(reader), stop + 1);
    if (pageview_transcript(reader_page(reader), block))
        reader->view.reveal = stop + 1;
}

/* The terminal beside a lesson: the person's own shell, or one in a lab machine, which lives on while its shells come and go. */
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/pane.h"
#include "tui/reader_state.h"

#include <errno.h>
#include <stdlib.h>

struct making {
    char *host, *slug;
    struct machine machine;
};

static void make_machine(void *data, struct error *err)
{
    struct making *making = data;
    machine_open(making->host, making->slug, &making->machine, err);
}

static void machine_made(struct app *app, void *owner, void *data, const struct error *err)
{
    struct making *making = data;
    struct reader *reader = owner;
    if (!reader) {
        machine_close(&making->machine);
    } else {
        reader->making_machine = false;
        copy_text(reader->error, sizeof reader->error, err ? err->message : "");
        if (!err) {
            reader->machine = making->machine;
            copy_text(reader->picture.machine, sizeof reader->picture.machine, reader->machine.id);
            reader->pane = pane_exec(app, reader->machine.id, machine_shell());
        }
        app_dirty(app);
    }
    free(making->host);
    free(making->slug);
    free(making);
}

void reader_want_machine(struct app *app, struct reader *reader)
{
    if (reader->making_machine)
        return;
    machine_close(&reader->machine);
    reader->making_machine = true;
    struct making *making = xcalloc(1, sizeof *making);
    *making = (struct making){xstrdup(app->host), xstrdup(reader->slug), {.lease = -EBADF}};
    work_run(app->work, LANE_LAB, make_machine, machine_made, making, reader);
}

bool reader_shell(struct app *app, struct reader *reader)
{
    if (reader->pane && pane_alive(reader->pane))
        return true;
    if (reader->lesson->machine && !reader->machine.id) {
        reader_want_machine(app, reader);
        app_note(app, S_DIM, "the lab machine is being made; a moment");
        return false;
    }
    pane_close(reader->pane);
    struct error err = ERROR_INIT;
    reader->pane = reader->lesson->machine ? pane_exec(app, reader->machine.id, machine_shell()) : pane_shell(app, &err);
    copy_text(reader->error, sizeof reader->error, err.message);
    if (!reader->pane)
        app_note(app, S_BAD, "%s", err.message);
    return reader->pane != NULL;
}

/* A block as it is typed: a line, Enter, the next one. */
void reader_type(struct reader *reader, const char *text)
{
    cleanup_free char *typed = xstrdup(text);
    for (char *at = typed; *at; at++)
        if (*at == '\n')
            *at = '\r';
    pane_type(reader->pane, typed);
    pane_type(reader->pane, "\r");
}

void reader_catch_up(struct app *app, struct reader *reader)
{
    const struct pages *pages = lesson_pages(reader->lesson);
    int count = 0;
    if (!reader_shell(app, reader))
        return;
    for (size_t i = 0; i < reader->page; i++)
        for (size_t j = 0; j < pages->list[i].count; j++) {
            const struct block *block = &pages->list[i].blocks[j];
            if (block->kind != BLOCK_COMMAND || block->follow)
                continue;
            reader_type(reader, block->text);
            count++;
        }
    reader->side = SIDE_TERMINAL;
    app_note(app, S_DIM, count ? "%d commands of the pages before are typed; watch them end" : "the pages before run nothing",
             count);
}

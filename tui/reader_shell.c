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

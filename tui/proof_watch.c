/* The proof runs off the screen's thread; its script is shown at once, what came of it when it ends. */
#include "tui/proof_watch.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/prove.h"
#include "tui/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct proving {
    char *host, *said;
    json_t *item, *verdict;
    int failures;
};

static void prove(void *data, struct error *err)
{
    struct proving *proving = data;
    size_t len;
    FILE *out = open_memstream(&proving->said, &len);
    (void)err;
    proving->failures = prove_item(proving->host, proving->item, proving->verdict, out);
    fclose(out);
}

static void proved(struct app *app, void *owner, void *data, const struct error *err)
{
    struct proving *proving = data;
    struct proof_watch *proof = owner;
    (void)err;
    if (proof) {
        proof->running = false;
        proof->failures = proving->failures;
        free(proof->said);
        proof->said = move_ptr(proving->said);
        app_dirty(app);
    }
    free(proving->host);
    free(proving->said);
    json_decref(proving->item);
    json_decref(proving->verdict);
    free(proving);
}

void proof_watch_start(struct app *app, struct proof_watch *proof, const json_t *item, const json_t *verdict)
{
    if (proof->running)
        return;
    proof_watch_close(app, proof);
    *proof = (struct proof_watch){.open = true, .running = true, .began_ns = clock_mono_ns()};
    struct proving *proving = xcalloc(1, sizeof *proving);
    *proving = (struct proving){xstrdup(app->host), NULL, json_deep_copy(item), json_deep_copy(verdict), 0};
    work_run(app->work, LANE_SLOW, prove, proved, proving, proof);
}

void proof_watch_close(struct app *app, struct proof_watch *proof)
{
    work_forget(app->work, proof);
    free(proof->said);
    *proof = (struct proof_watch){0};
}

/* The lines of the script as they are, long ones cut. */
static int draw_script(const char *script, struct area area, int y)
{
    int from = y;
    while (*script) {
        size_t len = strcspn(script, "\n");
        cleanup_free char *line = xstrndup(script, len);
        put_fit(area, y++, 2, area.w - 2, S_CODE, line);
        script += len + (script[len] != 0);
    }
    return y - from;
}

int proof_watch_draw(const struct proof_watch *proof, const json_t *verdict, struct area area, int y)
{
    int from = y;
    if (!proof->open)
        return 0;
    put(area, y, 0, S_TITLE, "Proof");
    put(area, y++, 7, S_DIM, "run now, in a lab machine of its own");
    y += draw_script(json_str(verdict, "proof.script", ""), area, y);
    if (proof->running)
        putf(area, y++, 0, S_ACCENT, "%s running, %lld s", glyph(G_PLAY),
             (long long)(clock_mono_ns() - proof->began_ns) / 1000000000);
    else
        putf(area, y++, 0, proof->failures ? S_BAD : S_OK, "%s %s", glyph(proof->failures ? G_CROSS : G_CHECK),
             proof->failures ? "it did not come out as the key says" : "it came out as the key says");
    if (proof->said)
        y += draw_wrapped(area_columns(area, 2, area.w), y, 0, S_DIM, proof->said);
    return y - from;
}

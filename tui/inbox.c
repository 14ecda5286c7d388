/* Asking slipway-classd for messages. Each is shown once here; `slipway class inbox` has them all. */
#include "tui/inbox.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "quizzes/class_commands.h"
#include "quizzes/class_config.h"
#include "tui/app.h"

static const int64_t EVERY_NS = 10000000000;

static void got_messages(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    (void)owner;
    size_t i;
    json_t *message;
    if (err)
        return;
    json_array_foreach(json_object_get(answer, "messages"), i, message)
    {
        if (!json_flag(message, "new", false))
            continue;
        cleanup_free char *from = text_shown(json_str(message, "from", "")), *text = text_shown(json_str(message, "text", ""));
        app_note(app, S_WARN, "%s: %s", from, text);
        work_school(app->work, json_pack("{s:s,s:O}", "op", "class.inbox", "seen", json_object_get(message, "message")), NULL,
                    NULL);
        app_dirty(app);
        return; /* the next one when this one has been there for a while */
    }
}

void inbox_tick(struct app *app)
{
    static int64_t asked;
    int64_t now = clock_mono_ns();
    cleanup_class_config struct class_config class = {0};
    if (asked && now - asked < EVERY_NS)
        return;
    asked = now;
    if (class_config_read(&class, NULL) == 0)
        work_school(app->work, json_pack("{s:s}", "op", "class.inbox"), got_messages, app);
}

/* `slipway class export|erase`: all that is kept of a student into a file, and the student out of the class for good. */
#include "quizzes/class_work.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const struct flag no_flags[] = {{0}};
static const struct flag erase_flags[] = {
    {0, "reason", FLAG_STRING, offsetof(struct class_options, reason), "text", "Why; it stands in the log"},
    {0},
};

/* The first page, with the events of the others. */
static int fetch(uint32_t uid, json_t **out, struct error *err)
{
    int r = class_ask(json_pack("{s:s,s:I}", "op", "class.export", "uid", (json_int_t)uid), out, err);
    json_t *next = r < 0 ? NULL : json_incref(json_object_get(*out, "next"));
    while (r == 0 && json_is_integer(next)) {
        cleanup_json json_t *page = NULL;
        r = class_ask(json_pack("{s:s,s:I,s:O}", "op", "class.export", "uid", (json_int_t)uid, "from", next), &page, err);
        json_array_extend(json_object_get(*out, "events"), json_object_get(page, "events"));
        json_decref(next);
        next = json_incref(json_object_get(page, "next"));
    }
    json_decref(next);
    if (r == 0) {
        json_object_del(*out, "ok");
        json_object_del(*out, "next");
    }
    return r;
}

/* A file of one's own, durable before anything is erased. */
static int export_to(const char *user, const char *path, uint32_t *uid, struct error *err)
{
    cleanup_json json_t *all = NULL;
    int r = class_user(user, uid, err);
    if (r == 0)
        r = fetch(*uid, &all, err);
    if (r < 0)
        return r;
    cleanup_free char *text = json_dumps(all, JSON_INDENT(2));
    r = file_write_atomic(path, text, strlen(text), 0600, true, err);
    if (r == 0)
        printf("All that is kept of user %u is in %s\n", *uid, path);
    return r;
}

static int export(const struct class_options *options, char **operands, struct error *err)
{
    (void)options;
    uint32_t uid;
    return export_to(operands[0], operands[1], &uid, err);
}

static int erase(const struct class_options *options, char **operands, struct error *err)
{
    uint32_t uid;
    const char *reason = str_or(options->reason, "");
    if (!*reason)
        return error_set(err, EINVAL, "to erase a student needs --reason TEXT");
    int r = export_to(operands[0], operands[1], &uid, err);
    if (r == 0)
        r = class_ask(json_pack("{s:s,s:I,s:o}", "op", "class.erase", "uid", (json_int_t)uid, "reason",
                                json_text_value(reason, strlen(reason))),
                      NULL, err);
    if (r == 0)
        printf("User %u is erased; marks and the log stay, and belong to nobody\n", uid);
    return r;
}

CLASS_COMMAND(class_export_command, no_flags, "class export USER FILE", 2, 2, export)
CLASS_COMMAND(class_erase_command, erase_flags, "class erase --reason TEXT USER FILE", 2, 2, erase)

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

/* What an erased student leaves cannot be had again: `over` nothing, unless a person said so. */
static int keep(uint32_t uid, const char *path, bool over, struct error *err)
{
    cleanup_json json_t *all = NULL;
    if (!over && path_exists(path))
        return error_set(err, EEXIST, "%s is there, and is not written over; name another file", path);
    int r = fetch(uid, &all, err);
    if (r < 0)
        return r;
    cleanup_free char *text = json_dumps(all, JSON_INDENT(2));
    return over ? file_replace(path, text, strlen(text), 0600, err) : file_write_new(path, text, strlen(text), 0600, err);
}

int class_export_file(const char *user, const char *path, struct error *err)
{
    uint32_t uid;
    int r = class_user(user, &uid, err);
    return r < 0 ? r : keep(uid, path, true, err);
}

json_t *class_erase_request(const char *user, const char *reason, const char *path, struct error *err)
{
    uint32_t uid;
    if (class_user(user, &uid, err) < 0 || keep(uid, path, false, err) < 0)
        return NULL;
    return json_pack("{s:s,s:I,s:o}", "op", "class.erase", "uid", (json_int_t)uid, "reason",
                     json_text_value(reason, strlen(reason)));
}

static int export(const struct class_options *options, char **operands, struct error *err)
{
    (void)options;
    uint32_t uid;
    int r = class_user(operands[0], &uid, err);
    if (r == 0)
        r = keep(uid, operands[1], false, err);
    if (r == 0)
        printf("All that is kept of user %s is in %s\n", operands[0], operands[1]);
    return r;
}

static int erase(const struct class_options *options, char **operands, struct error *err)
{
    if (str_empty(options->reason))
        return error_set(err, EINVAL, "to erase a student needs --reason TEXT");
    json_t *request = class_erase_request(operands[0], options->reason, operands[1], err);
    if (!request)
        return -err->code;
    printf("All that is kept of user %s is in %s\n", operands[0], operands[1]);
    int r = class_ask(request, NULL, err);
    if (r == 0)
        printf("User %s is erased; marks and the log stay, and belong to nobody\n", operands[0]);
    return r;
}

CLASS_COMMAND(class_export_command, no_flags, "class export USER FILE", 2, 2, export)
CLASS_COMMAND(class_erase_command, erase_flags, "class erase --reason TEXT USER FILE", 2, 2, erase)

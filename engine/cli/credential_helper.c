/* One call for each action; a secret is never among arguments. */
#include "cli/credential_helper.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/program.h"

#include <errno.h>

static const char NOT_FOUND[] = "credentials not found in native keychain";

/* What it says is in `out`, also when it fails. */
static int run(const char *helper, const char *action, const char *text, struct buf *out, struct error *err)
{
    cleanup_free char *name = str_format("docker-credential-%s", helper);
    char *const argv[] = {name, (char *)action, NULL};
    int r = program_run(argv, text, false, out, err);
    return r < 0 && str_equal(out->data, NOT_FOUND) ? error_set(err, ENOENT, "%s", NOT_FOUND) : r;
}

static int say(struct error *err, const char *doing, const struct buf *out)
{
    struct error why = *err;
    if (why.code == ENOENT)
        return -ENOENT;
    return error_set(err, why.code, "error %s credentials - err: %s, out: `%s`", doing, why.message, str_or(out->data, ""));
}

/* The object that it answers with. */
static json_t *ask(const char *helper, const char *action, const char *text, const char *doing, struct error *err)
{
    cleanup_buf struct buf out = BUF_INIT;
    json_t *doc = NULL;
    if (run(helper, action, text, &out, err) < 0)
        return say(err, doing, &out), NULL;
    doc = json_loadb(out.data, out.len, 0, NULL);
    if (json_is_object(doc))
        return doc;
    json_decref(doc);
    return error_set(err, EPROTO, "error %s credentials - docker-credential-%s does not answer with JSON", doing, helper), NULL;
}

json_t *credential_helper_get(const char *helper, const char *server, struct error *err)
{
    return ask(helper, "get", server, "getting", err);
}

json_t *credential_helper_list(const char *helper, struct error *err) { return ask(helper, "list", "unused", "listing", err); }

int credential_helper_store(const char *helper, const json_t *credentials, struct error *err)
{
    cleanup_free char *text = json_text(credentials);
    cleanup_buf struct buf out = BUF_INIT;
    return run(helper, "store", text, &out, err) < 0 ? say(err, "storing", &out) : 0;
}

int credential_helper_erase(const char *helper, const char *server, struct error *err)
{
    cleanup_buf struct buf out = BUF_INIT;
    return run(helper, "erase", server, &out, err) < 0 ? say(err, "erasing", &out) : 0;
}

/* Requests from a table: which members an operation has, of what type, in what range. */
#include "shim/request.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <signal.h>

enum kind { TEXT, FLAG, NUMBER, OBJECT };

struct member {
    const char *name;
    enum kind kind;
    size_t offset;
    long long least, most;    /* of a NUMBER */
    unsigned needed, allowed; /* by which operations, as bits */
};

#define AT(member) offsetof(struct shim_request, member)
#define OP(name)   (1u << SHIM_OP_##name)
#define EXECS      (OP(EXEC_PREPARE) | OP(EXEC_START))

static const char *const operations[SHIM_OPS] = {
    [SHIM_OP_START] = "start",
    [SHIM_OP_STATE] = "state",
    [SHIM_OP_EVENTS] = "events",
    [SHIM_OP_RELEASE] = "release",
    [SHIM_OP_PAUSE] = "pause",
    [SHIM_OP_ATTACH] = "attach",
    [SHIM_OP_EXEC_PREPARE] = "exec-prepare",
    [SHIM_OP_EXEC_START] = "exec-start",
    [SHIM_OP_SIGNAL] = "signal",
    [SHIM_OP_RESIZE] = "resize",
};

static const struct member members[] = {
    {"exec", TEXT, AT(exec), 0, 0, EXECS, EXECS | OP(ATTACH) | OP(SIGNAL) | OP(RESIZE)},
    {"process", OBJECT, AT(process), 0, 0, OP(EXEC_PREPARE), OP(EXEC_PREPARE)},
    {"stdin", FLAG, AT(input), 0, 0, 0, OP(EXEC_PREPARE)},
    {"in", FLAG, AT(in), 0, 0, 0, OP(ATTACH)},
    {"out", FLAG, AT(out), 0, 0, 0, OP(ATTACH)},
    {"err", FLAG, AT(err), 0, 0, 0, OP(ATTACH)},
    {"signal", NUMBER, AT(signal), 1, 64, OP(SIGNAL), OP(SIGNAL)},
    {"all", FLAG, AT(all), 0, 0, 0, OP(SIGNAL)},
    {"rows", NUMBER, AT(rows), 0, 65535, OP(RESIZE), OP(RESIZE)},
    {"columns", NUMBER, AT(columns), 0, 65535, OP(RESIZE), OP(RESIZE)},
    {"paused", FLAG, AT(paused), 0, 0, OP(PAUSE), OP(PAUSE)},
};

static int operation(const json_t *doc, enum shim_op *op, struct error *err)
{
    const char *name = json_string_value(json_object_get(doc, "op"));
    for (int i = 0; name && i < SHIM_OPS; i++) {
        if (str_equal(name, operations[i])) {
            *op = (enum shim_op)i;
            return 0;
        }
    }
    return error_set(err, EPROTO, "request: unknown operation %s", name ? name : "(none)");
}

static int store(const struct member *member, json_t *value, struct shim_request *out, struct error *err)
{
    void *target = (char *)out + member->offset;
    switch (member->kind) {
    case TEXT:
        if (json_is_null(value) && !(member->needed >> out->op & 1))
            return 0;
        if (!json_is_string(value) || json_string_length(value) > 128 || str_empty(json_string_value(value)))
            break;
        *(const char **)target = json_string_value(value);
        return 0;
    case FLAG:
        if (!json_is_boolean(value))
            break;
        *(bool *)target = json_is_true(value);
        return 0;
    case NUMBER:
        if (!json_is_integer(value) || json_integer_value(value) < member->least || json_integer_value(value) > member->most)
            break;
        *(int *)target = (int)json_integer_value(value);
        return 0;
    case OBJECT:
        if (!json_is_object(value))
            break;
        *(json_t **)target = value;
        return 0;
    }
    return error_set(err, EPROTO, "request %s: member %s is not what it should be", operations[out->op], member->name);
}

static int read_members(struct shim_request *out, struct error *err)
{
    size_t known = 1; /* "op" */
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const struct member *member = &members[i];
        json_t *value = json_object_get(out->doc, member->name);
        bool needed = member->needed >> out->op & 1, allowed = member->allowed >> out->op & 1;
        if (!value && needed)
            return error_set(err, EPROTO, "request %s: member %s is missing", operations[out->op], member->name);
        if (!value || !allowed)
            continue;
        known++;
        int r = store(member, value, out, err);
        if (r < 0)
            return r;
    }
    if (known != json_object_size(out->doc))
        return error_set(err, EPROTO, "request %s: a member that it does not have", operations[out->op]);
    return 0;
}

int shim_request_parse(const char *text, size_t len, struct shim_request *out, struct error *err)
{
    *out = (struct shim_request){0};
    json_error_t why;
    out->doc = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    if (!out->doc)
        return error_set(err, EPROTO, "request: %s", why.text);
    int r = json_is_object(out->doc) ? operation(out->doc, &out->op, err) : error_set(err, EPROTO, "request: not an object");
    if (r == 0)
        r = read_members(out, err);
    if (r < 0)
        shim_request_free(out);
    return r;
}

void shim_request_free(struct shim_request *request)
{
    json_decref(request->doc);
    *request = (struct shim_request){0};
}

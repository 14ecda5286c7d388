/* Runs a parsed template over a document, with the semantics of Go's text/template. Errors point at the source the way Go's do:
 * line, column, and the expression. What a template can use is bounded: output, depth, and the number of steps. */
#include "cli/template_tree.h"

#include "base/json.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_VARIABLES = 256, DEEPEST = 200, MOST_STEPS = 20 * 1000 * 1000 };

enum flow { FLOW_ON = 0, FLOW_BREAK = 1, FLOW_CONTINUE = 2 }; /* negative: an error */

struct run {
    const struct template *template;
    const struct template_subject *subject;
    struct go_value root, dollar; /* the document; `$` of the template that runs */
    struct buf *out;
    struct error *err;
    struct {
        const char *name;
        struct go_value value;
    } variables[MOST_VARIABLES];
    size_t variable_count, variable_base; /* those below the base belong to the caller of a template */
    int depth;
    long steps;
};

static const struct go_value NONE = {NULL, &go_invalid};

static struct go_value eval_pipe(struct run *run, const struct pipe *pipe, struct go_value dot);
static int run_nodes(struct run *run, const struct node *node, struct go_value dot);

static struct go_value invalid(void) { return (struct go_value){json_null(), &go_invalid}; }
static struct go_value kept(struct go_value value) { return (struct go_value){json_incref(value.json), value.type}; }

/* NONE, so that a caller can stop with it. */
static struct go_value failed(struct run *run, size_t at, size_t start, size_t end, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *what = str_vformat(format, args);
    va_end(args);
    const char *source = run->template->source, *name = run->subject && run->subject->name ? run->subject->name : "";
    int line = 1;
    size_t column = at;
    for (size_t i = 0; i < at; i++)
        if (source[i] == '\n') {
            line++;
            column = at - i - 1;
        }
    error_set(run->err, EINVAL, "template: %s:%d:%zu: executing \"%s\" at <%.*s>: %s", name, line, column, name, (int)(end - start),
              source + start, what);
    return NONE;
}

static struct go_value failed_at(struct run *run, const struct operand *operand, const char *what)
{
    return failed(run, operand->place, operand->start, operand->end, "%s", what);
}

static bool raw(const struct run *run) { return run->subject && run->subject->raw; }

/* A member of a map, or of a document whose types are not known. */
static struct go_value map_field(struct run *run, const struct operand *operand, struct go_value from, const char *name)
{
    json_t *json = json_object_get(from.json, name);
    if (json && json_is_null(json) && from.type->element == &go_any)
        return (struct go_value){json_null(), &go_strings}; /* the engine's documents have null for an empty list */
    if (json)
        return kept(go_element(&from, json));
    if (from.type->element == &go_any)
        return failed(run, operand->place, operand->start, operand->end, "map has no entry for key \"%s\"", name);
    if (raw(run))
        return failed(run, operand->place, operand->start, operand->end, "map has no entry for key \"%s\"", name);
    return invalid();
}

/* The root of a listing: its fields are methods of a Go type that is known by name only. */
static struct go_value root_field(struct run *run, const struct operand *operand, struct go_value from, const char *name)
{
    const struct template_subject *subject = run->subject;
    static const struct go_type pointer = {GO_POINTER, "*interface {}", &go_any, NULL, NULL};
    json_t *json = json_object_get(from.json, name);
    if (json && json_is_null(json))
        return (struct go_value){json_null(), subject->method ? &pointer : &go_strings};
    if (json)
        return go_solid((struct go_value){json_incref(json), &go_any});
    if (str_equal(subject->method_name, name))
        return failed(run, operand->place, operand->start, operand->end, "wrong number of args for %s: want 1 got 0", name);
    json = subject->method ? subject->method(subject->data, name, NULL, 0) : NULL;
    if (json)
        return (struct go_value){json, &go_any};
    return failed(run, operand->place, operand->start, operand->end, "can't evaluate field %s in type %s", name, subject->type);
}

static struct go_value field(struct run *run, const struct operand *operand, struct go_value from, const char *name)
{
    const struct template_subject *subject = run->subject;
    bool any = from.type->kind == GO_ANY;
    struct go_value out;
    if (from.json == run->root.json && subject && subject->type)
        return root_field(run, operand, from, name);
    from = go_solid(from);
    const char *named = from.type->name;
    switch (from.type->kind) {
    case GO_INVALID:
        return raw(run) ? failed(run, operand->place, operand->start, operand->end, "nil data; no entry for key \"%s\"", name)
                        : invalid();
    case GO_ANY:
        return failed(run, operand->place, operand->start, operand->end, "nil pointer evaluating interface {}.%s", name);
    case GO_POINTER:
        if (json_is_null(from.json))
            return failed(run, operand->place, operand->start, operand->end, "nil pointer evaluating %s.%s", from.type->name, name);
        from.type = from.type->element;
        break;
    case GO_MAP:
        return map_field(run, operand, from, name);
    default:
        break;
    }
    if (from.type->kind == GO_STRUCT && go_struct_field(from, name, &out))
        return out;
    return failed(run, operand->place, operand->start, operand->end, "can't evaluate field %s in type %s", name,
                  any ? go_any.name : named);
}

static struct go_value chain(struct run *run, const struct operand *operand, struct go_value value)
{
    for (size_t i = 0; value.json && operand->fields && operand->fields[i]; i++) {
        struct go_value inner = field(run, operand, value, operand->fields[i]);
        json_decref(value.json);
        value = inner;
    }
    return value;
}

static struct go_value variable(struct run *run, const struct operand *operand)
{
    if (str_equal(operand->name, "$"))
        return kept(run->dollar);
    for (size_t i = run->variable_count; i-- > run->variable_base;)
        if (str_equal(run->variables[i].name, operand->name))
            return kept(run->variables[i].value);
    cleanup_free char *what = str_format("undefined variable: %s", operand->name);
    return failed_at(run, operand, what);
}

static bool count_fits(struct run *run, const struct operand *operand, bool piped, size_t count)
{
    const struct template_function *function = template_function_find(operand->name);
    count += piped;
    if ((int)count >= function->least && (function->most < 0 || (int)count <= function->most))
        return true;
    failed(run, operand->start, operand->start, operand->end, "wrong number of args for %s: want %s%d got %zu", function->name,
           function->most != function->least ? "at least " : "", function->least, count);
    return false;
}

static struct go_value call_function(struct run *run, const struct call *call, const struct operand *operand,
                                     const struct go_value *arguments, size_t count)
{
    const struct template_function *function = template_function_find(operand->name);
    if (!count_fits(run, operand, false, count))
        return NONE;
    static const char *const shapes[] = {"json", "lower", "upper", "title", "truncate"};
    struct error why = ERROR_INIT;
    for (size_t i = 0; run->subject && run->subject->heading && i < ARRAY_LEN(shapes); i++)
        if (str_equal(shapes[i], function->name))
            return kept(arguments[0]);
    struct go_value result = function->run(arguments, count, &why);
    return result.json ? result
                       : failed(run, call->start, call->start, call->end, "error calling %s: %s", function->name, why.message);
}

static struct go_value eval_operand(struct run *run, const struct operand *operand, struct go_value dot)
{
    switch (operand->kind) {
    case OPERAND_DOT:
    case OPERAND_FIELD:
        return chain(run, operand, kept(dot));
    case OPERAND_VARIABLE:
        return chain(run, operand, variable(run, operand));
    case OPERAND_LITERAL:
        return kept(operand->value);
    case OPERAND_NIL:
        return (struct go_value){json_null(), &go_any};
    case OPERAND_PIPE:
        return chain(run, operand, eval_pipe(run, operand->pipe, dot));
    case OPERAND_FUNCTION: {
        struct call alone = {.start = operand->start, .end = operand->end};
        return chain(run, operand, call_function(run, &alone, operand, NULL, 0));
    }
    }
    return NONE;
}

static const char *wanted_name(char want) { return want == 's' ? "string" : want == 'i' ? "int" : "[]string"; }

/* A list of texts, when the types of the document are not known. */
static bool all_strings(struct go_value value)
{
    size_t i;
    json_t *item;
    json_array_foreach(value.json, i, item)
    {
        if (!json_is_string(item))
            return false;
    }
    return json_is_array(value.json) && value.type == &go_values;
}

static bool fits(struct go_value value, char want)
{
    const struct go_type *type = go_solid(value).type;
    if (want == 's')
        return type->kind == GO_STRING;
    if (want == 'i')
        return type->kind == GO_INT;
    return want == 'v' || (type->kind == GO_LIST && type->element == &go_string) || all_strings(go_solid(value));
}

/* Takes `value`, and gives it back when a function that wants this type may have it. */
static struct go_value validated(struct run *run, const struct operand *operand, struct go_value value, char want)
{
    if (!value.json || fits(value, want))
        return value;
    const char *name = wanted_name(want);
    bool none = value.type->kind == GO_INVALID;
    cleanup_free char *what = none ? str_format("invalid value; expected %s", name)
                                   : str_format("wrong type for value; expected %s; got %s", name, go_solid(value).type->name);
    json_decref(value.json);
    return failed_at(run, operand, what);
}

static struct go_value eval_argument(struct run *run, const struct operand *operand, struct go_value dot, char want)
{
    int len = (int)(operand->end - operand->start);
    const char *text = run->template->source + operand->start;
    cleanup_free char *what = NULL;
    if (want == 'v' || (operand->kind != OPERAND_LITERAL && operand->kind != OPERAND_NIL))
        return validated(run, operand, eval_operand(run, operand, dot), want);
    if (operand->kind == OPERAND_NIL)
        what = str_format("cannot assign nil to %s", wanted_name(want));
    else if (want == 'l')
        what = str_format("can't handle %.*s for arg of type %s", len, text, wanted_name(want));
    else if (want == 's' ? !operand->quoted : operand->value.type != &go_int)
        what = str_format("expected %s; found %.*s", want == 's' ? "string" : "integer", len, text);
    return what ? failed_at(run, operand, what) : kept(operand->value);
}

/* and, or stop at the first argument that decides, so they are evaluated here and not called. */
static struct go_value eval_logic(struct run *run, const struct call *call, struct go_value dot, const struct go_value *piped)
{
    const struct operand *first = call->operands[0];
    bool want = first->name[0] == 'o'; /* "or" stops at a true value */
    struct go_value value = NONE;
    for (size_t i = 1; i < call->count; i++) {
        json_decref(value.json);
        value = eval_operand(run, call->operands[i], dot);
        if (!value.json || go_truth(value) == want)
            return value;
    }
    if (piped) {
        json_decref(value.json);
        return kept(*piped);
    }
    return value.json ? value
                      : failed(run, first->start, first->start, first->end, "wrong number of args for %s: want at least 1 got 0",
                               first->name);
}

static struct go_value call_method(struct run *run, const struct call *call, struct go_value dot, const struct go_value *arguments,
                                   size_t count)
{
    const struct operand *operand = call->operands[0];
    const struct template_subject *subject = run->subject;
    bool method = operand->kind == OPERAND_FIELD && strv_len(operand->fields) == 1 && dot.json == run->root.json && subject &&
                  subject->method;
    json_t *plain[count + 1];
    for (size_t i = 0; i < count; i++)
        plain[i] = arguments[i].json;
    json_t *value = method ? subject->method(subject->data, operand->fields[0], plain, count) : NULL;
    if (value)
        return (struct go_value){value, &go_any};
    bool miscounted = method && str_equal(subject->method_name, operand->fields[0]);
    cleanup_free char *what =
        miscounted ? str_format("wrong number of args for %s: want 1 got %zu", subject->method_name, count)
        : operand->kind == OPERAND_FIELD
            ? str_format("%s is not a method but has arguments", operand->fields[strv_len(operand->fields) - 1])
            : str_format("can't give argument to non-function %.*s", (int)(operand->end - operand->start),
                         run->template->source + operand->start);
    return failed_at(run, operand, what);
}

/* A field with arguments must be there before it can be found to be no method. */
static bool field_exists(struct run *run, const struct operand *operand, struct go_value dot)
{
    const struct template_subject *subject = run->subject;
    if (operand->kind != OPERAND_FIELD || (subject && subject->method && dot.json == run->root.json))
        return true;
    struct go_value value = eval_operand(run, operand, dot);
    json_decref(value.json);
    return value.json != NULL;
}

static struct go_value eval_call(struct run *run, const struct call *call, struct go_value dot, const struct go_value *piped)
{
    const struct operand *first = call->operands[0];
    bool function = first->kind == OPERAND_FUNCTION;
    const char *wants = function ? template_function_find(first->name)->arguments : "v";
    if (function && (str_equal(first->name, "and") || str_equal(first->name, "or")))
        return eval_logic(run, call, dot, piped);
    if (call->count == 1 && !piped) {
        if (first->kind == OPERAND_NIL)
            return failed_at(run, first, "nil is not a command");
        return eval_operand(run, first, dot);
    }
    if (function ? !count_fits(run, first, piped != NULL, call->count - 1) : !field_exists(run, first, dot))
        return NONE;
    struct go_value *arguments = xcalloc(call->count + 1, sizeof *arguments), result = NONE;
    size_t count = 0, last = strlen(wants) - 1;
    bool fine = true;
    for (size_t i = 1; fine && i < call->count; i++, count += fine) {
        char want = wants[count < last ? count : last];
        arguments[count] = eval_argument(run, call->operands[i], dot, want);
        fine = arguments[count].json != NULL;
    }
    if (fine && piped) {
        arguments[count] = validated(run, call->operands[call->count - 1], kept(*piped), wants[last]);
        fine = arguments[count].json != NULL;
        count += fine;
    }
    if (fine)
        result = function ? call_function(run, call, first, arguments, count) : call_method(run, call, dot, arguments, count);
    while (count)
        json_decref(arguments[--count].json);
    free(arguments);
    return result;
}

static bool set_variable(struct run *run, const struct pipe *pipe, size_t index, struct go_value value)
{
    const char *name = pipe->variables[index];
    const bool assign = pipe->assign;
    for (size_t i = run->variable_count; assign && i-- > run->variable_base;)
        if (str_equal(run->variables[i].name, name)) {
            json_incref(value.json);
            json_decref(run->variables[i].value.json);
            run->variables[i].value = value;
            return true;
        }
    if (assign || run->variable_count == MOST_VARIABLES) {
        const struct call *call = pipe->calls;
        failed(run, call->start, call->start, call->end, assign ? "undefined variable: %s" : "too many variables: %s", name);
        return false;
    }
    run->variables[run->variable_count].name = name;
    run->variables[run->variable_count++].value = kept(value);
    return true;
}

static void drop_variables(struct run *run, size_t keep)
{
    while (run->variable_count > keep)
        json_decref(run->variables[--run->variable_count].value.json);
}

/* The value of a pipeline; its variables are set unless the caller (range) does that itself. */
static struct go_value eval_calls(struct run *run, const struct pipe *pipe, struct go_value dot)
{
    struct go_value value = NONE;
    if (++run->steps > MOST_STEPS)
        return failed(run, 0, 0, 0, "this takes too long: more than %d steps", MOST_STEPS);
    for (const struct call *call = pipe->calls; call; call = call->next) {
        struct go_value result = eval_call(run, call, dot, value.json ? &value : NULL);
        json_decref(value.json);
        value = result;
        if (!value.json)
            return NONE;
        if (value.type->kind == GO_ANY && json_is_null(value.json))
            value.type = &go_invalid; /* an empty interface holds no value at all */
    }
    return value;
}

static struct go_value eval_pipe(struct run *run, const struct pipe *pipe, struct go_value dot)
{
    struct go_value value = eval_calls(run, pipe, dot);
    for (size_t i = 0; value.json && i < pipe->variable_count; i++)
        if (!set_variable(run, pipe, i, value)) {
            json_decref(value.json);
            return NONE;
        }
    return value;
}

static int run_turn(struct run *run, const struct node *node, struct go_value key, struct go_value value)
{
    const struct pipe *pipe = node->pipe;
    size_t known = run->variable_count;
    bool fine = ++run->steps <= MOST_STEPS;
    if (!fine)
        failed(run, node->start, node->start, node->start + 5, "this takes too long: more than %d steps", MOST_STEPS);
    if (fine && pipe->variable_count == 2)
        fine = set_variable(run, pipe, 0, key);
    if (fine && pipe->variable_count)
        fine = set_variable(run, pipe, pipe->variable_count - 1, value);
    int r = fine ? run_nodes(run, node->body, value) : -EINVAL;
    drop_variables(run, known);
    return r;
}

static int compare_keys(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

char **template_sorted_keys(const json_t *object)
{
    char **keys = NULL;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) { strv_add(&keys, key); }
    if (keys)
        qsort(keys, strv_len(keys), sizeof *keys, compare_keys);
    return keys;
}

static int range_map(struct run *run, const struct node *node, struct go_value over)
{
    cleanup_strv char **keys = template_sorted_keys(over.json);
    int r = FLOW_ON;
    for (size_t i = 0; keys && keys[i] && r != FLOW_BREAK && r >= 0; i++) {
        cleanup_json json_t *key = json_string(keys[i]);
        r = run_turn(run, node, (struct go_value){key, &go_string}, go_element(&over, json_object_get(over.json, keys[i])));
    }
    return r < 0 ? r : FLOW_ON;
}

static int range_list(struct run *run, const struct node *node, struct go_value over)
{
    bool list = json_is_array(over.json);
    json_int_t count = list ? (json_int_t)json_array_size(over.json) : json_integer_value(over.json);
    int r = FLOW_ON;
    for (json_int_t i = 0; i < count && r != FLOW_BREAK && r >= 0; i++) {
        cleanup_json json_t *key = json_integer(i);
        struct go_value index = {key, &go_int};
        r = run_turn(run, node, index, list ? go_element(&over, json_array_get(over.json, (size_t)i)) : index);
    }
    return r < 0 ? r : FLOW_ON;
}

static int run_range(struct run *run, const struct node *node, struct go_value dot)
{
    struct go_value value = eval_calls(run, node->pipe, dot), over = go_solid(value);
    cleanup_json json_t *held = value.json;
    size_t known = run->variable_count;
    int r = FLOW_ON;
    if (!held)
        return -EINVAL;
    if (over.type->kind == GO_POINTER && !go_is_nil(over))
        over.type = over.type->element;
    bool walk = over.type->kind == GO_LIST || over.type->kind == GO_MAP || over.type->kind == GO_INT;
    if (!walk && over.type->kind != GO_INVALID) {
        const struct call *call = node->pipe->calls;
        cleanup_buf struct buf text = BUF_INIT;
        template_print(&text, over, true);
        failed(run, call->start, call->start, call->end, "range can't iterate over %s", text.data ? text.data : "");
        return -EINVAL;
    }
    if (!go_truth(over) || (over.type->kind == GO_INT && json_integer_value(over.json) < 0))
        r = run_nodes(run, node->otherwise, dot);
    else
        r = over.type->kind == GO_MAP ? range_map(run, node, over) : range_list(run, node, over);
    drop_variables(run, known);
    return r;
}

static int run_branch(struct run *run, const struct node *node, struct go_value dot)
{
    size_t known = run->variable_count;
    struct go_value value = eval_pipe(run, node->pipe, dot);
    cleanup_json json_t *held = value.json;
    if (!held)
        return -EINVAL;
    bool yes = go_truth(value);
    int r = run_nodes(run, yes ? node->body : node->otherwise, yes && node->kind == NODE_WITH ? value : dot);
    drop_variables(run, known);
    return r;
}

static int run_template(struct run *run, const struct node *node, struct go_value dot)
{
    const struct definition *found = run->template->definitions;
    while (found && !str_equal(found->name, node->text))
        found = found->next;
    size_t end = node->start + strcspn(run->template->source + node->start, "}");
    if (!found || run->depth >= DEEPEST) {
        size_t open = node->start >= 2 ? node->start - 2 : 0;
        cleanup_free char *what = found ? str_format("exceeded maximum template depth (%d)", DEEPEST)
                                        : str_format("template \"%s\" not defined", node->text);
        failed(run, node->start + 9, open, end + 2, "%s", what);
        return -EINVAL;
    }
    struct go_value given = node->pipe ? eval_pipe(run, node->pipe, dot) : invalid(), outer = run->dollar;
    cleanup_json json_t *held = given.json;
    size_t base = run->variable_base;
    if (!held)
        return -EINVAL;
    run->variable_base = run->variable_count;
    run->dollar = given;
    run->depth++;
    int r = run_nodes(run, found->nodes, given);
    run->depth--;
    run->dollar = outer;
    drop_variables(run, run->variable_base);
    run->variable_base = base;
    return r < 0 ? r : FLOW_ON;
}

static int run_action(struct run *run, const struct node *node, struct go_value dot)
{
    struct go_value value = eval_pipe(run, node->pipe, dot);
    cleanup_json json_t *held = value.json;
    if (!held)
        return -EINVAL;
    if (node->pipe->variable_count)
        return FLOW_ON;
    if (value.type->kind == GO_INVALID)
        buf_puts(run->out, "<no value>");
    else
        template_print(run->out, value, true);
    return FLOW_ON;
}

static int run_node(struct run *run, const struct node *node, struct go_value dot)
{
    switch (node->kind) {
    case NODE_TEXT:
        buf_puts(run->out, node->text);
        break;
    case NODE_ACTION:
        return run_action(run, node, dot);
    case NODE_IF:
    case NODE_WITH:
        return run_branch(run, node, dot);
    case NODE_RANGE:
        return run_range(run, node, dot);
    case NODE_TEMPLATE:
        return run_template(run, node, dot);
    case NODE_BREAK:
        return FLOW_BREAK;
    case NODE_CONTINUE:
        return FLOW_CONTINUE;
    }
    return FLOW_ON;
}

static int run_nodes(struct run *run, const struct node *node, struct go_value dot)
{
    size_t limit = TEMPLATE_TEXT_MOST;
    for (; node; node = node->next) {
        int r = run_node(run, node, dot);
        if (r == FLOW_ON && run->out->len > limit) {
            failed(run, node->start, node->start, node->start, "more than %zu bytes of output", limit);
            r = -EINVAL;
        }
        if (r != FLOW_ON)
            return r;
    }
    return FLOW_ON;
}

int template_run(const struct template *template, json_t *root, const struct template_subject *subject, struct buf *out,
                 struct error *err)
{
    struct error own = ERROR_INIT;
    struct run *run = xcalloc(1, sizeof *run);
    const struct go_type *type = subject && subject->schema ? subject->schema : subject && subject->raw ? &go_raw : &go_any;
    struct go_value document = {root, type};
    *run = (struct run){
        .template = template, .subject = subject, .root = document, .dollar = document, .out = out, .err = err ? err : &own};
    int r = run_nodes(run, template->nodes, document);
    drop_variables(run, 0);
    free(run);
    return r < 0 ? r : 0;
}

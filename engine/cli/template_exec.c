/* Runs a parsed template over a document. Every value is a JSON reference; nil is JSON null. Errors point at the source the way
 * Go's do: line, column, and the first twenty characters of the expression. */
#include "cli/template_tree.h"

#include "base/json.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MAX_VARIABLES = 128 };

enum flow { FLOW_ON = 0, FLOW_BREAK = 1, FLOW_CONTINUE = 2 }; /* negative: an error */

struct run {
    const struct template *template;
    const struct template_subject *subject;
    json_t *root;
    struct buf *out;
    struct error *err;
    struct {
        const char *name;
        json_t *value;
    } variables[MAX_VARIABLES];
    size_t variable_count;
};

static json_t *eval_pipe(struct run *run, const struct pipe *pipe, json_t *dot);

static void *failed(struct run *run, size_t at, size_t start, size_t end, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *what = str_vformat(format, args);
    va_end(args);
    int line = 1;
    size_t column = at;
    for (size_t i = 0; i < at; i++)
        if (run->template->source[i] == '\n') {
            line++;
            column = at - i - 1;
        }
    size_t len = end - start;
    error_set(run->err, EINVAL, "template: :%d:%zu: executing \"\" at <%.*s%s>: %s", line, column, len > 20 ? 20 : (int)len,
              run->template->source + start, len > 20 ? "..." : "", what);
    return NULL;
}

static const char *kind_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
        return "int";
    case JSON_REAL:
        return "float64";
    case JSON_TRUE:
    case JSON_FALSE:
        return "bool";
    case JSON_ARRAY:
        return "[]interface {}";
    case JSON_OBJECT:
        return "map[string]interface {}";
    default:
        return "nil";
    }
}

static json_t *field(struct run *run, const struct operand *operand, json_t *from, size_t index)
{
    const struct template_subject *subject = run->subject;
    const char *name = operand->fields[index];
    size_t at = index ? operand->chain_start : operand->start;
    bool typed = from == run->root && subject && subject->type;
    json_t *value = json_object_get(from, name);
    if (value)
        return json_incref(value);
    if (typed && subject->method && (value = subject->method(subject->data, name, NULL, 0)))
        return value;
    if (subject && subject->optional && subject->optional(name))
        return json_null();
    if (typed)
        return failed(run, at, operand->start, operand->end, "can't evaluate field %s in type %s", name, subject->type);
    if (json_is_object(from))
        return failed(run, at, operand->start, operand->end, "map has no entry for key \"%s\"", name);
    if (json_is_null(from))
        return subject && !subject->type && index
                   ? json_null()
                   : failed(run, at, operand->start, operand->end, "nil data; no entry for key \"%s\"", name);
    return failed(run, at, operand->start, operand->end, "can't evaluate field %s in type %s", name, kind_name(from));
}

static json_t *chain(struct run *run, const struct operand *operand, json_t *value)
{
    for (size_t i = 0; value && operand->fields && operand->fields[i]; i++) {
        json_t *inner = field(run, operand, value, i);
        json_decref(value);
        value = inner;
    }
    return value;
}

static json_t *variable(struct run *run, const struct operand *operand)
{
    if (str_equal(operand->name, "$"))
        return json_incref(run->root);
    for (size_t i = run->variable_count; i-- > 0;)
        if (str_equal(run->variables[i].name, operand->name))
            return json_incref(run->variables[i].value);
    return failed(run, operand->start, operand->start, operand->end, "undefined variable \"%s\"", operand->name);
}

static json_t *call_function(struct run *run, const struct call *call, const struct operand *operand, json_t *const *arguments,
                             size_t count)
{
    const struct template_function *function = template_function_find(operand->name);
    if ((int)count < function->least || (function->most >= 0 && (int)count > function->most))
        return failed(run, call->start, operand->start, operand->end, "wrong number of args for %s: want %s%d got %zu",
                      function->name, function->most != function->least ? "at least " : "", function->least, count);
    struct error why = ERROR_INIT;
    json_t *result = function->run(arguments, count, &why);
    return result ? result : failed(run, call->start, call->start, call->end, "error calling %s: %s", function->name, why.message);
}

static json_t *eval_operand(struct run *run, const struct operand *operand, json_t *dot)
{
    switch (operand->kind) {
    case OPERAND_DOT:
    case OPERAND_FIELD:
        return chain(run, operand, json_incref(dot));
    case OPERAND_VARIABLE:
        return chain(run, operand, variable(run, operand));
    case OPERAND_LITERAL:
        return chain(run, operand, json_incref(operand->value));
    case OPERAND_NIL:
        return json_null();
    case OPERAND_PIPE:
        return chain(run, operand, eval_pipe(run, operand->pipe, dot));
    case OPERAND_FUNCTION: {
        struct call alone = {.start = operand->start, .end = operand->end};
        return chain(run, operand, call_function(run, &alone, operand, NULL, 0));
    }
    }
    return json_null();
}

/* and, or stop at the first argument that decides, so they are evaluated here and not called. */
static json_t *eval_logic(struct run *run, const struct call *call, json_t *dot, json_t *piped)
{
    bool want = call->operands[0]->name[0] == 'o'; /* "or" stops at a true value */
    json_t *value = NULL;
    for (size_t i = 1; i < call->count; i++) {
        json_decref(value);
        value = eval_operand(run, call->operands[i], dot);
        if (!value || template_truth(value) == want)
            return value;
    }
    if (piped) {
        json_decref(value);
        return json_incref(piped);
    }
    return value ? value
                 : failed(run, call->start, call->start, call->end, "wrong number of args for %s: want at least 1 got 0",
                          call->operands[0]->name);
}

static json_t *call_method(struct run *run, const struct call *call, json_t *dot, json_t *const *arguments, size_t count)
{
    const struct operand *operand = call->operands[0];
    const struct template_subject *subject = run->subject;
    bool method =
        operand->kind == OPERAND_FIELD && strv_len(operand->fields) == 1 && dot == run->root && subject && subject->method;
    json_t *value = method ? subject->method(subject->data, operand->fields[0], arguments, count) : NULL;
    if (value)
        return value;
    return failed(run, operand->start, operand->start, operand->end,
                  operand->kind == OPERAND_FIELD ? "%s is not a method but has arguments"
                                                 : "can't give argument to non-function %s",
                  operand->fields ? operand->fields[0] : str_or(operand->name, "value"));
}

static json_t *eval_call(struct run *run, const struct call *call, json_t *dot, json_t *piped)
{
    const struct operand *first = call->operands[0];
    bool function = first->kind == OPERAND_FUNCTION;
    if (function && (str_equal(first->name, "and") || str_equal(first->name, "or")))
        return eval_logic(run, call, dot, piped);
    if (call->count == 1 && !piped)
        return eval_operand(run, first, dot);
    json_t *arguments[call->count + 1];
    size_t count = 0;
    json_t *result = NULL;
    for (size_t i = 1; i < call->count; i++, count++)
        if (!(arguments[count] = eval_operand(run, call->operands[i], dot)))
            goto release; /* the message is in place */
    if (piped)
        arguments[count++] = json_incref(piped);
    result = function ? call_function(run, call, first, arguments, count) : call_method(run, call, dot, arguments, count);
release:
    while (count)
        json_decref(arguments[--count]);
    return result;
}

static void set_variable(struct run *run, const char *name, json_t *value, bool assign)
{
    for (size_t i = run->variable_count; assign && i-- > 0;)
        if (str_equal(run->variables[i].name, name)) {
            json_incref(value);
            json_decref(run->variables[i].value);
            run->variables[i].value = value;
            return;
        }
    if (run->variable_count < MAX_VARIABLES) {
        run->variables[run->variable_count].name = name;
        run->variables[run->variable_count++].value = json_incref(value);
    }
}

static void drop_variables(struct run *run, size_t keep)
{
    while (run->variable_count > keep)
        json_decref(run->variables[--run->variable_count].value);
}

/* The value of a pipeline; its variables are set unless the caller (range) does that itself. */
static json_t *eval_calls(struct run *run, const struct pipe *pipe, json_t *dot)
{
    json_t *value = NULL;
    for (const struct call *call = pipe->calls; call; call = call->next) {
        json_t *next = eval_call(run, call, dot, value);
        json_decref(value);
        if (!(value = next))
            return NULL;
    }
    return value;
}

static json_t *eval_pipe(struct run *run, const struct pipe *pipe, json_t *dot)
{
    json_t *value = eval_calls(run, pipe, dot);
    for (size_t i = 0; value && i < pipe->variable_count; i++)
        set_variable(run, pipe->variables[i], value, pipe->assign);
    return value;
}

static int run_nodes(struct run *run, const struct node *node, json_t *dot);

static int run_turn(struct run *run, const struct node *node, json_t *key, json_t *value)
{
    const struct pipe *pipe = node->pipe;
    size_t kept = run->variable_count;
    if (pipe->variable_count == 2)
        set_variable(run, pipe->variables[0], key, pipe->assign);
    if (pipe->variable_count)
        set_variable(run, pipe->variables[pipe->variable_count - 1], value, pipe->assign);
    int r = run_nodes(run, node->body, value);
    drop_variables(run, kept);
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

static int range_object(struct run *run, const struct node *node, json_t *over)
{
    cleanup_strv char **keys = template_sorted_keys(over);
    int r = FLOW_ON;
    for (size_t i = 0; keys && keys[i] && r != FLOW_BREAK && r >= 0; i++) {
        cleanup_json json_t *key = json_string(keys[i]);
        r = run_turn(run, node, key, json_object_get(over, keys[i]));
    }
    return r < 0 ? r : FLOW_ON;
}

static int range_list(struct run *run, const struct node *node, json_t *over)
{
    size_t count = json_is_array(over) ? json_array_size(over) : (size_t)json_integer_value(over);
    int r = FLOW_ON;
    for (size_t i = 0; i < count && r != FLOW_BREAK && r >= 0; i++) {
        cleanup_json json_t *key = json_integer((json_int_t)i);
        r = run_turn(run, node, key, json_is_array(over) ? json_array_get(over, i) : key);
    }
    return r < 0 ? r : FLOW_ON;
}

static int run_range(struct run *run, const struct node *node, json_t *dot)
{
    cleanup_json json_t *over = eval_calls(run, node->pipe, dot);
    if (!over)
        return -EINVAL;
    if (!template_truth(over))
        return run_nodes(run, node->otherwise, dot);
    if (json_is_object(over))
        return range_object(run, node, over);
    if (json_is_array(over) || (json_is_integer(over) && json_integer_value(over) > 0))
        return range_list(run, node, over);
    const struct call *call = node->pipe->calls;
    failed(run, call->start, call->start, call->end, "range can't iterate over %s", kind_name(over));
    return -EINVAL;
}

static int run_branch(struct run *run, const struct node *node, json_t *dot)
{
    size_t kept = run->variable_count;
    cleanup_json json_t *value = eval_pipe(run, node->pipe, dot);
    if (!value)
        return -EINVAL;
    bool yes = template_truth(value);
    int r = run_nodes(run, yes ? node->body : node->otherwise, yes && node->kind == NODE_WITH ? value : dot);
    drop_variables(run, kept);
    return r;
}

/* How Go would print a nil: the type is lost in JSON, but the engine's own documents use null for lists, with these exceptions. */
static const char *nil_text(const struct pipe *pipe)
{
    static const char *const pointers[] = {"MemorySwappiness", "OomKillDisable", "PidsLimit",  "Init",
                                           "StopTimeout",      "Health",         "Healthcheck"};
    static const char *const maps[] = {"Labels", "Volumes", "ExposedPorts", "PortBindings", "Ports", "Sysctls", "Options", "Tmpfs"};
    const struct operand *operand = pipe->calls->next || pipe->calls->count != 1 ? NULL : pipe->calls->operands[0];
    size_t count = operand ? strv_len(operand->fields) : 0;
    if (!count)
        return "<no value>";
    for (size_t i = 0; i < ARRAY_LEN(pointers); i++)
        if (str_equal(operand->fields[count - 1], pointers[i]))
            return "<nil>";
    for (size_t i = 0; i < ARRAY_LEN(maps); i++)
        if (str_equal(operand->fields[count - 1], maps[i]))
            return "map[]";
    return "[]";
}

static int run_action(struct run *run, const struct node *node, json_t *dot)
{
    cleanup_json json_t *value = eval_pipe(run, node->pipe, dot);
    if (!value)
        return -EINVAL;
    if (node->pipe->variable_count)
        return FLOW_ON;
    if (json_is_null(value))
        buf_puts(run->out, nil_text(node->pipe));
    else
        template_print(run->out, value);
    return FLOW_ON;
}

static int run_nodes(struct run *run, const struct node *node, json_t *dot)
{
    for (int r = FLOW_ON; node; node = node->next) {
        switch (node->kind) {
        case NODE_TEXT:
            buf_puts(run->out, node->text);
            break;
        case NODE_ACTION:
            r = run_action(run, node, dot);
            break;
        case NODE_IF:
        case NODE_WITH:
            r = run_branch(run, node, dot);
            break;
        case NODE_RANGE:
            r = run_range(run, node, dot);
            break;
        case NODE_BREAK:
            return FLOW_BREAK;
        case NODE_CONTINUE:
            return FLOW_CONTINUE;
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
    *run = (struct run){.template = template, .subject = subject, .root = root, .out = out, .err = err ? err : &own};
    int r = run_nodes(run, template->nodes, root);
    drop_variables(run, 0);
    free(run);
    return r < 0 ? r : 0;
}

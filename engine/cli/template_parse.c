/* Tokens to tree: a recursive descent with the messages of Go's parser, which give the line. */
#include "cli/template_tree.h"

#include "base/json.h"
#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 200 };

struct parser {
    const char *source;
    struct tokens tokens;
    size_t at;
    struct template *template;
    char **variables; /* those in scope */
    int depth, loops;
    bool failed;
    struct error *err;
};

/* What ended a list of nodes. */
enum ending { END_OF_TEXT, END_END, END_ELSE, END_FAILED };

static struct pipe *parse_pipe(struct parser *parser, const char *context, enum token_kind end);
static enum ending parse_list(struct parser *parser, struct node **out);

/* NULL, so that a caller can stop with it. */
static void *failed(struct parser *parser, const char *format, ...)
{
    va_list args;
    if (parser->failed)
        return NULL;
    va_start(args, format);
    cleanup_free char *what = str_vformat(format, args);
    va_end(args);
    size_t last = parser->at ? parser->at - 1 : 0;
    int line = parser->tokens.list[last < parser->tokens.count ? last : parser->tokens.count - 1].line;
    error_set(parser->err, EINVAL, "template: :%d: %s", line, what);
    parser->failed = true;
    return NULL;
}

static struct token *next(struct parser *parser)
{
    struct token *token = &parser->tokens.list[parser->at];
    if (parser->at + 1 < parser->tokens.count)
        parser->at++;
    return token;
}

static struct token *peek(const struct parser *parser) { return &parser->tokens.list[parser->at]; }

static struct token *peek_solid(struct parser *parser)
{
    while (peek(parser)->kind == TOKEN_SPACE)
        parser->at++;
    return peek(parser);
}

static struct token *next_solid(struct parser *parser)
{
    peek_solid(parser);
    return next(parser);
}

static char *text_of(const struct parser *parser, const struct token *token)
{
    return xstrndup(parser->source + token->start, token->end - token->start);
}

static void *unexpected(struct parser *parser, const struct token *token, const char *context)
{
    cleanup_free char *text = text_of(parser, token);
    if (token->kind == TOKEN_ERROR)
        return failed(parser, "%s", token->message);
    if (token->kind == TOKEN_END_OF_TEXT)
        return failed(parser, "unexpected EOF in %s", context);
    if (token->kind > TOKEN_KEYWORD)
        return failed(parser, "unexpected <%s> in %s", text, context);
    cleanup_free char *quoted = template_quoted(text, strlen(text) > 10 ? 10 : strlen(text), '"');
    return failed(parser, "unexpected %s%s in %s", quoted, strlen(text) > 10 ? "..." : "", context);
}

static bool expect(struct parser *parser, enum token_kind kind, const char *context)
{
    const struct token *token = next_solid(parser);
    return token->kind == kind || unexpected(parser, token, context);
}

static void operand_free(struct operand *operand);
static void pipe_free(struct pipe *pipe);

static void put_utf8(struct buf *out, unsigned long code)
{
    if (code < 0x80) {
        buf_putc(out, (char)code);
        return;
    }
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    buf_putc(out, (char)(lead[more] | code >> 6 * more));
    while (more--)
        buf_putc(out, (char)(0x80 | (code >> 6 * more & 0x3F)));
}

/* One escape behind a backslash; false when Go has no such one. `*p` stands on the letter and is moved to its end. */
static bool unescape(const char **p, char quote, struct buf *out, unsigned long *code)
{
    static const char from[] = "abfnrtv\\", to[] = "\a\b\f\n\r\t\v\\";
    const char *found = **p ? strchr(from, **p) : NULL;
    int digits = **p == 'x' ? 2 : **p == 'u' ? 4 : **p == 'U' ? 8 : 3, base = strchr("xuU", **p) ? 16 : 8;
    if (found || **p == quote) {
        *code = found ? (unsigned char)to[found - from] : (unsigned char)quote;
        put_utf8(out, *code);
        return true;
    }
    char text[9] = "";
    *p += base == 16;
    for (int i = 0; i < digits; i++, (*p)++) {
        if (base == 16 ? !isxdigit((unsigned char)**p) : **p < '0' || **p > '7')
            return false;
        text[i] = **p;
    }
    --*p;
    *code = strtoul(text, NULL, base);
    if (digits < 4)
        buf_putc(out, (char)*code); /* a byte, whatever it means */
    else
        put_utf8(out, *code);
    return *code <= (digits < 4 ? 0xFF : 0x10FFFF) && (*code < 0xD800 || *code > 0xDFFF);
}

static bool quoted_literal(struct parser *parser, const struct token *token, struct operand *operand)
{
    cleanup_buf struct buf text = BUF_INIT;
    const char *p = parser->source + token->start, quote = *p, *end = parser->source + token->end - 1;
    unsigned long code = 0, count = 0;
    for (p++; p < end; p++, count++) {
        bool escape = *p == '\\' && quote != '`';
        if (escape ? (p++, !unescape(&p, quote, &text, &code)) : quote == '\'' && (*p & 0x80))
            break;
        if (!escape) {
            code = (unsigned char)*p;
            buf_putc(&text, *p);
        }
    }
    if (quote != '\'') {
        operand->value = (struct go_value){json_text_value(text.data ? text.data : "", text.len), &go_string};
        return operand->quoted = true, p >= end || failed(parser, "invalid syntax");
    }
    size_t len = utf8_sequence((const unsigned char *)p, (size_t)(end - p) + 1);
    if (p < end && count == 0 && len > 1 && p + len == end) {
        code = (unsigned char)*p & (0x7FUL >> len);
        for (size_t i = 1; i < len; i++)
            code = code << 6 | ((unsigned char)p[i] & 0x3F);
    } else if (p < end || count != 1) {
        cleanup_free char *shown = text_of(parser, token);
        return failed(parser, "malformed character constant: %s", shown);
    }
    operand->value = (struct go_value){json_integer((json_int_t)code), &go_int};
    return true;
}

static bool number_literal(struct parser *parser, const struct token *token, struct operand *operand)
{
    cleanup_free char *text = text_of(parser, token);
    char *plain = text, *end;
    bool hex = strpbrk(text, "xX") != NULL, real = !hex && strpbrk(text, ".eE");
    for (char *p = text; *p; p++)
        if (*p != '_')
            *plain++ = *p;
    *plain = '\0';
    errno = 0;
    bool sign = *text == '-' || *text == '+';
    const char *bare = text + sign;
    bool prefixed = bare[0] == '0' && bare[1] && strchr("oObB", bare[1]);
    long long whole = prefixed ? strtoll(bare + 2, &end, strchr("oO", bare[1]) ? 8 : 2) : strtoll(bare, &end, 0);
    whole = *text == '-' ? -whole : whole;
    double value = real ? strtod(text, &end) : 0;
    if (errno == ERANGE && !real)
        return failed(parser, "integer overflow: \"%s\"", text);
    if (*end || end == bare)
        return failed(parser, "illegal number syntax: \"%s\"", text);
    json_t *json = real ? json_real(value) : json_integer(whole);
    operand->value = (struct go_value){json ? json : json_integer(0), real ? &go_float : &go_int};
    return json != NULL || failed(parser, "illegal number syntax: \"%s\"", text);
}

/* One operand without the fields behind it. Sets *none when there is none here. */
static bool term(struct parser *parser, struct operand *operand, bool *none)
{
    struct token *token = next_solid(parser);
    operand->start = operand->place = token->start;
    operand->end = token->end;
    operand->name = text_of(parser, token);
    switch (token->kind) {
    case TOKEN_IDENTIFIER:
        operand->kind = OPERAND_FUNCTION;
        return template_function_find(operand->name) || failed(parser, "function \"%s\" not defined", operand->name);
    case TOKEN_DOT:
        return operand->kind = OPERAND_DOT, true;
    case TOKEN_NIL:
        return operand->kind = OPERAND_NIL, true;
    case TOKEN_VARIABLE:
        operand->kind = OPERAND_VARIABLE;
        return str_equal(operand->name, "$") || strv_has(parser->variables, operand->name) ||
               failed(parser, "undefined variable \"%s\"", operand->name);
    case TOKEN_FIELD:
        operand->kind = OPERAND_FIELD;
        strv_add(&operand->fields, operand->name + 1);
        return true;
    case TOKEN_BOOL:
        operand->kind = OPERAND_LITERAL;
        operand->value = (struct go_value){json_boolean(operand->name[0] == 't'), &go_bool};
        return true;
    case TOKEN_NUMBER:
        return operand->kind = OPERAND_LITERAL, number_literal(parser, token, operand);
    case TOKEN_STRING:
    case TOKEN_RAW_STRING:
    case TOKEN_CHARACTER:
        return operand->kind = OPERAND_LITERAL, quoted_literal(parser, token, operand);
    case TOKEN_LEFT_PAREN:
        operand->kind = OPERAND_PIPE;
        operand->pipe = parse_pipe(parser, "parenthesized pipeline", TOKEN_RIGHT_PAREN);
        operand->end = parser->tokens.list[parser->at - 1].end;
        return operand->pipe != NULL;
    default:
        parser->at = (size_t)(token - parser->tokens.list);
        *none = true;
        return false;
    }
}

/* NULL: none here, or a mistake. */
static struct operand *parse_operand(struct parser *parser)
{
    struct operand *operand = xcalloc(1, sizeof *operand);
    bool none = false, first = true;
    if (!term(parser, operand, &none)) {
        operand_free(operand);
        return NULL;
    }
    for (; peek(parser)->kind == TOKEN_FIELD; first = false) {
        if (operand->kind == OPERAND_LITERAL || operand->kind == OPERAND_NIL || operand->kind == OPERAND_DOT) {
            failed(parser, "unexpected . after term \"%s\"", operand->name);
            operand_free(operand);
            return NULL;
        }
        struct token *token = next(parser);
        if (first)
            operand->place = token->start;
        strv_take(&operand->fields, xstrndup(parser->source + token->start + 1, token->end - token->start - 1));
        operand->end = token->end;
    }
    return operand;
}

/* Operands separated by spaces, up to a pipe or the end of the action. */
static struct call *parse_call(struct parser *parser)
{
    struct call *call = xcalloc(1, sizeof *call);
    call->start = call->end = peek_solid(parser)->start;
    for (;;) {
        struct operand *operand = parse_operand(parser);
        if (parser->failed)
            break;
        if (operand) {
            call->operands = xrealloc(call->operands, (call->count + 1) * sizeof *call->operands);
            call->operands[call->count++] = operand;
            call->end = operand->end;
        }
        struct token *token = next(parser);
        if (token->kind == TOKEN_SPACE)
            continue;
        if (token->kind == TOKEN_RIGHT_DELIMITER || token->kind == TOKEN_RIGHT_PAREN)
            parser->at--;
        else if (token->kind != TOKEN_PIPE)
            unexpected(parser, token, "operand");
        break;
    }
    if (!parser->failed && !call->count)
        failed(parser, "empty command");
    return call;
}

/* "$i, $v :=" or "$v =" before a pipeline; steps back when it was not a declaration. */
static void parse_declaration(struct parser *parser, struct pipe *pipe, const char *context)
{
    for (bool more = true; more && peek_solid(parser)->kind == TOKEN_VARIABLE;) {
        size_t start = parser->at;
        struct token *variable = next(parser), *after = peek_solid(parser);
        char comma = after->kind == TOKEN_CHAR ? parser->source[after->start] : '\0';
        if (after->kind != TOKEN_ASSIGN && after->kind != TOKEN_DECLARE && comma != ',') {
            parser->at = start;
            return;
        }
        pipe->variables[pipe->variable_count++] = text_of(parser, variable);
        pipe->assign = after->kind == TOKEN_ASSIGN;
        next(parser);
        more = comma == ',';
        if (!more)
            break;
        enum token_kind then = peek_solid(parser)->kind;
        if (!str_equal(context, "range") || pipe->variable_count == 2)
            failed(parser, "too many declarations in %s", context);
        else if (then != TOKEN_VARIABLE && then != TOKEN_RIGHT_DELIMITER && then != TOKEN_RIGHT_PAREN)
            failed(parser, "range can only initialize variables");
        if (parser->failed)
            return;
    }
}

static bool starts_operand(enum token_kind kind)
{
    switch (kind) {
    case TOKEN_BOOL:
    case TOKEN_CHARACTER:
    case TOKEN_DOT:
    case TOKEN_FIELD:
    case TOKEN_IDENTIFIER:
    case TOKEN_NUMBER:
    case TOKEN_NIL:
    case TOKEN_RAW_STRING:
    case TOKEN_STRING:
    case TOKEN_VARIABLE:
    case TOKEN_LEFT_PAREN:
        return true;
    default:
        return false;
    }
}

static void check_pipe(struct parser *parser, const struct pipe *pipe, const char *context)
{
    int stage = 2;
    if (!pipe->calls)
        failed(parser, "missing value for %s", context);
    for (const struct call *call = pipe->calls ? pipe->calls->next : NULL; call; call = call->next, stage++) {
        enum operand_kind kind = call->operands[0]->kind;
        if (kind == OPERAND_DOT || kind == OPERAND_NIL || kind == OPERAND_LITERAL)
            failed(parser, "non executable command in pipeline stage %d", stage);
    }
}

static struct pipe *parse_pipe(struct parser *parser, const char *context, enum token_kind end)
{
    struct pipe *pipe = xcalloc(1, sizeof *pipe);
    struct call **last = &pipe->calls;
    if (++parser->depth > DEEPEST)
        failed(parser, "nested too deeply");
    else
        parse_declaration(parser, pipe, context);
    while (!parser->failed) {
        struct token *token = peek_solid(parser);
        if (starts_operand(token->kind)) {
            *last = parse_call(parser);
            last = &(*last)->next;
            continue;
        }
        next(parser);
        if (token->kind == end)
            check_pipe(parser, pipe, context);
        else
            unexpected(parser, token, context);
        break;
    }
    parser->depth--;
    if (parser->failed) {
        pipe_free(pipe);
        return NULL;
    }
    for (size_t i = 0; i < pipe->variable_count; i++) /* in scope from here on */
        strv_add(&parser->variables, pipe->variables[i]);
    return pipe;
}

static void leave_scope(struct parser *parser, size_t keep)
{
    for (size_t count = strv_len(parser->variables); count > keep; count--)
        free(move_ptr(parser->variables[count - 1]));
}

static bool parse_block(struct parser *parser, struct node *node, const char *word)
{
    size_t scope = strv_len(parser->variables);
    if (!(node->pipe = parse_pipe(parser, word, TOKEN_RIGHT_DELIMITER)))
        return false;
    parser->loops += node->kind == NODE_RANGE;
    enum ending ending = parse_list(parser, &node->body);
    parser->loops -= node->kind == NODE_RANGE;
    if (ending == END_ELSE) {
        enum token_kind then = peek(parser)->kind, chained = node->kind == NODE_IF ? TOKEN_IF : TOKEN_WITH;
        if (node->kind != NODE_RANGE && then == chained) { /* "else if" shares our end */
            struct node *inner = node->otherwise = xcalloc(1, sizeof *inner);
            inner->kind = node->kind;
            inner->start = next(parser)->start;
            bool fine = ++parser->depth <= DEEPEST ? parse_block(parser, inner, word) : failed(parser, "nested too deeply") != NULL;
            parser->depth--;
            leave_scope(parser, scope);
            return fine;
        }
        if (then == TOKEN_IF || then == TOKEN_WITH)
            return unexpected(parser, next(parser), "input");
        ending = parse_list(parser, &node->otherwise);
        if (ending == END_ELSE)
            return failed(parser, "expected end; found {{else}}");
    }
    leave_scope(parser, scope);
    if (ending == END_OF_TEXT)
        return failed(parser, "unexpected EOF");
    return ending == END_END;
}

static char *template_name(struct parser *parser, const char *context)
{
    struct token *token = next_solid(parser);
    struct operand name = {0};
    if (token->kind != TOKEN_STRING && token->kind != TOKEN_RAW_STRING)
        return unexpected(parser, token, context);
    bool fine = quoted_literal(parser, token, &name);
    char *text = fine ? xstrdup(json_string_value(name.value.json)) : NULL;
    json_decref(name.value.json);
    return text;
}

/* The body of a {{define}} or {{block}}, kept under its name; a later one of the same name takes its place. */
static bool parse_body(struct parser *parser, const char *name, const char *context)
{
    struct definition *definition = xcalloc(1, sizeof *definition);
    definition->name = xstrdup(name);
    definition->next = parser->template->definitions;
    parser->template->definitions = definition;
    char **outer = move_ptr(parser->variables); /* those of the surrounding text are not seen */
    int loops = parser->loops;
    parser->loops = 0;
    enum ending ending = parse_list(parser, &definition->nodes);
    strv_free(parser->variables);
    parser->variables = outer;
    parser->loops = loops;
    if (ending == END_OF_TEXT)
        return failed(parser, "unexpected EOF");
    if (ending == END_ELSE)
        return failed(parser, "unexpected {{else}} in %s", context);
    return ending == END_END;
}

static bool parse_template(struct parser *parser, struct node *node, bool block)
{
    const char *context = block ? "block clause" : "template clause";
    node->kind = NODE_TEMPLATE;
    if (!(node->text = template_name(parser, context)))
        return false;
    if (!block && peek_solid(parser)->kind == TOKEN_RIGHT_DELIMITER)
        return next(parser), true;
    if (!(node->pipe = parse_pipe(parser, context, TOKEN_RIGHT_DELIMITER)))
        return false;
    return !block || parse_body(parser, node->text, context);
}

static bool parse_jump(struct parser *parser, struct node *node, const char *word)
{
    node->kind = word[0] == 'b' ? NODE_BREAK : NODE_CONTINUE;
    cleanup_free char *context = str_format("{{%s}}", word);
    if (!expect(parser, TOKEN_RIGHT_DELIMITER, context))
        return false;
    return parser->loops || failed(parser, "%s outside {{range}}", context);
}

/* An action behind "{{". *ending tells of {{end}} and {{else}}, which make no node. */
static bool parse_action(struct parser *parser, struct node *node, enum ending *ending)
{
    struct token *token = peek_solid(parser);
    node->start = token->start;
    if (token->kind > TOKEN_KEYWORD && token->kind != TOKEN_DOT && token->kind != TOKEN_NIL && token->kind != TOKEN_DEFINE)
        next(parser);
    switch (token->kind) {
    case TOKEN_IF:
        return node->kind = NODE_IF, parse_block(parser, node, "if");
    case TOKEN_WITH:
        return node->kind = NODE_WITH, parse_block(parser, node, "with");
    case TOKEN_RANGE:
        return node->kind = NODE_RANGE, parse_block(parser, node, "range");
    case TOKEN_END:
        return *ending = END_END, expect(parser, TOKEN_RIGHT_DELIMITER, "end");
    case TOKEN_ELSE:
        *ending = END_ELSE;
        token = peek_solid(parser);
        return token->kind == TOKEN_IF || token->kind == TOKEN_WITH || expect(parser, TOKEN_RIGHT_DELIMITER, "else");
    case TOKEN_BREAK:
        return parse_jump(parser, node, "break");
    case TOKEN_CONTINUE:
        return parse_jump(parser, node, "continue");
    case TOKEN_TEMPLATE:
        return parse_template(parser, node, false);
    case TOKEN_BLOCK:
        return parse_template(parser, node, true);
    default:
        node->kind = NODE_ACTION;
        return (node->pipe = parse_pipe(parser, "command", TOKEN_RIGHT_DELIMITER)) != NULL;
    }
}

/* {{define}}, which stands only at the top. */
static bool parse_definition(struct parser *parser)
{
    next_solid(parser);
    cleanup_free char *name = template_name(parser, "define clause");
    return name && expect(parser, TOKEN_RIGHT_DELIMITER, "define clause") && parse_body(parser, name, "define clause");
}

static enum ending parse_list(struct parser *parser, struct node **out)
{
    enum ending ending = END_OF_TEXT;
    bool top = parser->depth++ == 0;
    if (parser->depth > DEEPEST)
        failed(parser, "nested too deeply");
    while (ending == END_OF_TEXT && !parser->failed && peek(parser)->kind != TOKEN_END_OF_TEXT) {
        struct token *token = next(parser);
        if (token->kind == TOKEN_LEFT_DELIMITER && top && peek_solid(parser)->kind == TOKEN_DEFINE) {
            parse_definition(parser);
            continue;
        }
        struct node *node = xcalloc(1, sizeof *node);
        node->start = token->start;
        if (token->kind == TOKEN_TEXT)
            node->text = text_of(parser, token);
        else if (token->kind == TOKEN_LEFT_DELIMITER)
            parse_action(parser, node, &ending);
        else
            unexpected(parser, token, "input");
        if (ending == END_OF_TEXT) {
            *out = node;
            out = &node->next;
        } else {
            free(node);
        }
    }
    parser->depth--;
    return parser->failed ? END_FAILED : ending;
}

struct template *template_parse(const char *text, struct error *err)
{
    struct error own = ERROR_INIT;
    struct template *template = xcalloc(1, sizeof *template);
    template->source = xstrdup(text);
    struct parser parser = {.source = template->source, .template = template, .err = &own};
    template_lex(template->source, &parser.tokens);
    enum ending ending = parse_list(&parser, &template->nodes);
    if (ending == END_END || ending == END_ELSE)
        failed(&parser, "unexpected {{%s}}", ending == END_END ? "end" : "else");
    template_tokens_free(&parser.tokens);
    strv_free(parser.variables);
    if (!parser.failed)
        return template;
    if (err)
        *err = own;
    template_free(template);
    return NULL;
}

static void operand_free(struct operand *operand)
{
    if (!operand)
        return;
    free(operand->name);
    strv_free(operand->fields);
    json_decref(operand->value.json);
    pipe_free(operand->pipe);
    free(operand);
}

static void pipe_free(struct pipe *pipe)
{
    if (!pipe)
        return;
    free(pipe->variables[0]);
    free(pipe->variables[1]);
    for (struct call *call = pipe->calls, *after; call; call = after) {
        after = call->next;
        for (size_t i = 0; i < call->count; i++)
            operand_free(call->operands[i]);
        free(call->operands);
        free(call);
    }
    free(pipe);
}

static void nodes_free(struct node *node)
{
    for (struct node *after; node; node = after) {
        after = node->next;
        free(node->text);
        pipe_free(node->pipe);
        nodes_free(node->body);
        nodes_free(node->otherwise);
        free(node);
    }
}

void template_free(struct template *template)
{
    if (!template)
        return;
    nodes_free(template->nodes);
    for (struct definition *definition = template->definitions, *after; definition; definition = after) {
        after = definition->next;
        nodes_free(definition->nodes);
        free(definition->name);
        free(definition);
    }
    free(template->source);
    free(template);
}

void cleanup_template_p(struct template **template) { template_free(*template); }

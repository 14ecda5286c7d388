/* Template text to tree: a hand-written recursive descent over the characters. The source stays at hand for messages, which give
 * the line for a syntax error as Go does. */
#include "cli/template_tree.h"

#include "base/json.h"
#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    const char *source;
    size_t at;
    bool trim_next; /* the last action ended with -}} */
    int depth;
    int loops;
    struct error *err;
};

/* What ended a list of nodes. */
enum ending { END_OF_TEXT, END_END, END_ELSE, END_ERROR };

static struct pipe *parse_pipe(struct parser *parser, const char *context);

static void *failed(struct parser *parser, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *what = str_vformat(format, args);
    va_end(args);
    int line = 1;
    for (size_t i = 0; i < parser->at && parser->source[i]; i++)
        line += parser->source[i] == '\n';
    error_set(parser->err, EINVAL, "template: :%d: %s", line, what);
    return NULL;
}

static const char *here(const struct parser *parser) { return parser->source + parser->at; }

static void skip_space(struct parser *parser)
{
    while (*here(parser) && strchr(" \t\r\n", *here(parser)))
        parser->at++;
}

static bool accept(struct parser *parser, const char *token)
{
    if (!str_starts(here(parser), token))
        return false;
    parser->at += strlen(token);
    return true;
}

static bool name_char(char c) { return isalnum((unsigned char)c) || c == '_' || (c & 0x80); }

static char *take_name(struct parser *parser)
{
    size_t start = parser->at;
    while (name_char(*here(parser)))
        parser->at++;
    return xstrndup(parser->source + start, parser->at - start);
}

static bool at_end(const struct parser *parser)
{
    return str_starts(here(parser), "}}") || (str_starts(here(parser), "-}}") && parser->at && strchr(" \t\r\n", here(parser)[-1]));
}

static void operand_free(struct operand *operand);
static void pipe_free(struct pipe *pipe);

static json_t *parse_quoted(struct parser *parser)
{
    cleanup_buf struct buf text = BUF_INIT;
    char quote = *here(parser);
    parser->at++;
    for (;; parser->at++) {
        char c = *here(parser);
        if (!c || (c == '\n' && quote == '"'))
            return failed(parser, quote == '"' ? "unterminated quoted string" : "unterminated raw quoted string");
        if (c == quote)
            break;
        if (c == '\\' && quote == '"') {
            static const char from[] = "nrtabfv\\\"'", to[] = "\n\r\t\a\b\f\v\\\"'";
            const char *found = strchr(from, here(parser)[1]);
            if (!here(parser)[1] || !found)
                return failed(parser, "invalid syntax");
            c = to[found - from];
            parser->at++;
        }
        buf_putc(&text, c);
    }
    parser->at++;
    return json_text_value(text.data ? text.data : "", text.len);
}

static json_t *parse_number(struct parser *parser)
{
    char *end;
    const char *start = here(parser);
    long long whole = strtoll(start, &end, 0);
    bool real = *end == '.' || *end == 'e' || *end == 'E';
    double value = real ? strtod(start, &end) : 0;
    if (name_char(*end))
        return failed(parser, "bad number syntax: \"%.*s\"", (int)(end - start + 1), start);
    parser->at += (size_t)(end - start);
    return real ? json_real(value) : json_integer(whole);
}

static json_t *parse_character(struct parser *parser)
{
    const char *text = here(parser);
    if (!text[1] || text[1] == '\\' || text[2] != '\'')
        return failed(parser, "unterminated character constant");
    parser->at += 3;
    return json_integer((unsigned char)text[1]);
}

static bool name_operand(struct parser *parser, struct operand *operand)
{
    operand->name = take_name(parser);
    if (str_equal(operand->name, "true") || str_equal(operand->name, "false")) {
        operand->kind = OPERAND_LITERAL;
        operand->value = json_boolean(operand->name[0] == 't');
    } else if (str_equal(operand->name, "nil")) {
        operand->kind = OPERAND_NIL;
    } else {
        operand->kind = OPERAND_FUNCTION;
        if (!template_function_find(operand->name)) {
            failed(parser, "function \"%s\" not defined", operand->name);
            return false;
        }
    }
    return true;
}

static bool primary(struct parser *parser, struct operand *operand)
{
    char c = *here(parser);
    if (c == '.' && name_char(here(parser)[1])) {
        operand->kind = OPERAND_FIELD;
        return true; /* its fields are read with the chain */
    }
    if (c == '.') {
        parser->at++;
        return operand->kind = OPERAND_DOT, true;
    }
    if (c == '$') {
        operand->kind = OPERAND_VARIABLE;
        parser->at++;
        cleanup_free char *name = take_name(parser);
        operand->name = str_format("$%s", name);
        return true;
    }
    if (c == '(') {
        parser->at++;
        operand->kind = OPERAND_PIPE;
        operand->pipe = parse_pipe(parser, "parenthesized pipeline");
        if (operand->pipe && !accept(parser, ")"))
            return failed(parser, "unclosed left paren");
        return operand->pipe != NULL;
    }
    if (isalpha((unsigned char)c) || c == '_')
        return name_operand(parser, operand);
    operand->kind = OPERAND_LITERAL;
    if (c == '"' || c == '`')
        return (operand->value = parse_quoted(parser)) != NULL;
    if (c == '\'')
        return (operand->value = parse_character(parser)) != NULL;
    if (isdigit((unsigned char)c) || ((c == '-' || c == '+') && isdigit((unsigned char)here(parser)[1])))
        return (operand->value = parse_number(parser)) != NULL;
    if (!c)
        return failed(parser, "unclosed action");
    return failed(parser, "unexpected \"%c\" in operand", c);
}

static struct operand *parse_operand(struct parser *parser)
{
    struct operand *operand = xcalloc(1, sizeof *operand);
    operand->start = operand->chain_start = parser->at;
    if (!primary(parser, operand)) {
        operand_free(operand);
        return NULL;
    }
    while (*here(parser) == '.' && name_char(here(parser)[1])) {
        if (operand->kind != OPERAND_FIELD ? !operand->fields : strv_len(operand->fields) == 1)
            operand->chain_start = parser->at;
        parser->at++;
        strv_take(&operand->fields, take_name(parser));
    }
    operand->end = parser->at;
    return operand;
}

static struct call *parse_call(struct parser *parser)
{
    struct call *call = xcalloc(1, sizeof *call);
    call->start = parser->at;
    for (;;) {
        skip_space(parser);
        if (at_end(parser) || *here(parser) == '|' || *here(parser) == ')' || str_starts(here(parser), ":=") ||
            *here(parser) == '=' || *here(parser) == ',')
            break;
        struct operand *operand = parse_operand(parser);
        if (!operand)
            return call; /* the message stands in the parser; the caller looks there */
        call->operands = xrealloc(call->operands, (call->count + 1) * sizeof *call->operands);
        call->operands[call->count++] = operand;
        call->end = operand->end;
    }
    return call;
}

/* "$i, $v :=" or "$v =" before a pipeline; goes back when it was not a declaration. */
static void parse_declaration(struct parser *parser, struct pipe *pipe)
{
    size_t start = parser->at;
    for (size_t i = 0; i < 2; i++) {
        skip_space(parser);
        if (!accept(parser, "$"))
            break;
        cleanup_free char *name = take_name(parser);
        pipe->variables[pipe->variable_count++] = str_format("$%s", name);
        skip_space(parser);
        if (accept(parser, ":="))
            return;
        if (*here(parser) == '=') {
            parser->at++;
            pipe->assign = true;
            return;
        }
        if (!accept(parser, ","))
            break;
    }
    parser->at = start;
    for (size_t i = 0; i < pipe->variable_count; i++)
        free(move_ptr(pipe->variables[i]));
    pipe->variable_count = 0;
}

static struct pipe *parse_pipe(struct parser *parser, const char *context)
{
    struct pipe *pipe = xcalloc(1, sizeof *pipe);
    struct call **last = &pipe->calls;
    if (++parser->depth > 200)
        failed(parser, "expression too deep");
    parse_declaration(parser, pipe);
    do {
        skip_space(parser);
        if (parser->err->code)
            break;
        *last = parse_call(parser);
        if (!parser->err->code && !(*last)->count)
            failed(parser, *here(parser) ? "missing value for %s" : "unclosed action", context);
        last = &(*last)->next;
    } while (!parser->err->code && accept(parser, "|"));
    parser->depth--;
    if (!parser->err->code)
        return pipe;
    pipe_free(pipe);
    return NULL;
}

static bool close_action(struct parser *parser)
{
    skip_space(parser);
    if (at_end(parser)) {
        parser->trim_next = accept(parser, "-");
        return accept(parser, "}}");
    }
    return failed(parser, *here(parser) ? "unexpected \"%c\" in operand" : "unclosed action", *here(parser)), false;
}

static enum ending parse_list(struct parser *parser, struct node **out);

static bool parse_block(struct parser *parser, struct node *node, const char *word)
{
    if (!(node->pipe = parse_pipe(parser, word)) || !close_action(parser))
        return false;
    parser->loops += node->kind == NODE_RANGE;
    enum ending ending = parse_list(parser, &node->body);
    parser->loops -= node->kind == NODE_RANGE;
    if (ending == END_ELSE) {
        skip_space(parser);
        bool chained = (str_starts(here(parser), "if") || str_starts(here(parser), "with")) && node->kind != NODE_RANGE;
        if (chained) {
            struct node *inner = node->otherwise = xcalloc(1, sizeof *inner);
            inner->kind = *here(parser) == 'i' ? NODE_IF : NODE_WITH;
            cleanup_free char *inner_word = take_name(parser);
            return parse_block(parser, inner, inner_word); /* shares our end */
        }
        if (!close_action(parser))
            return false;
        ending = parse_list(parser, &node->otherwise);
        if (ending == END_ELSE)
            return failed(parser, "expected end; found {{else}}"), false;
    }
    if (ending == END_OF_TEXT)
        failed(parser, "unexpected EOF");
    return ending == END_END && close_action(parser);
}

static bool parse_action(struct parser *parser, struct node *node, enum ending *ending)
{
    static const struct {
        const char *word;
        enum node_kind kind;
    } blocks[] = {{"if", NODE_IF}, {"with", NODE_WITH}, {"range", NODE_RANGE}};
    size_t start = parser->at;
    cleanup_free char *word = take_name(parser);
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
        if (str_equal(word, blocks[i].word)) {
            node->kind = blocks[i].kind;
            return parse_block(parser, node, word);
        }
    if (str_equal(word, "end") || str_equal(word, "else")) {
        *ending = word[1] == 'n' ? END_END : END_ELSE;
        if (!parser->depth)
            return failed(parser, "unexpected {{%s}}", word), false;
        return true;
    }
    if (str_equal(word, "break") || str_equal(word, "continue")) {
        node->kind = word[0] == 'b' ? NODE_BREAK : NODE_CONTINUE;
        if (!parser->loops)
            return failed(parser, "{{%s}} outside {{range}}", word), false;
        return close_action(parser);
    }
    if (str_equal(word, "define") || str_equal(word, "template") || str_equal(word, "block"))
        return failed(parser, "{{%s}} has no use here: there is only one template", word), false;
    parser->at = start;
    node->kind = NODE_ACTION;
    return (node->pipe = parse_pipe(parser, "command")) && close_action(parser);
}

/* Plain text up to the next action, with the spaces that {{- and -}} take away. */
static struct node *parse_text(struct parser *parser)
{
    size_t start = parser->at;
    const char *open = strstr(here(parser), "{{");
    size_t end = open ? (size_t)(open - parser->source) : strlen(parser->source);
    parser->at = end;
    if (parser->trim_next)
        while (start < end && strchr(" \t\r\n", parser->source[start]))
            start++;
    if (open && open[2] == '-' && open[3] && strchr(" \t\r\n", open[3]))
        while (end > start && strchr(" \t\r\n", parser->source[end - 1]))
            end--;
    parser->trim_next = false;
    if (end == start)
        return NULL;
    struct node *node = xcalloc(1, sizeof *node);
    node->kind = NODE_TEXT;
    node->text = xstrndup(parser->source + start, end - start);
    return node;
}

static bool skip_comment(struct parser *parser)
{
    if (!str_starts(here(parser), "/*"))
        return false;
    const char *end = strstr(here(parser), "*/");
    if (!end)
        return failed(parser, "unclosed comment"), true;
    parser->at = (size_t)(end + 2 - parser->source);
    close_action(parser);
    return true;
}

static enum ending parse_list(struct parser *parser, struct node **out)
{
    enum ending ending = END_OF_TEXT;
    for (parser->depth++; ending == END_OF_TEXT;) {
        struct node *text = parse_text(parser);
        if (text) {
            *out = text;
            out = &text->next;
        }
        if (!*here(parser))
            break;
        parser->at += 2;
        if (*here(parser) == '-' && strchr(" \t\r\n", here(parser)[1]))
            parser->at++;
        skip_space(parser);
        if (skip_comment(parser)) {
            if (parser->err->code)
                ending = END_ERROR;
            continue;
        }
        struct node *node = *out = xcalloc(1, sizeof *node);
        bool fine = parse_action(parser, node, &ending);
        if (fine && ending != END_OF_TEXT)
            free(move_ptr(*out));
        else
            out = &node->next;
        if (!fine)
            ending = END_ERROR;
    }
    parser->depth--;
    return ending;
}

struct template *template_parse(const char *text, struct error *err)
{
    struct error own = ERROR_INIT;
    struct template *template = xcalloc(1, sizeof *template);
    template->source = xstrdup(text);
    struct parser parser = {.source = template->source, .err = &own, .depth = -1};
    enum ending ending = parse_list(&parser, &template->nodes);
    if (!own.code && ending != END_OF_TEXT)
        failed(&parser, "unexpected {{end}}");
    if (!own.code)
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
    json_decref(operand->value);
    pipe_free(operand->pipe);
    free(operand);
}

static void pipe_free(struct pipe *pipe)
{
    if (!pipe)
        return;
    free(pipe->variables[0]);
    free(pipe->variables[1]);
    for (struct call *call = pipe->calls, *next; call; call = next) {
        next = call->next;
        for (size_t i = 0; i < call->count; i++)
            operand_free(call->operands[i]);
        free(call->operands);
        free(call);
    }
    free(pipe);
}

static void nodes_free(struct node *node)
{
    for (struct node *next; node; node = next) {
        next = node->next;
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
    free(template->source);
    free(template);
}

void cleanup_template_p(struct template **template) { template_free(*template); }

/* The text of a template taken apart into tokens, with the messages that Go's lexer has. Behaviour: pkg.go.dev/text/template. */
#include "cli/template_tree.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct lexer {
    const char *source;
    size_t at, start;
    int line, parens;
    bool trim; /* the text that follows loses its leading spaces */
    struct tokens *out;
};

static const char SPACES[] = " \t\r\n";

static bool is_space(char c) { return c && strchr(SPACES, c) != NULL; }
static bool is_name(char c) { return isalnum((unsigned char)c) || c == '_' || (c & 0x80); }
static char here(const struct lexer *lexer) { return lexer->source[lexer->at]; }
static const char *rest(const struct lexer *lexer) { return lexer->source + lexer->at; }

static void emit(struct lexer *lexer, enum token_kind kind)
{
    struct tokens *out = lexer->out;
    out->list = xrealloc(out->list, (out->count + 1) * sizeof *out->list);
    out->list[out->count++] = (struct token){.kind = kind, .start = lexer->start, .end = lexer->at, .line = lexer->line};
    for (; lexer->start < lexer->at; lexer->start++)
        lexer->line += lexer->source[lexer->start] == '\n';
}

/* False, so that a caller can stop with it. */
static bool wrong(struct lexer *lexer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    free(lexer->out->message);
    lexer->out->message = str_vformat(format, args);
    va_end(args);
    emit(lexer, TOKEN_ERROR);
    lexer->out->list[lexer->out->count - 1].message = lexer->out->message;
    return false;
}

/* "U+002D '-'", as Go's %#U. */
static char *code_point(const char *text)
{
    size_t len = utf8_sequence((const unsigned char *)text, strlen(text) ? strlen(text) : 1);
    unsigned code = (unsigned char)*text;
    if (len > 1) {
        code &= 0x7FU >> len;
        for (size_t i = 1; i < len; i++)
            code = code << 6 | ((unsigned char)text[i] & 0x3F);
    }
    return code < ' ' || code == 127 ? str_format("U+%04X", code) : str_format("U+%04X '%.*s'", code, len ? (int)len : 1, text);
}

static bool bad_character(struct lexer *lexer, const char *what)
{
    cleanup_free char *name = code_point(rest(lexer));
    return wrong(lexer, "%s%s", what, name);
}

static bool at_right_delimiter(const struct lexer *lexer, bool *trim)
{
    *trim = is_space(here(lexer)) && rest(lexer)[1] == '-' && str_starts(rest(lexer) + 2, "}}");
    return *trim || str_starts(rest(lexer), "}}");
}

/* Whether a name may end here. */
static bool at_terminator(const struct lexer *lexer)
{
    char c = here(lexer);
    return !c || is_space(c) || strchr(".,|:)(", c) || str_starts(rest(lexer), "}}");
}

static bool lex_text(struct lexer *lexer)
{
    const char *open = strstr(rest(lexer), "{{");
    size_t end = open ? (size_t)(open - lexer->source) : strlen(lexer->source), resume = end;
    bool trim_before = open && open[2] == '-' && is_space(open[3]);
    if (lexer->trim)
        while (lexer->at < end && is_space(here(lexer)))
            lexer->at++;
    lexer->trim = false;
    while (lexer->start < lexer->at)
        lexer->line += lexer->source[lexer->start++] == '\n';
    if (trim_before)
        while (end > lexer->at && is_space(lexer->source[end - 1]))
            end--;
    lexer->at = end;
    if (lexer->at > lexer->start)
        emit(lexer, TOKEN_TEXT);
    lexer->at = resume;
    while (lexer->start < lexer->at)
        lexer->line += lexer->source[lexer->start++] == '\n';
    return open != NULL;
}

static void skip(struct lexer *lexer, size_t count)
{
    lexer->at += count;
    while (lexer->start < lexer->at)
        lexer->line += lexer->source[lexer->start++] == '\n';
}

static bool lex_comment(struct lexer *lexer)
{
    const char *end = strstr(rest(lexer), "*/");
    bool trim;
    if (!end)
        return wrong(lexer, "unclosed comment");
    lexer->at = (size_t)(end + 2 - lexer->source);
    if (!at_right_delimiter(lexer, &trim))
        return wrong(lexer, "comment ends before closing delimiter");
    skip(lexer, trim ? 4 : 2);
    lexer->trim = trim;
    return true;
}

static bool lex_quoted(struct lexer *lexer, char quote, enum token_kind kind, const char *open)
{
    for (lexer->at++; here(lexer) != quote; lexer->at++) {
        if (here(lexer) == '\\' && quote != '`' && rest(lexer)[1] && rest(lexer)[1] != '\n')
            lexer->at++;
        else if (!here(lexer) || (here(lexer) == '\n' && quote != '`') || (here(lexer) == '\\' && quote != '`'))
            return wrong(lexer, "unterminated %s", open);
    }
    lexer->at++;
    emit(lexer, kind);
    return true;
}

static void accept_run(struct lexer *lexer, const char *set)
{
    while (here(lexer) && strchr(set, here(lexer)))
        lexer->at++;
}

static bool accept(struct lexer *lexer, const char *set)
{
    bool yes = here(lexer) && strchr(set, here(lexer));
    lexer->at += yes;
    return yes;
}

static bool lex_number(struct lexer *lexer)
{
    const char *digits = "0123456789_";
    bool decimal = true;
    accept(lexer, "+-");
    if (accept(lexer, "0")) {
        const char *kinds[] = {"xX", "oO", "bB"}, *sets[] = {"0123456789abcdefABCDEF_", "01234567_", "01_"};
        for (int i = 0; i < 3 && decimal; i++)
            if (accept(lexer, kinds[i])) {
                digits = sets[i];
                decimal = false;
            }
    }
    accept_run(lexer, digits);
    if (accept(lexer, "."))
        accept_run(lexer, digits);
    if (decimal && accept(lexer, "eE")) {
        accept(lexer, "+-");
        accept_run(lexer, "0123456789_");
    }
    if (!is_name(here(lexer)) && here(lexer) != '+' && here(lexer) != '-') {
        emit(lexer, TOKEN_NUMBER);
        return true;
    }
    lexer->at += is_name(here(lexer));
    cleanup_free char *text = template_quoted(lexer->source + lexer->start, lexer->at - lexer->start, '"');
    return wrong(lexer, "bad number syntax: %s", text);
}

static bool lex_field(struct lexer *lexer, enum token_kind kind)
{
    lexer->at++; /* the dot or the dollar */
    if (at_terminator(lexer)) {
        emit(lexer, kind == TOKEN_VARIABLE ? TOKEN_VARIABLE : TOKEN_DOT);
        return true;
    }
    while (is_name(here(lexer)))
        lexer->at++;
    if (!at_terminator(lexer))
        return bad_character(lexer, "bad character ");
    emit(lexer, kind);
    return true;
}

static bool lex_identifier(struct lexer *lexer)
{
    static const struct {
        const char *word;
        enum token_kind kind;
    } words[] = {{"block", TOKEN_BLOCK},
                 {"break", TOKEN_BREAK},
                 {"continue", TOKEN_CONTINUE},
                 {"define", TOKEN_DEFINE},
                 {"else", TOKEN_ELSE},
                 {"end", TOKEN_END},
                 {"if", TOKEN_IF},
                 {"nil", TOKEN_NIL},
                 {"range", TOKEN_RANGE},
                 {"template", TOKEN_TEMPLATE},
                 {"with", TOKEN_WITH},
                 {"true", TOKEN_BOOL},
                 {"false", TOKEN_BOOL}};
    while (is_name(here(lexer)))
        lexer->at++;
    if (!at_terminator(lexer))
        return bad_character(lexer, "bad character ");
    size_t len = lexer->at - lexer->start;
    enum token_kind kind = TOKEN_IDENTIFIER;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i].word) == len && strncmp(words[i].word, lexer->source + lexer->start, len) == 0)
            kind = words[i].kind;
    emit(lexer, kind);
    return true;
}

static bool lex_one(struct lexer *lexer, enum token_kind kind, size_t len)
{
    lexer->at += len;
    emit(lexer, kind);
    return true;
}

static bool lex_token(struct lexer *lexer)
{
    char c = here(lexer);
    if (!c)
        return wrong(lexer, "unclosed action");
    if (is_space(c)) {
        bool trim;
        for (; is_space(here(lexer)) && !(at_right_delimiter(lexer, &trim) && trim);)
            lexer->at++;
        emit(lexer, TOKEN_SPACE);
        return true;
    }
    if (c == '=')
        return lex_one(lexer, TOKEN_ASSIGN, 1);
    if (c == ':')
        return rest(lexer)[1] == '=' ? lex_one(lexer, TOKEN_DECLARE, 2) : wrong(lexer, "expected :=");
    if (c == '|')
        return lex_one(lexer, TOKEN_PIPE, 1);
    if (c == '"')
        return lex_quoted(lexer, c, TOKEN_STRING, "quoted string");
    if (c == '`')
        return lex_quoted(lexer, c, TOKEN_RAW_STRING, "raw quoted string");
    if (c == '\'')
        return lex_quoted(lexer, c, TOKEN_CHARACTER, "character constant");
    if (c == '$')
        return lex_field(lexer, TOKEN_VARIABLE);
    if (c == '.' && !isdigit((unsigned char)rest(lexer)[1]))
        return lex_field(lexer, TOKEN_FIELD);
    if (c == '.' || c == '+' || c == '-' || isdigit((unsigned char)c))
        return lex_number(lexer);
    if (is_name(c))
        return lex_identifier(lexer);
    if (c == '(')
        return lexer->parens++, lex_one(lexer, TOKEN_LEFT_PAREN, 1);
    if (c == ')')
        return --lexer->parens < 0 ? wrong(lexer, "unexpected right paren") : lex_one(lexer, TOKEN_RIGHT_PAREN, 1);
    if (c > ' ' && c < 127)
        return lex_one(lexer, TOKEN_CHAR, 1);
    return bad_character(lexer, "unrecognized character in action: ");
}

/* From "{{" to behind "}}". */
static bool lex_action(struct lexer *lexer)
{
    bool trim, marked = rest(lexer)[2] == '-' && is_space(rest(lexer)[3]);
    if (str_starts(rest(lexer) + (marked ? 4 : 2), "/*")) {
        skip(lexer, marked ? 4 : 2);
        return lex_comment(lexer);
    }
    lex_one(lexer, TOKEN_LEFT_DELIMITER, 2);
    skip(lexer, marked ? 2 : 0);
    lexer->parens = 0;
    while (!at_right_delimiter(lexer, &trim))
        if (!lex_token(lexer))
            return false;
    if (lexer->parens)
        return wrong(lexer, "unclosed left paren");
    skip(lexer, trim ? 2 : 0);
    lex_one(lexer, TOKEN_RIGHT_DELIMITER, 2);
    lexer->trim = trim;
    return true;
}

void template_lex(const char *source, struct tokens *tokens)
{
    struct lexer lexer = {.source = source, .line = 1, .out = tokens};
    while (lex_text(&lexer))
        if (!lex_action(&lexer))
            return;
    emit(&lexer, TOKEN_END_OF_TEXT);
}

void template_tokens_free(struct tokens *tokens)
{
    free(tokens->list);
    free(tokens->message);
    *tokens = (struct tokens){0};
}

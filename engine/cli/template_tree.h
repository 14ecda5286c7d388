/* The parsed form of a template, shared by the lexer, the parser, the evaluator and the functions; private to them. */
#ifndef SLIPWAY_CLI_TEMPLATE_TREE_H
#define SLIPWAY_CLI_TEMPLATE_TREE_H

#include "cli/go_type.h"
#include "cli/template.h"

/* Tokens. Keywords stand behind TOKEN_KEYWORD, which is how messages tell them from the rest. */
enum token_kind {
    TOKEN_ERROR, /* `text` is what is wrong */
    TOKEN_BOOL,
    TOKEN_CHAR,
    TOKEN_CHARACTER, /* 'a' */
    TOKEN_ASSIGN,
    TOKEN_DECLARE,
    TOKEN_END_OF_TEXT,
    TOKEN_FIELD,
    TOKEN_IDENTIFIER,
    TOKEN_LEFT_DELIMITER,
    TOKEN_LEFT_PAREN,
    TOKEN_NUMBER,
    TOKEN_PIPE,
    TOKEN_RAW_STRING,
    TOKEN_RIGHT_DELIMITER,
    TOKEN_RIGHT_PAREN,
    TOKEN_SPACE,
    TOKEN_STRING,
    TOKEN_TEXT,
    TOKEN_VARIABLE,
    TOKEN_KEYWORD,
    TOKEN_BLOCK,
    TOKEN_BREAK,
    TOKEN_CONTINUE,
    TOKEN_DOT,
    TOKEN_DEFINE,
    TOKEN_ELSE,
    TOKEN_END,
    TOKEN_IF,
    TOKEN_NIL,
    TOKEN_RANGE,
    TOKEN_TEMPLATE,
    TOKEN_WITH,
};

struct token {
    enum token_kind kind;
    size_t start, end; /* in the source */
    int line;
    const char *message; /* of an error; owned by the tokens */
};

struct tokens {
    struct token *list;
    size_t count;
    char *message;
};

/* The whole text taken apart; ends with TOKEN_END_OF_TEXT or TOKEN_ERROR. */
void template_lex(const char *source, struct tokens *tokens);
void template_tokens_free(struct tokens *tokens);

struct pipe;

enum operand_kind { OPERAND_DOT, OPERAND_FIELD, OPERAND_VARIABLE, OPERAND_FUNCTION, OPERAND_LITERAL, OPERAND_NIL, OPERAND_PIPE };

struct operand {
    enum operand_kind kind;
    char *name;            /* function or variable ("$x") */
    char **fields;         /* what follows: .a.b */
    struct go_value value; /* literal */
    bool quoted;           /* the literal is a string */
    struct pipe *pipe;     /* parenthesised */
    size_t start, end;     /* in the source, for messages */
    size_t place;          /* where Go points when it fails: the second field of a chain */
};

struct call {
    struct operand **operands;
    size_t count;
    size_t start, end;
    struct call *next;
};

struct pipe {
    char *variables[2];
    size_t variable_count;
    bool assign; /* "=" and not ":=" */
    struct call *calls;
};

enum node_kind { NODE_TEXT, NODE_ACTION, NODE_IF, NODE_WITH, NODE_RANGE, NODE_BREAK, NODE_CONTINUE, NODE_TEMPLATE };

struct node {
    enum node_kind kind;
    char *text; /* or the name of the template that is called */
    struct pipe *pipe;
    struct node *body, *otherwise, *next;
    size_t start;
};

/* {{define "name"}} and {{block "name" .}}. */
struct definition {
    char *name;
    struct node *nodes;
    struct definition *next;
};

struct template
{
    char *source;
    struct node *nodes;
    struct definition *definitions;
};

/* What an argument must be: one letter each, the last one for all that follow when `most` is negative.
 * 's' string, 'i' int, 'l' []string, 'v' any value. */
struct template_function {
    const char *name, *arguments;
    int least, most; /* arguments; most < 0: any number */
    struct go_value (*run)(const struct go_value *arguments, size_t count, struct error *err);
};

const struct template_function *template_function_find(const char *name);

/* As Go's fmt prints a value with %v; `top`: a pointer is followed. */
void template_print(struct buf *out, struct go_value value, bool top);
void template_printf(struct buf *out, const char *format, const struct go_value *arguments, size_t count);
char *template_quoted(const char *text, size_t len, char quote);
char **template_sorted_keys(const json_t *object);
char *template_json(struct go_value value);

enum { TEMPLATE_TEXT_MOST = 16 * 1024 * 1024 }; /* one text, and all that a template writes */

#endif

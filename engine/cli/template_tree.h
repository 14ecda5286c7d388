/* The parsed form of a template, shared by the parser, the evaluator and the functions; private to them. */
#ifndef SLIPWAY_CLI_TEMPLATE_TREE_H
#define SLIPWAY_CLI_TEMPLATE_TREE_H

#include "cli/template.h"

struct pipe;

enum operand_kind { OPERAND_DOT, OPERAND_FIELD, OPERAND_VARIABLE, OPERAND_FUNCTION, OPERAND_LITERAL, OPERAND_NIL, OPERAND_PIPE };

struct operand {
    enum operand_kind kind;
    char *name;         /* function or variable ("$x") */
    char **fields;      /* what follows: .a.b */
    json_t *value;      /* literal */
    struct pipe *pipe;  /* parenthesised */
    size_t start, end;  /* in the source, for messages */
    size_t chain_start; /* of the second field, which is where Go points when a chain fails */
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

enum node_kind { NODE_TEXT, NODE_ACTION, NODE_IF, NODE_WITH, NODE_RANGE, NODE_BREAK, NODE_CONTINUE };

struct node {
    enum node_kind kind;
    char *text;
    struct pipe *pipe;
    struct node *body, *otherwise, *next;
};

struct template
{
    char *source;
    struct node *nodes;
};

struct template_function {
    const char *name;
    int least, most; /* arguments; most < 0: any number */
    json_t *(*run)(json_t *const *arguments, size_t count, struct error *err);
};

const struct template_function *template_function_find(const char *name);
bool template_truth(const json_t *value);
void template_print(struct buf *out, const json_t *value);
char **template_sorted_keys(const json_t *object);

#endif

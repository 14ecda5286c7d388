/* Reading XML with expat, within bounds. */
#include "quizzes/exchange/xml_tree.h"

#include "base/memory.h"

#include <expat.h>
#include <math.h>
#include <stdlib.h>

enum { DEPTH_MAX = 32, NODES_MAX = 2000000 };

struct parsing {
    struct exchange *exchange;
    XML_Parser parser;
    struct xml_node *path[DEPTH_MAX];
    int depth;
    size_t nodes;
    bool refused;
};

void xml_free(struct xml_node *node)
{
    for (struct xml_node *child = node->first, *next; child; child = next) {
        next = child->next;
        xml_free(child);
        free(child);
    }
    free(node->name);
    free(node->format);
    free(node->type);
    buf_free(&node->text);
}

static void refuse(struct parsing *parsing, const char *what)
{
    if (!parsing->refused)
        exchange_problem(parsing->exchange, (int)XML_GetCurrentLineNumber(parsing->parser), "%s", what);
    parsing->refused = true;
    XML_StopParser(parsing->parser, XML_FALSE);
}

static void on_begin(void *data, const char *name, const char **attributes)
{
    struct parsing *parsing = data;
    if (parsing->depth + 1 >= DEPTH_MAX || ++parsing->nodes > NODES_MAX) {
        refuse(parsing, "elements are nested too deep, or too many; this is no file of questions");
        return;
    }
    struct xml_node *node = xcalloc(1, sizeof *node), *parent = parsing->path[parsing->depth];
    node->name = xstrdup(name);
    node->line = (int)XML_GetCurrentLineNumber(parsing->parser);
    node->fraction = NAN;
    for (; *attributes; attributes += 2) {
        if (str_equal(attributes[0], "format"))
            node->format = xstrdup(attributes[1]);
        else if (str_equal(attributes[0], "type"))
            node->type = xstrdup(attributes[1]);
        else if (str_equal(attributes[0], "fraction"))
            node->fraction = strtod(attributes[1], NULL);
    }
    *(parent->first ? &parent->last->next : &parent->first) = node;
    parent->last = node;
    parsing->path[++parsing->depth] = node;
}

static void on_end(void *data, const char *name)
{
    struct parsing *parsing = data;
    (void)name;
    parsing->depth--;
}

static void on_text(void *data, const char *text, int len)
{
    struct parsing *parsing = data;
    buf_add(&parsing->path[parsing->depth]->text, text, (size_t)len);
}

static void on_doctype(void *data, const char *name, const char *system, const char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    refuse(data, "a document type is not taken; remove <!DOCTYPE ...>");
}

bool xml_parse(struct exchange *exchange, const char *text, size_t len, struct xml_node *root)
{
    struct parsing parsing = {.exchange = exchange, .parser = XML_ParserCreate(NULL), .path = {root}};
    if (!parsing.parser) {
        exchange_problem(exchange, 1, "there is no memory left to read XML with");
        return false;
    }
    XML_SetUserData(parsing.parser, &parsing);
    XML_SetElementHandler(parsing.parser, on_begin, on_end);
    XML_SetCharacterDataHandler(parsing.parser, on_text);
    XML_SetStartDoctypeDeclHandler(parsing.parser, on_doctype);
    bool good = XML_Parse(parsing.parser, text, (int)len, XML_TRUE) == XML_STATUS_OK;
    if (!good && !parsing.refused)
        exchange_problem(exchange, (int)XML_GetCurrentLineNumber(parsing.parser), "no XML: %s",
                         XML_ErrorString(XML_GetErrorCode(parsing.parser)));
    XML_ParserFree(parsing.parser);
    return good;
}

const struct xml_node *xml_next(const struct xml_node *node, const char *name)
{
    do
        node = node->next;
    while (node && !str_equal(node->name, name));
    return node;
}

const struct xml_node *xml_child(const struct xml_node *node, const char *name)
{
    const struct xml_node *first = node ? node->first : NULL;
    return first && !str_equal(first->name, name) ? xml_next(first, name) : first;
}

const char *xml_content(const struct xml_node *node) { return node && node->text.len ? node->text.data : ""; }

/* An XML document as a tree of elements with their text. A document type is refused: it is where the attacks of XML live. */
#ifndef SLIPWAY_QUIZZES_EXCHANGE_XML_TREE_H
#define SLIPWAY_QUIZZES_EXCHANGE_XML_TREE_H

#include "base/strings.h"
#include "quizzes/exchange/exchange.h"

struct xml_node {
    char *name, *format, *type; /* the two attributes of these names, or NULL */
    double fraction;            /* the attribute, or NAN */
    struct buf text;            /* what stands directly in it */
    int line;
    struct xml_node *first, *last, *next;
};

/* The document's element becomes a child of `root`, which is empty before; false, with a problem, for what is no XML. xml_free in
 * both cases. */
bool xml_parse(struct exchange *exchange, const char *text, size_t len, struct xml_node *root);
void xml_free(struct xml_node *root);

/* The first child of this name, or NULL; of no node there is none. */
const struct xml_node *xml_child(const struct xml_node *node, const char *name);
/* The next sibling of this name after `node`; or NULL. */
const struct xml_node *xml_next(const struct xml_node *node, const char *name);
const char *xml_content(const struct xml_node *node); /* "" of no node */

#define xml_each(child, node, name) for (const struct xml_node *child = xml_child(node, name); child; child = xml_next(child, name))

#endif

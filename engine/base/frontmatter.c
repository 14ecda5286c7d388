/* YAML front matter to JSON: libyaml composes the document, this walks its nodes. */
#include "base/frontmatter.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

enum { DEEPEST = 16 };

struct walk {
    yaml_document_t *document;
    const char *file;
    size_t first; /* line of the file on which the mapping begins; libyaml counts from 0 */
    struct error *err;
};

static json_t *complain(const struct walk *walk, const yaml_node_t *node, const char *what)
{
    error_set(walk->err, EINVAL, "%s:%zu: %s", walk->file, node->start_mark.line + walk->first, what);
    return NULL;
}

static json_t *node_json(const struct walk *walk, yaml_node_t *node, int depth);

static json_t *sequence_json(const struct walk *walk, yaml_node_t *node, int depth)
{
    json_t *array = json_array();
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        json_t *value = node_json(walk, yaml_document_get_node(walk->document, *item), depth + 1);
        if (!value) {
            json_decref(array);
            return NULL;
        }
        json_array_append_new(array, value);
    }
    return array;
}

static json_t *mapping_json(const struct walk *walk, yaml_node_t *node, int depth)
{
    json_t *object = json_object();
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(walk->document, pair->key);
        json_t *value = NULL;
        if (key->type != YAML_SCALAR_NODE)
            complain(walk, key, "a key must be a plain word");
        else if (json_object_get(object, (const char *)key->data.scalar.value))
            complain(walk, key, "this key is given twice");
        else
            value = node_json(walk, yaml_document_get_node(walk->document, pair->value), depth + 1);
        if (!value) {
            json_decref(object);
            return NULL;
        }
        json_object_set_new(object, (const char *)key->data.scalar.value, value);
    }
    return object;
}

static json_t *node_json(const struct walk *walk, yaml_node_t *node, int depth)
{
    if (depth > DEEPEST)
        return complain(walk, node, "nested too deeply");
    switch (node->type) {
    case YAML_SCALAR_NODE: {
        json_t *text = json_stringn((const char *)node->data.scalar.value, node->data.scalar.length);
        return text ? text : complain(walk, node, "not valid UTF-8");
    }
    case YAML_SEQUENCE_NODE:
        return sequence_json(walk, node, depth);
    case YAML_MAPPING_NODE:
        return mapping_json(walk, node, depth);
    default:
        return complain(walk, node, "empty value");
    }
}

static json_t *document_json(const char *file, size_t first, const char *yaml, size_t len, struct error *err)
{
    yaml_parser_t parser;
    yaml_document_t document;
    if (!yaml_parser_initialize(&parser)) {
        error_set(err, ENOMEM, "%s: no memory for the YAML parser", file);
        return NULL;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml, len);
    if (!yaml_parser_load(&parser, &document)) {
        error_set(err, EINVAL, "%s:%zu: %s", file, parser.problem_mark.line + first, parser.problem ? parser.problem : "not YAML");
        yaml_parser_delete(&parser);
        return NULL;
    }
    struct walk walk = {.document = &document, .file = file, .first = first, .err = err};
    yaml_node_t *root = yaml_document_get_root_node(&document);
    json_t *out = NULL;
    if (!root || root->type != YAML_MAPPING_NODE)
        error_set(err, EINVAL, "%s:%zu: the front matter must be a mapping (key: value)", file, first);
    else
        out = node_json(&walk, root, 0);
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    return out;
}

json_t *front_matter_parse(const char *file, const char *text, const char **body, struct error *err)
{
    if (!str_starts(text, "---\n")) {
        error_set(err, EINVAL, "%s:1: front matter is missing: the first line must be ---", file);
        return NULL;
    }
    const char *yaml = text + 4;
    const char *end = str_starts(yaml, "---\n") ? yaml : strstr(yaml, "\n---\n");
    if (!end) {
        error_set(err, EINVAL, "%s:1: front matter is not closed by a line ---", file);
        return NULL;
    }
    if (end != yaml)
        end++;
    if (body)
        *body = end + 4;
    return document_json(file, 2, yaml, (size_t)(end - yaml), err);
}

json_t *yaml_read_file(const char *path, struct error *err)
{
    size_t len;
    cleanup_free char *text = file_read(path, &len, err);
    return text ? document_json(path, 1, text, len, err) : NULL;
}

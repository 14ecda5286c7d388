/* Markdown to pages and blocks: cmark parses, this walks the tree once. */
#include "lessons/page.h"

#include "base/memory.h"
#include "base/strings.h"

#include <cmark.h>
#include <stdlib.h>
#include <string.h>

struct builder {
    struct pages *pages;
    int depth; /* of lists */
    int predictions;
};

static struct page *page_add(struct pages *pages, char *title)
{
    pages->list = xrealloc(pages->list, (pages->count + 1) * sizeof *pages->list);
    struct page *page = &pages->list[pages->count++];
    *page = (struct page){.title = title};
    return page;
}

static struct block *block_add(struct builder *builder, enum block_kind kind, int level, cmark_node *node, char *text)
{
    struct pages *pages = builder->pages;
    struct page *page = pages->count ? &pages->list[pages->count - 1] : page_add(pages, xstrdup(""));
    page->blocks = xrealloc(page->blocks, (page->count + 1) * sizeof *page->blocks);
    struct block *block = &page->blocks[page->count++];
    *block = (struct block){.kind = kind, .level = level, .line = cmark_node_get_start_line(node), .text = text};
    return block;
}

static int inline_mark(cmark_node_type type)
{
    switch (type) {
    case CMARK_NODE_STRONG:
        return PAGE_STRONG;
    case CMARK_NODE_EMPH:
        return PAGE_EMPHASIS;
    default:
        return 0;
    }
}

/* Control characters of the source would be taken for marks. */
static void add_literal(struct buf *out, const char *text, bool keep_newlines)
{
    for (; text && *text; text++)
        if ((unsigned char)*text >= ' ' || (*text == '\n' && keep_newlines) || *text == '\t')
            buf_putc(out, *text);
}

static void add_inlines(struct buf *out, cmark_node *parent)
{
    for (cmark_node *node = cmark_node_first_child(parent); node; node = cmark_node_next(node)) {
        cmark_node_type type = cmark_node_get_type(node);
        int mark = inline_mark(type);
        if (type == CMARK_NODE_TEXT) {
            add_literal(out, cmark_node_get_literal(node), false);
        } else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK) {
            buf_putc(out, ' ');
        } else if (type == CMARK_NODE_CODE) {
            buf_putc(out, PAGE_CODE);
            add_literal(out, cmark_node_get_literal(node), false);
            buf_putc(out, PAGE_PLAIN);
        } else {
            if (mark)
                buf_putc(out, (char)mark);
            add_inlines(out, node);
            if (mark)
                buf_putc(out, PAGE_PLAIN);
        }
    }
}

static char *inlines(cmark_node *node)
{
    struct buf out = BUF_INIT;
    add_inlines(&out, node);
    return buf_take(&out);
}

static char *code_text(cmark_node *node)
{
    struct buf out = BUF_INIT;
    add_literal(&out, cmark_node_get_literal(node), true);
    while (out.len && out.data[out.len - 1] == '\n')
        out.data[--out.len] = 0;
    return buf_take(&out);
}

static void read_command(struct builder *builder, struct block *block)
{
    (void)builder;
    cleanup_strv char **words = str_split(block->extra, ' ');
    for (char **word = words; *word; word++) {
        if (str_equal(*word, "follow"))
            block->follow = true;
        else if (str_starts(*word, "exit="))
            block->code = atoi(*word + strlen("exit="));
    }
}

static void read_predict(struct builder *builder, struct block *block)
{
    block->number = ++builder->predictions;
    block->prediction = prediction_parse(block->text);
}

/* "layers web": the kind, then the container. */
static void read_picture(struct builder *builder, struct block *block)
{
    (void)builder;
    size_t kind = strcspn(block->extra, " ");
    free(block->text);
    block->text = xstrndup(block->extra, kind);
    block->name = xstrdup(block->extra + kind + strspn(block->extra + kind, " "));
}

static const struct fence {
    const char *word;
    enum block_kind kind;
    void (*read)(struct builder *builder, struct block *block);
} fences[] = {
    {"run", BLOCK_COMMAND, read_command},
    {"predict", BLOCK_PREDICT, read_predict},
    {"picture", BLOCK_PICTURE, read_picture},
    {"recall", BLOCK_RECALL, NULL},
};

static void add_fence(struct builder *builder, cmark_node *node)
{
    const char *info = str_or(cmark_node_get_fence_info(node), "");
    size_t word = strcspn(info, " ");
    for (size_t i = 0; i < ARRAY_LEN(fences); i++) {
        const struct fence *fence = &fences[i];
        if (strlen(fence->word) != word || strncmp(info, fence->word, word) != 0)
            continue;
        struct block *block = block_add(builder, fence->kind, builder->depth, node, code_text(node));
        cleanup_free char *extra = xstrdup(info + word);
        block->extra = xstrdup(str_trim(extra));
        if (fence->read)
            fence->read(builder, block);
        return;
    }
    block_add(builder, BLOCK_CODE, builder->depth, node, code_text(node));
}

static void add_block(struct builder *builder, cmark_node *node, enum block_kind paragraph, int number);

static void add_children(struct builder *builder, cmark_node *parent, enum block_kind paragraph, int number)
{
    for (cmark_node *node = cmark_node_first_child(parent); node; node = cmark_node_next(node)) {
        add_block(builder, node, paragraph, number);
        if (paragraph == BLOCK_ITEM) /* what follows the item's first paragraph continues it */
            number = 0;
    }
}

static void add_list(struct builder *builder, cmark_node *list)
{
    int number = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST ? cmark_node_get_list_start(list) : 0;
    builder->depth++;
    for (cmark_node *item = cmark_node_first_child(list); item; item = cmark_node_next(item)) {
        add_children(builder, item, BLOCK_ITEM, number);
        number += number > 0;
    }
    builder->depth--;
}

static void add_block(struct builder *builder, cmark_node *node, enum block_kind paragraph, int number)
{
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_HEADING: {
        int level = cmark_node_get_heading_level(node);
        if (level <= 2)
            page_add(builder->pages, inlines(node))->line = cmark_node_get_start_line(node);
        else
            block_add(builder, BLOCK_HEADING, level, node, inlines(node));
        break;
    }
    case CMARK_NODE_PARAGRAPH:
        block_add(builder, paragraph, builder->depth, node, inlines(node))->number = number;
        break;
    case CMARK_NODE_CODE_BLOCK:
        add_fence(builder, node);
        break;
    case CMARK_NODE_BLOCK_QUOTE:
        add_children(builder, node, BLOCK_NOTE, 0);
        break;
    case CMARK_NODE_LIST:
        add_list(builder, node);
        break;
    default:
        break; /* thematic breaks and HTML show nothing */
    }
}

void pages_parse(const char *markdown, struct pages *out)
{
    *out = (struct pages){0};
    struct builder builder = {.pages = out};
    cmark_node *document = cmark_parse_document(markdown, strlen(markdown), CMARK_OPT_VALIDATE_UTF8);
    add_children(&builder, document, BLOCK_PARAGRAPH, 0);
    cmark_node_free(document);
    if (!out->count)
        page_add(out, xstrdup(""));
}

void pages_free(struct pages *pages)
{
    for (size_t i = 0; i < pages->count; i++) {
        for (size_t j = 0; j < pages->list[i].count; j++) {
            struct block *block = &pages->list[i].blocks[j];
            free(block->text);
            free(block->extra);
            free(block->name);
            prediction_free(block->prediction);
        }
        free(pages->list[i].blocks);
        free(pages->list[i].title);
    }
    free(pages->list);
    *pages = (struct pages){0};
}

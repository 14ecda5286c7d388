/* Pages for a plain terminal or a pipe: wrapped text, inline marks as SGR codes or not at all. */
#include "lessons/page.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stdbool.h>
#include <string.h>

struct printer {
    FILE *out;
    int width;
    bool colour;
    const char *indent; /* of every line but the first */
    int column;
};

static const char *mark_code(char mark)
{
    switch (mark) {
    case PAGE_CODE:
        return "\033[36m";
    case PAGE_STRONG:
        return "\033[1m";
    case PAGE_EMPHASIS:
        return "\033[3m";
    case PAGE_PLAIN:
        return "\033[0m";
    default:
        return NULL;
    }
}

static int columns(const char *word, size_t len)
{
    int count = 0;
    for (size_t i = 0; i < len; i++) /* marks take no room, nor do continuation bytes of UTF-8 */
        count += (unsigned char)word[i] >= ' ' && ((unsigned char)word[i] & 0xc0) != 0x80;
    return count;
}

static void print_word(struct printer *printer, const char *word, size_t len)
{
    int need = columns(word, len);
    bool start = printer->column < 0;
    if (!start && printer->column + 1 + need > printer->width) {
        fprintf(printer->out, "\n%s", printer->indent);
        printer->column = (int)strlen(printer->indent);
    } else if (!start) {
        fputc(' ', printer->out);
        printer->column++;
    } else {
        printer->column = -printer->column - 1;
    }
    for (size_t i = 0; i < len; i++) {
        const char *code = mark_code(word[i]);
        if (!code)
            fputc(word[i], printer->out);
        else if (printer->colour)
            fputs(code, printer->out);
    }
    printer->column += need;
}

static void print_wrapped(struct printer *printer, const char *first, const char *indent, const char *text)
{
    printer->indent = indent;
    printer->column = -columns(first, strlen(first)) - 1;
    fputs(first, printer->out);
    for (size_t len; *text; text += len) {
        text += strspn(text, " ");
        len = strcspn(text, " ");
        if (len)
            print_word(printer, text, len);
    }
    fputc('\n', printer->out);
}

static void print_verbatim(struct printer *printer, const char *first, const char *indent, const char *text)
{
    cleanup_strv char **lines = str_split(text, '\n');
    for (size_t i = 0; lines[i]; i++)
        fprintf(printer->out, "%s%s%s%s\n", i ? indent : first, printer->colour ? "\033[36m" : "", lines[i],
                printer->colour ? "\033[0m" : "");
}

static void print_block(struct printer *printer, const struct block *block);

static void print_prediction(struct printer *printer, const struct block *block)
{
    const struct prediction *prediction = block->prediction;
    fprintf(printer->out, printer->colour ? "\033[1mBefore you run it: question %d\033[0m\n" : "Before you run it: question %d\n",
            block->number);
    for (size_t i = 0; i < prediction->question.count; i++)
        for (size_t j = 0; j < prediction->question.list[i].count; j++)
            print_block(printer, &prediction->question.list[i].blocks[j]);
    for (size_t i = 0; i < prediction->count; i++) {
        char first[8] = {' ', (char)('a' + i), ')', ' ', 0};
        print_wrapped(printer, first, "    ", prediction->choices[i].text);
    }
}

static void print_picture(struct printer *printer, const struct block *block)
{
    cleanup_free char *text = *block->name ? str_format("Picture: %s of %s. `slipway xray %s %s` prints it.", block->text,
                                                        block->name, block->name, block->text)
                                           : str_format("Picture: %s. The terminal UI shows it beside this page.", block->text);
    print_wrapped(printer, "", "", text);
}

static void print_recall(struct printer *printer, const struct block *block)
{
    (void)block;
    print_wrapped(printer, "", "",
                  "What stayed? `slipway lesson recall LESSON` asks a few questions, and says at once what is right.");
}

static void print_block(struct printer *printer, const struct block *block)
{
    char first[32], indent[32];
    int depth = block->level > 0 ? (block->level - 1) * 3 : 0;
    switch (block->kind) {
    case BLOCK_HEADING:
        fprintf(printer->out, printer->colour ? "\033[1m%s\033[0m\n" : "%s\n", block->text);
        break;
    case BLOCK_PARAGRAPH:
        print_wrapped(printer, "", "", block->text);
        break;
    case BLOCK_NOTE:
        print_wrapped(printer, "  | ", "  | ", block->text);
        break;
    case BLOCK_ITEM:
        block->number ? snprintf(first, sizeof first, "%*s%2d. ", depth, "", block->number)
                      : snprintf(first, sizeof first, "%*s - ", depth, "");
        snprintf(indent, sizeof indent, "%*s", (int)strlen(first), "");
        print_wrapped(printer, first, indent, block->text);
        return; /* items stand close together */
    case BLOCK_CODE:
        print_verbatim(printer, "    ", "    ", block->text);
        break;
    case BLOCK_COMMAND:
        print_verbatim(printer, "  $ ", "    ", block->text);
        if (block->follow)
            fputs("    (it goes on until Ctrl-C)\n", printer->out);
        break;
    case BLOCK_PREDICT:
        print_prediction(printer, block);
        break;
    case BLOCK_PICTURE:
        print_picture(printer, block);
        break;
    case BLOCK_RECALL:
        print_recall(printer, block);
        break;
    }
    fputc('\n', printer->out);
}

void page_print(const struct page *page, int width, int colour, FILE *out)
{
    struct printer printer = {.out = out, .width = width, .colour = colour};
    if (*page->title)
        fprintf(out, colour ? "\033[1;4m%s\033[0m\n\n" : "%s\n\n", page->title);
    for (size_t i = 0; i < page->count; i++) {
        bool list_ends = page->blocks[i].kind == BLOCK_ITEM && (i + 1 == page->count || page->blocks[i + 1].kind != BLOCK_ITEM);
        print_block(&printer, &page->blocks[i]);
        if (list_ends)
            fputc('\n', out);
    }
}

void page_print_answers(const struct page *page, int width, int colour, FILE *out)
{
    struct printer printer = {.out = out, .width = width, .colour = colour};
    for (size_t i = 0; i < page->count; i++) {
        const struct block *block = &page->blocks[i];
        const struct prediction *prediction = block->kind == BLOCK_PREDICT ? block->prediction : NULL;
        for (size_t j = 0; prediction && j < prediction->count; j++) {
            cleanup_free char *first =
                str_format("%3d%c) %s ", block->number, (char)('a' + j), (int)j == prediction->key ? "yes:" : "no: ");
            print_wrapped(&printer, first, "          ", prediction->choices[j].why);
        }
        if (prediction)
            fputc('\n', out);
    }
}

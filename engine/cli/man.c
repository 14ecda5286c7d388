/* Pages of the manual as roff. What the program knows by itself (usage, aliases, options) comes from its tables; what a person has
 * to say comes from Markdown: SOURCE/run.md for `slipway run`, with headings of its own; text before the first is the description.
 */
#include "cli/man.h"
#include "cli/catalog.h"
#include "cli/version.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <cmark.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct man {
    const char *source, *out;
    const struct flag *globals;
    char date[16];
    int failures;
};

/* Text as roff takes it literally. */
static void put_text(FILE *page, const char *text, bool line_start)
{
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", page);
        line_start = *text == '\n';
        if (*text == '\\')
            fputs("\\e", page);
        else if (*text == '-')
            fputs("\\-", page);
        else if (*text == '^' || *text == '~' || *text == '`')
            fprintf(page, "\\(%s", *text == '^' ? "ha" : *text == '~' ? "ti" : "ga");
        else
            fputc(*text, page);
    }
}

static FILE *open_page(struct man *man, const char *name, int section, const char *about)
{
    cleanup_free char *path = str_format("%s/man%d/%s.%d", man->out, section, name, section);
    FILE *page = fopen(path, "we");
    if (!page) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        man->failures++;
        return NULL;
    }
    fputs(".TH ", page);
    for (const char *p = name; *p; p++)
        fputc(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p, page);
    fprintf(page, " %d \"%s\" \"Slipway %s\" \"Slipway Manual\"\n.SH NAME\n", section, man->date, CLI_VERSION);
    put_text(page, name, true);
    fputs(" \\- ", page);
    put_text(page, about, false);
    fputs("\n", page);
    return page;
}

/* Markdown by cmark, whose writer gives code a font that terminals lack, and headings that are not in capitals. */
static void put_markdown(FILE *page, const char *text)
{
    cmark_node *document = cmark_parse_document(text, strlen(text), CMARK_OPT_DEFAULT);
    cleanup_free char *roff = cmark_render_man(document, CMARK_OPT_DEFAULT, 0);
    cmark_node_free(document);
    bool heading = false, fresh = false; /* within the line behind .SH; nothing has come after it */
    for (const char *p = roff; p && *p; p++) {
        if (str_starts(p, "\\f[C]")) {
            fputs("\\f[B]", page);
            p += strlen("\\f[C]") - 1;
        } else if (str_starts(p, ".SH\n")) {
            fputs(".SH ", page);
            p += strlen(".SH\n") - 1;
            heading = fresh = true;
        } else if (fresh && str_starts(p, "\n.PP\n")) { /* a heading begins a paragraph by itself */
            p += strlen("\n.PP") - 1;
            heading = fresh = false;
        } else {
            heading &= *p != '\n';
            fputc(heading && *p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p, page);
        }
    }
}

static void put_flag(FILE *page, const struct flag *flag)
{
    static const char *const kinds[] = {NULL, "string", "int", "list"};
    const char *value = flag->value ? flag->value : kinds[flag->kind];
    fputs(".TP\n", page);
    if (flag->letter)
        fprintf(page, "\\fB\\-%c\\fR, ", flag->letter);
    fputs("\\fB\\-\\-", page);
    put_text(page, flag->name, false);
    fputs("\\fR", page);
    if (value) {
        fputs(" \\fI", page);
        put_text(page, value, false);
        fputs("\\fR", page);
    }
    fputs("\n", page);
    put_text(page, flag->help, true);
    fputs("\n", page);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct flag *const *)a)->name, (*(const struct flag *const *)b)->name);
}

static void put_flags(FILE *page, const struct flag *flags)
{
    size_t count = 0;
    for (const struct flag *flag = flags; flag->name; flag++)
        count++;
    cleanup_free const struct flag **order = xcalloc(count + 1, sizeof *order);
    count = 0;
    for (const struct flag *flag = flags; flag->name; flag++)
        if (flag->help && !str_starts(flag->help, "deprecated: "))
            order[count++] = flag;
    qsort(order, count, sizeof *order, by_name);
    if (count)
        fputs(".SH OPTIONS\n", page);
    for (size_t i = 0; i < count; i++)
        put_flag(page, order[i]);
}

static char *page_name(const char *spelling)
{
    char *name = str_format("slipway-%s", spelling);
    for (char *p = name; *p; p++)
        *p = *p == ' ' ? '-' : *p;
    return name;
}

/* Where the page of a command stands: under its shortest spelling, which is what people type. */
static const char *main_spelling(char *const *spellings)
{
    for (char *const *spelling = spellings; *spelling; spelling++)
        if (!strchr(*spelling, ' '))
            return *spelling;
    return spellings[0];
}

static char *read_text(const struct man *man, const char *name)
{
    cleanup_free char *path = str_format("%s/%s.md", man->source, name);
    struct error err = ERROR_INIT;
    return file_read(path, NULL, &err);
}

static void put_synopsis(FILE *page, const struct command *command, char *const *spellings)
{
    fputs(".SH SYNOPSIS\n", page);
    for (char *const *spelling = spellings; *spelling; spelling++) {
        fputs(spelling == spellings ? "\\fBslipway " : ".br\n\\fBslipway ", page);
        put_text(page, *spelling, false);
        fputs("\\fR ", page);
        size_t first = strcspn(command->operands, "\n");
        cleanup_free char *operands = xstrndup(command->operands, first);
        put_text(page, operands, false);
        fputs("\n", page);
        if (!command->operands[first])
            continue;
        fputs(".br\n\\fBslipway ", page);
        put_text(page, *spelling, false);
        fputs("\\fR ", page);
        put_text(page, command->operands + first + 1, false);
        fputs("\n", page);
    }
}

static const char EXIT_STATUS[] =
    "# Exit status\n\n0 when all went well, 1 when something did not, 125 for a flag that is none or has a wrong value.\n";

static bool write_command(void *data, const struct command *command, bool school)
{
    struct man *man = data;
    cleanup_strv char **spellings = catalog_spellings(command);
    const char *shortest = main_spelling(spellings);
    cleanup_free char *name = page_name(shortest), *text = read_text(man, name + strlen("slipway-"));
    FILE *page = open_page(man, name, 1, command->summary);
    if (!page)
        return false;
    put_synopsis(page, command, spellings);
    cleanup_free char *whole =
        text ? str_format("# Description\n\n%s", text) : str_format("# Description\n\n%s.\n", command->summary);
    const char *rest = strstr(whole + 1, "\n# ");
    cleanup_free char *description = rest ? xstrndup(whole, (size_t)(rest - whole) + 1) : xstrdup(whole);
    put_markdown(page, description);
    put_flags(page, catalog_flags(command).flags);
    put_markdown(page, rest ? rest + 1 : "");
    if (!school && !strstr(whole, "# Exit status"))
        put_markdown(page, EXIT_STATUS);
    fputs(".SH SEE ALSO\n\\fBslipway\\fR(1), \\fBslipwayd\\fR(8)\n", page);
    fclose(page);
    for (char **spelling = spellings; *spelling; spelling++) { /* the other names lead here */
        cleanup_free char *other = page_name(*spelling), *path = str_format("%s/man1/%s.1", man->out, other);
        if (str_equal(*spelling, shortest))
            continue;
        cleanup_free char *link = str_format(".so man1/%s.1\n", name);
        struct error err = ERROR_INIT;
        man->failures += file_write(path, link, strlen(link), 0644, &err) < 0;
    }
    return true;
}

static bool list_command(void *page, const struct command *command, bool school)
{
    cleanup_strv char **spellings = catalog_spellings(command);
    cleanup_free char *name = page_name(main_spelling(spellings));
    (void)school;
    fputs(".TP\n\\fB", page);
    put_text(page, name, false);
    fputs("\\fR(1)\n", page);
    put_text(page, command->summary, true);
    fputs("\n", page);
    return true;
}

/* slipway(1): what all commands share, and the list of them. */
static void write_program(struct man *man)
{
    FILE *page = open_page(man, "slipway", 1, "containers with a view of the kernel, and a school to learn them in");
    cleanup_free char *text = read_text(man, "slipway");
    if (!page)
        return;
    const char *rest = text ? strstr(text, "\n# ") : NULL;
    cleanup_free char *description = str_format("# Synopsis\n\n**slipway** [OPTIONS] COMMAND [ARG...]\n\n# Description\n\n%.*s",
                                                (int)(rest ? rest - text + 1 : 0), str_or(text, ""));
    put_markdown(page, description);
    put_flags(page, man->globals);
    fputs(".SH COMMANDS\n", page);
    catalog_each(list_command, page);
    put_markdown(page, rest ? rest + 1 : "");
    fclose(page);
}

/* The lines "  -x, --name value   text" of a help text. */
static void put_help_options(FILE *page, const char *help)
{
    cleanup_strv char **lines = str_split(help, '\n');
    bool options = false, any = false;
    for (char **line = lines; *line; line++) {
        const char *at = *line + strspn(*line, " ");
        options |= str_starts(*line, "Options:");
        const char *gap = options && *at == '-' ? strstr(at, "   ") : NULL;
        if (gap) {
            fputs(any ? ".TP\n\\fB" : ".SH OPTIONS\n.TP\n\\fB", page);
            cleanup_free char *flag = xstrndup(at, (size_t)(gap - at));
            put_text(page, flag, false);
            fputs("\\fR\n", page);
            put_text(page, gap + strspn(gap, " "), true);
            fputs("\n", page);
            any = true;
        } else if (any && *at && **line == ' ') {
            put_text(page, at, true);
            fputs("\n", page);
        }
    }
}

/* "slipwayd.8.md": its first line is what the page is about. */
static void write_page(struct man *man, const char *file)
{
    cleanup_free char *stem = xstrndup(file, strlen(file) - strlen(".md")), *text = read_text(man, stem);
    char *dot = strrchr(stem, '.'), *about_end = text ? strchr(text, '\n') : NULL;
    if (!about_end)
        return;
    int section = atoi(dot + 1);
    *dot = *about_end = '\0';
    FILE *page = open_page(man, stem, section, text);
    cleanup_free char *help_path = str_format("%s/%s.help", man->out, stem);
    struct error err = ERROR_INIT;
    cleanup_free char *help = file_read(help_path, NULL, &err);
    if (!page)
        return;
    const char *body = about_end + 1, *rest = help ? strstr(body, "\n# Files") : NULL;
    cleanup_free char *first = rest ? xstrndup(body, (size_t)(rest - body) + 1) : xstrdup(body);
    put_markdown(page, first);
    if (help)
        put_help_options(page, help);
    put_markdown(page, rest ? rest + 1 : "");
    fclose(page);
}

static void write_pages(struct man *man)
{
    cleanup_dir DIR *dir = opendir(man->source);
    man->failures += !dir;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        size_t len = strlen(entry->d_name);
        if (len > 5 && str_ends(entry->d_name, ".md") && entry->d_name[len - 5] == '.' && strchr("58", entry->d_name[len - 4]))
            write_page(man, entry->d_name);
    }
}

int man_pages(const struct command_context *context, const struct flag *globals, int argc, char **argv)
{
    (void)context;
    if (argc != 3)
        return 1;
    struct man man = {.source = argv[1], .out = argv[2], .globals = globals};
    const char *epoch = getenv("SOURCE_DATE_EPOCH"); /* reproducible builds: reproducible-builds.org/specs/source-date-epoch */
    time_t now = epoch ? (time_t)strtoll(epoch, NULL, 10) : time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(man.date, sizeof man.date, "%Y-%m-%d", &tm);
    write_program(&man);
    catalog_each(write_command, &man);
    write_pages(&man);
    return man.failures ? 1 : 0;
}

/* Help texts, made from the rows of the catalog and the flag tables of the commands. */
#include "cli/help.h"
#include "cli/catalog.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_WIDTH = 11, SCHOOL_WIDTH = 15 };

/* What most people need first, in the order in which they need it. */
static const char *const COMMON[] = {"run",    "exec",  "ps",     "build",  "pull",    "push",
                                     "images", "login", "logout", "search", "version", "info"};

struct entry {
    const char *name, *summary;
};

struct listing {
    const char *group; /* only this one's, by the names behind it; NULL: commands of one word */
    bool school;
    struct entry entries[128];
    char *owned[128];
    size_t count;
};

static bool is_common(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(COMMON); i++)
        if (str_equal(COMMON[i], name))
            return true;
    return false;
}

static void add(struct listing *listing, char *name, const char *summary)
{
    if (listing->count == ARRAY_LEN(listing->entries)) {
        free(name);
        return;
    }
    listing->owned[listing->count] = name;
    listing->entries[listing->count++] = (struct entry){name, summary};
}

/* One of a group by its name, or each spelling of one word. */
static bool collect(void *data, const struct command *command, bool school)
{
    struct listing *listing = data;
    if (listing->school != school)
        return true;
    if (school) {
        add(listing, xstrdup(command->name), command->summary);
    } else if (listing->group) {
        char *within = catalog_within(command, listing->group);
        if (within)
            add(listing, within, command->summary);
    } else {
        cleanup_strv char **spellings = catalog_spellings(command);
        for (char **spelling = spellings; *spelling; spelling++)
            if (!strchr(*spelling, ' '))
                add(listing, xstrdup(*spelling), command->summary);
    }
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void gather(struct listing *listing)
{
    catalog_each(collect, listing);
    if (!listing->school)
        qsort(listing->entries, listing->count, sizeof *listing->entries, by_name);
}

static void release(struct listing *listing)
{
    while (listing->count)
        free(listing->owned[--listing->count]);
}

static void write_entry(const struct entry *entry, int width, FILE *out)
{
    fprintf(out, "  %-*s %s\n", width, entry->name, entry->summary);
}

static void write_common(const struct listing *listing, FILE *out)
{
    fprintf(out, "Common Commands:\n");
    for (size_t i = 0; i < ARRAY_LEN(COMMON); i++)
        for (size_t k = 0; k < listing->count; k++)
            if (str_equal(listing->entries[k].name, COMMON[i]))
                write_entry(&listing->entries[k], NAME_WIDTH, out);
}

static void write_groups(FILE *out)
{
    fprintf(out, "\nManagement Commands:\n");
    for (const struct catalog_group *group = catalog_groups; group->name; group++)
        if (!group->school && catalog_group(group->name))
            write_entry(&(struct entry){group->name, group->summary}, NAME_WIDTH, out);
}

static void write_school(FILE *out)
{
    struct listing school = {.school = true};
    gather(&school);
    fprintf(out, "\nSchool:\n");
    for (size_t i = 0; i < school.count; i++)
        write_entry(&school.entries[i], SCHOOL_WIDTH, out);
    release(&school);
}

void help_program(const struct command_context *context, const struct flag *globals, FILE *out)
{
    struct listing words = {0};
    gather(&words);
    fprintf(out,
            "Usage:  %s [OPTIONS] COMMAND\n\n"
            "Containers with a view of the kernel, and a school to learn them in\n\n",
            context->program);
    write_common(&words, out);
    write_groups(out);
    write_school(out);
    fprintf(out, "\nCommands:\n");
    for (size_t i = 0; i < words.count; i++)
        if (!is_common(words.entries[i].name))
            write_entry(&words.entries[i], NAME_WIDTH, out);
    release(&words);
    fprintf(out, "\nGlobal Options:\n");
    flags_help(globals, out);
    fprintf(out,
            "\nOn a terminal, '%s' alone opens the school.\n"
            "Run '%s COMMAND --help' for more information on a command.\n",
            context->program, context->program);
}

void help_group(const struct command_context *context, const char *name, FILE *out)
{
    const struct catalog_group *group = catalog_group(name);
    struct listing listing = {.group = name};
    fprintf(out, "Usage:  %s %s COMMAND\n\n%s\n\nCommands:\n", context->program, name, group->summary);
    if (group->school) {
        struct listing school = {.school = true};
        size_t len = strlen(name);
        gather(&school);
        for (size_t i = 0; i < school.count; i++)
            if (strncmp(school.entries[i].name, name, len) == 0 && school.entries[i].name[len] == ' ')
                write_entry(&(struct entry){school.entries[i].name + len + 1, school.entries[i].summary}, NAME_WIDTH, out);
        release(&school);
    }
    gather(&listing);
    for (size_t i = 0; i < listing.count; i++)
        write_entry(&listing.entries[i], NAME_WIDTH, out);
    release(&listing);
    fprintf(out, "\nRun '%s %s COMMAND --help' for more information on a command.\n", context->program, name);
}

void help_usage(const struct command_context *context, const char *typed, FILE *out)
{
    const struct command *command = catalog_find(typed);
    const char *operands = command ? command->operands : "";
    int first = (int)strcspn(operands, "\n");
    fprintf(out, "Usage:  %s %s%s%.*s\n", context->program, command ? catalog_called(command, typed) : typed, *operands ? " " : "",
            first, operands);
    if (operands[first]) { /* the other way to use it, by its short name */
        const char *space = strchr(command->name, ' ');
        fprintf(out, "\t%s %s %s\n", context->program, space ? space + 1 : command->name, operands + first + 1);
    }
}

static void write_aliases(const struct command_context *context, const struct command *command, FILE *out)
{
    cleanup_strv char **spellings = catalog_spellings(command);
    if (strv_len(spellings) < 2)
        return;
    fprintf(out, "\nAliases:\n  ");
    for (size_t i = 0; spellings[i]; i++)
        fprintf(out, "%s%s %s", i ? ", " : "", context->program, spellings[i]);
    fprintf(out, "\n");
}

void help_command(const struct command_context *context, const char *typed, const struct flag *flags, FILE *out)
{
    const struct command *command = catalog_find(typed);
    help_usage(context, typed, out);
    if (command) {
        fprintf(out, "\n%s\n", command->summary);
        write_aliases(context, command, out);
    }
    if (flags && flags->name) {
        fprintf(out, "\nOptions:\n");
        flags_help(flags, out);
    }
}

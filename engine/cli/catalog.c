/* The tables put together, and the ways to look into them. */
#include "cli/catalog.h"
#include "cli/cli.h"

#include "base/memory.h"
#include "base/strings.h"

#include <string.h>

extern const struct command lesson_commands[], lab_commands[], exam_commands[], progress_commands[], class_commands[];

static const struct table {
    const struct command *commands;
    bool school;
} TABLES[] = {{cli_commands, false}, {lesson_commands, true},   {lab_commands, true},
              {exam_commands, true}, {progress_commands, true}, {class_commands, true}};

const struct catalog_group catalog_groups[] = {{"builder", "Manage builds", false, ""},
                                               {"buildx", "Build images, as those type it who are used to BuildKit", false, ""},
                                               {"container", "Manage containers", false, ""},
                                               {"context", "Manage contexts", false, ""},
                                               {"image", "Manage images", false, ""},
                                               {"manifest", "Look at images in registries", false, ""},
                                               {"network", "Manage networks", false, ""},
                                               {"plugin", "Manage plugins", false, ""},
                                               {"system", "Look at the engine and clean it up", false, ""},
                                               {"volume", "Manage volumes", false, " COMMAND"},
                                               {"class", "Teach a class, and belong to one", true, ""},
                                               {"exam", "Sit exams", true, ""},
                                               {"lab", "Do labs", true, ""},
                                               {"lesson", "Read lessons", true, ""},
                                               {"quiz", "Check question banks", true, ""},
                                               {0}};

struct search {
    const char *text;
    const struct command *found;
};

void catalog_each(bool (*visit)(void *data, const struct command *command, bool school), void *data)
{
    for (size_t i = 0; i < ARRAY_LEN(TABLES); i++)
        for (const struct command *command = TABLES[i].commands; command->name; command++)
            if (!visit(data, command, TABLES[i].school))
                return;
}

char **catalog_spellings(const struct command *command)
{
    char **list = NULL;
    strv_add(&list, command->name);
    for (const char *p = command->aliases; *p;) {
        size_t len = strcspn(p, ",");
        strv_take(&list, xstrndup(p, len));
        p += len;
        p += strspn(p, ", ");
    }
    return list;
}

/* Whether `spelling` is among the aliases of the row, which are separated by ", ". */
static bool has_alias(const struct command *command, const char *spelling)
{
    size_t len = strlen(spelling);
    for (const char *p = command->aliases; *p;) {
        size_t next = strcspn(p, ",");
        if (next == len && strncmp(p, spelling, len) == 0)
            return true;
        p += next;
        p += strspn(p, ", ");
    }
    return false;
}

static bool is_spelled(void *data, const struct command *command, bool school)
{
    (void)school;
    struct search *search = data;
    if (str_equal(command->name, search->text) || has_alias(command, search->text))
        search->found = command;
    return !search->found;
}

const struct command *catalog_find(const char *spelling)
{
    struct search search = {.text = spelling};
    catalog_each(is_spelled, &search);
    return search.found;
}

char *catalog_within(const struct command *command, const char *group)
{
    cleanup_strv char **spellings = catalog_spellings(command);
    size_t len = strlen(group);
    for (size_t i = 0; spellings[i]; i++)
        if (strncmp(spellings[i], group, len) == 0 && spellings[i][len] == ' ')
            return xstrdup(spellings[i] + len + 1);
    return NULL;
}

static bool in_group(void *data, const struct command *command, bool school)
{
    (void)school;
    struct search *search = data;
    cleanup_free char *within = catalog_within(command, search->text);
    if (within)
        search->found = command;
    return !search->found;
}

const struct catalog_group *catalog_group(const char *name)
{
    struct search search = {.text = name};
    catalog_each(in_group, &search);
    for (const struct catalog_group *group = catalog_groups; search.found && group->name; group++)
        if (str_equal(group->name, name))
            return group;
    return NULL;
}

const char *catalog_called(const struct command *command, const char *typed)
{
    size_t group = strcspn(typed, " ");
    return typed[group] && strncmp(typed, command->name, group + 1) == 0 ? command->name : typed;
}

static void keep_flags(void *data, const struct flag *flags, bool stop)
{
    *(struct catalog_flags *)data = (struct catalog_flags){flags, stop};
}

struct catalog_flags catalog_flags(const struct command *command)
{
    static const struct flag none[] = {{0}};
    struct catalog_flags found = {none, false};
    const struct command_context context = {.host = "", .program = "slipway", .describe = keep_flags, .describe_data = &found};
    char *argv[] = {(char *)command->name, NULL};
    command->run(&context, 1, argv);
    return found;
}

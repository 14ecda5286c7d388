/* Environment variables from --env-file and -e: files first, then flags; a bare name takes its value from our own environment. */
#include "cli/run_options.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void add(json_t **list, const char *text)
{
    if (!*list)
        *list = json_array();
    json_array_append_new(*list, json_text_value(text, strlen(text)));
}

static void add_variable(json_t **list, const char *text)
{
    if (strchr(text, '=')) {
        add(list, text);
        return;
    }
    const char *value = getenv(text);
    if (!value)
        return;
    cleanup_free char *line = str_format("%s=%s", text, value);
    add(list, line);
}

static int add_line(json_t **list, const char *file, char *line, struct error *err)
{
    while (*line == ' ' || *line == '\t')
        line++;
    if (!*line || *line == '#')
        return 0;
    char *equals = strchr(line, '=');
    size_t name = equals ? (size_t)(equals - line) : strlen(line);
    if (!name)
        return error_set(err, EINVAL, "invalid env file (%s): no variable name on line '%s'", file, line);
    if (strcspn(line, " \t") < name)
        return error_set(err, EINVAL, "invalid env file (%s): variable '%.*s' contains whitespaces", file, (int)name, line);
    add_variable(list, line);
    return 0;
}

static int add_file(json_t **list, const char *file, struct error *err)
{
    struct error why = ERROR_INIT;
    cleanup_free char *text = file_read(file, NULL, &why);
    if (!text)
        return error_set(err, EINVAL, "open %s: %s", file, why.code == ENOENT ? "no such file or directory" : strerror(why.code));
    char *start = str_starts(text, "\xEF\xBB\xBF") ? text + 3 : text;
    cleanup_strv char **lines = str_split(start, '\n');
    int r = 0;
    for (size_t i = 0; lines[i] && r == 0; i++) {
        size_t len = strlen(lines[i]);
        if (len && lines[i][len - 1] == '\r')
            lines[i][len - 1] = '\0';
        r = add_line(list, file, lines[i], err);
    }
    return r;
}

bool run_environment(char *const *files, char *const *variables, json_t **out, struct error *err, bool *usage)
{
    json_t *list = NULL;
    int r = 0;
    *usage = false;
    for (char *const *v = variables; v && *v && r == 0; v++)
        if (**v == '=' || !**v) {
            *usage = true;
            r = error_set(err, EINVAL, "invalid argument \"%s\" for \"-e, --env\" flag: invalid environment variable: %s", *v, *v);
        }
    for (char *const *file = files; file && *file && r == 0; file++)
        r = add_file(&list, *file, err);
    for (char *const *v = variables; v && *v && r == 0; v++)
        add_variable(&list, *v);
    if (r < 0)
        json_decref(list);
    else
        *out = list;
    return r == 0;
}

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

/* A bare name that we do not have either is nothing in a file, but an order to the engine from a flag: not the image's value. */
static void add_variable(json_t **list, const char *text, bool flag)
{
    const char *value = strchr(text, '=') ? NULL : getenv(text);
    if (!value && (flag || strchr(text, '=')))
        add(list, text);
    if (!value)
        return;
    cleanup_free char *line = str_format("%s=%s", text, value);
    add(list, line);
}

static bool is_utf8(const char *text)
{
    for (size_t left = strlen(text), n; left; text += n, left -= n)
        if (!(n = utf8_sequence((const unsigned char *)text, left)))
            return false;
    return true;
}

static int bad_bytes(const char *file, size_t number, const char *line, struct error *err)
{
    cleanup_buf struct buf bytes = BUF_INIT;
    for (const char *c = line; *c; c++)
        buf_printf(&bytes, "%s%u", c == line ? "" : " ", (unsigned char)*c);
    return error_set(err, EINVAL, "invalid env file (%s): invalid utf8 bytes at line %zu: [%s]", file, number, bytes.data);
}

static int add_line(json_t **list, const char *file, size_t number, char *line, bool values, struct error *err)
{
    if (!is_utf8(line))
        return bad_bytes(file, number, line, err);
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
    if (values)
        add_variable(list, line, false);
    else
        add(list, line);
    return 0;
}

/* `values`: a bare name takes its value from our environment. */
static int add_file(json_t **list, const char *file, bool values, struct error *err)
{
    struct error why = ERROR_INIT;
    cleanup_free char *text = file_read(file, NULL, &why);
    if (!text && why.code == EISDIR)
        return error_set(err, EINVAL, "invalid env file (%s): read %s: is a directory", file, file);
    if (!text)
        return error_set(err, EINVAL, "open %s: %s", file, why.code == ENOENT ? "no such file or directory" : strerror(why.code));
    char *start = str_starts(text, "\xEF\xBB\xBF") ? text + 3 : text;
    cleanup_strv char **lines = str_split(start, '\n');
    int r = 0;
    for (size_t i = 0; lines[i] && r == 0; i++) {
        size_t len = strlen(lines[i]);
        if (len && lines[i][len - 1] == '\r')
            lines[i][len - 1] = '\0';
        r = add_line(list, file, i + 1, lines[i], values, err);
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
        r = add_file(&list, *file, true, err);
    for (char *const *v = variables; v && *v && r == 0; v++)
        add_variable(&list, *v, true);
    if (r < 0)
        json_decref(list);
    else
        *out = list;
    return r == 0;
}

bool run_pairs(const char *file, char ***out, struct error *err)
{
    cleanup_json json_t *list = json_array();
    json_t *copy = list;
    if (add_file(&copy, file, false, err) < 0)
        return false;
    *out = json_to_strv(list);
    return true;
}

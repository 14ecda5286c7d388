/* Capabilities and --security-opt. A seccomp profile is a file of ours, not of the engine's: its text is sent. */
#include "cli/run_options.h"

#include "base/files.h"
#include "base/json.h"
#include "base/json_syntax.h"
#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void append(json_t *host, const char *key, json_t *value)
{
    json_t *list = json_object_get(host, key);
    if (!list)
        json_object_set_new(host, key, list = json_array());
    json_array_append_new(list, value);
}

/* "net_admin" and "CAP_NET_ADMIN" are one; ALL is a word of its own. */
static char *full_name(const char *text)
{
    cleanup_free char *copy = xstrdup(text);
    char *name = str_trim(copy);
    for (char *c = name; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    bool whole = str_starts(name, "CAP_") || str_equal(name, "ALL");
    return str_format("%s%s", whole ? "" : "CAP_", name);
}

static int compare(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Sorted, each once, less those of `except`. */
static char **full_names(char *const *list, char *const *except)
{
    char **names = NULL;
    for (; list && *list; list++) {
        cleanup_free char *name = full_name(*list);
        if (!strv_has(names, name) && !strv_has(except, name))
            strv_add(&names, name);
    }
    if (names)
        qsort(names, strv_len(names), sizeof *names, compare);
    return names;
}

static void set_capabilities(struct run_request *request)
{
    cleanup_strv char **add = full_names(request->options->cap_add, NULL), **drop = full_names(request->options->cap_drop, add);
    if (add)
        json_object_set_new(request->host, "CapAdd", json_from_strv(add));
    if (drop)
        json_object_set_new(request->host, "CapDrop", json_from_strv(drop));
}

static bool seccomp_profile(struct run_request *request, const char *path)
{
    struct error why = ERROR_INIT;
    size_t len, end;
    char problem[160];
    cleanup_free char *text = file_read(path, &len, &why);
    if (!text)
        return run_refuse(request, "opening seccomp profile (%s) failed: open %s: %s", path, path,
                          why.code == ENOENT ? "no such file or directory" : strerror(why.code));
    if (json_syntax_problem(text, len, &end, problem, sizeof problem))
        return run_refuse(request, "compacting json for seccomp profile (%s) failed: %s", path, problem);
    end += strspn(text + end, " \t\r\n");
    if (end < len)
        return run_refuse(request, "compacting json for seccomp profile (%s) failed: invalid character '%c' after top-level value",
                          path, text[end]);
    cleanup_json json_t *profile = json_parse(text, len, path, &why);
    if (!profile)
        return run_refuse(request, "compacting json for seccomp profile (%s) failed: %s", path, why.message);
    cleanup_free char *compact = json_text(profile), *option = str_format("seccomp=%s", compact);
    append(request->host, "SecurityOpt", json_string(option));
    return true;
}

static bool add_option(struct run_request *request, const char *text)
{
    const char *cut = strpbrk(text, "=:");
    bool profile = cut && (size_t)(cut - text) == strlen("seccomp") && str_starts(text, "seccomp");
    if ((!cut && !str_equal(text, "no-new-privileges")) || (cut && !cut[1]))
        return run_refuse(request, "Invalid --security-opt: \"%s\"", text);
    if (str_equal(text, "systempaths=unconfined")) {
        json_object_set_new(request->host, "MaskedPaths", json_array());
        json_object_set_new(request->host, "ReadonlyPaths", json_array());
        return true;
    }
    if (profile && !str_equal(cut + 1, "unconfined") && !str_equal(cut + 1, "builtin"))
        return seccomp_profile(request, cut + 1);
    append(request->host, "SecurityOpt", json_string(text));
    return true;
}

bool run_security(struct run_request *request)
{
    set_capabilities(request);
    for (char **text = request->options->security_opt; text && *text; text++)
        if (!add_option(request, *text))
            return false;
    return true;
}

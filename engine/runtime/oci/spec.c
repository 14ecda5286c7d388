/* slipway-oci spec. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/defaults.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct spec_options {
    const char *bundle, *file;
    bool rootless;
};
static const struct flag spec_flags[] = {
    {'b', "bundle", FLAG_STRING, offsetof(struct spec_options, bundle), "directory", "where to write it (default: here)"},
    {'f', "file", FLAG_STRING, offsetof(struct spec_options, file), "name", "what to call it (default config.json)"},
    {0, "rootless", FLAG_BOOL, offsetof(struct spec_options, rootless), NULL, "for a user other than root"},
    {0},
};

int oci_spec(int argc, char **argv, struct error *err)
{
    struct spec_options options = {.bundle = ".", .file = "config.json"};
    char **operands;
    int rc = oci_parse(spec_flags, &options, argc, argv, false, 0, 0, &operands, err);
    if (rc)
        return rc;
    char *path cleanup_free = *options.file == '/' ? xstrdup(options.file) : path_join(options.bundle, options.file);
    if (path_exists(path))
        return error_set(err, EEXIST, "%s exists already; remove it first", path);
    json_t *spec cleanup_json = runtime_default_spec(options.rootless);
    char *text cleanup_free = json_dumps(spec, JSON_INDENT(2));
    char *line cleanup_free = str_format("%s\n", text);
    return file_write_atomic(path, line, strlen(line), 0644, true, err);
}

/* Keys that nobody here knows stay in the file as they are: Docker's own client and its plugins keep theirs in it. */
#include "cli/config_file.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *config_file_path(void)
{
    const char *directory = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
    return str_empty(directory) ? str_format("%s/.docker/config.json", str_or(home, "")) : path_join(directory, "config.json");
}

json_t *config_file_read(struct error *err)
{
    cleanup_free char *path = config_file_path();
    struct error why = ERROR_INIT;
    size_t len;
    cleanup_free char *text = file_read(path, &len, &why);
    if (!text && why.code == ENOENT)
        return json_object();
    if (!text)
        return error_set(err, EPROTO, "%s", why.message), NULL;
    json_t *doc = len ? json_parse(text, len, path, &why) : json_object();
    if (!json_is_object(doc)) {
        json_decref(doc);
        return error_set(err, EPROTO, "Error loading config file: %s", doc ? path : why.message), NULL;
    }
    return doc;
}

/* jansson indents with spaces. */
static char *with_tabs(const json_t *doc)
{
    struct buf out = BUF_INIT;
    char *plain = json_dumps(doc, JSON_INDENT(1));
    bool start = true;
    for (const char *p = plain; *p; p++) {
        buf_putc(&out, start && *p == ' ' ? '\t' : *p);
        start = *p == '\n' || (start && *p == ' ');
    }
    free(plain);
    return buf_take(&out);
}

int config_file_write(const json_t *doc, struct error *err)
{
    cleanup_free char *path = config_file_path(), *text = with_tabs(doc);
    char *resolved = realpath(path, NULL);
    if (resolved) {
        free(path);
        path = resolved;
    }
    cleanup_free char *directory = xstrndup(path, (size_t)(strrchr(path, '/') - path));
    struct stat before;
    bool existed = stat(path, &before) == 0;
    int r = path_make_dirs(directory, 0700, err);
    if (r == 0)
        r = file_write_atomic(path, text, strlen(text), 0600, true, err);
    if (r == 0 && existed && (before.st_uid != geteuid() || before.st_gid != getegid()) &&
        chown(path, before.st_uid, before.st_gid) < 0)
        return error_errno(err, errno, "give %s back to its owner", path);
    return r;
}

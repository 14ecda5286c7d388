/* Reading and writing /etc/slipway/class.json. */
#include "quizzes/class_config.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const char *class_config_path(void) { return str_or(getenv("SLIPWAY_CLASS_CONFIG"), "/etc/slipway/class.json"); }

int class_config_read(struct class_config *out, struct error *err)
{
    const char *path = class_config_path();
    struct stat st;
    *out = (struct class_config){0};
    if (str_equal(getenv("SLIPWAY_CLASS"), "none"))
        return error_set(err, ENOENT, "SLIPWAY_CLASS=none keeps you out of every class; unset it to ask the one of this machine");
    if (lstat(path, &st) < 0)
        return error_set(err, ENOENT, "this machine has no class (there is no %s); root founds one: slipway class init TITLE",
                         path);
    if (!S_ISREG(st.st_mode) || (st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & 022))
        return error_set(err, EPERM, "%s is not to be believed: it must be a file of root's that nobody else may write", path);
    cleanup_json json_t *doc = json_read_file(path, err);
    if (!doc)
        return -err->code;
    long long uid = json_num(doc, "uid", -1), gid = json_num(doc, "gid", -1);
    const char *socket = json_str(doc, "socket", ""), *db = json_str(doc, "db", "");
    if (uid < 0 || gid < 0 || *socket != '/' || *db != '/')
        return error_set(err, EINVAL, "%s needs \"socket\" and \"db\" (paths from the root), \"uid\" and \"gid\"", path);
    *out = (struct class_config){
        xstrdup(json_str(doc, "title", "")), xstrdup(socket), xstrdup(db), (uid_t)uid, (gid_t)gid,
    };
    return 0;
}

int class_config_write(const struct class_config *config, struct error *err)
{
    cleanup_json json_t *doc = json_pack("{s:s,s:s,s:s,s:I,s:I}", "title", config->title, "socket", config->socket, "db",
                                         config->db, "uid", (json_int_t)config->uid, "gid", (json_int_t)config->gid);
    cleanup_free char *copy = xstrdup(class_config_path());
    int r = path_make_dirs(dirname(copy), 0755, err);
    return r < 0 ? r : json_write_file(class_config_path(), doc, 0644, true, err);
}

void class_config_free(struct class_config *config)
{
    free(config->title);
    free(config->socket);
    free(config->db);
    *config = (struct class_config){0};
}

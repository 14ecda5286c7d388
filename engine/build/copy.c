/* COPY and ADD. The sources are looked up and counted first, and their digest is asked of the cache; only then is anything written:
 * into a place over the image that becomes the new layer. WORKDIR is here, too: it makes a directory in the same way. */
#include "build/build_internal.h"
#include "build/files.h"
#include "build/owner.h"
#include "build/sources.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/unpack.h"
#include "image/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where a step writes. */
struct target {
    struct workspace *workspace;
    int root; /* mounted; negative while somebody else has it */
};

static void target_close(struct target *target)
{
    target->root = fd_close(target->root);
    workspace_close(target->workspace);
    target->workspace = NULL;
}
#define cleanup_target __attribute__((cleanup(target_close)))

static int target_mount(struct target *target, struct error *err)
{
    target->root = workspace_mount(target->workspace, err);
    return target->root < 0 ? target->root : 0;
}

static int target_open(struct turn *turn, struct target *target, struct error *err)
{
    int r = workspace_open(turn->build->store, turn->image, &target->workspace, err);
    return r < 0 ? r : target_mount(target, err);
}

static bool is_directory(int root, const char *resolved)
{
    struct stat st;
    return files_stat(root, resolved, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool stop(void *data)
{
    struct error ignored;
    return turn_cancelled(data, &ignored);
}

/* Relative to the working directory; a slash at the end is kept, "." is the directory itself. */
static char *destination(const struct turn *turn, const char *given)
{
    const char *workdir = json_str(turn->config, "WorkingDir", "");
    cleanup_free char *whole = *given == '/' ? xstrdup(given) : str_format("/%s/%s", workdir, given);
    cleanup_free char *clean = path_within(whole);
    bool directory = str_ends(given, "/") || str_equal(given, ".") || str_ends(given, "/.");
    return str_format("/%s%s", clean ? clean : "", directory && clean && *clean ? "/" : "");
}

/* ADD of a tar: into a directory, with the owners that it names. The archive process mounts the layers itself. */
static int unpack(struct turn *turn, struct target *target, const struct source *source, const char *to, struct error *err)
{
    const struct rootfs *rootfs = workspace_rootfs(target->workspace);
    const struct placing placing = {.root = target->root, .shown = rootfs->merged};
    cleanup_free char *path = str_format("/%s", to);
    int r = place_directories(&placing, to, 0, 0, NULL, err);
    cleanup_close int fd = r < 0 ? -EBADF : files_open(source->root, source->resolved, O_RDONLY | O_NOFOLLOW);
    if (r < 0 || fd < 0)
        return r < 0 ? r : error_errno(err, -fd, "open %s", source->path);
    target->root = fd_close(target->root);
    const struct view view = {.mount_namespace = -EBADF, .user_namespace = -EBADF, .rootfs = rootfs};
    r = view_put(&view, path, &(struct view_put_options){0}, fd, err);
    if (r < 0)
        return r;
    return turn_cancelled(turn, err) ? -err->code : target_mount(target, err);
}

static int place_one(struct turn *turn, struct target *target, const struct placing *options, const struct source *source,
                     const char *dest, bool add, struct error *err)
{
    struct placing placing = *options;
    cleanup_free char *to = NULL;
    placing.root = target->root;
    int r = files_resolve(target->root, dest, &to, err);
    if (r < 0)
        return r;
    if (source->directory) {
        r = place_directory(&placing, source->root, source->resolved, to, err);
        return r < 0 ? error_prefix(err, "failed to copy directory") : 0;
    }
    if (add && source_is_archive(source))
        return unpack(turn, target, source, to, err);
    cleanup_free char *name = NULL;
    if (str_ends(dest, "/") || is_directory(target->root, to))
        name = str_format("%s%s%s", to, *to ? "/" : "", source->name);
    r = place_file(&placing, source->root, source->resolved, name ? name : to, err);
    return r < 0 ? error_prefix(err, "failed to copy file") : 0;
}

static int parse_mode(const char *text, mode_t *mode, struct error *err)
{
    char *end;
    unsigned long value = strtoul(text, &end, 8);
    if (!*text || *end || value > 07777)
        return error_set(err, EINVAL, "invalid chmod parameter: '%s'. it should be octal string and between 0 and 07777", text);
    *mode = (mode_t)value;
    return 0;
}

struct copy {
    const char *name; /* "COPY" or "ADD" */
    const char *chown, *chmod, *from, *checksum;
    const char *dest; /* as written */
    struct placing placing;
};

static int place_all(struct turn *turn, const struct copy *copy, const struct sources *sources, struct target *target,
                     struct error *err)
{
    struct placing placing = copy->placing;
    cleanup_free char *dest = destination(turn, copy->dest);
    int r = 0;
    placing.shown = workspace_rootfs(target->workspace)->merged;
    if (*copy->chown && owner_lookup(target->root, copy->chown, &placing.uid, &placing.gid, err) < 0)
        return error_prefix(err, "unable to convert uid/gid chown string to host mapping");
    for (size_t i = 0; i < sources->count && r == 0; i++)
        r = place_one(turn, target, &placing, &sources->list[i], dest, str_equal(copy->name, "ADD"), err);
    return r < 0 && err->code != ECANCELED ? error_prefix(err, "failed to copy files") : r;
}

static bool is_url(const char *word) { return str_starts(word, "http://") || str_starts(word, "https://"); }

/* As BuildKit has it: of one download. */
static int check_checksum(const struct copy *copy, const struct instruction *instruction, struct error *err)
{
    const char *hex = copy->checksum + strlen("sha256:");
    if (!*copy->checksum)
        return 0;
    if (!str_starts(copy->checksum, "sha256:") || strlen(hex) != 64 || strspn(hex, "0123456789abcdef") != 64)
        return error_set(err, EINVAL, "invalid checksum digest format: %.100s: it is sha256:, and 64 hexadecimal digits",
                         copy->checksum);
    if (strv_len(instruction->args) > 2)
        return error_set(err, EINVAL, "checksum can't be specified for multiple sources");
    return is_url(instruction->args[0]) ? 0 : error_set(err, EINVAL, "checksum can't be specified for non-HTTP(S) sources");
}

static int find_sources(struct turn *turn, const struct copy *copy, const struct instruction *instruction, struct sources *sources,
                        struct error *err)
{
    char image[DIGEST_TEXT] = "";
    bool add = str_equal(copy->name, "ADD");
    int r = *copy->from ? source_image(turn, copy->from, image, err) : 0;
    if (r == 0)
        r = *copy->from ? sources_open_image(turn, image, sources, err) : sources_open_context(turn, sources, err);
    for (size_t i = 0; r == 0 && instruction->args[i + 1]; i++) {
        const char *word = instruction->args[i];
        const struct heredoc *heredoc = instruction_heredoc(instruction, word);
        if (heredoc)
            r = sources_add_text(sources, heredoc, err);
        else if (is_url(word))
            r = add ? sources_add_url(sources, word, copy->dest, copy->checksum, err)
                    : error_set(err, EINVAL, "%s failed: source can't be a URL for COPY", copy->name);
        else
            r = sources_add(sources, word, copy->name, err);
        if (r < 0)
            return r;
    }
    if (r == 0 && !sources->count)
        return error_set(err, EINVAL, "%s failed: no source files were specified", copy->name);
    if (r == 0 && sources->count > 1 && !str_ends(copy->dest, "/"))
        return error_set(err, EINVAL,
                         "When using %s with more than one source file, the destination must be a directory and end with a /",
                         copy->name);
    return r;
}

static int copy_step(struct turn *turn, const struct copy *copy, struct sources *sources, struct error *err)
{
    cleanup_target struct target target = {.root = -EBADF};
    cleanup_free char *hash = sources_digest(sources);
    cleanup_free char *comment = str_format("%s %s%s%s%s%s%s in %s ", copy->name, *copy->chmod ? "--chmod=" : "", copy->chmod,
                                            *copy->chmod ? " " : "", *copy->chown ? "--chown=" : "", copy->chown, hash, copy->dest);
    cleanup_json json_t *container_config = step_container_config(turn, comment, false);
    free(turn->noted);
    turn->noted = buf_take(&sources->lines);
    if (step_cached(turn, container_config))
        return 0;
    int r = target_open(turn, &target, err);
    if (r == 0)
        r = place_all(turn, copy, sources, &target, err);
    target.root = fd_close(target.root);
    return r < 0 ? r : step_finish(turn, container_config, "", workspace_rootfs(target.workspace), err);
}

int dispatch_copy(struct turn *turn, const struct instruction *original, const struct instruction *instruction, struct error *err)
{
    struct sources sources = SOURCES_INIT;
    struct copy copy = {.name = instruction_name(original->kind),
                        .chown = str_or(instruction_flag(instruction, "chown"), ""),
                        .chmod = str_or(instruction_flag(instruction, "chmod"), ""),
                        .from = str_or(instruction_flag(instruction, "from"), ""),
                        .checksum = str_or(instruction_flag(instruction, "checksum"), ""),
                        .dest = instruction->args[strv_len(instruction->args) - 1],
                        .placing = {.stop = stop, .data = turn}};
    copy.placing.keep_owner = sources.keep_owner = *copy.from && !*copy.chown;
    copy.placing.set_mode = *copy.chmod;
    int r = *copy.chmod ? parse_mode(copy.chmod, &copy.placing.mode, err) : 0;
    if (r == 0)
        r = check_checksum(&copy, instruction, err);
    if (r == 0)
        r = find_sources(turn, &copy, instruction, &sources, err);
    if (r == 0)
        r = copy_step(turn, &copy, &sources, err);
    sources_clear(&sources);
    return r;
}

static int make_workdir(struct turn *turn, struct target *target, const char *path, bool *made, struct error *err)
{
    cleanup_free char *to = NULL;
    struct stat st;
    const struct placing placing = {.shown = ""};
    int r = target_open(turn, target, err);
    if (r == 0)
        r = files_resolve(target->root, path, &to, err);
    if (r == 0 && files_stat(target->root, to, &st) == 0 && !S_ISDIR(st.st_mode))
        return error_set(err, ENOTDIR, "Cannot mkdir: %s is not a directory", path);
    struct placing at = placing;
    at.root = target->root;
    if (r == 0)
        r = place_directories(&at, to, 0, 0, made, err);
    target->root = fd_close(target->root);
    return r;
}

int dispatch_workdir(struct turn *turn, const char *path, struct error *err)
{
    char id[ID_TEXT];
    bool made = false;
    cleanup_target struct target target = {.root = -EBADF};
    const char *before = json_str(turn->config, "WorkingDir", "");
    if (!*path)
        return error_set(err, EINVAL, "cannot normalize nothing");
    cleanup_free char *whole = str_format("%s/%s", before, path), *clean = path_within(whole);
    cleanup_free char *next = *path == '/' ? xstrdup(path) : str_format("/%s", clean ? clean : "");
    json_object_set_new(turn->config, "WorkingDir", json_text_value(next, strlen(next)));
    cleanup_free char *comment = str_format("WORKDIR %s", next);
    cleanup_json json_t *container_config = step_container_config(turn, comment, false);
    if (step_cached(turn, container_config))
        return 0;
    int r = step_container(turn, container_config, id, err);
    if (r == 0)
        r = make_workdir(turn, &target, next, &made, err);
    return r < 0 ? r : step_finish(turn, container_config, id, made ? workspace_rootfs(target.workspace) : NULL, err);
}

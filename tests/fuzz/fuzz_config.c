/* Hostile config.json: of whatever form its members are, there is one line that says what is wrong, or a description of a container
 * with all that the rest of the runtime relies on. Nothing is made: what is asked of the kernel are questions. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <linux/mount.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_config: %s\n", what);
        abort();
    }
}

/* Words of a form that the runtime may take are worth more than noise: a text without braces is a list of options, parted by
 * commas, of a mount of a kind that its first byte chooses. */
static json_t *as_options(const char *text)
{
    static const char *const types[] = {"tmpfs", "bind", "proc", "overlay", "cgroup", ""};
    char **words cleanup_strv = str_split(text + 1, ',');
    json_t *list = json_array();
    for (size_t i = 0; words[i]; i++)
        json_array_append_new(list, json_text_value(words[i], strlen(words[i])));
    return json_pack("{s:[{s:s, s:s, s:s, s:o}], s:{s:s}, s:{s:[s], s:s}, s:{s:[{s:s}]}}", "mounts", "destination", "/x", "type",
                     types[(unsigned char)*text % ARRAY_LEN(types)], "source", "/", "options", list, "root", "path", "rootfs",
                     "process", "args", "true", "cwd", "/", "linux", "namespaces", "type", "mount");
}

static void check_mount(const struct setup_mount *mount)
{
    const struct mount_options *options = &mount->options;
    must(*mount->destination, "a mount without a destination");
    must(*mount->type || options->bind || mount->remount, "a mount of no kind");
    must(!options->bind || !options->data, "a bind mount with data");
    must(mount->from && *mount->from == '/', "a source that is not absolute");
    must(options->as_given != NULL, "options that cannot be shown");
    must(!(options->set & ~options->clear & MOUNT_ATTR__ATIME), "a time flag that is set without the others being cleared");
    must(!(mount->idmap && mount->ridmap && !options->bind), "owners mapped of what is not bound");
    must(!mount->uids || mount->gids, "half a map");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_INIT;
    char *text cleanup_free = xstrndup((const char *)data, size);
    json_t *config cleanup_json = *text && !strchr(text, '{') ? as_options(text) : json_parse(text, strlen(text), "config", &err);
    if (!config)
        return 0;
    json_object_del(json_object_get(config, "linux"), "seccomp"); /* fuzz_seccomp */
    struct setup setup = {.id = "fuzz", .config = config};
    int rc = setup_prepare(&setup, "/bundle", &err);
    must(rc <= 0 && (rc == 0) == (err.code == 0), "neither a container nor a reason");
    must(rc == 0 || *err.message, "an empty reason");
    for (size_t i = 0; i < setup.mount_count && !rc; i++)
        check_mount(&setup.mounts[i]);
    must(rc || (setup.root.path && setup.program.args && setup.program.args[0]), "no root, or nothing to run");
    setup_free(&setup);
    return 0;
}

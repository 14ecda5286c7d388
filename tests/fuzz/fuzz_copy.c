/* Texts that steer copies and commits: instructions for an image's config, paths of both sides of `cp`. An odd first byte is an
 * instruction, an even one two paths, separated by a line's end. */
#include "base/memory.h"
#include "base/strings.h"
#include "cli/copy_path.h"
#include "image/archive_job.h"
#include "image/store.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_copy: %s\n", what);
        abort();
    }
}

/* Whatever was asked, no name leads up. */
static void check_path(const char *text)
{
    cleanup_free char *path = path_absolute(text), *room = xmalloc(strlen(text) + 3), *directory = NULL, *name = NULL;
    must(*path == '/', "a path in a container begins at its root");
    must(!strstr(path, "/../") && !str_ends(path, "/.."), "a path in a container has no ..");
    must(*path_base(path, room) != 0, "a last name is never empty");
    copy_split(path, &directory, &name);
    must(*directory == '/' && *name, "a split path has both parts");
    cleanup_free char *once = copy_clean(text), *twice = copy_clean(once);
    must(str_equal(once, twice), "cleaning a clean path changes nothing");
}

static void check_plan(const char *from, const char *to, unsigned bits)
{
    struct error err = ERROR_INIT;
    struct copy_plan plan;
    const struct copy_end source = {.path = (char *)from, .exists = true, .directory = bits & 1};
    const struct copy_end end = {.path = (char *)to, .exists = bits & 2, .directory = bits & 4};
    int r = copy_plan(&source, &end, &plan, &err);
    must(r == 0 ? plan.directory != NULL : *err.message != 0, "a plan is a directory or a reason");
    copy_plan_clear(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 2)
        return 0;
    cleanup_free char *text = xstrndup((const char *)data + 1, len - 1);
    if (*data & 1) {
        struct error err = ERROR_INIT;
        json_t *config = config_empty();
        int r = config_change(config, text, &err);
        must(r >= 0 || (*err.message && err.code), "a refusal has a reason");
        char *dump = json_dumps(config, 0);
        must(dump != NULL, "a config can be written");
        free(dump);
        json_decref(config);
        return 0;
    }
    char *second = strchr(text, '\n');
    if (second)
        *second++ = 0;
    check_path(text);
    check_plan(text, second ? second : "", *data >> 1);
    return 0;
}

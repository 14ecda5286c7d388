/* What a saved image says of itself: names, links and documents of an archive, as the loading process hands them on. The input is a
 * list of files, each "NAME\nTARGET\n" (a target makes a link) and then its text up to a zero byte. Whatever they say, a plan is
 * made or an error says why not, and no name in it leads out of the archive. */
#include "base/memory.h"
#include "base/strings.h"
#include "image/load.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_load: %s\n", what);
        abort();
    }
}

static void add_file(struct load_files *files, const char *name, const char *target, const char *text, size_t len)
{
    struct error err = ERROR_INIT;
    struct load_file *file = load_files_add(files, name, &err);
    must(file || err.message[0], "a name is refused without a reason");
    if (!file)
        return;
    must(file->name[0] != '/' && strcmp(file->name, "..") && strncmp(file->name, "../", 3) && !strstr(file->name, "/../"),
         "a name leads out");
    if (*target) {
        file->target = xstrdup(target);
        return;
    }
    file->text = memcpy(xmalloc(len + 1), text, len);
    file->text[len] = 0;
    file->len = len;
    file->look = LOOKS_LIKE_JSON;
}

/* A file without a name gets that of its digest, as a blob of a layout, so that the code behind the check is reached. */
static void add_blob(struct load_files *files, const char *text, size_t len)
{
    char digest[DIGEST_TEXT];
    digest_bytes(text, len, digest);
    cleanup_free char *name = str_format("blobs/sha256/%s", digest + 7);
    add_file(files, name, "", text, len);
}

static void read_input(struct load_files *files, char *text, size_t size)
{
    for (char *at = text, *end = text + size; at < end;) {
        char *stop = memchr(at, 0, (size_t)(end - at));
        stop = stop ? stop : end;
        char *name_end = memchr(at, '\n', (size_t)(stop - at));
        char *target = name_end ? name_end + 1 : NULL;
        char *target_end = target ? memchr(target, '\n', (size_t)(stop - target)) : NULL;
        if (target_end) {
            *name_end = *target_end = 0;
            size_t len = (size_t)(stop - target_end - 1);
            if (*at)
                add_file(files, at, target, target_end + 1, len);
            else
                add_blob(files, target_end + 1, len);
        }
        at = stop + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct load_files files = {0};
    cleanup_free char *copy = memcpy(xmalloc(size + 1), data, size);
    copy[size] = 0;
    read_input(&files, copy, size);
    for (int ended = 0; ended < 2; ended++) {
        struct error err = ERROR_INIT;
        struct load_plan plan = {0};
        int r = load_plan_make(&files, ended, &plan, &err);
        must(r == 0 || err.message[0], "no plan and no reason");
        for (size_t i = 0; r == 0 && i < plan.count; i++) {
            struct planned_image *image = &plan.images[i];
            must(image->legacy || image->count == strv_len(image->diff_ids), "a plan without its layers");
            for (size_t k = 0; k < image->count; k++)
                must(image->layers[k].name && image->layers[k].name[0] != '/' && strncmp(image->layers[k].name, "../", 3),
                     "a layer leads out");
            char diff[] = "sha256:0000000000000000000000000000000000000000000000000000000000000000", *diffs[] = {diff, NULL};
            if (image->legacy)
                planned_image_legacy_config(image, diffs, &err);
        }
        load_plan_clear(&plan);
    }
    for (size_t i = 0; i < files.count; i++)
        load_files_find(&files, files.list[i].name, NULL);
    load_files_free(&files);
    return 0;
}

#include "cli/archive_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

const struct archive_library *archive_library(struct error *err)
{
    static struct archive_library library;
    static const struct {
        const char *name;
        size_t offset;
    } functions[] = {
#define X(name) {#name, offsetof(struct archive_library, name)},
        ARCHIVE_FUNCTIONS(X)
#undef X
    };
    void *handle = dlopen("libarchive.so.13", RTLD_NOW);
    for (size_t i = 0; handle && i < sizeof functions / sizeof *functions; i++) {
        void *found = dlsym(handle, functions[i].name);
        *(void **)((char *)&library + functions[i].offset) = found;
        if (!found)
            handle = NULL;
    }
    if (handle)
        return &library;
    error_set(
        err, ENOSYS,
        "libarchive.so.13 (Debian package libarchive13) cannot be loaded; tars can only be given and taken by \"-\" without it");
    return NULL;
}

/* dlopen(3) and dlsym(3), with words for what fails. */
#include "base/shared_library.h"

#include "base/strings.h"

#include <dlfcn.h>

const char *shared_library_load(const char *file, const char *package, int flags, const struct library_function *functions,
                                size_t count, void *table)
{
    void *handle = dlopen(file, flags);
    if (!handle)
        return str_format("%s (Debian package %s) cannot be loaded", file, package);
    for (size_t i = 0; i < count; i++) {
        void *found = dlsym(handle, functions[i].name);
        if (!found)
            return str_format("%s has no %s: it is too old", file, functions[i].name);
        *(void **)((char *)table + functions[i].offset) = found;
    }
    return NULL;
}

/* Loads libgnutls once. */
#include "base/tls_library.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

static struct tls_library library;
static const char *missing; /* NULL: all is there */

static void load(void)
{
    static const struct {
        const char *name;
        size_t offset;
    } functions[] = {
#define X(name) {#name, offsetof(struct tls_library, name)},
        TLS_FUNCTIONS(X)
#undef X
    };
    void *handle = dlopen("libgnutls.so.30", RTLD_NOW | RTLD_GLOBAL);
    if (!handle) {
        missing = "libgnutls.so.30 (Debian package libgnutls30) cannot be loaded";
        return;
    }
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *found = dlsym(handle, functions[i].name);
        if (!found)
            missing = "libgnutls.so.30 is too old";
        *(void **)((char *)&library + functions[i].offset) = found;
    }
}

const struct tls_library *tls_library(struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (!missing)
        return &library;
    error_set(err, ENOSYS, "TLS is not available: %s", missing);
    return NULL;
}

/* A registry's own CAs are put behind the system's into a memory file, because libcurl takes one file. */
#include "image/registry/trust.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char system_bundle[] = "/etc/ssl/certs/ca-certificates.crt";

static int add_bundle(struct trust *trust, const char *path, struct error *err)
{
    size_t len;
    cleanup_free char *text = file_read(path, &len, err);
    if (!text)
        return -err->code;
    int r = write_full(trust->bundle, text, len);
    if (r == 0)
        r = write_full(trust->bundle, "\n", 1);
    return r < 0 ? error_errno(err, -r, "keep %s", path) : 0;
}

static int begin_bundle(struct trust *trust, struct error *err)
{
    if (trust->bundle >= 0)
        return 0;
    trust->bundle = memfd_create("registry-ca", MFD_CLOEXEC);
    if (trust->bundle < 0)
        return error_errno(err, errno, "make a memory file for certificates");
    int r = trust->path ? add_bundle(trust, trust->path, err) : 0;
    free(trust->path);
    trust->path = str_format("/proc/self/fd/%d", trust->bundle);
    return r;
}

/* The other half of X.cert or X.key. */
static char *other_half(const char *directory, const char *name, const char *suffix, const char *other)
{
    return str_format("%s/%.*s%s", directory, (int)(strlen(name) - strlen(suffix)), name, other);
}

static int take(struct trust *trust, const char *directory, const char *name, struct error *err)
{
    cleanup_free char *path = path_join(directory, name);
    if (str_ends(name, ".crt")) {
        int r = begin_bundle(trust, err);
        return r < 0 ? r : add_bundle(trust, path, err);
    }
    if (str_ends(name, ".cert")) {
        cleanup_free char *key = other_half(directory, name, ".cert", ".key");
        if (!path_exists(key))
            return error_set(err, EINVAL, "missing key %s for client certificate %s. CA certificates must use the extension .crt",
                             strrchr(key, '/') + 1, name);
        if (!trust->cert) {
            trust->cert = xstrdup(path);
            trust->key = xstrdup(key);
        }
    }
    if (str_ends(name, ".key")) {
        cleanup_free char *cert = other_half(directory, name, ".key", ".cert");
        if (!path_exists(cert))
            return error_set(err, EINVAL, "missing client certificate %s for key %s", strrchr(cert, '/') + 1, name);
    }
    return 0;
}

int trust_read(const char *directory, struct trust *out, struct error *err)
{
    *out = (struct trust){.bundle = -EBADF};
    out->path = access(system_bundle, R_OK) == 0 ? xstrdup(system_bundle) : NULL;
    struct dirent **names = NULL;
    int count = directory ? scandir(directory, &names, NULL, alphasort) : 0, r = 0;
    if (count < 0 && errno != ENOENT && errno != ENOTDIR)
        r = error_errno(err, errno, "read certificates in %s", directory);
    for (int i = 0; i < count; i++) {
        if (r == 0)
            r = take(out, directory, names[i]->d_name, err);
        free(names[i]);
    }
    free(names);
    return r;
}

void trust_clear(struct trust *trust)
{
    fd_close(trust->bundle);
    free(trust->path);
    free(trust->cert);
    free(trust->key);
    *trust = (struct trust){.bundle = -EBADF};
}

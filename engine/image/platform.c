/* Machine names of uname(2) as Go, and so every image config, calls them. */
#include "image/platform.h"

#include "base/memory.h"
#include "base/strings.h"

#include <sys/utsname.h>

static const struct {
    const char *machine, *architecture;
} architectures[] = {
    {"x86_64", "amd64"},    {"aarch64", "arm64"},   {"armv7l", "arm"},  {"i686", "386"},
    {"riscv64", "riscv64"}, {"ppc64le", "ppc64le"}, {"s390x", "s390x"},
};

const char *platform_architecture(void)
{
    struct utsname name;
    uname(&name);
    for (size_t i = 0; i < ARRAY_LEN(architectures); i++)
        if (str_equal(name.machine, architectures[i].machine))
            return architectures[i].architecture;
    return "amd64";
}

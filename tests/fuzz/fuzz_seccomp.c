/* Hostile seccomp profiles: whatever comes in, there is either one line that says what is wrong, or a profile of the form that the
 * runtime compiles, which then compiles or is refused with a line of its own. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/seccomp.h"
#include "runtime/defaults.h"
#include "runtime/seccomp_profile.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_seccomp: %s\n", what);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_INIT;
    struct seccomp_program program = {0};
    cleanup_free char *text = xstrndup((const char *)data, size);
    cleanup_json json_t *capabilities = runtime_default_capabilities();
    cleanup_json json_t *profile = runtime_seccomp_profile(text, capabilities, &err);
    must((profile != NULL) == (err.code == 0), "neither a profile nor a reason");
    if (!profile || json_is_null(profile)) {
        must(profile || *err.message, "an empty reason");
        return 0;
    }
    must(json_is_array(json_object_get(profile, "syscalls")) && json_is_array(json_object_get(profile, "architectures")),
         "the form");
    if (seccomp_compile(profile, NULL, &program, &err) == 0)
        must(program.count == 0 || program.code != NULL, "a program without instructions");
    else
        must(err.code && *err.message, "no reason for not compiling");
    seccomp_program_free(&program);
    return 0;
}

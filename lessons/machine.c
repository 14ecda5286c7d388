/* A leased sandbox. */
#include "lessons/machine.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "labs/sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { MACHINE_MEMORY = 256 << 20, MACHINE_PIDS = 400 };

int machine_open(const char *host, const char *slug, struct machine *out, struct error *err)
{
    *out = (struct machine){.lease = -EBADF};
    /* A name of its own each time: the one before may still be going away, and a test may run the lesson that is being read. */
    static unsigned number;
    cleanup_free char *name = str_format("lesson-%s-%d-%u", slug, (int)getpid(), __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED));
    cleanup_json json_t *config = json_pack("{s:s,s:s,s:I,s:I,s:f,s:b}", "lab", name, "image", "slipway/lab:latest", "memory",
                                            (json_int_t)MACHINE_MEMORY, "pids", (json_int_t)MACHINE_PIDS, "cpus", 1.0, "engine", 1);
    cleanup_json json_t *answer = sandbox_lease(host, SANDBOX_LEASED, config, &out->lease, err);
    const char *id = json_str(answer, "Id", NULL);
    if (id)
        out->id = xstrdup(id);
    else if (answer)
        error_set(err, EPROTO, "%s", json_str(answer, "message", "the engine did not name the machine"));
    if (!id)
        machine_close(out);
    return id ? 0 : -err->code;
}

json_t *machine_shell(void)
{
    return json_pack("{s:b,s:b,s:b,s:b,s:[s,s],s:[s,s]}", "AttachStdin", 1, "AttachStdout", 1, "AttachStderr", 1, "Tty", 1, "Cmd",
                     "bash", "-l", "Env", "LESSON=1", "TERM=screen-256color");
}

void machine_close(struct machine *machine)
{
    machine->lease = fd_close(machine->lease);
    free(machine->id);
    machine->id = NULL;
}

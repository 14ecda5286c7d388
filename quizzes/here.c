/* The script runs as it is; another bash around it notes what the engine had before, and removes what came to it. */
#include "quizzes/here.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char around[] =
    "export DOCKER_HOST=$1\n"
    "list() {\n"
    "    docker ps -aq --no-trunc | sed 's/^/container /'\n"
    "    docker images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sed 's/^<none>:<none> //; s/ .*//; s/^/image /'\n"
    "    docker network ls -q --no-trunc | sed 's/^/network /'\n"
    "    docker volume ls -q | sed 's/^/volume /'\n"
    "}\n"
    "before=$(list | sort)\n"
    "timeout \"$2\" bash -c \"$3\" proof; code=$?\n"
    "for kind in container network volume image; do\n"
    "    comm -13 <(echo \"$before\") <(list | sort) | sed -n \"s/^$kind //p\" |\n"
    "        while read -r name; do\n"
    "            case $kind in container) docker rm -fv \"$name\" ;; *) docker $kind rm \"$name\" ;; esac\n"
    "        done\n"
    "done >/dev/null 2>&1\n"
    "exit $code\n";

int here_run(const char *host, const char *script, unsigned seconds, char **output, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "make a pipe");
    cleanup_free char *limit = str_format("%u", seconds);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        execlp("bash", "bash", "-c", around, "proof", host, limit, script, NULL);
        _exit(127);
    }
    close(ends[1]);
    struct buf out = BUF_INIT;
    char piece[4096];
    ssize_t got;
    while (child > 0 && (got = read(ends[0], piece, sizeof piece)) > 0)
        buf_add(&out, piece, (size_t)got);
    close(ends[0]);
    *output = buf_take(&out);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0)
        return error_errno(err, errno, "run bash");
    return WIFEXITED(status) ? WEXITSTATUS(status) : error_set(err, EIO, "bash was ended by signal %d", WTERMSIG(status));
}

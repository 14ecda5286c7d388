/* Which file a command is, and a failure said so that the person who typed it knows what to do. The wording before the first
 * colon is runc's, which Docker's clients and people's scripts look for. */
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* 0, or why a file cannot be executed by this process. */
static int executable(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return errno;
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    if (!(status.st_mode & 0111))
        return EACCES;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 && errno != ENOSYS ? errno : 0;
}

static const char *search_path(const struct setup_program *program)
{
    for (size_t i = 0; program->env[i]; i++)
        if (str_starts(program->env[i], "PATH="))
            return program->env[i] + strlen("PATH=");
    return default_path;
}

int program_find(struct setup_program *program, struct error *err)
{
    const char *name = program->args[0];
    if (strchr(name, '/')) {
        int code = executable(name);
        program->path = xstrdup(name);
        return code ? program_failure(program, code, err) : 0;
    }
    char **places cleanup_strv = str_split(search_path(program), ':');
    for (size_t i = 0; *name && places && places[i]; i++) {
        char *path = str_format("%s/%s", *places[i] ? places[i] : ".", name);
        if (executable(path) == 0) {
            program->path = path;
            return 0;
        }
        free(path);
    }
    return error_set(err, ENOENT, "exec: \"%s\": executable file not found in $PATH", name);
}

/* The interpreter of a dynamic ELF program, or after "#!"; allocated, NULL when the file has none. */
static char *interpreter_of(const char *path, bool *foreign)
{
    char head[4096];
    int fd cleanup_close = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* it may have become a FIFO */
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head - 1);
    if (n < 4)
        return NULL;
    head[n] = 0;
    if (head[0] == '#' && head[1] == '!') {
        char *start = head + 2 + strspn(head + 2, " \t");
        return xstrndup(start, strcspn(start, " \t\r\n"));
    }
    const Elf64_Ehdr *elf = (const Elf64_Ehdr *)head;
    if (memcmp(head, ELFMAG, SELFMAG) || n < (ssize_t)sizeof *elf)
        return NULL;
#if defined(__x86_64__)
    *foreign = elf->e_machine != EM_X86_64 && elf->e_machine != EM_386;
#elif defined(__aarch64__)
    *foreign = elf->e_machine != EM_AARCH64 && elf->e_machine != EM_ARM;
#endif
    for (int i = 0; elf->e_ident[EI_CLASS] == ELFCLASS64 && i < elf->e_phnum; i++) {
        size_t at = elf->e_phoff + (size_t)i * sizeof(Elf64_Phdr);
        if (at + sizeof(Elf64_Phdr) > (size_t)n)
            break;
        const Elf64_Phdr *segment = (const Elf64_Phdr *)(head + at);
        if (segment->p_type == PT_INTERP && segment->p_offset < (size_t)n)
            return xstrdup(head + segment->p_offset);
    }
    return NULL;
}

int program_failure(const struct setup_program *program, int code, struct error *err)
{
    const char *name = program->args[0], *path = str_or(program->path, name);
    bool foreign = false;
    struct statvfs where;
    switch (code) {
    case ENOENT:
    case ENOTDIR: {
        if (access(path, F_OK) < 0)
            return error_set(err, ENOENT, "exec: \"%s\": stat %s: no such file or directory", name, path);
        char *interpreter cleanup_free = interpreter_of(path, &foreign);
        return error_set(err, ENOENT, "exec: \"%s\": no such file or directory: its interpreter %s is not in the container", name,
                         str_or(interpreter, "(unknown)"));
    }
    case EISDIR:
        return error_set(err, EACCES, "exec: \"%s\": is a directory", name);
    case EACCES:
        if (statvfs(path, &where) == 0 && where.f_flag & ST_NOEXEC)
            return error_set(err, EACCES, "exec: \"%s\": permission denied: it lies on a mount with noexec", name);
        return error_set(err, EACCES, "exec: \"%s\": permission denied", name);
    case ENOEXEC: {
        char *interpreter cleanup_free = interpreter_of(path, &foreign);
        return error_set(err, ENOEXEC, "exec: \"%s\": exec format error%s", name,
                         foreign ? ": it was built for another processor" : "");
    }
    default:
        return error_errno(err, code, "exec: \"%s\"", name);
    }
}

/* Allocation that ends the process when there is none left, and the cleanup functions behind the attributes. */
#include "base/memory.h"

#include "base/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *checked(void *pointer)
{
    if (!pointer) {
        static const char text[] = "out of memory\n";
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
        abort();
    }
    return pointer;
}

void *xmalloc(size_t size) { return checked(malloc(size ? size : 1)); }
void *xcalloc(size_t count, size_t size) { return checked(calloc(count ? count : 1, size ? size : 1)); }
void *xrealloc(void *old, size_t size) { return checked(realloc(old, size ? size : 1)); }
char *xstrdup(const char *text) { return checked(strdup(text)); }
char *xstrndup(const char *text, size_t most) { return checked(strndup(text, most)); }

int fd_close(int fd)
{
    if (fd >= 0) {
        int saved = errno;
        close(fd);
        errno = saved;
    }
    return -EBADF;
}

void cleanup_free_p(void *pointer) { free(*(void **)pointer); }
void cleanup_close_p(int *fd) { fd_close(*fd); }
void cleanup_strv_p(char ***list) { strv_free(*list); }

void cleanup_file_p(FILE **file)
{
    if (*file)
        fclose(*file);
}

void cleanup_dir_p(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

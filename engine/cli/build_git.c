/* The program `git` does it, where it can without the history: one fetch of one commit. Hooks and submodules of others are not run
 * or followed.
 */
#include "cli/build_git.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool build_git_is(const char *text)
{
    static const char *const begins[] = {"git://", "github.com/", "git@"};
    for (size_t i = 0; i < ARRAY_LEN(begins); i++)
        if (str_starts(text, begins[i]))
            return true;
    size_t len = strcspn(text, "#");
    return strstr(text, "://") && len >= 4 && strncmp(text + len - 4, ".git", 4) == 0;
}

static char cloned[4096]; /* what a signal leaves to be taken away; "" is nothing */

static void on_signal(int number)
{
    if (*cloned && fork() == 0) {
        execl("/bin/rm", "rm", "-rf", "--", cloned, NULL);
        _exit(1);
    }
    signal(number, SIG_DFL);
    raise(number);
}

/* A new directory that does not outlive the program, unless that is killed. */
static char *make_root(struct error *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    cleanup_free char *template = str_format("%s/docker-build-git-XXXXXX", str_or(getenv("TMPDIR"), "/tmp"));
    char *root = mkdtemp(template) ? realpath(template, NULL) : NULL;
    if (!root)
        return error_set(err, EPROTO, "make %s: %s", template, strerror(errno)), NULL;
    snprintf(cloned, sizeof cloned, "%s", root);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        signal(signals[i], on_signal);
    return root;
}

static int git(const char *directory, const char *doing, struct error *err, const char *a, const char *b, const char *c,
               const char *d, const char *e)
{
    char *const argv[] = {(char *)"git",
                          (char *)"-c",
                          (char *)"core.hooksPath=/dev/null",
                          (char *)"-C",
                          (char *)directory,
                          (char *)a,
                          (char *)b,
                          (char *)c,
                          (char *)d,
                          (char *)e,
                          NULL};
    cleanup_buf struct buf out = BUF_INIT;
    struct error why = ERROR_INIT;
    if (program_run(argv, "", true, &out, &why) == 0)
        return 0;
    return error_set(err, EPROTO, "%s: %s", doing, str_or(out.data, why.message));
}

static int fetch(const char *root, const char *url, const char *ref, struct error *err)
{
    int r = git(root, "failed to init repo", err, "init", "--quiet", NULL, NULL, NULL);
    if (r == 0)
        r = git(root, "failed add origin repo", err, "remote", "add", "--", "origin", url);
    if (r == 0)
        r = git(root, "error fetching", err, "fetch", "--quiet", "--depth=1", "origin", ref);
    if (r < 0 && err && strstr(err->message, "shallow")) /* files on a plain web server can only be had with their history */
        r = git(root, "error fetching", err, "fetch", "--quiet", "origin", ref, NULL);
    return r < 0 ? r : git(root, "error checking out", err, "checkout", "--quiet", "--detach", "FETCH_HEAD", NULL);
}

/* A directory of the repository; a link in it cannot lead out. */
static char *inside(const char *root, const char *name, struct error *err)
{
    cleanup_free char *path = path_join(root, name);
    char *resolved = realpath(path, NULL);
    size_t len = strlen(root);
    if (!resolved)
        return error_set(err, EPROTO, "error setting git context, %s not within git root: %s", name, strerror(errno)), NULL;
    if (strncmp(resolved, root, len) == 0 && (resolved[len] == '/' || !resolved[len]))
        return resolved;
    free(resolved);
    return error_set(err, EPROTO, "error setting git context, %s not within git root", name), NULL;
}

static int clone(const char *address, char **root, char **directory, struct error *err)
{
    cleanup_free char *text = str_format("%s%s", str_starts(address, "github.com/") ? "https://" : "", address);
    char *ref = strchr(text, '#'), *name = ref ? strchr(ref, ':') : NULL;
    if (ref)
        *ref++ = '\0';
    if (name)
        *name++ = '\0';
    if (ref && *ref == '-')
        return error_set(err, EPROTO, "invalid refspec: %s", ref);
    *root = make_root(err);
    int r = *root ? fetch(*root, text, str_or(ref, "HEAD"), err) : -EPROTO;
    if (r == 0 && !(*directory = inside(*root, str_or(name, ""), err)))
        r = -EPROTO;
    return r;
}

int build_git_clone(const char *address, char **root, char **directory, struct error *err)
{
    *root = *directory = NULL;
    int r = clone(address, root, directory, err);
    if (r == 0)
        return 0;
    error_prefix(err, "unable to 'git clone' to temporary context directory");
    if (*root)
        path_remove_tree(*root, NULL);
    free(move_ptr(*root));
    return r;
}

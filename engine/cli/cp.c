/* cp: files between here and a container, or as a tar on standard input or output. Which name a copy gets is decided here (see
 * copy_path.h); the engine only gives and takes tars. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/copy_local.h"
#include "cli/copy_path.h"
#include "cli/feed_reader.h"
#include "cli/format.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Kinds of files in Go's numbers, which the engine tells them by. */
enum { GO_SYMLINK = 1 << 27, GO_SPECIAL = 1 << 26 | 1 << 25 | 1 << 24 | 1 << 21 | 1 << 19 };
#define GO_DIRECTORY (1LL << 31)

struct options {
    bool archive, follow, quiet;
};

struct copy {
    const struct command_context *context;
    const struct options *options;
    char *container; /* as it was typed */
    char *path;      /* in the container */
    const char *local;
};

static bool is_local(const char *text) { return *text == '/' || *text == '.' || !strchr(text, ':'); }

static char *archive_path(const struct copy *copy, const char *path)
{
    struct buf out = BUF_INIT;
    cleanup_free char *base = cli_path("/containers/", copy->container, "/archive");
    buf_puts(&out, base);
    cli_query(&out, "path", path);
    return buf_take(&out);
}

/* {"name","mode","linkTarget",...}, or NULL when there is nothing. */
static json_t *remote_stat(const struct copy *copy, const char *path)
{
    cleanup_free char *target = archive_path(copy, path);
    struct client_feed *feed = client_feed_send(copy->context->host, "HEAD", target, NULL, NULL, NULL);
    json_t *doc = feed && client_feed_head(feed, NULL) == 0 ? client_feed_path_stat(feed) : NULL;
    client_feed_close(feed);
    return doc;
}

static void say_copied(const struct copy *copy, int64_t bytes, const char *container, const char *path)
{
    if (copy->options->quiet)
        return;
    cleanup_free char *size = cli_size((double)bytes, 3);
    fprintf(stderr, "Successfully copied %s to %s%s%s\n", size, container, *container ? ":" : "", path);
}

static int plain(const struct error *err) { return fprintf(stderr, "%s\n", err->message), 1; }

static int to_stdout(struct feed_reader *reader)
{
    const void *block;
    ssize_t got;
    while ((got = feed_read(reader, &block)) > 0) {
        int r = write_full(STDOUT_FILENO, block, (size_t)got);
        if (r < 0)
            return fprintf(stderr, "write /dev/stdout: %s\n", strerror(-r)), 1;
    }
    return got < 0 ? plain(&reader->err) : 0;
}

static int check_output(const char *path, struct error *err)
{
    struct stat st;
    cleanup_free char *directory = NULL, *name = NULL;
    copy_split(path, &directory, &name);
    if (stat(directory, &st) < 0 && errno == ENOENT)
        return error_set(err, EPROTO, "invalid output path: directory \"%s\" does not exist", directory);
    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
        return error_set(err, EPROTO, "invalid output path: \"%s\" must be a directory or a regular file: got a%s", path,
                         S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode) ? " device" : "n irregular file");
    return 0;
}

/* With -L: what the link at the end of the source leads to, under the link's name. */
static void follow_remote(struct copy *copy, struct copy_end *source)
{
    cleanup_json json_t *doc = remote_stat(copy, source->path);
    const char *target = json_str(doc, "linkTarget", "");
    if (!doc || !(json_num(doc, "mode", 0) & GO_SYMLINK))
        return;
    cleanup_free char *directory = NULL, *name = NULL, *old = source->path;
    copy_split(old, &directory, &name);
    cleanup_free char *resolved = copy_join(directory, target);
    source->path = copy_rebase(old, resolved, &source->rename);
}

static int unpack(struct copy *copy, const struct copy_end *source, const char *destination, struct feed_reader *reader)
{
    struct error err = ERROR_INIT;
    struct copy_end end = {0};
    struct copy_plan plan = {0};
    int64_t bytes = 0;
    int r = copy_destination(destination, &end, &err);
    if (r == 0)
        r = copy_plan(source, &end, &plan, &err);
    /* A link that was followed is packed under its target's name; the plan may give it yet another. */
    cleanup_free char *directory = NULL, *base = NULL;
    copy_split(source->path, &directory, &base);
    struct copy_rename rename = {plan.from, plan.to};
    if (source->rename) {
        rename.from = base;
        rename.to = plan.to ? plan.to : source->rename;
    }
    if (r == 0)
        r = copy_unpack(plan.directory, &rename, copy->options->archive, feed_read, reader, &bytes, &err);
    if (r == 0)
        say_copied(copy, bytes, "", destination);
    else
        plain(reader->err.code ? &reader->err : &err);
    copy_end_clear(&end);
    copy_plan_clear(&plan);
    return r < 0;
}

static int from_container(struct copy *copy)
{
    struct error err = ERROR_INIT;
    bool standard = str_equal(copy->local, "-");
    cleanup_free char *destination = standard ? xstrdup("-") : copy_absolute(copy->local);
    if (!standard && check_output(destination, &err) < 0)
        return plain(&err);
    struct copy_end source = {.path = xstrdup(copy->path), .exists = true};
    if (copy->options->follow)
        follow_remote(copy, &source);
    cleanup_free char *target = archive_path(copy, source.path);
    struct feed_reader *reader = xcalloc(1, sizeof *reader);
    reader->feed = client_feed_open(copy->context->host, target, &err);
    int rc;
    if (!reader->feed) {
        rc = cli_failed(&err);
    } else if (standard) {
        rc = to_stdout(reader);
    } else {
        cleanup_json json_t *doc = client_feed_path_stat(reader->feed);
        source.directory = json_num(doc, "mode", 0) & GO_DIRECTORY;
        rc = unpack(copy, &source, destination, reader);
    }
    client_feed_close(reader->feed);
    free(reader);
    copy_end_clear(&source);
    return rc;
}

/* The tar of the local files, made while it is sent. */
struct sender {
    const char *directory, *name;
    struct copy_rename rename;
    int fd;
    int64_t bytes;
    int result;
    struct error err;
};

static void *send_tar(void *data)
{
    struct sender *sender = data;
    sender->result = copy_pack(sender->directory, sender->name, &sender->rename, sender->fd, &sender->bytes, &sender->err);
    sender->fd = fd_close(sender->fd);
    return NULL;
}

static int upload(struct copy *copy, const char *directory, int fd, struct error *err)
{
    cleanup_client struct client *client = client_new(copy->context->host);
    cleanup_free char *plain_path = archive_path(copy, directory);
    cleanup_buf struct buf path = BUF_INIT;
    buf_puts(&path, plain_path);
    cli_query(&path, "noOverwriteDirNonDir", "true");
    if (copy->options->archive)
        cli_query(&path, "copyUIDGID", "true");
    return client_upload(client, "PUT", path.data, "application/x-tar", fd, NULL, err);
}

static int send_files(struct copy *copy, const struct copy_end *source, const struct copy_plan *plan)
{
    struct error err = ERROR_INIT;
    int ends[2];
    pthread_t thread;
    cleanup_free char *directory = NULL, *name = NULL;
    copy_split(source->path, &directory, &name);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return perror("pipe"), 1;
    (void)fcntl(ends[0], F_SETPIPE_SZ, 1 << 20);
    struct sender sender = {.directory = directory, .name = name, .rename = {plan->from, plan->to}, .fd = ends[1]};
    if (source->rename && !plan->from)
        sender.rename = (struct copy_rename){name, source->rename};
    else if (source->rename)
        sender.rename.from = name;
    signal(SIGPIPE, SIG_IGN); /* the engine may have enough before the end */
    if (pthread_create(&thread, NULL, send_tar, &sender) != 0)
        return fprintf(stderr, "start a thread: %s\n", strerror(errno)), 1;
    int r = upload(copy, plan->directory, ends[0], &err);
    fd_close(ends[0]);
    pthread_join(thread, NULL);
    if (r < 0)
        return cli_failed(&err);
    if (sender.result < 0)
        return plain(&sender.err);
    say_copied(copy, sender.bytes, copy->container, plan->directory);
    return 0;
}

/* What the copy goes to, a link at its end followed. */
static int remote_end(struct copy *copy, struct copy_end *out, struct error *err)
{
    json_t *doc = remote_stat(copy, copy->path);
    *out = (struct copy_end){.path = xstrdup(copy->path)};
    if (doc && json_num(doc, "mode", 0) & GO_SYMLINK) {
        cleanup_free char *directory = NULL, *name = NULL, *old = out->path;
        copy_split(old, &directory, &name);
        out->path = copy_join(directory, json_str(doc, "linkTarget", ""));
        json_decref(doc);
        doc = remote_stat(copy, out->path);
    }
    long long mode = json_num(doc, "mode", 0);
    out->exists = doc;
    out->directory = mode & GO_DIRECTORY;
    json_decref(doc);
    if (!(mode & GO_SPECIAL))
        return 0;
    return error_set(err, EPROTO, "destination \"%s:%s\" must be a directory or a regular file: got a%s", copy->container,
                     copy->path, mode & (1 << 26) ? " device" : "n irregular file");
}

static int to_container(struct copy *copy)
{
    struct error err = ERROR_INIT;
    struct copy_end source = {0}, destination = {0};
    struct copy_plan plan = {0};
    int rc = 1;
    if (remote_end(copy, &destination, &err) < 0) {
        plain(&err);
    } else if (str_equal(copy->local, "-")) {
        if (!destination.directory)
            fprintf(stderr, "destination \"%s:%s\" must be a directory\n", copy->container, copy->path);
        else
            rc = upload(copy, destination.path, STDIN_FILENO, &err) < 0 ? cli_failed(&err) : 0;
    } else {
        cleanup_free char *local = copy_absolute(copy->local);
        int r = copy_source(local, copy->options->follow, &source, &err);
        if (r == 0)
            r = copy_plan(&source, &destination, &plan, &err);
        rc = r < 0 ? plain(&err) : send_files(copy, &source, &plan);
    }
    copy_end_clear(&source);
    copy_end_clear(&destination);
    copy_plan_clear(&plan);
    return rc;
}

static void split_operand(const char *text, char **container, char **path)
{
    const char *colon = strchr(text, ':');
    *container = xstrndup(text, (size_t)(colon - text));
    *path = xstrdup(colon + 1);
}

#define AT(member) offsetof(struct options, member)

int cmd_cp(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'a', "archive", FLAG_BOOL, AT(archive), NULL, "Keep owner and group of what is copied"},
        {'L', "follow-link", FLAG_BOOL, AT(follow), NULL, "Follow a symbolic link as the source"},
        {'q', "quiet", FLAG_BOOL, AT(quiet), NULL, "Do not say what was copied (default without a terminal)"},
        {0}};
    struct options options = {0};
    bool seen[ARRAY_LEN(flags)] = {0};
    int rc = cli_parse(context, flags, &options, seen, (struct cli_operands){2, 2, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    if (!seen[2])
        options.quiet = !isatty(STDOUT_FILENO);
    if (!*argv[0])
        return fprintf(stderr, "source can not be empty\n"), 1;
    if (!*argv[1])
        return fprintf(stderr, "destination can not be empty\n"), 1;
    bool from = !is_local(argv[0]), to = !is_local(argv[1]);
    if (from && to)
        return fprintf(stderr, "copying between containers is not supported\n"), 1;
    if (!from && !to)
        return fprintf(stderr, "must specify at least one container source\n"), 1;
    struct copy copy = {.context = context, .options = &options, .local = argv[from ? 1 : 0]};
    split_operand(argv[from ? 0 : 1], &copy.container, &copy.path);
    rc = from ? from_container(&copy) : to_container(&copy);
    free(copy.container);
    free(copy.path);
    return rc;
}

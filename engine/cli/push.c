/* push: an image, or all tags of a repository, to the registry that their name says. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/credentials.h"
#include "cli/image_name.h"
#include "cli/progress.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

struct options {
    bool all, quiet, trust;
};

#define AT(member) offsetof(struct options, member)

static int push(struct client *client, const struct image_name *image, FILE *out, struct error *err)
{
    cleanup_free char *name = name_repository(image), *plain = cli_path("/images/", name, "/push");
    cleanup_free char *auth = credentials_header(image);
    cleanup_buf struct buf path = BUF_INIT;
    cleanup_messages struct messages messages = {.out = out, .terminal = out && isatty(fileno(out))};
    buf_puts(&path, plain);
    if (image->tag)
        cli_query(&path, "tag", image->tag);
    const struct client_request request = {
        .method = "POST", .path = path.data, .headers = auth, .take = messages_take, .data = &messages};
    int r = client_exchange(client, &request, NULL, err);
    return r < 0 ? r : messages_end(&messages, err);
}

int cmd_push(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'a', "all-tags", FLAG_BOOL, AT(all), NULL, "Push all tags of the repository"},
        {0, "disable-content-trust", FLAG_BOOL, AT(trust), NULL, "Do not sign; nothing is signed here (default true)"},
        {'q', "quiet", FLAG_BOOL, AT(quiet), NULL, "Print nothing but the image's name"},
        {0}};
    struct options options = {.trust = true};
    struct error err = ERROR_INIT;
    cleanup_image_name struct image_name image = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, 1, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    if (name_parse(argv[0], &image, &err) < 0)
        return fprintf(stderr, "%s\n", err.message), 1;
    if (!options.trust)
        return fprintf(stderr, "--disable-content-trust=false: images are not signed here; leave it out to push\n"), 1;
    if (options.all && (image.tag || image.digest))
        return fprintf(stderr, "tag can't be used with --all-tags/-a\n"), 1;
    if (image.digest)
        return fprintf(stderr, "cannot push a digest reference\n"), 1;
    if (!options.all && name_default_tag(&image) && !options.quiet)
        printf("Using default tag: %s\n", image.tag);
    cleanup_client struct client *client = client_new(context->host);
    if (push(client, &image, options.quiet ? NULL : stdout, &err) < 0)
        return cli_failed(&err);
    cleanup_free char *text = name_text(&image);
    if (options.quiet)
        puts(text);
    return 0;
}

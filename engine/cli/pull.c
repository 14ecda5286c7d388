/* pull: an image from its registry. The engine does it and tells of it; run and create pull what they miss by the same way. */
#include "cli/pull.h"

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/credentials.h"
#include "cli/progress.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

struct options {
    bool all, quiet, trust;
    const char *platform;
};

#define AT(member) offsetof(struct options, member)

int pull_image(struct client *client, const struct image_name *image, const char *platform, FILE *out, struct error *err)
{
    cleanup_free char *name = name_repository(image), *auth = credentials_header(image);
    cleanup_buf struct buf path = BUF_INIT;
    cleanup_messages struct messages messages = {.out = out, .terminal = out && isatty(fileno(out))};
    buf_puts(&path, "/images/create");
    cli_query(&path, "fromImage", name);
    if (!str_empty(platform)) {
        cleanup_free char *lower = str_lower(platform);
        cli_query(&path, "platform", lower);
    }
    if (image->digest || image->tag)
        cli_query(&path, "tag", str_or(image->digest, image->tag));
    const struct client_request request = {
        .method = "POST", .path = path.data, .headers = auth, .take = messages_take, .data = &messages};
    int r = client_exchange(client, &request, NULL, err);
    return r < 0 ? r : messages_end(&messages, err);
}

int cmd_pull(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'a', "all-tags", FLAG_BOOL, AT(all), NULL, "Pull all images of the repository"},
        {0, "disable-content-trust", FLAG_BOOL, AT(trust), NULL, "Do not check signatures; there are none here (default true)"},
        {0, "platform", FLAG_STRING, AT(platform), NULL, "Pull for this platform (\"linux/arm64\") instead of the engine's"},
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
        return fprintf(stderr, "--disable-content-trust=false: signatures of images are not checked here; leave it out to pull\n"),
               1;
    if (options.all && (image.tag || image.digest))
        return fprintf(stderr, "tag can't be used with --all-tags/-a\n"), 1;
    if (!options.all && name_default_tag(&image) && !options.quiet)
        printf("Using default tag: %s\n", image.tag);
    cleanup_client struct client *client = client_new(context->host);
    if (pull_image(client, &image, options.platform, options.quiet ? NULL : stdout, &err) < 0)
        return cli_failed(&err);
    cleanup_free char *text = name_text(&image);
    puts(text);
    return 0;
}

/* manifest inspect: the documents that a registry has of an image, as they are there; nothing is pulled. The engine fetches them.
 */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/credentials.h"
#include "cli/image_name.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <nettle/base64.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    bool insecure, verbose;
};

#define AT(member) offsetof(struct options, member)

enum { LIST_INDENT = 3 };

/* jansson indents with spaces: with one for each level these become tabs. */
static void print_document(const json_t *doc, int spaces)
{
    char *text = json_dumps(doc, JSON_INDENT(spaces ? spaces : 1) | JSON_ENCODE_ANY);
    bool start = true;
    for (const char *p = str_or(text, ""); *p; p++) {
        putchar(!spaces && start && *p == ' ' ? '\t' : *p);
        start = *p == '\n' || (start && *p == ' ');
    }
    putchar('\n');
    free(text);
}

static bool is_list(const json_t *manifest) { return json_is_array(json_object_get(manifest, "manifests")); }

static json_t *raw_of(const json_t *entry) { return json_loads(json_str(entry, "Raw", ""), 0, NULL); }

/* {"Ref","Descriptor","Raw","SchemaV2Manifest" or "OCIManifest"}, as Docker's client shows one with -v. */
static json_t *verbose_entry(const json_t *entry)
{
    const char *raw = json_str(entry, "Raw", "");
    size_t len = strlen(raw);
    cleanup_free char *encoded = xcalloc(1, BASE64_ENCODE_RAW_LENGTH(len) + 1);
    bool oci = str_starts(json_str(entry, "Descriptor.mediaType", ""), "application/vnd.oci.");
    json_t *out = json_object(), *manifest = raw_of(entry);
    base64_encode_raw(encoded, len, (const uint8_t *)raw);
    json_object_set_new(out, "Ref", json_string(json_str(entry, "Ref", "")));
    json_object_set(out, "Descriptor", json_object_get(entry, "Descriptor"));
    json_object_set_new(out, "Raw", json_string(encoded));
    json_object_set_new(out, oci ? "OCIManifest" : "SchemaV2Manifest", manifest ? manifest : json_null());
    return out;
}

static void show_verbose(const json_t *answer)
{
    const json_t *manifests = json_object_get(answer, "Manifests");
    cleanup_json json_t *shown = json_is_array(manifests) ? json_array() : verbose_entry(answer);
    size_t i;
    json_t *entry;
    json_array_foreach(manifests, i, entry) { json_array_append_new(shown, verbose_entry(entry)); }
    print_document(shown, 0);
}

static int refused(const struct command_context *context, const struct image_name *image, const struct error *err)
{
    cleanup_free char *name = name_familiar(image);
    if (strstr(err->message, "manifest unknown"))
        fprintf(stderr, "no such manifest: %s\n", name);
    else if (err->code == ENOENT && str_equal(err->message, "page not found"))
        fprintf(stderr, "manifest inspect needs a slipway engine; the one at %s does not show manifests\n", context->host);
    else
        return cli_failed(err);
    return 1;
}

int cmd_manifest_inspect(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{0, "insecure", FLAG_BOOL, AT(insecure), NULL, "Talk to the registry also without TLS"},
                                        {'v', "verbose", FLAG_BOOL, AT(verbose), NULL, "Show each image's manifest and platform"},
                                        {0}};
    struct options options = {0};
    struct error err = ERROR_INIT;
    cleanup_image_name struct image_name image = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, 2, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    if (argc == 2)
        return fprintf(stderr, "%s: lists of manifests that are made here are not part of Slipway; give the image alone\n",
                       argv[0]),
               1;
    if (name_parse(argv[0], &image, &err) < 0)
        return fprintf(stderr, "%s\n", err.message), 1;
    name_default_tag(&image);
    cleanup_buf struct buf path = BUF_INIT;
    cleanup_free char *name = name_text(&image), *plain = cli_path("/slipway/manifests/", name, ""),
                      *auth = credentials_header(&image);
    buf_puts(&path, plain);
    if (options.verbose)
        cli_query(&path, "verbose", "1");
    if (options.insecure)
        cli_query(&path, "insecure", "1");
    cleanup_json json_t *answer = NULL;
    cleanup_client struct client *client = client_new(context->host);
    if (client_exchange(client, &(struct client_request){.method = "GET", .path = path.data, .headers = auth}, &answer, &err) < 0)
        return refused(context, &image, &err);
    if (options.verbose) {
        show_verbose(answer);
        return 0;
    }
    cleanup_json json_t *manifest = raw_of(answer);
    if (!manifest)
        return fprintf(stderr, "the manifest of %s is not JSON\n", name), 1;
    print_document(manifest, is_list(manifest) ? LIST_INDENT : 0);
    return 0;
}

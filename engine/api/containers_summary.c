/* One container in a list of them: an entry of GET /containers/json and of /system/df. Written as text, for a list may be long. */
#include "api/containers.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/config.h"
#include "daemon/disk.h"
#include "daemon/instance.h"
#include "daemon/links.h"

#include <string.h>

static void put_string(struct buf *out, const char *text) { json_put_text(out, text, strlen(text)); }

static void put_document(struct buf *out, json_t *doc)
{
    json_put(out, doc);
    json_decref(doc);
}

/* "sh -c 'echo hi; exit 2'": what ps shows in its COMMAND column; Docker quotes only what holds a space. */
static void put_command(struct buf *out, const struct instance *instance)
{
    cleanup_buf struct buf text = BUF_INIT;
    buf_puts(&text, instance->path);
    size_t i;
    json_t *word;
    json_array_foreach(instance->args, i, word)
    {
        const char *value = json_string_value(word) ? json_string_value(word) : "", *quote = strchr(value, ' ') ? "'" : "";
        buf_putc(&text, ' ');
        buf_puts(&text, quote);
        buf_puts(&text, value);
        buf_puts(&text, quote);
    }
    json_put_text(out, text.data, text.len);
}

/* What ps shows as the image: the name it was asked for by, or the id once that name means another image, or none. */
static const char *image_shown(const struct instance *instance, struct summary_memo *memo)
{
    char id[DIGEST_TEXT];
    struct error err = ERROR_INIT;
    if (!memo->image || !str_equal(memo->image, instance->image) || !str_equal(memo->image_id, instance->image_id)) {
        *memo = (struct summary_memo){.image = instance->image, .image_id = instance->image_id};
        memo->same =
            image_find(instance->engine->images, instance->image, id, NULL, &err) == 0 && str_equal(id, instance->image_id);
    }
    return memo->same || str_empty(instance->image_id) ? instance->image : instance->image_id;
}

static void put_sizes(struct buf *out, struct instance *instance)
{
    cleanup_json json_t *sizes = json_object();
    const char *key;
    json_t *value;
    container_put_sizes(sizes, instance);
    if (json_num(sizes, "SizeRw", 0) == 0) /* as in Docker's list; inspect shows the zero */
        json_object_del(sizes, "SizeRw");
    json_object_foreach(sizes, key, value)
    {
        buf_putc(out, ',');
        put_string(out, key);
        buf_putc(out, ':');
        json_put(out, value);
    }
}

void container_put_summary(struct buf *out, struct instance *instance, bool size, struct summary_memo *memo)
{
    cleanup_json json_t *host_config = instance_host_config(instance);
    json_t *labels = json_object_get(instance->config, "Labels");
    struct state state = instance_state(instance);
    cleanup_free char *sentence = state_sentence(&state);
    buf_puts(out, "{\"Id\":");
    put_string(out, instance->id);
    buf_puts(out, ",\"Names\":");
    put_document(out, links_names(instance));
    buf_puts(out, ",\"Image\":");
    put_string(out, str_or(image_shown(instance, memo), ""));
    buf_puts(out, ",\"ImageID\":");
    put_string(out, str_or(instance->image_id, ""));
    buf_puts(out, ",\"Command\":");
    put_command(out, instance);
    buf_puts(out, ",\"Created\":");
    put_document(out, json_integer(instance->created_ns / 1000000000));
    buf_puts(out, ",\"Ports\":");
    put_document(out, container_ports(instance));
    if (labels) {
        buf_puts(out, ",\"Labels\":");
        json_put(out, labels);
    }
    if (size)
        put_sizes(out, instance);
    buf_puts(out, ",\"State\":");
    put_string(out, state_status(&state));
    buf_puts(out, ",\"Status\":");
    put_string(out, sentence);
    buf_puts(out, ",\"HostConfig\":{\"NetworkMode\":");
    put_string(out, json_str(host_config, "NetworkMode", "default"));
    buf_puts(out, "},\"NetworkSettings\":{\"Networks\":");
    put_document(out, network_list(instance, host_config));
    buf_puts(out, "},\"Mounts\":");
    put_document(out, mounts_describe(instance->mounts));
    buf_putc(out, '}');
    state_clear(&state);
}

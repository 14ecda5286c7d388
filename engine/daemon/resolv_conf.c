/* A container's resolv.conf, made from the host's and from what --dns, --dns-search and --dns-option say; and the upstream servers
 * of the name server at 127.0.0.11, where that is the one in it. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/etc.h"
#include "daemon/instance.h"
#include "daemon/resolving.h"
#include "daemon/settings.h"
#include "kernel/net/resolver.h"

#include <stdlib.h>
#include <string.h>

/* The words behind a keyword; NULL when the line has another one. */
static char **words_of(const char *line, const char *keyword)
{
    cleanup_free char *text = xstrdup(line);
    text[strcspn(text, "#;")] = '\0';
    char **words = NULL, *rest = NULL;
    char *word = strtok_r(text, " \t\r", &rest);
    if (!word || !str_equal(word, keyword))
        return NULL;
    while ((word = strtok_r(NULL, " \t\r", &rest)))
        strv_add(&words, word);
    if (!words)
        strv_add(&words, "");
    return words;
}

static bool on_loopback(const char *address) { return str_starts(address, "127.") || str_equal(address, "::1"); }

/* Of all lines with the keyword; `search` and `options` count only as the last line has them. */
static json_t *host_words(char *const *lines, const char *keyword, bool gather)
{
    json_t *out = json_array();
    for (size_t i = 0; lines[i]; i++) {
        cleanup_strv char **words = words_of(lines[i], keyword);
        if (words && !gather)
            json_array_clear(out);
        for (size_t j = 0; words && words[j] && (j < 1 || !gather); j++)
            if (*words[j])
                json_array_append_new(out, json_string(words[j]));
    }
    return out;
}

static void put_words(struct buf *out, const char *keyword, const json_t *list)
{
    size_t i;
    json_t *word;
    bool none = json_array_size(list) == 1 && str_equal(json_string_value(json_array_get(list, 0)), ".");
    if (!json_array_size(list) || none) /* --dns-search . asks for none */
        return;
    buf_puts(out, keyword);
    json_array_foreach(list, i, word) buf_printf(out, " %s", str_or(json_string_value(word), ""));
    buf_putc(out, '\n');
}

/* The host's file line by line, without the servers that cannot be reached. */
static char *filtered(char *const *lines, bool own_network)
{
    struct buf out = BUF_INIT;
    bool any = false;
    for (size_t i = 0; lines[i]; i++) {
        cleanup_strv char **words = words_of(lines[i], "nameserver");
        if (!*lines[i] || (own_network && words && on_loopback(words[0])))
            continue;
        any |= words != NULL;
        buf_printf(&out, "%s\n", lines[i]);
    }
    if (!any && own_network)
        buf_puts(&out, "nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
    return buf_take(&out);
}

char *resolv_conf(const char *host, const struct resolver *given, bool own_network)
{
    cleanup_strv char **lines = str_split(host, '\n');
    if (!json_array_size(given->servers) && !json_array_size(given->search) && !json_array_size(given->options))
        return filtered(lines, own_network);
    struct buf out = BUF_INIT;
    cleanup_json json_t *servers = host_words(lines, "nameserver", true), *search = host_words(lines, "search", false),
                        *options = host_words(lines, "options", false);
    for (size_t i = json_array_size(servers); i-- > 0 && own_network;)
        if (on_loopback(json_string_value(json_array_get(servers, i))))
            json_array_remove(servers, i);
    if (!json_array_size(servers) && own_network) {
        json_array_append_new(servers, json_string("8.8.8.8"));
        json_array_append_new(servers, json_string("8.8.4.4"));
    }
    const json_t *used = json_array_size(given->servers) ? given->servers : servers;
    put_words(&out, "search", json_array_size(given->search) ? given->search : search);
    size_t i;
    json_t *server;
    json_array_foreach(used, i, server) buf_printf(&out, "nameserver %s\n", str_or(json_string_value(server), ""));
    put_words(&out, "options", json_array_size(given->options) ? given->options : options);
    return buf_take(&out);
}

/* With systemd-resolved the usual file names only its stub on loopback; the real servers stand elsewhere. */
static char *host_resolver(bool own_network)
{
    char *text = file_read("/etc/resolv.conf", NULL, NULL);
    if (!text)
        return xstrdup("");
    cleanup_strv char **lines = str_split(text, '\n');
    cleanup_json json_t *servers = host_words(lines, "nameserver", true);
    bool stub = json_array_size(servers) == 1 && str_equal(json_string_value(json_array_get(servers, 0)), "127.0.0.53");
    char *real = own_network && stub ? file_read("/run/systemd/resolve/resolv.conf", NULL, NULL) : NULL;
    if (!real)
        return text;
    free(text);
    return real;
}

/* --- with a name server of its own --- */

static bool is_ndots(const char *option) { return str_starts(option, "ndots:"); }

bool resolv_conf_dotted(const struct resolver *given, const char *host)
{
    cleanup_strv char **lines = str_split(host, '\n');
    cleanup_json json_t *options = host_words(lines, "options", false);
    const json_t *used = json_array_size(given->options) ? given->options : options;
    size_t i;
    json_t *option;
    json_array_foreach(used, i, option)
    {
        const char *text = str_or(json_string_value(option), "");
        if (is_ndots(text))
            return atoi(text + strlen("ndots:")) > 0;
    }
    return false;
}

char *resolv_conf_embedded(const char *host, const struct resolver *given)
{
    struct buf out = BUF_INIT;
    cleanup_strv char **lines = str_split(host, '\n');
    cleanup_json json_t *search = host_words(lines, "search", false), *inherited = host_words(lines, "options", false);
    cleanup_json json_t *options = json_copy((json_t *)(json_array_size(given->options) ? given->options : inherited));
    bool ndots = false;
    size_t i;
    json_t *option;
    json_array_foreach(options, i, option) ndots |= is_ndots(str_or(json_string_value(option), ""));
    if (!ndots)
        json_array_append_new(options, json_string("ndots:0"));
    put_words(&out, "search", json_array_size(given->search) ? given->search : search);
    buf_puts(&out, "nameserver " RESOLVER_ADDRESS "\n");
    put_words(&out, "options", options);
    return buf_take(&out);
}

size_t resolv_conf_upstreams(const char *host, const struct resolver *given, struct dns_upstream out[DNS_UPSTREAMS_MOST])
{
    cleanup_strv char **lines = str_split(host, '\n');
    cleanup_json json_t *servers = host_words(lines, "nameserver", true);
    bool own = json_array_size(given->servers) > 0;
    size_t i, count = 0;
    json_t *server;
    json_array_foreach(own ? given->servers : servers, i, server)
    {
        const char *address = str_or(json_string_value(server), "");
        if (count == DNS_UPSTREAMS_MOST)
            break;
        snprintf(out[count].address, sizeof out[count].address, "%s", address);
        out[count++].from_host = !own && on_loopback(address);
    }
    return count;
}

/* --- of a container --- */

static const struct {
    const char *key, *setting;
} lists[] = {{"Dns", "dns"}, {"DnsSearch", "dns-search"}, {"DnsOptions", "dns-opts"}};

/* What the container says, and where it says nothing, the daemon. */
static struct resolver chosen(struct engine *engine, const json_t *host_config)
{
    json_t *words[ARRAY_LEN(lists)];
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        json_t *given = json_object_get(host_config, lists[i].key);
        words[i] = json_array_size(given) ? json_incref(given) : engine_setting(engine, lists[i].setting);
    }
    return (struct resolver){words[0], words[1], words[2]};
}

static void resolver_clear(struct resolver *resolver)
{
    json_decref((json_t *)resolver->servers);
    json_decref((json_t *)resolver->search);
    json_decref((json_t *)resolver->options);
}

/* Both forms: the file without a name server of its own, and with. */
static void both(struct instance *instance, const json_t *host_config, char **plain, char **embedded)
{
    bool own_network = !str_equal(host_network_mode(host_config), "host");
    cleanup_free char *host = host_resolver(own_network);
    struct resolver resolver = chosen(instance->engine, host_config);
    *plain = resolv_conf(host, &resolver, own_network);
    *embedded = resolv_conf_embedded(host, &resolver);
    resolver_clear(&resolver);
}

int resolv_conf_write(struct instance *instance, const json_t *host_config, struct error *err)
{
    cleanup_free char *plain = NULL, *embedded = NULL, *path = path_join(instance->directory, "resolv.conf");
    both(instance, host_config, &plain, &embedded);
    const char *text = resolving_wanted(instance) ? embedded : plain;
    return file_write(path, text, strlen(text), 0644, err);
}

int resolv_conf_switch(struct instance *instance, const json_t *host_config, struct error *err)
{
    cleanup_free char *plain = NULL, *embedded = NULL, *path = path_join(instance->directory, "resolv.conf");
    cleanup_free char *present = file_read(path, NULL, NULL);
    both(instance, host_config, &plain, &embedded);
    return present && str_equal(present, plain) ? file_write(path, embedded, strlen(embedded), 0644, err) : 0;
}

size_t resolv_conf_service(struct instance *instance, const json_t *host_config, struct dns_upstream out[DNS_UPSTREAMS_MOST],
                           bool *dotted)
{
    cleanup_free char *host = host_resolver(true);
    struct resolver resolver = chosen(instance->engine, host_config);
    size_t count = resolv_conf_upstreams(host, &resolver, out);
    *dotted = resolv_conf_dotted(&resolver, host);
    resolver_clear(&resolver);
    return count;
}

/* Packet filter rules with their counters, as iptables-save prints them in the network namespace of a process. The program is
 * started by a visiting thread and inherits the namespace from it. */
#include "observe/observe.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/iptables.h"
#include "kernel/netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* --- reading --- */

/* Which iptables the machine has does not change often: asked once. */
static int machine_iptables(struct iptables *iptables, struct error *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct iptables known;
    int r = 0;
    pthread_mutex_lock(&lock);
    if (known.backend == IPTABLES_NONE)
        r = iptables_detect(&known, err);
    *iptables = known;
    pthread_mutex_unlock(&lock);
    return r;
}

struct look {
    struct iptables iptables;
    char *text; /* allocated */
    struct error error;
};

static bool has_tables(const char *text) { return *text == '*' || strstr(text, "\n*"); }

/* Rules may have been written by the other iptables than the machine's own: a lab has its own default. */
static int look_inside(void *context)
{
    struct look *look = context;
    look->text = iptables_read(&look->iptables, true, &look->error);
    if (!look->text)
        return -look->error.code;
    if (has_tables(look->text))
        return 0;
    bool was_nft = look->iptables.backend == IPTABLES_NFT;
    cleanup_free char *names = file_read("/proc/thread-self/net/ip_tables_names", NULL, NULL);
    if (was_nft && str_empty(names))
        return 0;
    struct iptables other;
    if (iptables_find(&other, was_nft ? IPTABLES_LEGACY : IPTABLES_NFT, NULL) < 0)
        return 0;
    char *text = iptables_read(&other, true, NULL);
    if (text && has_tables(text)) {
        cleanup_free_p(&look->text);
        look->text = text;
        look->iptables = other;
    } else {
        cleanup_free_p(&text);
    }
    return 0;
}

/* --- parsing --- */

/* The next word of a rule, quotes taken along ("-m comment --comment "a b""); NULL at the end. */
static char *next_word(const char **at)
{
    while (**at == ' ')
        (*at)++;
    if (!**at)
        return NULL;
    const char *start = *at;
    bool quoted = false;
    for (; **at && (quoted || **at != ' '); (*at)++) {
        if (**at == '\\' && (*at)[1])
            (*at)++;
        else if (**at == '"')
            quoted = !quoted;
    }
    return xstrndup(start, (size_t)(*at - start));
}

/* What the rule leads to, and whether it names the bridge. */
static void read_words(const char *rule, const char *bridge, char **target, bool *named)
{
    cleanup_free char *before = NULL;
    const char *at = rule;
    *target = NULL;
    *named = false;
    for (char *word; (word = next_word(&at));) {
        if (before && (str_equal(before, "-j") || str_equal(before, "-g"))) {
            cleanup_free_p(target);
            *target = xstrdup(word);
        }
        if (before && bridge && (str_equal(before, "-i") || str_equal(before, "-o")) && str_equal(word, bridge))
            *named = true;
        cleanup_free_p(&before);
        before = word;
    }
}

static json_t *find_chain(json_t *chains, const char *name)
{
    size_t i;
    json_t *chain;
    json_array_foreach(chains, i, chain)
    {
        if (str_equal(json_string_value(json_object_get(chain, "name")), name))
            return chain;
    }
    return NULL;
}

/* ":DOCKER - [0:0]", ":FORWARD DROP [12:720]" */
static void add_chain(json_t *chains, const char *line)
{
    char name[64], policy[32];
    unsigned long long packets = 0, bytes = 0;
    if (sscanf(line, ":%63s %31s [%llu:%llu]", name, policy, &packets, &bytes) < 2)
        return;
    json_array_append_new(chains, json_pack("{s:s, s:o, s:I, s:I, s:[]}", "name", name, "policy",
                                            str_equal(policy, "-") ? json_null() : json_string(policy), "packets",
                                            (json_int_t)packets, "bytes", (json_int_t)bytes, "rules"));
}

/* "[0:0] -A DOCKER -i slipway0 -j RETURN" */
static void add_rule(json_t *chains, const char *line, const char *bridge)
{
    char name[64];
    unsigned long long packets, bytes;
    int text_at = 0;
    if (sscanf(line, "[%llu:%llu] %n-A %63s", &packets, &bytes, &text_at, name) < 3)
        return;
    json_t *rules = json_object_get(find_chain(chains, name), "rules");
    if (!rules)
        return;
    cleanup_free char *target = NULL;
    bool named;
    read_words(line + text_at, bridge, &target, &named);
    json_array_append_new(rules,
                          json_pack("{s:I, s:I, s:I, s:o, s:s, s:b}", "number", (json_int_t)json_array_size(rules) + 1, "packets",
                                    (json_int_t)packets, "bytes", (json_int_t)bytes, "target",
                                    target ? json_string(target) : json_null(), "rule", line + text_at, "bridge", named ? 1 : 0));
}

static json_t *parse(const char *text, const char *bridge)
{
    json_t *tables = json_array(), *chains = NULL;
    cleanup_strv char **lines = str_split(text, '\n');
    for (char **line = lines; *line; line++) {
        if (**line == '*') {
            chains = json_array();
            json_array_append_new(tables, json_pack("{s:s, s:o}", "name", *line + 1, "chains", chains));
        } else if (chains && **line == ':') {
            add_chain(chains, *line);
        } else if (chains && **line == '[') {
            add_rule(chains, *line, bridge);
        }
    }
    return tables;
}

/* --- the document --- */

json_t *observe_chains(pid_t pid, const char *bridge, struct error *err)
{
    struct look look = {0};
    if (machine_iptables(&look.iptables, err) < 0)
        return NULL;
    int r;
    if (pid == 1) {
        r = look_inside(&look);
    } else {
        cleanup_free char *path = str_format("/proc/%d/ns/net", (int)pid);
        cleanup_close int netns = open(path, O_RDONLY | O_CLOEXEC);
        if (netns < 0) {
            error_errno(err, errno == ENOENT ? ESRCH : errno, "open the network namespace of process %d", (int)pid);
            return NULL;
        }
        r = netns_run(netns, look_inside, &look, &look.error);
    }
    if (r < 0) {
        error_set(err, look.error.code, "%s", look.error.message);
        return NULL;
    }
    json_t *document = json_pack("{s:s, s:o}", "backend", look.iptables.backend == IPTABLES_NFT ? "nf_tables" : "legacy", "tables",
                                 parse(look.text, bridge));
    cleanup_free_p(&look.text);
    return document;
}

/* Packet filter rules with their counters, as iptables-save prints them in the network namespace of a process. The program is
 * started by a visiting thread and inherits the namespace from it. */
#include "observe/observe.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/net/iptables.h"
#include "kernel/net/netlink.h"
#include "observe/chains_text.h"
#include "observe/network_picture.h"

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
    bool both;          /* the rules for IPv6 too */
    char *text, *text6; /* allocated; the second may be NULL */
    json_t *networks;   /* of an engine that runs in there; NULL: none does */
    struct error error;
};

static bool has_tables(const char *text) { return *text == '*' || strstr(text, "\n*"); }

/* "/usr/sbin/iptables-legacy-save" -> "/usr/sbin/ip6tables-legacy-save" */
static void read_other_family(struct look *look)
{
    struct iptables twin = look->iptables;
    const char *slash = strrchr(look->iptables.save, '/'), *name = slash ? slash + 1 : look->iptables.save;
    if (!str_starts(name, "iptables"))
        return;
    snprintf(twin.save, sizeof twin.save, "%.*sip6%.200s", (int)(name - look->iptables.save), look->iptables.save, name + 2);
    look->text6 = iptables_read(&twin, true, NULL); /* a machine without IPv6 has none */
}

/* Rules may have been written by the other iptables than the machine's own: a lab has its own default. */
static int read_rules(struct look *look)
{
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

static int look_inside(void *context)
{
    struct look *look = context;
    int r = read_rules(look);
    if (r == 0 && look->both)
        read_other_family(look);
    return r;
}

/* --- an engine in there, as in a lab machine: whose networks its rules are about, its bridges say --- */

/* As the engine's rules word them: a bridge's addresses are of hosts, but the routes over it lead to networks. */
static json_t *subnets_of(const struct view *view, const struct view_link *link)
{
    char *const *lists[] = {view->routes, view->routes6};
    json_t *subnets = json_array();
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (char *const *route = lists[i]; route && *route; route++) {
            size_t length = strcspn(*route, " ");
            if (memchr(*route, '/', length) && view_route_over(*route, link->name))
                json_array_append_new(subnets, json_stringn(*route, length));
        }
    return subnets;
}

static json_t *networks_inside(int netns)
{
    struct network_picture picture = {0};
    json_t *networks = json_array();
    if (network_picture_add(&picture, "inside", fcntl(netns, F_DUPFD_CLOEXEC, 3), NULL) == 0 &&
        network_picture_read(&picture, NULL) == 0)
        for (size_t i = 0; i < picture.views[0].link_count; i++) {
            const struct view_link *link = &picture.views[0].links[i];
            if (str_equal(link->kind, "bridge"))
                json_array_append_new(networks, json_pack("{s:s, s:s, s:o}", "name", link->name, "bridge", link->name, "subnets",
                                                          subnets_of(&picture.views[0], link)));
        }
    network_picture_clear(&picture);
    return networks;
}

/* --- the document --- */

static int look_at(struct look *look, pid_t pid, struct error *err)
{
    if (machine_iptables(&look->iptables, err) < 0)
        return -(err ? err->code : EIO);
    int r;
    if (pid == 1) {
        r = look_inside(look);
    } else {
        cleanup_free char *path = str_format("/proc/%d/ns/net", (int)pid);
        cleanup_close int netns = open(path, O_RDONLY | O_CLOEXEC);
        if (netns < 0)
            return error_errno(err, errno == ENOENT ? ESRCH : errno, "open the network namespace of process %d", (int)pid);
        r = netns_run(netns, look_inside, look, &look->error);
        if (r == 0 && strstr(look->text, "\n:DOCKER "))
            look->networks = networks_inside(netns);
    }
    return r < 0 ? error_set(err, look->error.code, "%s", look->error.message) : 0;
}

static json_t *describe(struct look *look, const char *bridge, const json_t *networks)
{
    json_t *tables = json_array();
    networks = look->networks ? look->networks : networks;
    chains_parse(tables, "ip", look->text, bridge, networks);
    if (look->text6)
        chains_parse(tables, "ip6", look->text6, bridge, networks);
    cleanup_free_p(&look->text);
    cleanup_free_p(&look->text6);
    json_decref(look->networks);
    return json_pack("{s:s, s:o}", "backend", look->iptables.backend == IPTABLES_NFT ? "nf_tables" : "legacy", "tables", tables);
}

json_t *observe_chains(pid_t pid, const char *bridge, struct error *err)
{
    struct look look = {0};
    return look_at(&look, pid, err) < 0 ? NULL : describe(&look, bridge, NULL);
}

json_t *observe_rules(pid_t pid, const json_t *networks, struct error *err)
{
    struct look look = {.both = true};
    return look_at(&look, pid, err) < 0 ? NULL : describe(&look, NULL, networks);
}

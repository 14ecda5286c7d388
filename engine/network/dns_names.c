/* Names in one hash table, keyed by network and name in lower case. A container ("party") has its places in the order in which
 * libnetwork asks its networks: those with a way out first, then by the network's name. */
#include "network/dns_names.h"

#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 64, SHORT_ID = 12 };

struct scope {
    char *id, *name;
    bool internal, plain;
    struct member *members;
    struct scope *next;
};

struct link {
    char *alias, *name; /* lower case */
};

/* One container's place on one network. */
struct member {
    char *endpoint, *name;
    struct scope *scope;
    struct dns_party *party;
    char **aliases;
    struct link *links;
    size_t link_count;
    struct dns_address addresses[2];
    size_t address_count;
    struct member *next_in_scope, *next_of_party;
};

struct dns_party {
    char *container;
    unsigned holders;
    struct member *members;
    struct dns_party *next;
};

struct entry {
    uint32_t hash;
    char *name;
    struct member *member;
    struct entry *next;
};

struct dns_names {
    struct scope *scopes;
    struct dns_party *parties;
    struct entry **table;
    size_t room, count; /* room: a power of two */
};

struct dns_names *dns_names_new(void)
{
    struct dns_names *names = xcalloc(1, sizeof *names);
    names->room = FIRST_ROOM;
    names->table = xcalloc(names->room, sizeof(struct entry *));
    return names;
}

/* --- the table --- */

/* FNV-1a over the name and the network's identity. */
static uint32_t hash_of(const struct scope *scope, const char *name)
{
    uint32_t hash = 2166136261u ^ (uint32_t)((uintptr_t)scope >> 4);
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

static void grow(struct dns_names *names)
{
    size_t room = names->room * 2;
    struct entry **table = xcalloc(room, sizeof(struct entry *));
    for (size_t i = 0; i < names->room; i++) {
        while (names->table[i]) {
            struct entry *entry = names->table[i];
            names->table[i] = entry->next;
            entry->next = table[entry->hash & (room - 1)];
            table[entry->hash & (room - 1)] = entry;
        }
    }
    free(names->table);
    names->table = table;
    names->room = room;
}

static bool entry_is(const struct entry *entry, uint32_t hash, const struct scope *scope, const char *name)
{
    return entry->hash == hash && entry->member->scope == scope && str_equal(entry->name, name);
}

/* A name that a member has twice counts once. */
static void enter(struct dns_names *names, struct member *member, const char *text)
{
    cleanup_free char *name = str_lower(text);
    uint32_t hash = hash_of(member->scope, name);
    if (!*name)
        return;
    for (const struct entry *entry = names->table[hash & (names->room - 1)]; entry; entry = entry->next)
        if (entry->member == member && entry_is(entry, hash, member->scope, name))
            return;
    if (names->count >= names->room)
        grow(names);
    struct entry *entry = xcalloc(1, sizeof *entry), **bucket = &names->table[hash & (names->room - 1)];
    *entry = (struct entry){.hash = hash, .name = move_ptr(name), .member = member, .next = *bucket};
    *bucket = entry;
    names->count++;
}

static void strike(struct dns_names *names, const struct member *member, const char *text)
{
    cleanup_free char *name = str_lower(text);
    uint32_t hash = hash_of(member->scope, name);
    struct entry **at = &names->table[hash & (names->room - 1)];
    while (*at && !((*at)->member == member && entry_is(*at, hash, member->scope, name)))
        at = &(*at)->next;
    struct entry *entry = *at;
    if (!entry)
        return;
    *at = entry->next;
    names->count--;
    free(entry->name);
    free(entry);
}

static void short_id(const struct member *member, char out[SHORT_ID + 1])
{
    snprintf(out, SHORT_ID + 1, "%s", member->party->container);
}

static void enter_all(struct dns_names *names, struct member *member)
{
    char id[SHORT_ID + 1];
    short_id(member, id);
    enter(names, member, member->name);
    enter(names, member, id);
    for (size_t i = 0; member->aliases && member->aliases[i]; i++)
        enter(names, member, member->aliases[i]);
}

static void strike_all(struct dns_names *names, const struct member *member)
{
    char id[SHORT_ID + 1];
    short_id(member, id);
    strike(names, member, member->name);
    strike(names, member, id);
    for (size_t i = 0; member->aliases && member->aliases[i]; i++)
        strike(names, member, member->aliases[i]);
}

/* --- networks and containers --- */

static struct scope *scope_of(struct dns_names *names, const struct dns_place *place)
{
    struct scope *scope = names->scopes;
    while (scope && !str_equal(scope->id, place->network))
        scope = scope->next;
    if (scope)
        return scope;
    scope = xcalloc(1, sizeof *scope);
    *scope = (struct scope){.id = xstrdup(place->network),
                            .name = str_lower(place->network_name),
                            .internal = place->internal,
                            .plain = place->plain,
                            .next = names->scopes};
    return names->scopes = scope;
}

static void scope_release(struct dns_names *names, struct scope *scope)
{
    if (scope->members)
        return;
    struct scope **at = &names->scopes;
    while (*at != scope)
        at = &(*at)->next;
    *at = scope->next;
    free(scope->id);
    free(scope->name);
    free(scope);
}

static struct dns_party *party_find(const struct dns_names *names, const char *container)
{
    struct dns_party *party = names->parties;
    while (party && !str_equal(party->container, container))
        party = party->next;
    return party;
}

struct dns_party *dns_party_hold(struct dns_names *names, const char *container)
{
    struct dns_party *party = party_find(names, container);
    if (!party) {
        party = xcalloc(1, sizeof *party);
        party->container = xstrdup(container);
        party->next = names->parties;
        names->parties = party;
    }
    party->holders++;
    return party;
}

void dns_party_release(struct dns_names *names, struct dns_party *party)
{
    if (--party->holders)
        return;
    struct dns_party **at = &names->parties;
    while (*at != party)
        at = &(*at)->next;
    *at = party->next;
    free(party->container);
    free(party);
}

bool dns_party_outside(const struct dns_party *party)
{
    for (const struct member *member = party->members; member; member = member->next_of_party)
        if (!member->scope->internal)
            return true;
    return false;
}

/* --- joining and leaving --- */

static bool before(const struct scope *one, const struct scope *other)
{
    return one->internal == other->internal ? strcmp(one->name, other->name) < 0 : other->internal;
}

static void add_address(struct member *member, const char *text, bool v6)
{
    struct dns_address *address = &member->addresses[member->address_count];
    if (str_empty(text) || inet_pton(v6 ? AF_INET6 : AF_INET, text, address->bytes) != 1)
        return;
    address->v6 = v6;
    member->address_count++;
}

void dns_names_join(struct dns_names *names, const struct dns_place *place)
{
    dns_names_leave(names, place->endpoint);
    struct member *member = xcalloc(1, sizeof *member);
    member->endpoint = xstrdup(place->endpoint);
    member->name = xstrdup(place->name);
    member->scope = scope_of(names, place);
    member->party = dns_party_hold(names, place->container);
    member->aliases = strv_copy(place->aliases);
    member->link_count = place->link_count;
    member->links = xcalloc(place->link_count + 1, sizeof *member->links);
    for (size_t i = 0; i < place->link_count; i++)
        member->links[i] = (struct link){str_lower(place->links[i].alias), str_lower(place->links[i].name)};
    add_address(member, place->address, false);
    add_address(member, place->address6, true);
    member->next_in_scope = member->scope->members;
    member->scope->members = member;
    struct member **at = &member->party->members;
    while (*at && before((*at)->scope, member->scope))
        at = &(*at)->next_of_party;
    member->next_of_party = *at;
    *at = member;
    if (!member->scope->plain)
        enter_all(names, member);
}

static struct member *member_find(const struct dns_names *names, const char *endpoint)
{
    for (const struct scope *scope = names->scopes; scope; scope = scope->next)
        for (struct member *member = scope->members; member; member = member->next_in_scope)
            if (str_equal(member->endpoint, endpoint))
                return member;
    return NULL;
}

void dns_names_leave(struct dns_names *names, const char *endpoint)
{
    struct member *member = member_find(names, endpoint);
    if (!member)
        return;
    strike_all(names, member);
    struct member **at = &member->scope->members;
    while (*at != member)
        at = &(*at)->next_in_scope;
    *at = member->next_in_scope;
    at = &member->party->members;
    while (*at != member)
        at = &(*at)->next_of_party;
    *at = member->next_of_party;
    scope_release(names, member->scope);
    dns_party_release(names, member->party);
    for (size_t i = 0; i < member->link_count; i++) {
        free(member->links[i].alias);
        free(member->links[i].name);
    }
    free(member->links);
    strv_free(member->aliases);
    free(member->endpoint);
    free(member->name);
    free(member);
}

void dns_names_rename(struct dns_names *names, const char *container, const char *name)
{
    const struct dns_party *party = party_find(names, container);
    for (struct member *member = party ? party->members : NULL; member; member = member->next_of_party) {
        if (str_equal(member->name, name))
            continue;
        strike_all(names, member);
        free(member->name);
        member->name = xstrdup(name);
        if (!member->scope->plain)
            enter_all(names, member);
    }
}

void dns_names_free(struct dns_names *names)
{
    while (names->scopes)
        dns_names_leave(names, names->scopes->members->endpoint);
    free(names->table);
    free(names);
}

/* --- asking --- */

static void found_add(struct dns_found *found, const struct dns_address *address, size_t *room)
{
    if (found->count == DNS_ADDRESSES_MOST)
        return;
    if (found->count == *room)
        found->list = xrealloc(found->list, (*room = *room * 2 + 4) * sizeof *found->list);
    found->list[found->count++] = *address;
}

static bool find_in(const struct dns_names *names, const struct scope *scope, const char *name, struct dns_found *found)
{
    uint32_t hash = hash_of(scope, name);
    bool known = false;
    size_t room = 0;
    for (const struct entry *entry = names->table[hash & (names->room - 1)]; entry; entry = entry->next) {
        if (!entry_is(entry, hash, scope, name))
            continue;
        known = true;
        for (size_t i = 0; i < entry->member->address_count; i++)
            found_add(found, &entry->member->addresses[i], &room);
    }
    return known;
}

static const char *link_target(const struct member *member, const char *name)
{
    for (size_t i = 0; i < member->link_count; i++)
        if (str_equal(member->links[i].alias, name))
            return member->links[i].name;
    return NULL;
}

/* On one network or, with `network` NULL, on all; the container's own links come before everybody's names. */
static bool find_named(const struct dns_names *names, const struct dns_party *party, const char *name, const char *network,
                       struct dns_found *found)
{
    for (int links = 1; links >= 0; links--) {
        for (const struct member *member = party->members; member; member = member->next_of_party) {
            const char *target = link_target(member, name);
            if (member->scope->plain || (network && !str_equal(member->scope->name, network)) || !links == !!target)
                continue;
            if (find_in(names, member->scope, links ? target : name, found))
                return true;
        }
    }
    return false;
}

/* Containers and networks may have dots in their names: a.b.c is looked for as it is, then as a.b on the network c, then as a on
 * b.c. */
bool dns_names_find(const struct dns_names *names, const struct dns_party *party, const char *text, struct dns_found *found)
{
    *found = (struct dns_found){0};
    cleanup_free char *name = str_lower(text);
    if (find_named(names, party, name, NULL, found))
        return true;
    for (size_t cut = strlen(name); cut-- > 0;) {
        if (name[cut] != '.')
            continue;
        name[cut] = '\0';
        bool known = find_named(names, party, name, name + cut + 1, found);
        name[cut] = '.';
        if (known)
            return true;
    }
    return false;
}

bool dns_names_reverse(const struct dns_party *party, const struct dns_address *address, char out[DNS_NAME_TEXT])
{
    for (const struct member *own = party->members; own; own = own->next_of_party) {
        if (own->scope->plain)
            continue;
        for (const struct member *member = own->scope->members; member; member = member->next_in_scope)
            for (size_t i = 0; i < member->address_count; i++)
                if (member->addresses[i].v6 == address->v6 &&
                    memcmp(member->addresses[i].bytes, address->bytes, address->v6 ? 16 : 4) == 0)
                    return snprintf(out, DNS_NAME_TEXT, "%s.%s", member->name, own->scope->name) < DNS_NAME_TEXT;
    }
    return false;
}

/* The flags are made from the table of directives, so that flag, file and help cannot differ. */
#include "api/slipwayd_flags.h"

#include "base/flags.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/directive_values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

union slot {
    bool boolean;
    const char *text;
    long long number;
    char **list;
};

enum { CONFIG_FILE, ROOTLESS, VALIDATE, VERSION, OWN };

static const struct flag own[OWN] = {
    {0, "config-file", FLAG_STRING, 0, "string", "Configuration file (default \"/etc/slipway/daemon.json\")"},
    {0, "rootless", FLAG_BOOL, 0, NULL, "Run without privilege, as root of a user namespace"},
    {0, "validate", FLAG_BOOL, 0, NULL, "Check the configuration and quit"},
    {'v', "version", FLAG_BOOL, 0, NULL, "Print the version and quit"},
};

static enum flag_kind flag_kind(enum directive_kind kind)
{
    switch (kind) {
    case DIRECTIVE_BOOL:
        return FLAG_BOOL;
    case DIRECTIVE_INT:
        return FLAG_INT;
    case DIRECTIVE_STRING:
    case DIRECTIVE_SIZE:
        return FLAG_STRING;
    default:
        return FLAG_LIST;
    }
}

/* Directives without a flag have a row without a name's worth: they are left out. `which` says whose row each is. */
static size_t make_table(struct flag *table, const struct directive **which)
{
    size_t count = OWN;
    for (size_t i = 0; i < OWN; i++)
        table[i] = own[i];
    for (const struct directive *directive = directives; directive->key; directive++) {
        if (!directive->flag)
            continue;
        which[count] = directive;
        table[count++] =
            (struct flag){directive->letter, directive->flag, flag_kind(directive->kind), 0, directive->value, directive->help};
    }
    for (size_t i = 0; i < count; i++)
        table[i].offset = i * sizeof(union slot);
    return count;
}

static json_t *value_of(const struct directive *directive, const union slot *slot, struct error *err)
{
    char number[24];
    char *single[2] = {NULL, NULL};
    switch (flag_kind(directive->kind)) {
    case FLAG_BOOL:
        single[0] = slot->boolean ? "true" : "false";
        break;
    case FLAG_INT:
        snprintf(number, sizeof number, "%lld", slot->number);
        single[0] = number;
        break;
    case FLAG_STRING:
        single[0] = (char *)slot->text;
        break;
    default:
        return directive_from_flag(directive, slot->list, err);
    }
    return directive_from_flag(directive, single, err);
}

static int collect(const struct directive **which, const union slot *slots, const bool *seen, size_t count, json_t *given,
                   struct error *err)
{
    for (size_t i = OWN; i < count; i++) {
        if (!seen[i])
            continue;
        json_t *value = value_of(which[i], &slots[i], err);
        if (!value)
            return -err->code;
        json_object_set_new(given, which[i]->key, value);
    }
    return 0;
}

static void usage(const struct flag *table)
{
    puts("Usage:  slipwayd [OPTIONS]\n\nThe Slipway engine: makes containers, and shows how.\n\nOptions:");
    flags_help(table, stdout);
    puts("\nEach option but the last can also stand in the configuration file, by the name that dockerd's daemon.json has for it.\n"
         "SIGHUP makes the engine read the file again.");
}

int daemon_flags_parse(int argc, char **argv, struct daemon_flags *flags, struct error *err)
{
    size_t room = OWN + 1;
    for (const struct directive *directive = directives; directive->key; directive++)
        room++;
    cleanup_free struct flag *table = xcalloc(room, sizeof *table);
    cleanup_free const struct directive **which = xcalloc(room, sizeof *which);
    cleanup_free union slot *slots = xcalloc(room, sizeof *slots);
    cleanup_free bool *seen = xcalloc(room, sizeof *seen);
    char **operands = NULL;
    size_t count = make_table(table, which);
    int rc = flags_parse(table, slots, seen, argc, argv, false, &operands, err);
    if (rc == -ECANCELED)
        usage(table);
    if (rc == 0 && *operands)
        rc = error_set(err, EINVAL, "unknown argument: %s", *operands);
    flags->given = json_object();
    flags->config_file = slots[CONFIG_FILE].text;
    flags->rootless = slots[ROOTLESS].boolean;
    flags->validate = slots[VALIDATE].boolean;
    flags->version = slots[VERSION].boolean;
    if (rc == 0)
        rc = collect(which, slots, seen, count, flags->given, err);
    for (size_t i = 0; i < count; i++)
        if (table[i].kind == FLAG_LIST)
            strv_free(slots[i].list);
    return rc;
}

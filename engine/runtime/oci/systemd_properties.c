/* Properties of a scope: from linux.resources, and from annotations. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"
#include "runtime/oci/systemd.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void systemd_property(DBusMessageIter *array, const char *name, int type, const void *value)
{
    DBusMessageIter entry, variant;
    const char signature[] = {(char)type, 0};
    dbus_message_iter_open_container(array, DBUS_TYPE_STRUCT, NULL, &entry);
    dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &name);
    dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, signature, &variant);
    dbus_message_iter_append_basic(&variant, type, value);
    dbus_message_iter_close_container(&entry, &variant);
    dbus_message_iter_close_container(array, &entry);
}

static void number(DBusMessageIter *array, const char *name, unsigned long long value)
{
    dbus_uint64_t wide = value;
    systemd_property(array, name, DBUS_TYPE_UINT64, &wide);
}

/* -1, no limit, is the largest number there is. */
static void limit(DBusMessageIter *array, const char *name, long long value)
{
    if (value)
        number(array, name, value < 0 ? UINT64_MAX : (unsigned long long)value);
}

static void list(DBusMessageIter *array, const char *name, int type, const void *elements, size_t count, size_t size)
{
    DBusMessageIter entry, variant, inner;
    const char of[] = {(char)type, 0}, signature[] = {'a', (char)type, 0};
    dbus_message_iter_open_container(array, DBUS_TYPE_STRUCT, NULL, &entry);
    dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &name);
    dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, signature, &variant);
    dbus_message_iter_open_container(&variant, DBUS_TYPE_ARRAY, of, &inner);
    for (size_t i = 0; i < count; i++)
        dbus_message_iter_append_basic(&inner, type, (const char *)elements + i * size);
    dbus_message_iter_close_container(&variant, &inner);
    dbus_message_iter_close_container(&entry, &variant);
    dbus_message_iter_close_container(array, &entry);
}

/* "0-2,5" as a mask of bytes, the first bit first. */
static void mask(DBusMessageIter *array, const char *name, const char *text)
{
    unsigned char bits[1024] = {0};
    size_t most = 0;
    for (const char *at = text; at && isdigit((unsigned char)*at);) {
        char *end;
        unsigned long from = strtoul(at, &end, 10), to = *end == '-' ? strtoul(end + 1, &end, 10) : from;
        for (; from <= to && to < 8 * sizeof bits; from++) {
            bits[from / 8] |= (unsigned char)(1u << from % 8);
            most = from / 8 + 1 > most ? from / 8 + 1 : most;
        }
        at = *end == ',' ? end + 1 : NULL;
    }
    if (most)
        list(array, name, DBUS_TYPE_BYTE, bits, most, 1);
}

/* systemd counts in hundredths of a processor: rounded up, so that what is below can have all that was asked for. */
static void bandwidth(DBusMessageIter *array, const json_t *resources)
{
    enum { SECOND_US = 1000000, PERCENT_US = 10000, PERIOD_US = 100000 };
    long long quota = json_num(resources, "cpu.quota", 0), period = json_num(resources, "cpu.period", 0);
    if (period > 0)
        number(array, "CPUQuotaPeriodUSec", (unsigned long long)period);
    if (quota > 0) {
        long long share = quota * SECOND_US / (period > 0 ? period : PERIOD_US);
        number(array, "CPUQuotaPerSecUSec", (unsigned long long)((share + PERCENT_US - 1) / PERCENT_US * PERCENT_US));
    } else if (quota < 0) {
        number(array, "CPUQuotaPerSecUSec", UINT64_MAX);
    }
}

static void limits_unified(DBusMessageIter *array, const json_t *resources)
{
    long long most = json_num(resources, "memory.limit", 0), swap = json_num(resources, "memory.swap", 0);
    long long shares = json_num(resources, "cpu.shares", 0), weight = json_num(resources, "blockIO.weight", 0);
    limit(array, "MemoryMax", most);
    limit(array, "MemoryLow", json_num(resources, "memory.reservation", 0));
    if (swap < 0)
        number(array, "MemorySwapMax", UINT64_MAX);
    else if (swap && most > 0)
        number(array, "MemorySwapMax", (unsigned long long)(swap - most));
    if (shares > 0)
        number(array, "CPUWeight", cgroup_cpu_weight((unsigned long long)shares));
    if (weight > 0)
        number(array, "IOWeight", cgroup_io_weight((unsigned long long)weight));
    mask(array, "AllowedCPUs", json_str(resources, "cpu.cpus", ""));
    mask(array, "AllowedMemoryNodes", json_str(resources, "cpu.mems", ""));
}

void systemd_limits(DBusMessageIter *array, const json_t *resources, bool unified)
{
    const json_t *pids = json_at(resources, "pids.limit");
    bandwidth(array, resources);
    if (json_is_integer(pids))
        limit(array, "TasksMax", json_integer_value(pids) ? json_integer_value(pids) : 1); /* none is not possible there */
    if (unified) {
        limits_unified(array, resources);
        return;
    }
    limit(array, "MemoryLimit", json_num(resources, "memory.limit", 0));
    limit(array, "CPUShares", json_num(resources, "cpu.shares", 0));
    limit(array, "BlockIOWeight", json_num(resources, "blockIO.weight", 0));
}

/* 'text' or "text"; NULL when it is none. What follows it is in *rest. */
static char *quoted(const char *text, const char **rest)
{
    const char *end = *text == '\'' || *text == '"' ? strchr(text + 1, *text) : NULL;
    if (!end)
        return NULL;
    *rest = end + 1;
    return xstrndup(text + 1, (size_t)(end - text) - 1);
}

static bool strings(DBusMessageIter *array, const char *name, const char *text)
{
    char **words cleanup_strv = NULL;
    for (text++; *text && *text != ']'; text += strspn(text, ", ")) {
        char *word = quoted(text, &text);
        if (!word)
            return false;
        strv_take(&words, word);
    }
    list(array, name, DBUS_TYPE_STRING, words, strv_len(words), sizeof *words);
    return *text == ']' && !text[1];
}

static bool digits(DBusMessageIter *array, const char *name, const char *text)
{
    static const struct {
        const char *word;
        int type;
    } types[] = {
        {"uint64 ", DBUS_TYPE_UINT64}, {"int64 ", DBUS_TYPE_INT64}, {"uint32 ", DBUS_TYPE_UINT32}, {"int32 ", DBUS_TYPE_INT32}};
    int type = DBUS_TYPE_INT32;
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (str_starts(text, types[i].word)) {
            type = types[i].type;
            text += strlen(types[i].word);
        }
    char *end;
    DBusBasicValue value = {0};
    errno = 0;
    value.u64 = *text == '-' ? (dbus_uint64_t)strtoll(text, &end, 0) : strtoull(text, &end, 0);
    if (errno || end == text || *end)
        return false;
    size_t len = strlen(name);
    if (str_ends(name, "Sec") && !str_ends(name, "USec")) {
        char *micro cleanup_free = str_format("%.*sUSec", (int)len - 3, name);
        number(array, micro, value.u64 * 1000000);
    } else {
        systemd_property(array, name, type, &value);
    }
    return true;
}

static bool variant(DBusMessageIter *array, const char *name, const char *text)
{
    dbus_bool_t yes = !strcmp(text, "true");
    const char *rest = "";
    char *string cleanup_free = quoted(text, &rest);
    if (yes || !strcmp(text, "false"))
        systemd_property(array, name, DBUS_TYPE_BOOLEAN, &yes);
    else if (string && !*rest)
        systemd_property(array, name, DBUS_TYPE_STRING, &string);
    else
        return *text == '[' ? strings(array, name, text) : digits(array, name, text);
    return true;
}

int systemd_annotations(DBusMessageIter *array, const json_t *annotations, struct error *err)
{
    static const char prefix[] = "org.systemd.property.";
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)annotations, key, value)
    {
        const char *name = str_starts(key, prefix) ? key + strlen(prefix) : NULL, *text = json_string_value(value);
        if (!name)
            continue;
        if (!isalpha((unsigned char)*name) || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(name))
            return error_set(err, EINVAL, "annotation %s: \"%s\" is no name of a property", key, name);
        if (!text || !variant(array, name, text))
            return error_set(err, EINVAL, "annotation %s: \"%s\" is no value: 'text', true, 5, uint64 5 and ['a', 'b'] are", key,
                             str_or(text, ""));
    }
    return 0;
}

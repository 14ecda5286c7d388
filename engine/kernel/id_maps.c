/* Who is who in a user namespace; see id_maps.h. */
#include "kernel/id_maps.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/helper.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *map, *ranges, *program; /* the last writes the first out of the second, setuid root */
} kinds[] = {
    [ID_MAPS_USERS] = {"uid_map", "/etc/subuid", "newuidmap"},
    [ID_MAPS_GROUPS] = {"gid_map", "/etc/subgid", "newgidmap"},
};

static unsigned own_id(enum id_maps_kind kind) { return kind == ID_MAPS_USERS ? geteuid() : getegid(); }

/* --- checks --- */

static bool overlap(const json_t *a, const json_t *b, const char *key)
{
    long long first = json_num(a, key, 0), other = json_num(b, key, 0);
    return first < other + json_num(b, "size", 0) && other < first + json_num(a, "size", 0);
}

static int check_list(const json_t *list, const char *name, struct error *err)
{
    size_t i, k;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        long long inside = json_num(item, "containerID", -1), outside = json_num(item, "hostID", -1),
                  size = json_num(item, "size", 0);
        if (size <= 0 || inside < 0 || outside < 0 || inside + size - 1 > UINT32_MAX || outside + size - 1 > UINT32_MAX)
            return error_set(err, EINVAL, "linux.%s[%zu]: containerID %lld, hostID %lld, size %lld are no range of ids", name, i,
                             inside, outside, size);
        for (k = 0; k < i; k++)
            if (overlap(item, json_array_get(list, k), "containerID") || overlap(item, json_array_get(list, k), "hostID"))
                return error_set(err, EINVAL, "linux.%s[%zu] and [%zu] overlap", name, k, i);
    }
    return 0;
}

int id_maps_check(const json_t *uids, const json_t *gids, struct error *err)
{
    int rc = check_list(uids, "uidMappings", err);
    return rc ? rc : check_list(gids, "gidMappings", err);
}

/* --- maps that nobody wrote down --- */

json_t *id_maps_ranges(const char *path, const char *name, unsigned id)
{
    char *text cleanup_free = path_exists(path) ? file_read(path, NULL, NULL) : NULL, number[16];
    char **lines cleanup_strv = str_split(str_or(text, ""), '\n');
    json_t *list = json_array();
    snprintf(number, sizeof number, "%u", id);
    for (size_t i = 0; lines && lines[i]; i++) {
        char **fields cleanup_strv = str_split(lines[i], ':');
        long long first, size;
        if (strv_len(fields) == 3 && (str_equal(fields[0], name) || str_equal(fields[0], number)) &&
            str_to_int(fields[1], &first) && str_to_int(fields[2], &size) && first > 0 && size > 0)
            json_array_append_new(list, json_pack("{sI sI}", "first", (json_int_t)first, "size", (json_int_t)size));
    }
    return list;
}

/* From /etc/passwd itself: a statically linked program can ask nobody else. NULL for an id without a name. */
static char *name_of(unsigned id)
{
    char *text cleanup_free = file_read("/etc/passwd", NULL, NULL);
    char **lines cleanup_strv = str_split(str_or(text, ""), '\n');
    for (size_t i = 0; lines && lines[i]; i++) {
        char **fields cleanup_strv = str_split(lines[i], ':');
        long long number;
        if (strv_len(fields) >= 3 && str_to_int(fields[2], &number) && number == id)
            return xstrdup(fields[0]);
    }
    return NULL;
}

static char *program_path(const char *name)
{
    static const char *const places[] = {"/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin", "/run/wrappers/bin"};
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        char *path cleanup_free = path_join(places[i], name);
        if (access(path, X_OK) == 0)
            return move_ptr(path);
    }
    return NULL;
}

static void add_map(json_t *list, long long inside, long long outside, long long size)
{
    json_array_append_new(
        list, json_pack("{sI sI sI}", "containerID", (json_int_t)inside, "hostID", (json_int_t)outside, "size", (json_int_t)size));
}

json_t *id_maps_default(enum id_maps_kind kind, unsigned inside)
{
    char *program cleanup_free = program_path(kinds[kind].program), *name cleanup_free = name_of(geteuid());
    json_t *ranges cleanup_json = id_maps_ranges(kinds[kind].ranges, str_or(name, "?"), geteuid()), *list = json_array(), *range;
    size_t i;
    long long next = 0; /* the first id inside that nobody has yet; `inside` itself is spoken for */
    add_map(list, inside, own_id(kind), 1);
    json_array_foreach(ranges, i, range)
    {
        long long first = json_num(range, "first", 0), left = json_num(range, "size", 0);
        while (left && (namespace_privileged() || program)) {
            next += next == inside;
            long long count = next < inside && next + left > inside ? inside - next : left;
            add_map(list, next, first, count);
            next += count;
            first += count;
            left -= count;
        }
    }
    return list;
}

/* --- writing --- */

static int write_file(struct steps *steps, pid_t pid, const char *file, const char *text, struct error *err)
{
    int64_t start = step_start();
    char *path cleanup_free = str_format("/proc/%d/%s", (int)pid, file);
    int fd cleanup_close = open(path, O_WRONLY | O_CLOEXEC);
    int rc = 0;
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        rc = error_errno(err, errno, "write %s of the user namespace", file);
    char *line cleanup_free = xstrndup(text, strlen(text) - str_ends(text, "\n"));
    step_recordf(steps, start, rc, "id map", path, "echo %s > %s", line, path);
    return rc;
}

static char *map_text(const json_t *maps)
{
    struct buf text = BUF_INIT;
    size_t i;
    json_t *item;
    json_array_foreach(maps, i, item)
    {
        buf_printf(&text, "%lld %lld %lld\n", json_num(item, "containerID", 0), json_num(item, "hostID", 0),
                   json_num(item, "size", 0));
    }
    return buf_take(&text);
}

static int run_program(struct steps *steps, pid_t pid, enum id_maps_kind kind, const json_t *maps, struct error *err)
{
    char *path cleanup_free = program_path(kinds[kind].program), **args cleanup_strv = NULL;
    struct buf said cleanup_buf = BUF_INIT;
    struct error why = ERROR_INIT;
    size_t i;
    json_t *item;
    if (!path)
        return error_set(err, EPERM,
                         "%s: to map more ids than the caller's own, a caller who is not root needs %s(1); install uidmap",
                         kinds[kind].map, kinds[kind].program);
    strv_add(&args, kinds[kind].program);
    strv_take(&args, str_format("%d", (int)pid));
    json_array_foreach(maps, i, item)
    {
        strv_take(&args, str_format("%lld", json_num(item, "containerID", 0)));
        strv_take(&args, str_format("%lld", json_num(item, "hostID", 0)));
        strv_take(&args, str_format("%lld", json_num(item, "size", 0)));
    }
    const struct helper helper = {.path = path, .args = args, .seconds = 30, .out = -1, .err = -1};
    int rc = helper_run(steps, "id map", &helper, &said, &why);
    return rc < 0 ? error_set(err, why.code, "%s: %s%s%s", kinds[kind].program, why.message, said.len ? ": " : "",
                              said.len ? str_trim(said.data) : "")
                  : 0;
}

/* The one map that anybody may write: oneself. Of groups only when setgroups(2) is given up, which could otherwise take away a
 * membership that is there to deny something. */
static bool only_oneself(enum id_maps_kind kind, const json_t *maps)
{
    const json_t *first = json_array_get(maps, 0);
    return json_array_size(maps) == 1 && json_num(first, "size", 0) == 1 &&
           json_num(first, "hostID", -1) == (long long)own_id(kind);
}

static int write_map(struct steps *steps, pid_t pid, enum id_maps_kind kind, const json_t *maps, struct error *err)
{
    bool privileged = namespace_privileged();
    if (!privileged && !only_oneself(kind, maps))
        return run_program(steps, pid, kind, maps, err);
    int rc = !privileged && kind == ID_MAPS_GROUPS ? write_file(steps, pid, "setgroups", "deny", err) : 0;
    char *text cleanup_free = map_text(maps);
    return rc || !*text ? rc : write_file(steps, pid, kinds[kind].map, text, err);
}

int id_maps_write(struct steps *steps, pid_t pid, const json_t *uids, const json_t *gids, struct error *err)
{
    int rc = write_map(steps, pid, ID_MAPS_GROUPS, gids, err);
    return rc ? rc : write_map(steps, pid, ID_MAPS_USERS, uids, err);
}

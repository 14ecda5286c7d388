/* `slipway class enrol|roster|remove`: names and groups of this machine become numbers here; the server knows numbers alone. */
#include "quizzes/class_commands.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/exam_print.h"

#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct flag enrol_flags[] = {
    {0, "role", FLAG_STRING, offsetof(struct class_options, role), "role", "student (default), grader or instructor"},
    {0, "name", FLAG_STRING, offsetof(struct class_options, name), "name", "Full name, for one user"},
    {0, "extra", FLAG_INT, offsetof(struct class_options, extra), "percent", "Time added to every limit"},
    {0, "csv", FLAG_STRING, offsetof(struct class_options, csv_out), "file", "Roster with the columns user, role, name, extra"},
    {0, "group", FLAG_STRING, offsetof(struct class_options, group), "group", "Everybody in a Unix group"},
    {0},
};
static const struct flag roster_flags[] = {
    {0, "json", FLAG_BOOL, offsetof(struct class_options, json), NULL, "Print JSON"},
    {0, "csv", FLAG_BOOL, offsetof(struct class_options, csv), NULL, "Print CSV, as `class enrol --csv` reads it"},
    {0},
};
static const struct flag no_flags[] = {{0}};

static int add_user(json_t *members, const char *user, const char *role, const char *name, long long extra, struct error *err)
{
    uint32_t uid;
    int r = class_user(user, &uid, err);
    if (r == 0)
        json_array_append_new(members, json_pack("{s:I,s:s,s:o,s:I}", "uid", (json_int_t)uid, "role", str_or(role, "student"),
                                                 "name", json_text_value(name, strlen(name)), "extra", (json_int_t)extra));
    return r;
}

/* Whose first group it is. Where the C library stands in its list is one place for all threads. */
static int add_first(json_t *members, gid_t gid, const char *role, struct error *err)
{
    static pthread_mutex_t walking = PTHREAD_MUTEX_INITIALIZER;
    int r = 0;
    pthread_mutex_lock(&walking);
    setpwent();
    for (struct passwd *entry; r == 0 && (entry = getpwent());)
        if (entry->pw_gid == gid)
            r = add_user(members, entry->pw_name, role, "", 0, err);
    endpwent();
    pthread_mutex_unlock(&walking);
    return r;
}

int class_roster_group(const char *name, const char *role, json_t *members, struct error *err)
{
    cleanup_strv char **listed = NULL;
    gid_t gid;
    int r = class_group(name, &gid, &listed, err);
    for (char **user = listed; r == 0 && user && *user; user++)
        r = add_user(members, *user, role, "", 0, err);
    if (r == 0)
        r = add_first(members, gid, role, err);
    return r == 0 && json_array_size(members) == 0 ? error_set(err, ENOENT, "group %s has no members", name) : r;
}

/* The fields of one CSV line in place; at most `most`. Quotes as in RFC 4180, but no line breaks inside. */
static int split_line(char *line, char **fields, size_t most)
{
    size_t count = 0;
    for (char *p = line; count < most;) {
        char *to = p;
        fields[count++] = p;
        bool quoted = *p == '"';
        p += quoted;
        for (; *p && (quoted || *p != ','); p++) {
            if (quoted && *p == '"') {
                if (p[1] != '"') {
                    quoted = false;
                    continue;
                }
                p++;
            }
            *to++ = *p;
        }
        if (quoted)
            return -1;
        bool more = *p == ',';
        p += more;
        *to = 0;
        if (!more)
            return (int)count;
    }
    return -1;
}

int class_roster_read(const char *path, json_t *members, struct error *err)
{
    cleanup_free char *text = file_read(path, NULL, err);
    if (!text)
        return -err->code;
    cleanup_strv char **lines = str_split(text, '\n');
    for (size_t i = 0; lines[i]; i++) {
        char *fields[4] = {"", "", "", ""}, *line = str_trim(lines[i]);
        long long extra = 0;
        if (!*line || *line == '#')
            continue;
        int count = split_line(line, fields, ARRAY_LEN(fields));
        if (i == 0 && count > 0 && str_equal(fields[0], "user"))
            continue;
        if (count < 1 || (*fields[3] && !str_to_int(fields[3], &extra)))
            return error_set(err, EINVAL, "%s:%zu: a line is user,role,name,extra percent (the last three may be left out)", path,
                             i + 1);
        int r = add_user(members, fields[0], fields[1], fields[2], extra, err);
        if (r < 0)
            return error_prefix(err, "%s:%zu", path, i + 1);
    }
    return json_array_size(members) ? 0 : error_set(err, EINVAL, "%s names nobody", path);
}

static int enrol(const struct class_options *options, char **operands, struct error *err)
{
    cleanup_json json_t *members = json_array(), *reply = NULL;
    int r = 0;
    if (options->csv_out)
        r = class_roster_read(options->csv_out, members, err);
    if (r == 0 && options->group)
        r = class_roster_group(options->group, options->role, members, err);
    for (; *operands && r == 0; operands++)
        r = add_user(members, *operands, options->role, str_or(options->name, ""), options->extra, err);
    if (r == 0 && json_array_size(members) == 0)
        r = error_set(err, EINVAL, "name users, or give --csv or --group");
    if (r == 0)
        r = class_ask(json_pack("{s:s,s:O}", "op", "class.enrol", "members", members), &reply, err);
    if (r == 0)
        printf("%lld enrolled\n", json_num(reply, "enrolled", 0));
    return r;
}

void class_roster_write(FILE *out, const json_t *members)
{
    size_t i;
    const json_t *member;
    fprintf(out, "user,role,name,extra\n");
    json_array_foreach(members, i, member)
    {
        cleanup_free char *user = text_shown(json_str(member, "user", "")), *name = text_shown(json_str(member, "name", ""));
        csv_field(out, user, false);
        csv_field(out, json_str(member, "role", ""), false);
        csv_field(out, name, false);
        fprintf(out, "%lld\n", json_num(member, "extra", 0));
    }
}

static int roster(const struct class_options *options, char **operands, struct error *err)
{
    (void)operands;
    cleanup_json json_t *reply = NULL;
    int r = class_ask(json_pack("{s:s}", "op", "class.roster"), &reply, err);
    if (r < 0)
        return r;
    json_t *members = json_object_get(reply, "members"), *member;
    size_t i;
    if (options->json) {
        print_json(members);
        return 0;
    }
    if (options->csv) {
        class_roster_write(stdout, members);
        return 0;
    }
    printf("%-8s %-16s %-12s %-6s %s\n", "UID", "USER", "ROLE", "EXTRA", "NAME");
    json_array_foreach(members, i, member)
    {
        cleanup_free char *user = text_shown(json_str(member, "user", "")), *name = text_shown(json_str(member, "name", ""));
        printf("%-8lld %-16s %-12s %3lld %%  %s\n", json_num(member, "uid", 0), user, json_str(member, "role", ""),
               json_num(member, "extra", 0), name);
    }
    return 0;
}

static int remove_member(const struct class_options *options, char **operands, struct error *err)
{
    (void)options;
    uint32_t uid;
    int r = class_user(operands[0], &uid, err);
    return r < 0 ? r : class_ask(json_pack("{s:s,s:I}", "op", "class.remove", "uid", (json_int_t)uid), NULL, err);
}

int class_enrol_command(const struct command_context *context, int argc, char **argv)
{
    return class_command(context, argc, argv, enrol_flags, "class enrol [OPTIONS] [USER...]", 0, 1000, enrol);
}

int class_roster_command(const struct command_context *context, int argc, char **argv)
{
    return class_command(context, argc, argv, roster_flags, "class roster [OPTIONS]", 0, 0, roster);
}

int class_remove_command(const struct command_context *context, int argc, char **argv)
{
    return class_command(context, argc, argv, no_flags, "class remove USER", 1, 1, remove_member);
}

/* cgroup v1's devices controller (cgroup-v1/devices.rst). Its list has no order: it is "all but these" or "none but these". The
 * rules of a config have one, the last that speaks of a device decides; so they are carried out here first, on a list as the kernel
 * keeps it, and then the group's list is changed where it differs. What is allowed before and after stays allowed in between. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ANY = -1 };
enum { READ = 1, WRITE = 2, MKNOD = 4, EVERYTHING = READ | WRITE | MKNOD };

struct exception {
    char type; /* 'b' or 'c' */
    long long major, minor;
    int bits;
};

struct list {
    bool allow; /* what holds for everything that is no exception */
    struct exception *exceptions;
    size_t count;
};

static void cleanup_list(struct list *list) { free(list->exceptions); }

static int bits_of(const char *access)
{
    return (strchr(access, 'r') ? READ : 0) | (strchr(access, 'w') ? WRITE : 0) | (strchr(access, 'm') ? MKNOD : 0);
}

static bool same(const struct exception *a, const struct exception *b)
{
    return a->type == b->type && a->major == b->major && a->minor == b->minor;
}

static bool covers(const struct exception *wide, const struct exception *narrow)
{
    return wide->type == narrow->type && (wide->major == ANY || wide->major == narrow->major) &&
           (wide->minor == ANY || wide->minor == narrow->minor);
}

static bool overlap(const struct exception *a, const struct exception *b)
{
    return a->type == b->type && (a->major == ANY || b->major == ANY || a->major == b->major) &&
           (a->minor == ANY || b->minor == ANY || a->minor == b->minor);
}

static struct exception *find(const struct list *list, const struct exception *wanted)
{
    for (size_t i = 0; i < list->count; i++)
        if (same(&list->exceptions[i], wanted))
            return &list->exceptions[i];
    return NULL;
}

static void add(struct list *list, const struct exception *wanted)
{
    struct exception *there = find(list, wanted);
    if (there) {
        there->bits |= wanted->bits;
        return;
    }
    list->exceptions = xrealloc(list->exceptions, (list->count + 1) * sizeof *list->exceptions);
    list->exceptions[list->count++] = *wanted;
}

static char *text_of(const struct exception *exception, int bits)
{
    char *major cleanup_free = exception->major == ANY ? xstrdup("*") : str_format("%lld", exception->major);
    char *minor cleanup_free = exception->minor == ANY ? xstrdup("*") : str_format("%lld", exception->minor);
    return str_format("%c %s:%s %s%s%s", exception->type, major, minor, bits & READ ? "r" : "", bits & WRITE ? "w" : "",
                      bits & MKNOD ? "m" : "");
}

/* Back to the default: exceptions within `rule` go. One that is wider cannot have a hole. */
static int take_away(struct list *list, const struct exception *rule, struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        struct exception *there = &list->exceptions[i];
        if (!(there->bits & rule->bits) || !overlap(there, rule))
            continue;
        if (!covers(rule, there)) {
            char *wide cleanup_free = text_of(there, there->bits), *narrow cleanup_free = text_of(rule, rule->bits);
            return error_set(err, ENOTSUP,
                             "device rule \"%s %s\": cgroup v1 knows no exception from the wider rule \"%s\" before it",
                             list->allow ? "allow" : "deny", narrow, wide);
        }
        there->bits &= ~rule->bits;
    }
    return 0;
}

static int carry_out(struct list *list, const json_t *rule, struct error *err)
{
    const char *type = str_or(json_str(rule, "type", NULL), "a");
    bool allow = json_flag(rule, "allow", false);
    struct exception wanted = {.major = json_num(rule, "major", ANY),
                               .minor = json_num(rule, "minor", ANY),
                               .bits = bits_of(str_or(json_str(rule, "access", NULL), "rwm"))};
    if (*type == 'a' && wanted.bits == EVERYTHING && wanted.major == ANY && wanted.minor == ANY) {
        list->allow = allow;
        list->count = 0;
        return 0;
    }
    const char *types = *type == 'a' ? "bc" : *type == 'b' ? "b" : "c";
    int rc = 0;
    for (; *types && !rc; types++) {
        wanted.type = *types;
        if (allow == list->allow)
            rc = take_away(list, &wanted, err);
        else
            add(list, &wanted);
    }
    return rc;
}

/* devices.list: "a *:* rwm" when everything is allowed (exceptions from that are not told), otherwise what is. */
static int read_list(const char *directory, struct list *list, struct error *err)
{
    char *path cleanup_free = path_join(directory, "devices.list");
    char *text cleanup_free = file_read(path, NULL, err), *rest = text;
    if (!text)
        return -err->code;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char type, major[16], minor[16], access[8];
        if (sscanf(line, "%c %15[0-9*]:%15[0-9*] %7s", &type, major, minor, access) != 4)
            continue;
        if (type == 'a') {
            list->allow = true;
            return 0;
        }
        add(list, &(struct exception){.type = type,
                                      .major = *major == '*' ? ANY : atoll(major),
                                      .minor = *minor == '*' ? ANY : atoll(minor),
                                      .bits = bits_of(access)});
    }
    return 0;
}

static int write_rule(struct steps *steps, const char *directory, const struct exception *exception, int bits, bool allow,
                      struct error *err)
{
    char *text cleanup_free = text_of(exception, bits);
    return cgroup_write(steps, directory, allow ? "devices.allow" : "devices.deny", text, err);
}

/* Exceptions of `to` that `from` has not. */
static int write_missing(struct steps *steps, const char *directory, const struct list *from, const struct list *to, bool allow,
                         struct error *err)
{
    int rc = 0;
    for (size_t i = 0; i < to->count && !rc; i++) {
        const struct exception *there = find(from, &to->exceptions[i]);
        int bits = to->exceptions[i].bits & ~(there ? there->bits : 0);
        rc = bits ? write_rule(steps, directory, &to->exceptions[i], bits, allow, err) : 0;
    }
    return rc;
}

static int change(struct steps *steps, const char *directory, struct list *from, const struct list *to, struct error *err)
{
    int rc = 0;
    if (from->allow || to->allow) { /* exceptions from "all" cannot be read back, so the list begins anew */
        from->count = 0;
        rc = cgroup_write(steps, directory, to->allow ? "devices.allow" : "devices.deny", "a", err);
    }
    if (!rc)
        rc = write_missing(steps, directory, from, to, !to->allow, err);
    return rc ? rc : write_missing(steps, directory, to, from, to->allow, err);
}

int cgroup_v1_devices(struct steps *steps, const char *directory, const json_t *rules, struct error *err)
{
    struct list before __attribute__((cleanup(cleanup_list))) = {0}, after __attribute__((cleanup(cleanup_list))) = {0};
    size_t i;
    json_t *rule;
    int rc = read_list(directory, &before, err);
    after.allow = before.allow;
    for (i = 0; i < before.count; i++)
        add(&after, &before.exceptions[i]);
    json_array_foreach(rules, i, rule)
    {
        if (!rc)
            rc = carry_out(&after, rule, err);
    }
    if (rc < 0)
        return rc;
    rc = change(steps, directory, &before, &after, err);
    if (rc < 0) { /* back, as far as the kernel lets us */
        struct list now __attribute__((cleanup(cleanup_list))) = {0};
        if (read_list(directory, &now, &(struct error){0}) == 0)
            (void)change(steps, directory, &now, &before, NULL);
    }
    return rc;
}

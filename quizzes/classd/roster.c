/* Who belongs to the class. People are known by their user numbers; names are for reading. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/progress.h"
#include "quizzes/classd/roles.h"

#include <errno.h>
#include <string.h>

/* UNMAPPED stands for whoever has no number in this user namespace (user_namespaces(7)): that is no one in particular. */
enum { NAME_MOST = 120, AT_ONCE = 1000, EXTRA_MOST = 300, UNMAPPED = 65534 };

int request_class_info(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT title, made, (SELECT count(*) FROM member WHERE removed IS NULL AND role = 'student'),"
                    " (SELECT count(*) FROM assignment WHERE removed IS NULL), (SELECT count(*) FROM attempt WHERE ended IS NULL)"
                    " FROM class",
                    "");
    int r = query ? query_next(store, query, err) : -err->code;
    if (r < 1)
        return r < 0 ? r : error_set(err, ENOTSUP, "there is no class here");
    json_object_update_new(reply, json_pack("{s:s,s:o,s:s,s:I,s:I,s:I}", "title", query_text(query, 0), "made",
                                            json_time(query_int(query, 1)), "role", role_name(role_of(store, request->uid)),
                                            "students", (json_int_t)query_int(query, 2), "assignments",
                                            (json_int_t)query_int(query, 3), "running", (json_int_t)query_int(query, 4)));
    return 0;
}

int request_class_roster(const struct request *request, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err,
                    "SELECT p.uid, p.name, m.role, m.name, m.extra FROM member m JOIN person p ON p.id = m.person"
                    " WHERE m.removed IS NULL ORDER BY m.role, m.name, p.uid",
                    "");
    json_t *members = json_array();
    json_object_set_new(reply, "members", members);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(request->store, query, err)) == 1)
        json_array_append_new(members, json_pack("{s:I,s:s,s:s,s:s,s:I}", "uid", (json_int_t)query_int(query, 0), "user",
                                                 query_text(query, 1), "role", query_text(query, 2), "name", query_text(query, 3),
                                                 "extra", (json_int_t)query_int(query, 4)));
    return r;
}

/* Names reach terminals of others: no control characters in them, C1 (U+0080 to U+009F) and bidirectional overrides included. */
static bool name_harmless(const char *name)
{
    for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
        bool turns =
            p[0] == 0xe2 && ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) || (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
        if (utf8_control((const char *)p) || turns)
            return false;
    }
    return true;
}

static int last_instructor(const struct request *request, int64_t person, struct error *err)
{
    int64_t others =
        store_number(request->store, 0, "SELECT count(*) FROM member WHERE role = 'instructor' AND removed IS NULL AND person <> ?",
                     "i", person);
    return others ? 0 : error_set(err, EBUSY, "a class keeps at least one instructor; enrol another one first");
}

static int check_member(const json_t *member, struct error *err)
{
    long long uid = json_num(member, "uid", -1), extra = json_num(member, "extra", 0);
    const char *name = json_str(member, "name", ""), *role = json_str(member, "role", "student");
    if (uid < 0 || uid > UINT32_MAX - 1 || uid == UNMAPPED)
        return error_set(err, EINVAL, "a member needs \"uid\", the number of a user (%d, nobody, is none)", UNMAPPED);
    if (role_from_name(role) == ROLE_NONE)
        return error_set(err, EINVAL, "user %lld: the role is student, grader or instructor", uid);
    if (strlen(name) > NAME_MOST || !name_harmless(name))
        return error_set(err, EINVAL, "user %lld: a name has at most %d bytes and no control characters", uid, NAME_MOST);
    if (extra < 0 || extra > EXTRA_MOST)
        return error_set(err, EINVAL, "user %lld: extra time is 0 to %d percent", uid, EXTRA_MOST);
    return 0;
}

static int enrol(const struct request *request, const json_t *member, struct error *err)
{
    int r = check_member(member, err);
    if (r < 0)
        return r;
    uid_t uid = (uid_t)json_num(member, "uid", 0);
    const char *role = json_str(member, "role", "student");
    char user[72];
    int64_t person, extra = json_num(member, "extra", 0);
    r = person_of(request->store, uid, &person, err);
    if (r == 0 && role_of(request->store, uid) == ROLE_INSTRUCTOR && !str_equal(role, "instructor"))
        r = last_instructor(request, person, err);
    user_name(uid, user, sizeof user);
    const char *name = str_or(json_str(member, "name", ""), user);
    if (r == 0)
        r = store_run(
            request->store, err,
            "INSERT INTO member (person, role, name, extra, salt) VALUES (?, ?, ?, ?, randomblob(16)) ON CONFLICT DO UPDATE SET"
            " role = excluded.role, name = excluded.name, extra = excluded.extra, removed = NULL",
            "itti", person, role, name, extra);
    return r < 0
               ? r
               : progress_event(request, "class.enrol",
                                json_pack("{s:I,s:s,s:I}", "person", (json_int_t)person, "role", role, "extra", (json_int_t)extra),
                                err);
}

/* All of them or none: a roster that is half imported is worse than none. */
int request_class_enrol(const struct request *request, json_t *reply, struct error *err)
{
    const json_t *members = json_object_get(request->body, "members"), *member;
    size_t i;
    if (!json_is_array(members) || json_array_size(members) == 0 || json_array_size(members) > AT_ONCE)
        return error_set(err, EINVAL, "\"members\" is a list of 1 to %d members", AT_ONCE);
    json_array_foreach(members, i, member)
    {
        int r = enrol(request, member, err);
        if (r < 0)
            return r;
    }
    json_object_set_new(reply, "enrolled", json_integer((json_int_t)json_array_size(members)));
    return 0;
}

int request_class_remove(const struct request *request, json_t *reply, struct error *err)
{
    (void)reply;
    long long uid = json_num(request->body, "uid", -1);
    int64_t person = store_number(
        request->store, 0, "SELECT id FROM person JOIN member ON person = id WHERE uid = ? AND removed IS NULL", "i", (int64_t)uid);
    if (!person)
        return error_set(err, ENOENT, "user %lld is no member of the class", uid);
    int r = last_instructor(request, person, err);
    if (r < 0 && role_of(request->store, (uid_t)uid) == ROLE_INSTRUCTOR)
        return r;
    *err = ERROR_INIT;
    r = store_run(request->store, err, "UPDATE member SET removed = ? WHERE person = ?", "ii", store_now_ms(request->store),
                  person);
    return r < 0 ? r : progress_event(request, "class.remove", json_pack("{s:I}", "person", (json_int_t)person), err);
}

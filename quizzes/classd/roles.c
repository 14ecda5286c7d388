/* The table of rights, and the roster's side of it. */
#include "quizzes/classd/roles.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/progress.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>

enum { EVERYONE = ROLE_STUDENT | ROLE_GRADER | ROLE_INSTRUCTOR, STAFF = ROLE_GRADER | ROLE_INSTRUCTOR };

/* Each of these concerns the one who asks alone, unless it is for the staff. Importing, erasing, the roster, assignments and the
 * audit are for instructors, as is whatever is missing here. */
static const struct {
    const char *op;
    unsigned may;
} rights[] = {
    {"bank.list", EVERYONE},         {"bank.items", EVERYONE},   {"item.key", EVERYONE},       {"practice.draw", EVERYONE},
    {"practice.answer", EVERYONE},   {"exam.start", EVERYONE},   {"exam.answer", EVERYONE},    {"exam.flag", EVERYONE},
    {"exam.finish", EVERYONE},       {"exam.result", EVERYONE},  {"exam.list", EVERYONE},      {"exam.open", EVERYONE},
    {"progress.set", EVERYONE},      {"progress.get", EVERYONE}, {"progress.touch", EVERYONE}, {"progress.export", EVERYONE},
    {"lab.seed", EVERYONE},          {"lab.go", EVERYONE},       {"lab.step", EVERYONE},       {"lab.hint", EVERYONE},
    {"progress.erase", 0},           {"standing", EVERYONE},     {"learn.due", EVERYONE},      {"class.info", EVERYONE},
    {"class.assignments", EVERYONE}, {"class.inbox", EVERYONE},  {"class.marks", EVERYONE},    {"class.roster", STAFF},
    {"class.board", STAFF},          {"class.message", STAFF},   {"class.queue", STAFF},       {"class.grade", STAFF},
    {"class.gradebook", STAFF},      {"class.confirm", STAFF},   {"exam.go", EVERYONE},        {"quiz.list", EVERYONE},
    {"class.peek", STAFF},           {"class.screen", EVERYONE},
};

static const struct {
    const char *name;
    enum role role;
} names[] = {{"student", ROLE_STUDENT}, {"grader", ROLE_GRADER}, {"instructor", ROLE_INSTRUCTOR}};

const char *role_name(enum role role)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (names[i].role == role)
            return names[i].name;
    return "nobody";
}

enum role role_from_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_equal(names[i].name, name))
            return names[i].role;
    return ROLE_NONE;
}

bool role_may(enum role role, const char *op)
{
    for (size_t i = 0; i < ARRAY_LEN(rights); i++)
        if (str_equal(rights[i].op, op))
            return (rights[i].may & role) != 0;
    return role == ROLE_INSTRUCTOR;
}

enum role role_of(struct store *store, uid_t uid)
{
    struct error err = ERROR_INIT;
    cleanup_query sqlite3_stmt *query = store_query(
        store, &err, "SELECT role FROM member JOIN person ON id = person WHERE uid = ? AND removed IS NULL", "i", (int64_t)uid);
    return query && query_next(store, query, &err) == 1 ? role_from_name(query_text(query, 0)) : ROLE_NONE;
}

void user_name(uid_t uid, char *out, size_t size)
{
    struct passwd entry, *found = NULL;
    char room[4096];
    getpwuid_r(uid, &entry, room, sizeof room, &found);
    if (found)
        snprintf(out, size, "%s", entry.pw_name);
    else
        snprintf(out, size, "%u", uid);
}

static int refuse_stranger(struct store *store, uid_t uid, struct error *err)
{
    struct error ignored = ERROR_INIT;
    char name[72];
    user_name(uid, name, sizeof name);
    cleanup_query sqlite3_stmt *title = store_query(store, &ignored, "SELECT title FROM class", "");
    const char *class = title && query_next(store, title, &ignored) == 1 ? query_text(title, 0) : "";
    return error_set(err, EACCES,
                     "user %s (%u) is on no roster of the class \"%s\"; ask its instructor, or set SLIPWAY_CLASS=none to learn on "
                     "your own",
                     name, uid, class);
}

int role_admit(struct store *store, uid_t uid, const char *op, struct error *err)
{
    if (!store->classroom)
        return str_starts(op, "class.") ? error_set(err, ENOTSUP, "there is no class here; `slipway class init` founds one") : 0;
    enum role role = role_of(store, uid);
    if (role == ROLE_NONE)
        return refuse_stranger(store, uid, err);
    if (!role_may(ROLE_INSTRUCTOR, op))
        return error_set(err, EACCES, "in a class nobody may ask for %s: its records are not one person's", op);
    return role_may(role, op) ? 0
                              : error_set(err, EACCES, "a %s may not ask for %s; the class's %s may", role_name(role), op,
                                          role_may(ROLE_GRADER, op) ? "graders and instructors" : "instructors");
}

int person_of(struct store *store, uid_t uid, int64_t *person, struct error *err)
{
    *person = store_number(store, 0, "SELECT id FROM person WHERE uid = ?", "i", (int64_t)uid);
    if (*person)
        return 0;
    char name[72];
    user_name(uid, name, sizeof name);
    int r = store_run(store, err, "INSERT INTO person (uid, name, salt) VALUES (?, ?, randomblob(16))", "it", (int64_t)uid, name);
    *person = store_last_id(store);
    return r;
}

static int found(struct store *store, const char *title, uid_t instructor, struct error *err)
{
    struct request request = {.store = store, .uid = instructor};
    char name[72];
    user_name(instructor, name, sizeof name);
    int r = store_run(store, err, "INSERT INTO class (one, title, made) VALUES (1, ?, ?)", "ti", title, store_now_ms(store));
    if (r == 0)
        r = person_of(store, instructor, &request.person, err);
    if (r == 0)
        r = store_run(store, err, "INSERT INTO member (person, role, name, salt) VALUES (?, 'instructor', ?, randomblob(16))", "it",
                      request.person, name);
    return r < 0 ? r
                 : progress_event(&request, "class.found",
                                  json_pack("{s:s,s:I}", "title", title, "instructor", (json_int_t)request.person), err);
}

int class_found(struct store *store, const char *title, uid_t instructor, struct error *err)
{
    if (store->classroom)
        return error_set(err, EEXIST, "database %s is a class's already", store->path);
    int r = store_begin(store, err);
    if (r == 0)
        r = found(store, title, instructor, err);
    if (r == 0)
        r = store_commit(store, err);
    if (r < 0)
        store_rollback(store);
    store->classroom = r == 0;
    return r;
}

bool is_student(const struct request *request)
{
    return request->store->classroom && role_of(request->store, request->uid) == ROLE_STUDENT;
}

int64_t member_of(const struct request *request)
{
    return store_number(request->store, 0, "SELECT person FROM member JOIN person ON id = person WHERE uid = ?", "i",
                        (int64_t)json_num(request->body, "uid", -1));
}

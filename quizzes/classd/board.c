/* The live board, and messages: who is where, how long without a step forward, with how much help; and a word to them. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/progress.h"
#include "quizzes/classd/roles.h"

#include <errno.h>
#include <string.h>

enum { MESSAGE_MOST = 500, INBOX_MOST = 50 };

/* Where: an exam that runs before the lesson or lab that was touched last. Forward: an answer, a step, a page; what is merely
 * looked at is no step. */
static const char board[] =
    "SELECT p.uid, m.name, m.role, g.kind, g.id, g.step, g.steps, g.done, g.at, g.hints, a.bank,"
    " (SELECT count(DISTINCT slot) FROM event e WHERE e.attempt = a.id AND e.kind = 'exam.answer'),"
    " (SELECT count(*) FROM attempt_item i WHERE i.attempt = a.id),"
    " (SELECT max(at) FROM event e WHERE e.person = m.person AND e.kind IN ('exam.answer', 'exam.start', 'exam.finish',"
    " 'lab.step', 'lab.go', 'progress', 'practice')), (SELECT max(at) FROM event e WHERE e.person = m.person)"
    " FROM member m JOIN person p ON p.id = m.person"
    " LEFT JOIN progress g ON g.person = m.person AND (g.kind, g.id) = (SELECT kind, id FROM progress WHERE person = m.person"
    " ORDER BY at DESC LIMIT 1)"
    " LEFT JOIN attempt a ON a.id = (SELECT max(id) FROM attempt WHERE person = m.person AND ended IS NULL)"
    " WHERE m.removed IS NULL AND m.role = 'student' ORDER BY m.name, p.uid";

static json_t *board_row(sqlite3_stmt *row, int64_t now)
{
    bool exam = !query_null(row, 10), anything = exam || !query_null(row, 3);
    int64_t seen = query_int(row, 14) > query_int(row, 8) ? query_int(row, 14) : query_int(row, 8), forward = query_int(row, 13);
    json_t *out =
        json_pack("{s:I,s:s,s:s,s:s,s:I,s:I,s:b,s:I,s:b}", "uid", (json_int_t)query_int(row, 0), "name", query_text(row, 1), "kind",
                  exam       ? "exam"
                  : anything ? query_text(row, 3)
                             : "",
                  "where", query_text(row, exam ? 10 : 4), "step", (json_int_t)query_int(row, exam ? 11 : 5), "steps",
                  (json_int_t)query_int(row, exam ? 12 : 6), "done", !exam && query_int(row, 7), "hints",
                  (json_int_t)(exam ? 0 : query_int(row, 9)), "reported", anything && !exam);
    json_object_set_new(out, "seen", seen ? json_time(seen) : json_null());
    json_object_set_new(out, "seen_seconds", seen ? json_integer((now - seen) / 1000) : json_null());
    json_object_set_new(out, "stuck_seconds",
                        forward && anything && !(!exam && query_int(row, 7)) ? json_integer((now - forward) / 1000) : json_null());
    return out;
}

int request_class_board(const struct request *request, json_t *reply, struct error *err)
{
    int64_t now = store_now_ms(request->store);
    cleanup_query sqlite3_stmt *query = store_query(request->store, err, board, "");
    json_t *rows = json_array();
    json_object_set_new(reply, "students", rows);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(request->store, query, err)) == 1)
        json_array_append_new(rows, board_row(query, now));
    return r;
}

/* To one, or to all when no "uid" is given. What is harmful on a terminal is harmless when shown (class_text.c). */
int request_class_message(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    const char *text = json_str(request->body, "text", "");
    long long uid = json_num(request->body, "uid", -1);
    int64_t to =
        uid < 0 ? 0
                : store_number(store, 0, "SELECT person FROM member JOIN person ON id = person WHERE uid = ? AND removed IS NULL",
                               "i", (int64_t)uid);
    if (uid >= 0 && !to)
        return error_set(err, ENOENT, "user %lld is no member of the class", uid);
    if (!*text || strlen(text) > MESSAGE_MOST)
        return error_set(err, EINVAL, "a message has 1 to %d bytes", MESSAGE_MOST);
    int r = store_run(store, err, "INSERT INTO message (at, sender, recipient, text) VALUES (?, ?, nullif(?, 0), ?)", "iiit",
                      store_now_ms(store), request->person, to, text);
    json_object_set_new(reply, "message", json_integer(store_last_id(store)));
    return r < 0 ? r : progress_event(request, "class.message", json_pack("{s:I,s:s}", "to", (json_int_t)to, "text", text), err);
}

/* Messages for the one who asks, the newest last, and with "sent" those of their own; with "seen" those up to it are no longer
 * new. */
int request_class_inbox(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    int64_t seen = json_num(request->body, "seen", 0);
    int r = seen <= 0 ? 0
                      : store_run(store, err,
                                  "INSERT INTO message_seen (person, upto) VALUES (?, ?) ON CONFLICT DO UPDATE SET"
                                  " upto = max(upto, excluded.upto)",
                                  "ii", request->person, seen);
    if (r < 0)
        return r;
    int64_t upto = store_number(store, 0, "SELECT upto FROM message_seen WHERE person = ?", "i", request->person);
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT * FROM (SELECT g.id, g.at, m.name, g.text, g.recipient IS NOT NULL, g.sender = ?1,"
                    " (SELECT name FROM member t WHERE t.person = g.recipient AND g.sender = ?1)"
                    " FROM message g JOIN member m ON m.person = g.sender"
                    " WHERE iif(g.sender = ?1, ?3, g.recipient IS NULL OR g.recipient = ?1)"
                    " ORDER BY g.id DESC LIMIT ?2) ORDER BY 1",
                    "iii", request->person, (int64_t)INBOX_MOST, (int64_t)json_flag(request->body, "sent", false));
    json_t *list = json_array();
    json_object_set_new(reply, "messages", list);
    r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        bool own = query_int(query, 5) != 0;
        json_t *message = json_pack("{s:I,s:o,s:s,s:s,s:b,s:b}", "message", (json_int_t)query_int(query, 0), "at",
                                    json_time(query_int(query, 1)), "from", query_text(query, 2), "text", query_text(query, 3),
                                    "personal", (int)query_int(query, 4), "new", !own && query_int(query, 0) > upto);
        if (own && !query_null(query, 6))
            json_object_set_new(message, "to", json_string(query_text(query, 6)));
        json_array_append_new(list, message);
    }
    return r;
}

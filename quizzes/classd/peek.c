/* A look at a student's lab terminal, by the student's leave to know: their own program asks who looks, shows it, and only then
 * offers what is on the terminal; a screen reaches nobody who was not named on it. All goes one way: there is no request by which
 * anything could reach the student's terminal. A look that is not renewed is over after a few seconds, whoever was killed.
 */
#include "quizzes/classd/peek.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/progress.h"
#include "quizzes/classd/roles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOKS_MOST = 64,
    LOOK_MS = 8000,
    FRESH_MS = 12000,
    ROWS_MOST = 200,
    COLUMNS_MOST = 500,
    SCREEN_MOST = 96 << 10,
    WHERE_MOST = 72
};

struct look {
    uid_t student, watcher;
    int64_t until;
    char name[121]; /* of the watcher, as the roster has it */
};

/* What a student's program said last. */
struct offer {
    struct offer *next;
    uid_t student;
    int64_t at;
    char where[WHERE_MOST]; /* the lab whose terminal is on show; "" for none */
    json_t *screen, *told;  /* told: numbers of those who were named on it */
};

struct peeks {
    struct look looks[LOOKS_MOST];
    size_t count;
    struct offer *offers;
};

static void offer_clear(struct offer *offer)
{
    json_decref(offer->screen);
    json_decref(offer->told);
    offer->screen = offer->told = NULL;
}

void peeks_free(struct peeks *peeks)
{
    while (peeks && peeks->offers) {
        struct offer *offer = peeks->offers;
        peeks->offers = offer->next;
        offer_clear(offer);
        free(offer);
    }
    free(peeks);
}

static int64_t boot_ms(const struct request *request)
{
    struct time_now now;
    request->store->time(&now);
    return now.boot_ms;
}

/* Those looks that go on; what was offered to nobody any more is forgotten. */
static struct peeks *peeks_now(const struct request *request)
{
    struct store *store = request->store;
    if (!store->peeks)
        store->peeks = xcalloc(1, sizeof *store->peeks);
    struct peeks *peeks = store->peeks;
    int64_t now = boot_ms(request);
    size_t kept = 0;
    for (size_t i = 0; i < peeks->count; i++)
        if (peeks->looks[i].until > now)
            peeks->looks[kept++] = peeks->looks[i];
    peeks->count = kept;
    for (struct offer **at = &peeks->offers; *at;) {
        struct offer *offer = *at;
        bool watched = false;
        for (size_t i = 0; i < kept; i++)
            watched = watched || peeks->looks[i].student == offer->student;
        if (!watched)
            offer_clear(offer);
        if (now - offer->at < FRESH_MS) {
            at = &offer->next;
            continue;
        }
        *at = offer->next;
        offer_clear(offer);
        free(offer);
    }
    return peeks;
}

static struct offer *offer_of(struct peeks *peeks, uid_t student, bool make)
{
    for (struct offer *offer = peeks->offers; offer; offer = offer->next)
        if (offer->student == student)
            return offer;
    if (!make)
        return NULL;
    struct offer *offer = xcalloc(1, sizeof *offer);
    *offer = (struct offer){.next = peeks->offers, .student = student};
    return peeks->offers = offer;
}

static struct look *look_of(struct peeks *peeks, uid_t student, uid_t watcher)
{
    for (size_t i = 0; i < peeks->count; i++)
        if (peeks->looks[i].student == student && peeks->looks[i].watcher == watcher)
            return &peeks->looks[i];
    return NULL;
}

/* --- the staff's side --- */

static int note_look(const struct request *request, const char *kind, uid_t student, struct error *err)
{
    int64_t person;
    int r = person_of(request->store, student, &person, err);
    return r < 0 ? r : progress_event(request, kind, json_pack("{s:I}", "student", (json_int_t)person), err);
}

static int begin_look(const struct request *request, struct peeks *peeks, uid_t student, struct error *err)
{
    if (role_of(request->store, student) != ROLE_STUDENT)
        return error_set(err, ENOENT, "user %u is no student of the class", student);
    if (peeks->count == LOOKS_MOST)
        return error_set(err, EBUSY, "%d screens are being looked at already", LOOKS_MOST);
    int r = note_look(request, "class.peek", student, err);
    if (r < 0)
        return r;
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err, "SELECT name FROM member WHERE person = ?", "i", request->person);
    r = query ? query_next(request->store, query, err) : -err->code;
    if (r < 0)
        return r;
    struct look *look = &peeks->looks[peeks->count++];
    *look = (struct look){.student = student, .watcher = request->uid};
    snprintf(look->name, sizeof look->name, "%s", r ? query_text(query, 0) : "");
    return 0;
}

static int end_look(const struct request *request, struct peeks *peeks, uid_t student, struct error *err)
{
    struct look *look = look_of(peeks, student, request->uid);
    if (!look)
        return 0;
    *look = peeks->looks[--peeks->count];
    return note_look(request, "class.peek-end", student, err);
}

static bool was_told(const struct offer *offer, uid_t watcher)
{
    size_t i;
    const json_t *number;
    json_array_foreach(offer->told, i, number)
    {
        if (json_integer_value(number) == (json_int_t)watcher)
            return true;
    }
    return false;
}

/* "away": their program has not asked for a while; "elsewhere": it shows no lab's terminal; "waits": it has not yet shown who
 * looks; "on". */
static const char *state_of(const struct offer *offer, uid_t watcher)
{
    return !offer ? "away" : !*offer->where ? "elsewhere" : !offer->screen ? "waits" : was_told(offer, watcher) ? "on" : "waits";
}

int request_class_peek(const struct request *request, json_t *reply, struct error *err)
{
    struct peeks *peeks = peeks_now(request);
    long long number = json_num(request->body, "uid", -1);
    if (number < 0 || number > UINT32_MAX - 1)
        return error_set(err, EINVAL, "\"uid\" is the number of a student");
    uid_t student = (uid_t)number;
    if (json_flag(request->body, "end", false))
        return end_look(request, peeks, student, err);
    struct look *look = look_of(peeks, student, request->uid);
    int r = look ? 0 : begin_look(request, peeks, student, err);
    if (r < 0)
        return r;
    look_of(peeks, student, request->uid)->until = boot_ms(request) + LOOK_MS;
    const struct offer *offer = offer_of(peeks, student, false);
    const char *state = state_of(offer, request->uid);
    bool on = str_equal(state, "on");
    json_object_update_new(reply, json_pack("{s:s,s:s,s:O?}", "state", state, "where", offer ? offer->where : "", "screen",
                                            on ? offer->screen : NULL));
    return 0;
}

/* --- the student's side --- */

/* {"columns","rows","cursor":[y,x]|null,"lines":[[[text,foreground,background,look]...]...]}; whoever shows it takes nothing in it
 * for granted. */
static int check_screen(const json_t *screen, struct error *err)
{
    long long columns = json_num(screen, "columns", 0), rows = json_num(screen, "rows", 0);
    if (!json_is_object(screen) || columns < 1 || columns > COLUMNS_MOST || rows < 1 || rows > ROWS_MOST ||
        json_array_size(json_object_get(screen, "lines")) > (size_t)rows)
        return error_set(err, EINVAL, "\"screen\" has columns, rows and lines");
    return json_dumpb(screen, NULL, 0, JSON_COMPACT) > SCREEN_MOST
               ? error_set(err, EMSGSIZE, "a screen of more than %d bytes is not shown to anybody", SCREEN_MOST)
               : 0;
}

int request_class_screen(const struct request *request, json_t *reply, struct error *err)
{
    struct peeks *peeks = peeks_now(request);
    const json_t *screen = json_object_get(request->body, "screen");
    const char *where = json_str(request->body, "where", "");
    int r = screen ? check_screen(screen, err) : 0;
    if (r == 0 && strlen(where) >= WHERE_MOST)
        r = error_set(err, EINVAL, "\"where\" is the name of a lab");
    if (r < 0)
        return r;
    struct offer *offer = offer_of(peeks, request->uid, true);
    offer->at = boot_ms(request);
    snprintf(offer->where, sizeof offer->where, "%s", where);
    json_t *watchers = json_array();
    json_object_set_new(reply, "watchers", watchers);
    for (size_t i = 0; i < peeks->count; i++)
        if (peeks->looks[i].student == request->uid)
            json_array_append_new(watchers,
                                  json_pack("{s:I,s:s}", "uid", (json_int_t)peeks->looks[i].watcher, "name", peeks->looks[i].name));
    if (screen || !*where)
        offer_clear(offer);
    if (screen && *where && json_array_size(watchers)) {
        offer->screen = json_incref((json_t *)screen);
        offer->told = json_incref(json_object_get(request->body, "told"));
    }
    return 0;
}

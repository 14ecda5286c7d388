/* Asking systemd for a scope, for other properties of it, for its end. Its own socket is tried first, which root (or the user whose
 * manager it is) may use without a bus; then the bus. Every call waits for its answer, and a job for its end, at most 30 seconds.
 */
#include "runtime/oci/systemd.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_MS = 30000 };
static const char service[] = "org.freedesktop.systemd1", path[] = "/org/freedesktop/systemd1",
                  manager[] = "org.freedesktop.systemd1.Manager";

/* libdbus asks for sockets that systemd hands to a server, which this program never is; its static library names the functions. */
int sd_listen_fds(int unset);
int sd_is_socket(int fd, int family, int type, int listening);
int sd_listen_fds(int unset) { return unset * 0; }
int sd_is_socket(int fd, int family, int type, int listening) { return (fd & family & type & listening) * 0; }

static DBusMessage *ping(void) { return dbus_message_new_method_call(service, path, "org.freedesktop.DBus.Peer", "Ping"); }

/* systemd may read a first message together with the end of the handshake, and looks at it only once another one arrives. So there
 * are messages until one is answered. */
static bool wake(DBusConnection *connection)
{
    enum { STEP_MS = 50 };
    DBusPendingCall *pending = NULL;
    DBusMessage *first = ping();
    bool sent = dbus_connection_send_with_reply(connection, first, &pending, WAIT_MS) && pending;
    dbus_message_unref(first);
    for (int ms = 0; sent && ms < WAIT_MS && !dbus_pending_call_get_completed(pending); ms += STEP_MS) {
        if (!dbus_connection_read_write_dispatch(connection, STEP_MS))
            break;
        DBusMessage *again = ping();
        dbus_message_set_no_reply(again, TRUE);
        dbus_connection_send(connection, again, NULL);
        dbus_message_unref(again);
    }
    bool answered = sent && dbus_pending_call_get_completed(pending);
    if (pending)
        dbus_pending_call_unref(pending);
    return answered;
}

static DBusConnection *open_at(const char *address, bool bus)
{
    DBusConnection *connection = dbus_connection_open_private(address, NULL);
    if (!connection)
        return NULL;
    dbus_connection_set_exit_on_disconnect(connection, FALSE);
    if (bus ? dbus_bus_register(connection, NULL) : wake(connection))
        return connection;
    dbus_connection_close(connection);
    dbus_connection_unref(connection);
    return NULL;
}

static DBusConnection *connect_manager(struct error *err)
{
    const char *run = getenv("XDG_RUNTIME_DIR");
    bool root = geteuid() == 0;
    char *own cleanup_free =
        root ? xstrdup("unix:path=/run/systemd/private") : str_format("unix:path=%s/systemd/private", str_or(run, "/"));
    char *bus cleanup_free =
        root ? xstrdup("unix:path=/run/dbus/system_bus_socket") : str_format("unix:path=%s/bus", str_or(run, "/"));
    DBusConnection *connection = open_at(own, false);
    if (!connection)
        connection = open_at(bus, true);
    if (!connection)
        error_set(err, ENOTSUP, "reach systemd at %s and %s: it does not answer; is it the init of this %s?",
                  own + strlen("unix:path="), bus + strlen("unix:path="), root ? "machine" : "user");
    return connection;
}

static void disconnect(DBusConnection *connection)
{
    dbus_connection_close(connection);
    dbus_connection_unref(connection);
}

/* The answer, or NULL; takes the message. EEXIST: the unit is there already; ENOENT: it is not. */
static DBusMessage *call(DBusConnection *connection, DBusMessage *message, const char *what, const char *unit, struct error *err)
{
    DBusError failure = DBUS_ERROR_INIT;
    DBusMessage *answer = dbus_connection_send_with_reply_and_block(connection, message, WAIT_MS, &failure);
    dbus_message_unref(message);
    if (answer)
        return answer;
    int code = str_ends(failure.name, ".UnitExists") ? EEXIST : str_ends(failure.name, ".NoSuchUnit") ? ENOENT : EIO;
    error_set(err, code, "systemd, %s %s: %s", what, unit, failure.message);
    dbus_error_free(&failure);
    return NULL;
}

static DBusMessage *method(const char *name) { return dbus_message_new_method_call(service, path, manager, name); }

static int simple(DBusConnection *connection, const char *name, const char *what, const char *unit, struct error *err)
{
    DBusMessage *message = method(name);
    if (unit)
        dbus_message_append_args(message, DBUS_TYPE_STRING, &unit, DBUS_TYPE_INVALID);
    DBusMessage *answer = call(connection, message, what, str_or(unit, ""), err);
    if (answer)
        dbus_message_unref(answer);
    return answer ? 0 : -EIO;
}

static bool is_end_of(DBusMessage *message, const char *job, char **result)
{
    dbus_uint32_t id;
    const char *object, *unit, *how;
    if (!dbus_message_is_signal(message, manager, "JobRemoved") ||
        !dbus_message_get_args(message, NULL, DBUS_TYPE_UINT32, &id, DBUS_TYPE_OBJECT_PATH, &object, DBUS_TYPE_STRING, &unit,
                               DBUS_TYPE_STRING, &how, DBUS_TYPE_INVALID) ||
        strcmp(object, job))
        return false;
    *result = xstrdup(how);
    return true;
}

/* `answer` holds the job; takes it. */
static int await_job(DBusConnection *connection, DBusMessage *answer, const char *unit, struct error *err)
{
    const char *object = "";
    char *job cleanup_free = NULL, *result cleanup_free = NULL;
    dbus_message_get_args(answer, NULL, DBUS_TYPE_OBJECT_PATH, &object, DBUS_TYPE_INVALID);
    job = xstrdup(object);
    dbus_message_unref(answer);
    for (int64_t end = clock_mono_ns() + WAIT_MS * INT64_C(1000000); !result && clock_mono_ns() < end;) {
        if (!dbus_connection_read_write(connection, 100))
            return error_set(err, EIO, "systemd went away while %s was begun", unit);
        for (DBusMessage *message; !result && (message = dbus_connection_pop_message(connection));) {
            (void)is_end_of(message, job, &result);
            dbus_message_unref(message);
        }
    }
    if (!result)
        return error_set(err, ETIMEDOUT, "systemd did not come to the end of a job for %s in %d seconds", unit, WAIT_MS / 1000);
    return strcmp(result, "done") ? error_set(err, EIO, "systemd, job for %s: %s", unit, result) : 0;
}

static void fixed_properties(DBusMessageIter *array, const char *unit, const char *slice, pid_t first)
{
    static const char *const on[] = {"Delegate", "MemoryAccounting", "CPUAccounting", "TasksAccounting", "IOAccounting"};
    dbus_bool_t yes = TRUE, no = FALSE;
    char *description cleanup_free = str_format("slipway container %s", unit);
    DBusMessageIter entry, variant, pids;
    const char *name = "PIDs";
    dbus_uint32_t pid = (dbus_uint32_t)first;
    systemd_property(array, "Description", DBUS_TYPE_STRING, &description);
    systemd_property(array, "Slice", DBUS_TYPE_STRING, &slice);
    systemd_property(array, "DefaultDependencies", DBUS_TYPE_BOOLEAN, &no);
    for (size_t i = 0; i < ARRAY_LEN(on); i++)
        systemd_property(array, on[i], DBUS_TYPE_BOOLEAN, &yes);
    dbus_message_iter_open_container(array, DBUS_TYPE_STRUCT, NULL, &entry);
    dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &name);
    dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "au", &variant);
    dbus_message_iter_open_container(&variant, DBUS_TYPE_ARRAY, "u", &pids);
    dbus_message_iter_append_basic(&pids, DBUS_TYPE_UINT32, &pid);
    dbus_message_iter_close_container(&variant, &pids);
    dbus_message_iter_close_container(&entry, &variant);
    dbus_message_iter_close_container(array, &entry);
}

static DBusMessage *start_message(const char *unit, const char *slice, pid_t first, const json_t *config, bool unified,
                                  struct error *err)
{
    DBusMessage *message = method("StartTransientUnit");
    const char *mode = "replace";
    DBusMessageIter arguments, array;
    dbus_message_iter_init_append(message, &arguments);
    dbus_message_iter_append_basic(&arguments, DBUS_TYPE_STRING, &unit);
    dbus_message_iter_append_basic(&arguments, DBUS_TYPE_STRING, &mode);
    dbus_message_iter_open_container(&arguments, DBUS_TYPE_ARRAY, "(sv)", &array);
    fixed_properties(&array, unit, slice, first);
    systemd_limits(&array, json_at(config, "linux.resources"), unified);
    int rc = systemd_annotations(&array, json_object_get(config, "annotations"), err);
    dbus_message_iter_close_container(&arguments, &array);
    dbus_message_iter_open_container(&arguments, DBUS_TYPE_ARRAY, "(sa(sv))", &array);
    dbus_message_iter_close_container(&arguments, &array);
    if (!rc)
        return message;
    dbus_message_unref(message);
    return NULL;
}

static int begin(DBusConnection *connection, const char *unit, const char *slice, pid_t first, const json_t *config, bool unified,
                 struct error *err)
{
    struct error local = ERROR_INIT;
    DBusMessage *message, *answer = NULL;
    for (int tries = 0; tries < 2 && !answer; tries++) {
        if (tries)
            (void)simple(connection, "ResetFailedUnit", "reset", unit, NULL); /* one that failed keeps its name until then */
        message = start_message(unit, slice, first, config, unified, &local);
        answer = message ? call(connection, message, "start", unit, &local) : NULL;
        if (!answer && local.code != EEXIST)
            break;
    }
    if (!answer) {
        if (err)
            *err = local;
        return -local.code;
    }
    return await_job(connection, answer, unit, err);
}

/* Where the scope is: its property ControlGroup. */
static char *place_of(DBusConnection *connection, const char *unit, struct error *err)
{
    const char *object = "", *interface = "org.freedesktop.systemd1.Scope", *property = "ControlGroup", *text = NULL;
    DBusMessage *message = method("GetUnit");
    dbus_message_append_args(message, DBUS_TYPE_STRING, &unit, DBUS_TYPE_INVALID);
    DBusMessage *answer = call(connection, message, "find", unit, err);
    if (!answer)
        return NULL;
    dbus_message_get_args(answer, NULL, DBUS_TYPE_OBJECT_PATH, &object, DBUS_TYPE_INVALID);
    message = dbus_message_new_method_call(service, object, "org.freedesktop.DBus.Properties", "Get");
    dbus_message_append_args(message, DBUS_TYPE_STRING, &interface, DBUS_TYPE_STRING, &property, DBUS_TYPE_INVALID);
    dbus_message_unref(answer);
    answer = call(connection, message, "ask for the group of", unit, err);
    DBusMessageIter outer, inner;
    if (answer && dbus_message_iter_init(answer, &outer) && dbus_message_iter_get_arg_type(&outer) == DBUS_TYPE_VARIANT) {
        dbus_message_iter_recurse(&outer, &inner);
        if (dbus_message_iter_get_arg_type(&inner) == DBUS_TYPE_STRING)
            dbus_message_iter_get_basic(&inner, &text);
    }
    char *place = !str_empty(text) ? xstrdup(text) : NULL;
    if (answer && !place)
        error_set(err, EIO, "systemd has begun %s without a group", unit);
    if (answer)
        dbus_message_unref(answer);
    return place;
}

static int start(struct steps *steps, const char *unit, const char *slice, pid_t first, const json_t *config, bool unified,
                 char **place, struct error *err)
{
    int64_t began = step_start();
    DBusConnection *connection = connect_manager(err);
    if (!connection)
        return -ENOTSUP;
    int rc = simple(connection, "Subscribe", "subscribe", NULL, err); /* to the ends of jobs */
    if (!rc)
        rc = begin(connection, unit, slice, first, config, unified, err);
    if (!rc && !(*place = place_of(connection, unit, err)))
        rc = -EIO;
    disconnect(connection);
    step_recordf(steps, began, rc, "systemd", unit, "systemd-run --scope --slice=%s --unit=%s -p Delegate=yes ...", slice, unit);
    return rc;
}

static int update(struct steps *steps, const char *unit, const json_t *resources, bool unified, struct error *err)
{
    int64_t began = step_start();
    dbus_bool_t for_now = TRUE;
    DBusMessageIter arguments, array;
    DBusConnection *connection = connect_manager(err);
    if (!connection)
        return -ENOTSUP;
    DBusMessage *message = method("SetUnitProperties");
    dbus_message_iter_init_append(message, &arguments);
    dbus_message_iter_append_basic(&arguments, DBUS_TYPE_STRING, &unit);
    dbus_message_iter_append_basic(&arguments, DBUS_TYPE_BOOLEAN, &for_now);
    dbus_message_iter_open_container(&arguments, DBUS_TYPE_ARRAY, "(sv)", &array);
    systemd_limits(&array, resources, unified);
    dbus_message_iter_close_container(&arguments, &array);
    DBusMessage *answer = call(connection, message, "set properties of", unit, err);
    if (answer)
        dbus_message_unref(answer);
    disconnect(connection);
    step_recordf(steps, began, answer ? 0 : -EIO, "systemd", unit, "systemctl set-property --runtime %s ...", unit);
    return answer ? 0 : -EIO;
}

static int stop(struct steps *steps, const char *unit, struct error *err)
{
    int64_t began = step_start();
    struct error local = ERROR_INIT;
    const char *mode = "replace";
    DBusConnection *connection = connect_manager(err);
    if (!connection)
        return -ENOTSUP;
    int rc = simple(connection, "Subscribe", "subscribe", NULL, &local);
    DBusMessage *message = method("StopUnit"), *answer;
    dbus_message_append_args(message, DBUS_TYPE_STRING, &unit, DBUS_TYPE_STRING, &mode, DBUS_TYPE_INVALID);
    answer = call(connection, message, "stop", unit, &local);
    if (answer)
        rc = await_job(connection, answer, unit, &local);
    else
        rc = local.code == ENOENT ? 0 : -local.code;
    (void)simple(connection, "ResetFailedUnit", "reset", unit, NULL);
    disconnect(connection);
    if (rc < 0 && err)
        *err = local;
    step_recordf(steps, began, rc, "systemd", unit, "systemctl stop %s", unit);
    return rc;
}

const struct runtime_manager oci_systemd = {.start = start, .update = update, .stop = stop};

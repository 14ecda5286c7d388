/* A container for tests of the shim: a busybox root, a bundle, a log, and short ways to talk to it. Root only. */
#ifndef SLIPWAY_TESTS_SHIM_WORLD_H
#define SLIPWAY_TESTS_SHIM_WORLD_H

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"
#include "shim/shim_client.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
    char id[80];
    char *dir, *state, *log, *program;
    json_t *config;
    struct shim_options options;
    struct shim *shim;
    pid_t init;
    bool exited;
};

static char world_root[64];  /* shared by the tests of a program */
static char world_group[64]; /* the cgroup above all of them */

/* The checked one of a sanitized build, or the one that ships. */
static inline char *world_program(void)
{
    char *checked = str_format("%s/../checked/slipway-shim", exe_dir());
    if (access(checked, X_OK) == 0)
        return checked;
    free(checked);
    return str_format("%s/../slipway-shim", exe_dir());
}

static inline int world_available(void)
{
    if (geteuid() != 0 || access("/bin/busybox", X_OK) < 0)
        return 0;
    cleanup_free char *program = world_program();
    return access(program, X_OK) == 0;
}

static inline int worlds_open(void **state)
{
    static const char *const applets[] = {"sh",   "cat",  "echo",  "sleep", "seq", "stty", "tail", "yes",
                                          "head", "true", "false", "kill",  "id",  "ls",   "dd",   "tr"};
    (void)state;
    strcpy(world_root, "/tmp/slt-shim-XXXXXX");
    snprintf(world_group, sizeof world_group, "/slt-shim-%d", getpid());
    if (!mkdtemp(world_root))
        return -1;
    cleanup_free char *command = str_format("cd %s && mkdir -p root/bin root/proc root/dev root/tmp root/etc && "
                                            "cp /bin/busybox root/bin/busybox",
                                            world_root);
    if (system(command) != 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(applets); i++) {
        cleanup_free char *link = str_format("%s/root/bin/%s", world_root, applets[i]);
        if (symlink("busybox", link) < 0)
            return -1;
    }
    return 0;
}

static inline int worlds_close(void **state)
{
    (void)state;
    struct cgroup group;
    if (cgroup_open(world_group, &group, NULL) == 0) {
        cgroup_remove(NULL, &group, NULL);
        cgroup_close(&group);
    }
    path_remove_tree(world_root, NULL);
    return 0;
}

static inline json_t *world_process(const char *script, bool tty)
{
    json_t *process = json_pack("{s:b,s:{s:i,s:i},s:[s,s,s],s:[s],s:s,s:b}", "terminal", tty, "user", "uid", 0, "gid", 0, "args",
                                "/bin/sh", "-c", script, "env", "PATH=/bin", "cwd", "/", "noNewPrivileges", 1);
    static const char *const sets[] = {"bounding", "effective", "permitted"};
    json_t *capabilities = json_object();
    for (size_t i = 0; i < ARRAY_LEN(sets); i++)
        json_object_set_new(capabilities, sets[i], json_pack("[s,s,s]", "CAP_KILL", "CAP_SETUID", "CAP_DAC_OVERRIDE"));
    json_object_set_new(process, "capabilities", capabilities);
    return process;
}

static inline json_t *world_mount(const char *destination, const char *type, const char *source, json_t *options)
{
    return json_pack("{s:s,s:s,s:s,s:o}", "destination", destination, "type", type, "source", source, "options", options);
}

static inline int world_open(void **state)
{
    static int number;
    struct world *world = xcalloc(1, sizeof *world);
    /* As long as Docker's, so that paths of sockets are as long as they will be. */
    snprintf(world->id, sizeof world->id, "%064d", ++number);
    world->dir = str_format("%s/%d", world_root, number);
    world->state = str_format("%s/a-directory-as-deep-as-those-of-an-engine/containers/%s", world->dir, world->id);
    world->log = str_format("%s/%s-json.log", world->dir, world->id);
    world->program = world_program();
    world->options = (struct shim_options){
        .program = world->program, .id = world->id, .state = world->state, .log_path = world->log, .log_max_files = 1};
    if (path_make_dirs(world->state, 0755, NULL) < 0)
        return -1;
    world->config = json_pack("{s:s,s:{s:s},s:s,s:{s:s,s:[{s:s},{s:s},{s:s},{s:s},{s:s},{s:s}],s:{}}}", "ociVersion", "1.0.2",
                              "root", "path", "", "hostname", "shim", "linux", "cgroupsPath", "", "namespaces", "type", "pid",
                              "type", "mount", "type", "ipc", "type", "uts", "type", "network", "type", "cgroup", "resources");
    cleanup_free char *root = str_format("%s/root", world_root), *group = str_format("%s/%s", world_group, world->id);
    json_object_set_new(json_object_get(world->config, "root"), "path", json_string(root));
    json_object_set_new(json_object_get(world->config, "linux"), "cgroupsPath", json_string(group));
    json_object_set_new(world->config, "mounts",
                        json_pack("[o,o,o]", world_mount("/proc", "proc", "proc", json_array()),
                                  world_mount("/dev", "tmpfs", "tmpfs", json_pack("[s,s,s]", "nosuid", "mode=755", "size=65536k")),
                                  world_mount("/dev/pts", "devpts", "devpts",
                                              json_pack("[s,s,s,s]", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"))));
    *state = world;
    return 0;
}

/* Spawned, not started: `script` is what /bin/sh will run. */
static inline void world_spawn(struct world *world, const char *script, bool tty)
{
    struct error err = ERROR_INIT;
    cleanup_free char *path = path_join(world->state, "config.json");
    if (script)
        json_object_set_new(world->config, "process", world_process(script, tty));
    assert_int_equal(json_write_file(path, world->config, 0600, false, &err), 0);
    world->shim = shim_spawn(&world->options, &world->init, NULL, &err);
    if (!world->shim)
        fail_msg("spawn: %s", err.message);
    assert_true(world->init > 0);
}

static inline void world_start(struct world *world)
{
    struct error err = ERROR_INIT;
    if (shim_start(world->shim, NULL, &err) < 0)
        fail_msg("start: %s", err.message);
}

static inline int world_attach(struct world *world, const char *exec, bool in)
{
    struct error err = ERROR_INIT;
    int connection = -EBADF;
    if (shim_attach(world->shim, exec, in, true, true, &connection, &err) < 0)
        fail_msg("attach: %s", err.message);
    return connection;
}

/* The next event that is not about steps. */
static inline json_t *world_event(struct world *world, const char *wanted)
{
    struct error err = ERROR_INIT;
    for (;;) {
        json_t *event = shim_next_event(world->shim, &err);
        if (!event)
            fail_msg("event %s: %s", wanted, err.message);
        if (!str_equal(json_str(event, "event", ""), "steps")) {
            assert_string_equal(json_str(event, "event", ""), wanted);
            world->exited |= str_equal(wanted, "exit");
            return event;
        }
        json_decref(event);
    }
}

static inline long long world_exit_code(struct world *world)
{
    cleanup_json json_t *event = world_event(world, "exit");
    return json_num(event, "code", -1);
}

static inline void world_exec(struct world *world, const char *id, const char *script, bool tty, bool input)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *process = world_process(script, tty);
    if (shim_exec_prepare(world->shim, id, process, input, &err) < 0)
        fail_msg("prepare: %s", err.message);
}

/* Everything up to the end of file, the frames taken apart; a terminal's output goes to `out` alone. */
static inline void world_read(int connection, bool tty, struct buf *out, struct buf *errors)
{
    struct buf *const streams[] = {NULL, out, errors};
    unsigned char header[8];
    char bytes[64 * 1024];
    for (;;) {
        ssize_t n = read_full(connection, tty ? (void *)bytes : header, tty ? 1 : 8);
        if (n == 0)
            break;
        if (tty) {
            assert_int_equal(n, 1);
            buf_add(out, bytes, 1);
            continue;
        }
        assert_int_equal(n, 8);
        size_t len = (size_t)header[4] << 24 | (size_t)header[5] << 16 | (size_t)header[6] << 8 | header[7];
        assert_true((header[0] == 1 || header[0] == 2) && !header[1] && !header[2] && !header[3] && len <= sizeof bytes);
        assert_int_equal(read_full(connection, bytes, len), len);
        buf_add(streams[header[0]], bytes, len);
    }
    close(connection);
}

static inline void world_expect(int connection, bool tty, const char *out, const char *errors)
{
    cleanup_buf struct buf seen_out = BUF_INIT, seen_errors = BUF_INIT;
    world_read(connection, tty, &seen_out, &seen_errors);
    assert_string_equal(str_or(seen_out.data, ""), out);
    assert_string_equal(str_or(seen_errors.data, ""), errors);
}

/* Read from a stream (raw or framed) until `text` has come. */
static inline void world_wait_for(int connection, const char *text)
{
    cleanup_buf struct buf seen = BUF_INIT;
    while (!seen.data || !memmem(seen.data, seen.len, text, strlen(text))) {
        char bytes[4096];
        struct pollfd ready = {.fd = connection, .events = POLLIN};
        if (poll(&ready, 1, 10000) != 1)
            fail_msg("no \"%s\" within ten seconds, but: %.*s", text, (int)seen.len, seen.data ? seen.data : "");
        ssize_t n = read(connection, bytes, sizeof bytes);
        if (n <= 0)
            fail_msg("end of stream before \"%s\"", text);
        buf_add(&seen, bytes, (size_t)n);
    }
}

static inline int world_close(void **state)
{
    struct world *world = *state;
    if (world->shim) {
        if (!world->exited) {
            shim_pause(world->shim, false, NULL);
            shim_signal(world->shim, NULL, 9, true, NULL);
            for (int i = 0; i < 200 && shim_release(world->shim, NULL) == -EBUSY; i++)
                usleep(10000);
        } else {
            shim_release(world->shim, NULL);
        }
        shim_free(world->shim);
    }
    json_decref(world->config);
    free(world->dir);
    free(world->state);
    free(world->log);
    free(world->program);
    free(world);
    return 0;
}

#define WORLD(test) cmocka_unit_test_setup_teardown(test, world_open, world_close)

#endif

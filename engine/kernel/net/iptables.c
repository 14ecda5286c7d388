/* Running iptables-save and iptables-restore. Input goes through a sealed memory file, so that no pipe can fill up while
 * nobody reads; the programs find their namespace through the thread that starts them. */
#include "kernel/net/iptables.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/spawn.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long another program may hold the lock of the legacy tables. */
#define LOCK_SECONDS "10"

/* --- finding the programs --- */

/* A daemon's PATH often lacks the sbin directories. */
static bool find_program(const char *name, char out[256])
{
    static const char *const directories[] = {"/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"};
    if (strchr(name, '/')) {
        snprintf(out, 256, "%s", name);
        return access(out, X_OK) == 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(directories); i++) {
        snprintf(out, 256, "%s/%s", directories[i], name);
        if (access(out, X_OK) == 0)
            return true;
    }
    return false;
}

static char *read_memory_file(int fd)
{
    struct buf text = BUF_INIT;
    char part[4096];
    ssize_t got;
    for (off_t at = 0; (got = pread(fd, part, sizeof part, at)) > 0; at += got)
        buf_add(&text, part, (size_t)got);
    return buf_take(&text);
}

static pid_t spawn(char *const argv[], int in, int out, int errors, struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    char *const environment[] = {"PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", NULL};
    pid_t pid;
    int r = spawn_program(&pid, argv[0], &actions, 0, argv, environment);
    return r < 0 ? error_errno(err, -r, "run %s", argv[0]) : pid;
}

/* Standard output, or NULL with the program's own complaint. */
static char *run(char *const argv[], const char *input, struct error *err)
{
    cleanup_close int in = memfd_create("input", MFD_CLOEXEC);
    cleanup_close int out = memfd_create("output", MFD_CLOEXEC);
    cleanup_close int errors = memfd_create("errors", MFD_CLOEXEC);
    if (in < 0 || out < 0 || errors < 0 || write_full(in, input, strlen(input)) < 0 || lseek(in, 0, SEEK_SET) < 0) {
        error_errno(err, errno, "prepare input for %s", argv[0]);
        return NULL;
    }
    pid_t pid = spawn(argv, in, out, errors, err);
    if (pid < 0)
        return NULL;
    int status = 0;
    pid_t waited;
    do
        waited = waitpid(pid, &status, 0);
    while (waited < 0 && errno == EINTR);
    cleanup_free char *complaint = read_memory_file(errors);
    str_trim(complaint);
    bool failed = waited < 0 ? *complaint != '\0' : !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    if (failed) {
        bool locked = strstr(complaint, "xtables lock");
        error_set(err,
                  strstr(complaint, "No chain/target/match") ? ENOENT
                  : locked                                   ? EBUSY
                                                             : EIO,
                  "%s: %s", argv[0],
                  locked ? "another program has held the lock of the packet filter (/run/xtables.lock) for " LOCK_SECONDS " seconds"
                  : *complaint ? complaint
                               : "failed without a word");
        return NULL;
    }
    return read_memory_file(out);
}

static int no_program(struct iptables *iptables, const char *name, struct error *err)
{
    *iptables = (struct iptables){.backend = IPTABLES_NONE};
    return error_set(err, ENOENT, "%s not found: install the package `iptables` (apt-get install iptables)", name);
}

static int take_programs(struct iptables *iptables, const char *family, struct error *err)
{
    cleanup_free char *save = str_format("%s-save", family);
    cleanup_free char *restore = str_format("%s-restore", family);
    if (!find_program(save, iptables->save))
        return no_program(iptables, save, err);
    if (!find_program(restore, iptables->restore))
        return no_program(iptables, restore, err);
    return 0;
}

static int detect(struct iptables *iptables, const char *name, struct error *err)
{
    *iptables = (struct iptables){.backend = IPTABLES_NONE};
    char program[256];
    if (!find_program(name, program))
        return no_program(iptables, name, err);
    char *const argv[] = {program, "-V", NULL};
    cleanup_free char *version = run(argv, "", err);
    if (!version)
        return -(err ? err->code : EIO);
    int r = take_programs(iptables, name, err);
    if (r == 0)
        iptables->backend = strstr(version, "nf_tables") ? IPTABLES_NFT : IPTABLES_LEGACY;
    return r;
}

int iptables_detect(struct iptables *iptables, struct error *err)
{
    return detect(iptables, str_or(getenv("SLIPWAY_IPTABLES"), "iptables"), err);
}

int iptables_detect_v6(struct iptables *iptables, struct error *err)
{
    const char *name = str_or(getenv("SLIPWAY_IPTABLES"), "iptables"), *slash = strrchr(name, '/');
    const char *program = slash ? slash + 1 : name;
    if (!str_starts(program, "iptables"))
        return error_set(err, ENOENT, "%s has no twin for IPv6", name);
    cleanup_free char *twin = str_format("%.*sip6tables%s", (int)(program - name), name, program + strlen("iptables"));
    return detect(iptables, twin, err);
}

static int find(struct iptables *iptables, const char *family, enum iptables_backend backend, struct error *err)
{
    *iptables = (struct iptables){.backend = IPTABLES_NONE};
    int r = take_programs(iptables, family, err);
    if (r == 0)
        iptables->backend = backend;
    return r;
}

int iptables_find(struct iptables *iptables, enum iptables_backend backend, struct error *err)
{
    return find(iptables, backend == IPTABLES_NFT ? "iptables-nft" : "iptables-legacy", backend, err);
}

int iptables_find_v6(struct iptables *iptables, enum iptables_backend backend, struct error *err)
{
    return find(iptables, backend == IPTABLES_NFT ? "ip6tables-nft" : "ip6tables-legacy", backend, err);
}

/* --- using them --- */

char *iptables_read(const struct iptables *iptables, bool counters, struct error *err)
{
    char *const argv[] = {(char *)iptables->save, counters ? "-c" : NULL, NULL};
    return run(argv, "", err);
}

/* A line of iptables-restore's input as the command a person would type; "" for what is none. */
static void as_command(const char *table, const char *line, size_t length, char *out, size_t size)
{
    char chain[64], policy[16];
    *out = '\0';
    if (*line == '-')
        snprintf(out, size, "iptables -t %s %.*s", table, (int)length, line);
    else if (*line == ':' && sscanf(line, ":%63s %15s", chain, policy) == 2)
        snprintf(out, size, *policy == '-' ? "iptables -t %s -N %s" : "iptables -t %s -P %s %s", table, chain, policy);
}

static void record(struct steps *steps, int64_t start, int result, const char *input)
{
    char table[32] = "", command[RULE_TEXT + 32];
    for (const char *line = input; *line;) {
        size_t length = strcspn(line, "\n");
        if (*line == '*')
            snprintf(table, sizeof table, "%.*s", (int)length - 1, line + 1);
        as_command(table, line, length, command, sizeof command);
        if (*command) {
            step_record(steps, start, result, "iptables-restore", table, command);
            start = step_start(); /* one program did them all: the first carries its time */
        }
        line += length + (line[length] == '\n');
    }
}

int iptables_apply(const struct iptables *iptables, struct steps *steps, const char *input, struct error *err)
{
    int64_t start = step_start();
    char *const argv[] = {(char *)iptables->restore, "--noflush", "-w", LOCK_SECONDS, NULL};
    struct error local = ERROR_INIT;
    cleanup_free char *output = run(argv, input, &local);
    record(steps, start, output ? 0 : -local.code, input);
    return output ? 0 : error_set(err, local.code, "%s", local.message);
}

static void put_table(struct buf *input, const char *table, const struct packet_rule *rules, size_t count, const char *verb)
{
    for (size_t i = 0; i < count; i++) {
        if (!str_equal(rules[i].table, table))
            continue;
        char text[RULE_TEXT];
        packet_rule_text(&rules[i], verb, text);
        buf_printf(input, "%s\n", text);
    }
}

int iptables_change(const struct iptables *iptables, struct steps *steps, const struct packet_rule *remove, size_t removals,
                    const struct packet_rule *add, size_t additions, struct error *err)
{
    static const char *const tables[] = {"nat", "filter"};
    cleanup_buf struct buf input = BUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        buf_printf(&input, "*%s\n", tables[i]);
        put_table(&input, tables[i], remove, removals, "-D");
        put_table(&input, tables[i], add, additions, "-A");
        buf_puts(&input, "COMMIT\n");
    }
    return iptables_apply(iptables, steps, input.data, err);
}

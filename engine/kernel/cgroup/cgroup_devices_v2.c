/* cgroup v2 has no devices controller; a BPF program of type CGROUP_DEVICE, attached to the group, decides instead
 * (cgroup-v2.rst, "Device controller"). The rules of the config are compiled to one, last rule first: the last that matches
 * counts. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct program {
    struct bpf_insn *code;
    size_t count, room;
};

static void cleanup_program(struct program *program) { free(program->code); }

static void emit(struct program *program, uint8_t code, uint8_t dst, uint8_t src, int16_t offset, int32_t immediate)
{
    if (program->count == program->room) {
        program->room = program->room ? 2 * program->room : 256;
        program->code = xrealloc(program->code, program->room * sizeof *program->code);
    }
    program->code[program->count++] =
        (struct bpf_insn){.code = code, .dst_reg = dst & 15u, .src_reg = src & 15u, .off = offset, .imm = immediate};
}

/* r2 = type, r3 = what is asked for and not yet decided, r4 = major, r5 = minor (struct bpf_cgroup_dev_ctx: access_type holds
 * access << 16 | type). */
static void emit_prologue(struct program *program)
{
    emit(program, BPF_LDX | BPF_MEM | BPF_W, 2, 1, offsetof(struct bpf_cgroup_dev_ctx, access_type), 0);
    emit(program, BPF_ALU64 | BPF_MOV | BPF_X, 3, 2, 0, 0);
    emit(program, BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xffff);
    emit(program, BPF_ALU | BPF_RSH | BPF_K, 3, 0, 0, 16);
    emit(program, BPF_LDX | BPF_MEM | BPF_W, 4, 1, offsetof(struct bpf_cgroup_dev_ctx, major), 0);
    emit(program, BPF_LDX | BPF_MEM | BPF_W, 5, 1, offsetof(struct bpf_cgroup_dev_ctx, minor), 0);
}

static void emit_return(struct program *program, int value)
{
    emit(program, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, value);
    emit(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int access_bits(const char *text)
{
    int bits = 0;
    for (; *text; text++)
        bits |= *text == 'r' ? BPF_DEVCG_ACC_READ : *text == 'w' ? BPF_DEVCG_ACC_WRITE : *text == 'm' ? BPF_DEVCG_ACC_MKNOD : 0;
    return bits;
}

enum { EVERYTHING = BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD };

/* Rules come last one first. One that allows settles the kinds of access that it names, and all are settled before the answer is
 * yes; one that denies says no when anything unsettled is among its own. */
static void emit_rule(struct program *program, const json_t *rule)
{
    const char *type = str_or(json_str(rule, "type", NULL), "a");
    long long major = json_num(rule, "major", -1), minor = json_num(rule, "minor", -1);
    bool allow = json_flag(rule, "allow", false);
    int bits = access_bits(str_or(json_str(rule, "access", NULL), "rwm"));
    size_t jumps[4], n = 0;
    if (*type != 'a') {
        jumps[n++] = program->count;
        emit(program, BPF_JMP | BPF_JNE | BPF_K, 2, 0, 0, *type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
    }
    if (major >= 0) {
        jumps[n++] = program->count;
        emit(program, BPF_JMP | BPF_JNE | BPF_K, 4, 0, 0, (int32_t)major);
    }
    if (minor >= 0) {
        jumps[n++] = program->count;
        emit(program, BPF_JMP | BPF_JNE | BPF_K, 5, 0, 0, (int32_t)minor);
    }
    if (bits != EVERYTHING) {
        emit(program, BPF_ALU64 | BPF_MOV | BPF_X, 6, 3, 0, 0);
        emit(program, BPF_ALU | BPF_AND | BPF_K, allow ? 3 : 6, 0, 0, allow ? ~bits & EVERYTHING : bits);
        jumps[n++] = program->count;
        emit(program, BPF_JMP | (allow ? BPF_JNE : BPF_JEQ) | BPF_K, allow ? 3 : 6, 0, 0, 0);
    }
    emit_return(program, allow);
    for (size_t i = 0; i < n; i++)
        program->code[jumps[i]].off = (int16_t)(program->count - jumps[i] - 1);
}

static bool decides_all(const json_t *rule)
{
    const char *type = str_or(json_str(rule, "type", NULL), "a"), *access = str_or(json_str(rule, "access", NULL), "rwm");
    return *type == 'a' && access_bits(access) == EVERYTHING && json_num(rule, "major", -1) < 0 && json_num(rule, "minor", -1) < 0;
}

static const char program_name[] = "slipway_devices"; /* by which it is known again; 15 bytes at most */

static int load(const struct program *program, struct error *err)
{
    union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE};
    attr.insns = (uintptr_t)program->code;
    attr.insn_cnt = (uint32_t)program->count;
    attr.license = (uintptr_t) "GPL";
    strcpy(attr.prog_name, program_name);
    int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
    if (fd < 0)
        return error_errno(err, errno, "load the device program of %zu instructions", program->count);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

static bool is_ours(int fd)
{
    struct bpf_prog_info info = {0};
    union bpf_attr attr = {0};
    attr.info.bpf_fd = (uint32_t)fd;
    attr.info.info_len = sizeof info;
    attr.info.info = (uintptr_t)&info;
    return syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr) == 0 && !strcmp(info.name, program_name);
}

/* Every program of a group must agree, so a second one could only take away: ours of before is to be found and replaced. Others',
 * such as systemd's, stay. */
static int attached_before(int group)
{
    uint32_t ids[64];
    union bpf_attr query = {0};
    query.query.target_fd = (uint32_t)group;
    query.query.attach_type = BPF_CGROUP_DEVICE;
    query.query.prog_ids = (uintptr_t)ids;
    query.query.prog_cnt = ARRAY_LEN(ids);
    if (syscall(SYS_bpf, BPF_PROG_QUERY, &query, sizeof query) < 0)
        return -EBADF;
    for (uint32_t i = 0; i < query.query.prog_cnt; i++) {
        union bpf_attr attr = {.prog_id = ids[i]};
        int fd = (int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr);
        if (fd >= 0 && is_ours(fd))
            return fd;
        fd_close(fd);
    }
    return -EBADF;
}

static int attach(int group, int program, const char *directory, struct error *err)
{
    int before cleanup_close = attached_before(group);
    union bpf_attr attr = {0};
    attr.target_fd = (uint32_t)group;
    attr.attach_bpf_fd = (uint32_t)program;
    attr.attach_type = BPF_CGROUP_DEVICE;
    attr.attach_flags = BPF_F_ALLOW_MULTI;
    if (before >= 0) {
        attr.attach_flags |= BPF_F_REPLACE;
        attr.replace_bpf_fd = (uint32_t)before;
    }
    if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof attr) < 0)
        return error_errno(err, errno, "attach the device program to %s", directory);
    return 0;
}

int cgroup_v2_devices(struct steps *steps, const char *directory, const json_t *rules, struct error *err)
{
    int64_t start = step_start();
    struct program program __attribute__((cleanup(cleanup_program))) = {0};
    bool ended = false;
    emit_prologue(&program);
    for (size_t i = json_array_size(rules); i-- > 0 && !ended;) {
        emit_rule(&program, json_array_get(rules, i));
        ended = decides_all(json_array_get(rules, i));
    }
    if (!ended)
        emit_return(&program, 0);
    int fd cleanup_close = load(&program, err);
    if (fd < 0)
        return fd;
    int group cleanup_close = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = group < 0 ? error_errno(err, errno, "open %s", directory) : attach(group, fd, directory, err);
    step_recordf(steps, start, rc, "bpf", directory, "# BPF_CGROUP_DEVICE program of %zu instructions for %zu rules", program.count,
                 json_array_size(rules));
    return rc;
}

/* cgroup v2 has no devices controller; a BPF program of type CGROUP_DEVICE, attached to the group, decides instead
 * (cgroup-v2.rst, "Device controller"). The rules of the config are compiled to one, last rule first: the last that matches
 * counts. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { INSTRUCTIONS_MOST = 2048, RULE_MOST = 16 };

struct program {
    struct bpf_insn code[INSTRUCTIONS_MOST];
    size_t count;
};

static void emit(struct program *program, uint8_t code, uint8_t dst, uint8_t src, int16_t offset, int32_t immediate)
{
    program->code[program->count++] =
        (struct bpf_insn){.code = code, .dst_reg = dst & 15u, .src_reg = src & 15u, .off = offset, .imm = immediate};
}

/* r2 = type, r3 = access, r4 = major, r5 = minor (struct bpf_cgroup_dev_ctx: access_type holds access << 16 | type). */
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

static void emit_rule(struct program *program, const json_t *rule)
{
    const char *type = str_or(json_str(rule, "type", NULL), "a"), *access = str_or(json_str(rule, "access", NULL), "rwm");
    long long major = json_num(rule, "major", -1), minor = json_num(rule, "minor", -1);
    int bits = access_bits(access);
    size_t jumps[4], n = 0;
    if (*type != 'a') {
        jumps[n++] = program->count;
        emit(program, BPF_JMP | BPF_JNE | BPF_K, 2, 0, 0, *type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
    }
    if (bits != (BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE | BPF_DEVCG_ACC_MKNOD)) {
        emit(program, BPF_ALU64 | BPF_MOV | BPF_X, 6, 3, 0, 0);
        emit(program, BPF_ALU | BPF_AND | BPF_K, 6, 0, 0, bits);
        jumps[n++] = program->count; /* asks for more than this rule speaks of */
        emit(program, BPF_JMP | BPF_JNE | BPF_X, 6, 3, 0, 0);
    }
    if (major >= 0 && *type != 'a') {
        jumps[n++] = program->count;
        emit(program, BPF_JMP | BPF_JNE | BPF_K, 4, 0, 0, (int32_t)major);
    }
    if (minor >= 0 && *type != 'a') {
        jumps[n++] = program->count;
        emit(program, BPF_JMP | BPF_JNE | BPF_K, 5, 0, 0, (int32_t)minor);
    }
    emit_return(program, json_flag(rule, "allow", false));
    for (size_t i = 0; i < n; i++)
        program->code[jumps[i]].off = (int16_t)(program->count - jumps[i] - 1);
}

static bool decides_all(const json_t *rule)
{
    const char *type = str_or(json_str(rule, "type", NULL), "a"), *access = str_or(json_str(rule, "access", NULL), "rwm");
    return *type == 'a' && access_bits(access) == 7;
}

static int load(const struct program *program, struct error *err)
{
    union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE};
    attr.insns = (uintptr_t)program->code;
    attr.insn_cnt = (uint32_t)program->count;
    attr.license = (uintptr_t) "GPL";
    strcpy(attr.prog_name, "devices");
    int fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
    if (fd < 0)
        return error_errno(err, errno, "load the device program of %zu instructions", program->count);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

int cgroup_v2_devices(struct steps *steps, const char *directory, const json_t *rules, struct error *err)
{
    int64_t start = step_start();
    if (namespace_confined()) {
        step_record(steps, start, -EPERM, "bpf", directory,
                    "# device rules: not for a user namespace, whose root can open no device that was not given to it");
        return 0;
    }
    struct program *program cleanup_free = xcalloc(1, sizeof *program);
    size_t i = json_array_size(rules);
    bool ended = false;
    emit_prologue(program);
    while (i-- > 0 && !ended) {
        if (program->count + RULE_MOST > INSTRUCTIONS_MOST)
            return error_set(err, E2BIG, "device rules: more than fit into %d instructions", INSTRUCTIONS_MOST);
        emit_rule(program, json_array_get(rules, i));
        ended = decides_all(json_array_get(rules, i));
    }
    if (!ended)
        emit_return(program, 0);
    int fd cleanup_close = load(program, err);
    if (fd < 0)
        return fd;
    int group cleanup_close = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    union bpf_attr attr = {0};
    attr.target_fd = (uint32_t)group;
    attr.attach_bpf_fd = (uint32_t)fd;
    attr.attach_type = BPF_CGROUP_DEVICE;
    attr.attach_flags = BPF_F_ALLOW_MULTI;
    int rc = 0;
    if (group < 0 || syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof attr) < 0)
        rc = error_errno(err, errno, "attach the device program to %s", directory);
    step_recordf(steps, start, rc, "bpf", directory, "# BPF_CGROUP_DEVICE program of %zu instructions for %zu rules",
                 program->count, json_array_size(rules));
    return rc;
}

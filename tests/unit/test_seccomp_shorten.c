/* A shortened seccomp program answers every call as the one that libseccomp wrote, and is a fraction of it. */
#include "base/json.h"
#include "base/memory.h"
#include "kernel/seccomp.h"
#include "runtime/defaults.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What the kernel does with a program (Documentation/networking/filter.rst), as far as libseccomp's go. */
static uint32_t answer(const struct seccomp_program *program, const struct seccomp_data *data)
{
    uint32_t held = 0;
    for (size_t pc = 0; pc < program->count; pc++) {
        const struct sock_filter *at = &program->code[pc];
        switch (at->code) {
        case BPF_RET | BPF_K:
            return at->k;
        case BPF_LD | BPF_W | BPF_ABS:
            memcpy(&held, (const char *)data + at->k, sizeof held);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            held &= at->k;
            break;
        case BPF_JMP | BPF_JA:
            pc += at->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            pc += held == at->k ? at->jt : at->jf;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            pc += held > at->k ? at->jt : at->jf;
            break;
        case BPF_JMP | BPF_JGE | BPF_K:
            pc += held >= at->k ? at->jt : at->jf;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            pc += held & at->k ? at->jt : at->jf;
            break;
        default:
            fail_msg("instruction %zu: 0x%x", pc, at->code);
        }
    }
    fail_msg("the program has no end");
    return 0;
}

/* Arguments that a comparison can tell apart: what the program itself mentions, and what is next to it. */
static uint64_t some_argument(const struct seccomp_program *program)
{
    uint32_t low = program->code[(size_t)rand() % program->count].k,
             high = rand() % 4 ? 0 : program->code[(size_t)rand() % program->count].k;
    return ((uint64_t)high << 32 | low) + (uint64_t)(rand() % 3) - 1;
}

static void assert_same(const struct seccomp_program *a, const struct seccomp_program *b, uint32_t arch, uint32_t number)
{
    for (int i = 0; i < 4; i++) {
        struct seccomp_data data = {.nr = (int)number, .arch = arch};
        for (size_t k = 0; k < 6; k++)
            data.args[k] = some_argument(a);
        if (answer(a, &data) != answer(b, &data))
            fail_msg("call 0x%x of 0x%x (0x%llx, 0x%llx, ...): 0x%x became 0x%x", number, arch, (unsigned long long)data.args[0],
                     (unsigned long long)data.args[1], answer(a, &data), answer(b, &data));
    }
}

static void assert_shortened(const json_t *profile, unsigned at_most)
{
    static const uint32_t architectures[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, 0, 1};
    static const uint32_t beginnings[] = {0, 0x40000000, 0x7fffff00, 0xc0000000, 0xfffffc00};
    struct error err = ERROR_INIT;
    struct seccomp_program written = {0}, shorter = {0};
    if (seccomp_write(profile, &written, &err) < 0 || seccomp_write(profile, &shorter, &err) < 0)
        fail_msg("%s", err.message);
    seccomp_shorten(&shorter);
    if (shorter.count > at_most)
        fail_msg("%u instructions became %u", written.count, shorter.count);
    for (size_t a = 0; a < sizeof architectures / sizeof *architectures; a++)
        for (size_t b = 0; b < sizeof beginnings / sizeof *beginnings; b++)
            for (uint32_t i = 0; i < 1024; i++)
                assert_same(&written, &shorter, architectures[a], beginnings[b] + i);
    seccomp_program_free(&written);
    seccomp_program_free(&shorter);
}

static void assert_text_shortened(const char *text, unsigned at_most)
{
    cleanup_json json_t *profile = json_loads(text, 0, NULL);
    assert_non_null(profile);
    assert_shortened(profile, at_most);
}

static void dockers_profile(void **state)
{
    (void)state;
    cleanup_json json_t *none = json_array(), *some = json_pack("[sss]", "CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_SYS_PTRACE");
    cleanup_json json_t *usual = runtime_default_seccomp(none), *wider = runtime_default_seccomp(some),
                        *lab = runtime_sandbox_seccomp();
    assert_shortened(usual, 450);
    assert_shortened(wider, 450);
    assert_shortened(lab, 250);
}

#define ARCHES "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"],"

static void conditions_of_every_kind(void **state)
{
    (void)state;
    static const char *const operators[] = {"NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        cleanup_json json_t *profile = json_pack(
            "{ss s[sss] s[{s[sss] ss s[{si sI sI so}{si sI so}]} {s[s] ss si}]}", "defaultAction", "SCMP_ACT_ERRNO",
            "architectures", "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "syscalls", "names", "read", "clone", "mount",
            "action", "SCMP_ACT_ALLOW", "args", "index", 1, "value", (json_int_t)0x7fffffff0000, "valueTwo", (json_int_t)0x120000,
            "op", json_sprintf("SCMP_CMP_%s", operators[i]), "index", 3, "value", (json_int_t)7, "op",
            json_sprintf("SCMP_CMP_%s", i ? "GE" : "EQ"), "names", "kill", "action", "SCMP_ACT_ERRNO", "errnoRet", 99);
        assert_non_null(profile);
        assert_shortened(profile, 400);
    }
}

static void actions_of_every_kind(void **state)
{
    (void)state;
    assert_text_shortened("{\"defaultAction\":\"SCMP_ACT_ALLOW\"}", 10);
    assert_text_shortened(
        "{\"defaultAction\":\"SCMP_ACT_ALLOW\"," ARCHES
        "\"syscalls\":[{\"names\":[\"ptrace\",\"bpf\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":3},"
        "{\"names\":[\"mount\"],\"action\":\"SCMP_ACT_KILL_PROCESS\"},{\"names\":[\"chmod\"],\"action\":\"SCMP_ACT_TRAP\"},"
        "{\"names\":[\"open\"],\"action\":\"SCMP_ACT_NOTIFY\"},{\"names\":[\"close\"],\"action\":\"SCMP_ACT_LOG\"}]}",
        100);
    assert_text_shortened(
        "{\"defaultAction\":\"SCMP_ACT_KILL\",\"syscalls\":[{\"names\":[\"read\",\"write\",\"exit\",\"exit_group\"],"
        "\"action\":\"SCMP_ACT_ALLOW\"}]}",
        40);
}

/* What computes in ways that are not understood stays as it is. */
static void what_is_not_understood_stays(void **state)
{
    (void)state;
    const struct sock_filter odd[][4] = {
        {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 1), BPF_STMT(BPF_RET | BPF_A, 0),
         BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1),
         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), BPF_STMT(BPF_RET | BPF_K, 0)},
        {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 4), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 9, 0, 1),
         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), BPF_STMT(BPF_RET | BPF_K, 0)},
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct seccomp_program program = {.code = malloc(sizeof odd[i]), .count = 4};
        memcpy(program.code, odd[i], sizeof odd[i]);
        seccomp_shorten(&program);
        assert_int_equal(program.count, 4);
        assert_memory_equal(program.code, odd[i], sizeof odd[i]);
        seccomp_program_free(&program);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dockers_profile),
        cmocka_unit_test(conditions_of_every_kind),
        cmocka_unit_test(actions_of_every_kind),
        cmocka_unit_test(what_is_not_understood_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

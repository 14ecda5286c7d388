/* The words of linux.seccomp and their values for libseccomp and the kernel; see seccomp_names.h. */
#include "kernel/seccomp_names.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>

static const struct {
    const char *name;
    uint32_t value;
    bool takes_errno;
} actions[] = {
    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW, false},
    {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0), true},
    {"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD, false},
    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD, false},
    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS, false},
    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP, false},
    {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0), true},
    {"SCMP_ACT_LOG", SCMP_ACT_LOG, false},
    {"SCMP_ACT_NOTIFY", SCMP_ACT_NOTIFY, false},
};

static const struct {
    const char *name;
    enum scmp_compare value;
} operators[] = {
    {"SCMP_CMP_NE", SCMP_CMP_NE},
    {"SCMP_CMP_LT", SCMP_CMP_LT},
    {"SCMP_CMP_LE", SCMP_CMP_LE},
    {"SCMP_CMP_EQ", SCMP_CMP_EQ},
    {"SCMP_CMP_GE", SCMP_CMP_GE},
    {"SCMP_CMP_GT", SCMP_CMP_GT},
    {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

static const struct {
    const char *name;
    uint32_t token, audit;
} architectures[] = {
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64},
    {"SCMP_ARCH_X86", SCMP_ARCH_X86, AUDIT_ARCH_I386},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32, 0},
    {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64},
    {"SCMP_ARCH_ARM", SCMP_ARCH_ARM, AUDIT_ARCH_ARM},
    {"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE, AUDIT_ARCH_PPC64LE},
    {"SCMP_ARCH_S390X", SCMP_ARCH_S390X, AUDIT_ARCH_S390X},
    {"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64},
    {"SCMP_ARCH_MIPS", SCMP_ARCH_MIPS, AUDIT_ARCH_MIPS},
    {"SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64, AUDIT_ARCH_MIPS64},
    {"SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32, AUDIT_ARCH_MIPS64N32},
    {"SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL, AUDIT_ARCH_MIPSEL},
    {"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64, AUDIT_ARCH_MIPSEL64},
    {"SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32, AUDIT_ARCH_MIPSEL64N32},
    {"SCMP_ARCH_PPC", SCMP_ARCH_PPC, AUDIT_ARCH_PPC},
    {"SCMP_ARCH_PPC64", SCMP_ARCH_PPC64, AUDIT_ARCH_PPC64},
    {"SCMP_ARCH_S390", SCMP_ARCH_S390, AUDIT_ARCH_S390},
    {"SCMP_ARCH_PARISC", SCMP_ARCH_PARISC, AUDIT_ARCH_PARISC},
    {"SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64, AUDIT_ARCH_PARISC64},
#ifdef SCMP_ARCH_LOONGARCH64 /* libseccomp 2.6 */
    {"SCMP_ARCH_LOONGARCH64", SCMP_ARCH_LOONGARCH64, AUDIT_ARCH_LOONGARCH64},
    {"SCMP_ARCH_M68K", SCMP_ARCH_M68K, AUDIT_ARCH_M68K},
    {"SCMP_ARCH_SH", SCMP_ARCH_SH, AUDIT_ARCH_SHEL},
    {"SCMP_ARCH_SHEB", SCMP_ARCH_SHEB, AUDIT_ARCH_SH},
#endif
};

static const struct {
    const char *name;
    unsigned value;
} flag_names[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
};

/* Known to the specification, but not to the libseccomp that this was built with. */
static const char *const later[] = {"SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB"};

int seccomp_parse_action(const char *name, const json_t *number, uint32_t *action, struct error *err)
{
    for (size_t i = 0; name && i < ARRAY_LEN(actions); i++) {
        if (strcmp(actions[i].name, name) != 0)
            continue;
        if (json_is_integer(number) && !actions[i].takes_errno)
            return error_set(err, EINVAL, "seccomp: %s takes no errnoRet", name);
        uint32_t value = json_is_integer(number) ? (uint32_t)json_integer_value(number) : EPERM;
        *action = actions[i].value | (actions[i].takes_errno ? value & 0xffff : 0);
        return 0;
    }
    return error_set(err, EINVAL, "string %s is not a valid action for seccomp", str_or(name, ""));
}

int seccomp_parse_argument(const json_t *json, struct scmp_arg_cmp *argument, struct error *err)
{
    const char *op = json_str(json, "op", "");
    for (size_t i = 0; i < ARRAY_LEN(operators); i++)
        if (!strcmp(operators[i].name, op)) {
            argument->arg = (unsigned)json_num(json, "index", 0);
            argument->op = operators[i].value;
            argument->datum_a = (scmp_datum_t)json_num(json, "value", 0);
            argument->datum_b = (scmp_datum_t)json_num(json, "valueTwo", 0);
            return argument->arg < 6 ? 0 : error_set(err, EINVAL, "seccomp: argument index %u is more than 5", argument->arg);
        }
    return error_set(err, EINVAL, "string %s is not a valid operator for seccomp", op);
}

int seccomp_parse_architecture(const char *name, uint32_t *token, uint32_t *audit, struct error *err)
{
    for (size_t i = 0; name && i < ARRAY_LEN(architectures); i++)
        if (!strcmp(architectures[i].name, name)) {
            *token = architectures[i].token;
            *audit = architectures[i].audit;
            return 0;
        }
    const struct scmp_version *version = seccomp_version();
    for (size_t i = 0; name && i < ARRAY_LEN(later); i++)
        if (!strcmp(later[i], name))
            return error_set(err, ENOTSUP, "seccomp: architecture %s is not known to libseccomp %u.%u.%u", name, version->major,
                             version->minor, version->micro);
    return error_set(err, EINVAL, "string %s is not a valid arch for seccomp", str_or(name, ""));
}

int seccomp_parse_flag(const char *name, unsigned *flags, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(flag_names); i++)
        if (str_equal(name, flag_names[i].name)) {
            *flags |= flag_names[i].value;
            return 0;
        }
    return error_set(err, EINVAL, "seccomp: unknown flag \"%s\"", str_or(name, ""));
}

const char *seccomp_action_name(int i) { return i < (int)ARRAY_LEN(actions) ? actions[i].name : NULL; }
const char *seccomp_operator_name(int i) { return i < (int)ARRAY_LEN(operators) ? operators[i].name : NULL; }
const char *seccomp_architecture_name(int i) { return i < (int)ARRAY_LEN(architectures) ? architectures[i].name : NULL; }
const char *seccomp_flag_name(int i) { return i < (int)ARRAY_LEN(flag_names) ? flag_names[i].name : NULL; }

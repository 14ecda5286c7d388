/* What the archive process gives up before it looks at a container's files. Its capabilities are those of making and reading files;
 * it cannot be traced; and a filter keeps it from running a program or mapping code, so that nothing from the container (a module
 * of the C library's, say) is ever executed with its rights. */
#include "image/archive_job.h"
#include "image/confine.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static const cap_value_t kept[] = {CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,
                                   CAP_FSETID, CAP_MKNOD,        CAP_SETFCAP};

static const char *const refused[] = {"execve",
                                      "execveat",
                                      "fork",
                                      "vfork",
                                      "socket",
                                      "socketpair",
                                      "connect",
                                      "shmget",
                                      "semget",
                                      "msgget",
                                      "mq_open",
                                      "ptrace",
                                      "process_vm_readv",
                                      "process_vm_writev",
                                      "setns",
                                      "unshare",
                                      "mount",
                                      "umount2",
                                      "pivot_root",
                                      "chroot",
                                      "open_tree",
                                      "move_mount",
                                      "fsopen",
                                      "fsconfig",
                                      "fsmount",
                                      "mount_setattr",
                                      "bpf",
                                      "keyctl",
                                      "add_key",
                                      "request_key",
                                      "open_by_handle_at",
                                      "io_uring_setup",
                                      "userfaultfd",
                                      "perf_event_open"};

static const char *const mapping[] = {"mmap", "mprotect", "pkey_mprotect"};

/* The marks of an overlay (trusted.*) are only shown to CAP_SYS_ADMIN. */
static int drop_capabilities(bool marks)
{
    cap_t have = cap_get_proc(), keep = cap_init();
    for (size_t i = 0; have && i < ARRAY_LEN(kept); i++) {
        cap_flag_value_t permitted = CAP_CLEAR;
        cap_get_flag(have, kept[i], CAP_PERMITTED, &permitted);
        cap_set_flag(keep, CAP_PERMITTED, 1, &kept[i], permitted);
        cap_set_flag(keep, CAP_EFFECTIVE, 1, &kept[i], permitted);
    }
    cap_value_t admin = CAP_SYS_ADMIN;
    if (marks) {
        cap_set_flag(keep, CAP_PERMITTED, 1, &admin, CAP_SET);
        cap_set_flag(keep, CAP_EFFECTIVE, 1, &admin, CAP_SET);
    }
    int r = cap_set_proc(keep);
    cap_free(have);
    cap_free(keep);
    return r;
}

/* What clone3(2) is asked for cannot be seen by a filter; without it the C library makes threads by clone(2). */
static int refuse_processes(scmp_filter_ctx context, bool threads)
{
    int r = seccomp_rule_add(context, SCMP_ACT_ERRNO(threads ? ENOSYS : EPERM), SCMP_SYS(clone3), 0);
    if (r < 0)
        return r;
    return threads
               ? seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0))
               : seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 0);
}

int confine_system_calls(bool threads)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
    int r = context ? refuse_processes(context, threads) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(refused); i++) {
        int number = seccomp_syscall_resolve_name(refused[i]);
        if (number >= 0)
            r = seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), number, 0);
    }
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(mapping); i++) {
        int number = seccomp_syscall_resolve_name(mapping[i]);
        if (number >= 0)
            r = seccomp_rule_add(context, SCMP_ACT_ERRNO(EACCES), number, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
    }
    if (r == 0)
        r = seccomp_load(context);
    seccomp_release(context);
    return r;
}

int archive_confine(bool marks, struct error *err)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_errno(err, errno, "confine the archive process: prctl");
    if (drop_capabilities(marks) < 0)
        return error_errno(err, errno, "confine the archive process: drop capabilities");
    int r = confine_system_calls(false);
    return r < 0 ? error_errno(err, -r, "confine the archive process: seccomp") : 0;
}

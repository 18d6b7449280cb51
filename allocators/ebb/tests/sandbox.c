/* Runs a program with some system calls refused, by a seccomp filter, or without huge
 * pages.
 *
 * usage: sandbox {CALL=ERROR | hugepages=off}... -- PROGRAM [ARGUMENT...]
 *
 * Status 77 (skipped), with the reason, where the kernel takes no filters. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "check.h"

struct name {
    const char *text;
    unsigned value;
};
#define CALL(name)                                                                       \
    { #name, SYS_##name }
#define ERROR(name)                                                                      \
    { #name, name }
static const struct name calls[] = {CALL(membarrier),
                                    CALL(madvise),
                                    CALL(mremap),
                                    CALL(clone),
                                    CALL(clone3),
                                    CALL(mbind),
                                    CALL(get_mempolicy),
                                    CALL(set_mempolicy),
                                    CALL(process_madvise),
                                    CALL(userfaultfd),
                                    CALL(perf_event_open),
                                    CALL(pkey_alloc),
                                    CALL(rseq),
                                    {NULL, 0}};
static const struct name errors[] = {ERROR(EPERM),  ERROR(ENOSYS), ERROR(EINVAL),
                                     ERROR(EAGAIN), ERROR(ENOMEM), {NULL, 0}};

static unsigned value_of(const struct name *names, const char *text, size_t length) {
    while (names->text != NULL &&
           (strlen(names->text) != length || memcmp(names->text, text, length) != 0))
        names++;
    CHECK(names->text != NULL); /* no such name */
    return names->value;
}

enum { RULES_MAX = 16 };

int main(int argc, char **argv) {
    struct sock_filter filter[2 * RULES_MAX + 2];
    unsigned short length = 0;
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                    offsetof(struct seccomp_data, nr));
    int i = 1;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *equals = strchr(argv[i], '=');
        CHECK(equals != NULL && i <= RULES_MAX);
        if (strcmp(argv[i], "hugepages=off") == 0) {
            CHECK(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0);
            continue;
        }
        unsigned call = value_of(calls, argv[i], (size_t)(equals - argv[i]));
        unsigned error = value_of(errors, equals + 1, strlen(equals + 1));
        filter[length++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
        filter[length++] =
            (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    CHECK(i > 1 && i + 1 < argc);
    struct sock_fprog program = {.len = length, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        dprintf(2, "SKIPPED: the kernel takes no seccomp filter: %s\n", strerror(errno));
        return 77;
    }
    execv(argv[i + 1], argv + i + 1);
    dprintf(2, "%s: %s\n", argv[i + 1], strerror(errno));
    return 1;
}

/* The kernel's notes of exits, with the kernel played: versions, threads, who ended how.
 */
#include "cmocka_all.h"

#include <errno.h>
#include <linux/acct.h>
#include <linux/genetlink.h>
#include <linux/taskstats.h>
#include <string.h>
#include <sys/socket.h>

#include "exits.h"

enum { FAMILY = 33, MESSAGES_MAX = 16, MESSAGE_MAX = 1024 };

static struct {
    _Alignas(struct nlmsghdr) char bytes[MESSAGE_MAX];
    size_t length;
} messages[MESSAGES_MAX];
static size_t message_count, message_next;

ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags);
ssize_t __wrap_send(int fd, const void *buffer, size_t size, int flags);

/* A signal interrupts every other call. */
ssize_t __wrap_recv(int fd, void *buffer, size_t size, int flags) {
    static bool is_interrupted;
    (void)fd, (void)flags;
    is_interrupted = !is_interrupted;
    if (is_interrupted) {
        errno = EINTR;
        return -1;
    }
    if (message_next == message_count) {
        errno = EAGAIN;
        return -1;
    }
    size_t length = messages[message_next].length;
    assert_true(length <= size);
    memcpy(buffer, messages[message_next++].bytes, length);
    return (ssize_t)length;
}

ssize_t __wrap_send(int fd, const void *buffer, size_t size, int flags) {
    (void)fd, (void)buffer, (void)flags;
    return (ssize_t)size;
}

static size_t put_attribute(char *at, int type, const void *data, size_t length) {
    struct nlattr head = {(uint16_t)(NLA_HDRLEN + length), (uint16_t)type};
    memcpy(at, &head, sizeof head);
    memcpy(at + NLA_HDRLEN, data, length);
    return NLA_HDRLEN + NLA_ALIGN(length);
}

static void play(int type, const void *payload, size_t length) {
    struct nlmsghdr head = {.nlmsg_type = (uint16_t)type};
    size_t headers = type == NLMSG_ERROR ? NLMSG_HDRLEN : NLMSG_HDRLEN + GENL_HDRLEN;
    assert_true(message_count < MESSAGES_MAX);
    char *bytes = messages[message_count].bytes;
    memset(bytes, 0, MESSAGE_MAX);
    memcpy(bytes, &head, sizeof head);
    memcpy(bytes + headers, payload, length);
    messages[message_count++].length = headers + length;
}

static void play_acknowledgement(int error) {
    play(NLMSG_ERROR, &error, sizeof error);
}

static void play_stats(const struct taskstats *stats, size_t size) {
    char inner[MESSAGE_MAX], outer[MESSAGE_MAX];
    uint32_t pid = stats->ac_pid;
    size_t length = put_attribute(inner, TASKSTATS_TYPE_PID, &pid, sizeof pid);
    length += put_attribute(inner + length, TASKSTATS_TYPE_STATS, stats, size);
    length = put_attribute(outer, TASKSTATS_TYPE_AGGR_PID, inner, length);
    play(FAMILY, outer, length);
}

/* Until the registration for all CPUs. */
static int open_at_version(unsigned version, struct exits *ret) {
    uint16_t family = FAMILY;
    char attribute[16];
    struct taskstats own = {.version = (uint16_t)version};
    message_count = message_next = 0;
    play(GENL_ID_CTRL, attribute,
         put_attribute(attribute, CTRL_ATTR_FAMILY_ID, &family, sizeof family));
    play_acknowledgement(0);
    play_stats(&own, version < 12 ? sizeof own / 2 : sizeof own);
    play_acknowledgement(0);
    play_acknowledgement(0);
    return exits_open(ret);
}

static struct exit_note taken[MESSAGES_MAX];
static size_t taken_count;

static void take(void *context, const struct exit_note *note) {
    (void)context;
    taken[taken_count++] = *note;
}

static void read_all(struct exits *exits) {
    taken_count = 0;
    exits_read(exits, take, NULL);
    message_count = message_next = 0;
}

static void play_exit(unsigned pid, unsigned tgid, unsigned flags, unsigned status,
                      unsigned lived_ms, unsigned group_lived_ms) {
    struct taskstats stats = {.version = 13,
                              .ac_pid = pid,
                              .ac_tgid = tgid,
                              .ac_ppid = 1,
                              .ac_flag = (uint8_t)flags,
                              .ac_exitcode = status,
                              .ac_etime = lived_ms * 1000,
                              .ac_tgetime = group_lived_ms * 1000};
    play_stats(&stats, sizeof stats);
}

/* It would send a note for each thread, and nothing that tells them from processes. */
static void an_old_kernel_is_said_to_have_none(void **state) {
    (void)state;
    struct exits exits;
    assert_int_equal(open_at_version(11, &exits), -ENOTSUP);
    assert_int_equal(open_at_version(8, &exits), -ENOTSUP);
    assert_int_equal(open_at_version(12, &exits), 0);
    exits_close(&exits);
}

static void one_thread_tells_all(void **state) {
    (void)state;
    struct exits exits;
    assert_int_equal(open_at_version(13, &exits), 0);
    play_exit(50, 50, AGROUP, 3 << 8, 20, 20);
    read_all(&exits);
    assert_int_equal(taken_count, 1);
    assert_int_equal(taken[0].pid, 50);
    assert_int_equal(taken[0].status, 3 << 8);
    assert_int_equal(taken[0].lived_ns, 20 * 1000000);
    exits_close(&exits);
}

/* Which of the threads is the last, and whether the main one lives, is no matter. */
static void the_last_thread_tells_for_all(void **state) {
    (void)state;
    struct exits exits;
    assert_int_equal(open_at_version(13, &exits), 0);
    play_exit(50, 50, 0, 0, 1000, 1000); /* the main thread leaves the others to go on */
    play_exit(52, 50, AXSIG, 6, 1900, 2000);
    play_exit(51, 50, AXSIG | AGROUP, 6, 1900, 2001);
    read_all(&exits);
    assert_int_equal(taken_count, 1);
    assert_int_equal(taken[0].pid, 50);
    assert_int_equal(taken[0].status, 6);
    assert_int_equal(taken[0].lived_ns, UINT64_C(2001) * 1000000);
    exits_close(&exits);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_kernel_is_said_to_have_none),
        cmocka_unit_test(one_thread_tells_all),
        cmocka_unit_test(the_last_thread_tells_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

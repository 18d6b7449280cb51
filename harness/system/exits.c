/* The protocol is described in the kernel's Documentation/accounting/taskstats.rst. */
#include "exits.h"

#include <errno.h>
#include <linux/acct.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    RECEIVE_BUFFER = 8 << 20, /* holds some 20,000 notes between two readings */
    VERSION_OF_PROCESSES =
        12, /* the first version of struct taskstats with AGROUP and ac_tgid */
};

struct message {
    struct nlmsghdr header;
    struct genlmsghdr generic;
    char payload[128];
};

static const void *attribute_data(const struct nlattr *attribute) {
    return (const char *)attribute + NLA_HDRLEN;
}

/* The attribute of this type within `length` bytes, or NULL. */
static const struct nlattr *find_attribute(const void *first, size_t length, int type) {
    const char *at = first, *end = at + length;
    while (at + NLA_HDRLEN <= end) {
        const struct nlattr *attribute = (const struct nlattr *)at;
        if (attribute->nla_len < NLA_HDRLEN || at + attribute->nla_len > end)
            return NULL;
        if ((attribute->nla_type & NLA_TYPE_MASK) == type)
            return attribute;
        at += NLA_ALIGN(attribute->nla_len);
    }
    return NULL;
}

/* The same in a generic netlink message. */
static const struct nlattr *find_in_message(const char *buffer, size_t length, int type) {
    const size_t headers = NLMSG_HDRLEN + GENL_HDRLEN;
    return length > headers ? find_attribute(buffer + headers, length - headers, type)
                            : NULL;
}

typedef void message_taker(void *context, const char *buffer, size_t length);

/*
 * Sends a request with one attribute and waits for its acknowledgement. Hands each
 * message before it to `take`, if that is not NULL. Returns 0, the -errno that the kernel
 * answers with, or -errno if the socket fails.
 */
static int request(const struct exits *exits, uint8_t command, uint16_t type,
                   const void *data, size_t length, message_taker *take, void *context) {
    struct message message = {.generic = {.cmd = command, .version = 1}};
    struct nlattr *attribute = (struct nlattr *)message.payload;
    attribute->nla_type = type;
    attribute->nla_len = (uint16_t)(NLA_HDRLEN + length);
    memcpy(message.payload + NLA_HDRLEN, data, length);
    message.header =
        (struct nlmsghdr){.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + GENL_HDRLEN +
                                                  NLA_ALIGN(attribute->nla_len)),
                          .nlmsg_type = exits->family,
                          .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK};
    if (send(exits->fd, &message, message.header.nlmsg_len, 0) < 0)
        return -errno;
    _Alignas(struct nlmsghdr) char buffer[8192];
    for (;;) {
        ssize_t n = recv(exits->fd, buffer, sizeof buffer, 0);
        const struct nlmsghdr *header = (const struct nlmsghdr *)buffer;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < (ssize_t)(NLMSG_HDRLEN + sizeof(int)))
            return n < 0 ? -errno : -EPROTO;
        if (header->nlmsg_type == NLMSG_ERROR)
            return *(const int *)NLMSG_DATA(header);
        if (take)
            take(context, buffer, (size_t)n);
    }
}

static void take_family(void *context, const char *buffer, size_t length) {
    const struct nlattr *id = find_in_message(buffer, length, CTRL_ATTR_FAMILY_ID);
    if (id)
        ((struct exits *)context)->family = *(const uint16_t *)attribute_data(id);
}

/* The kernel sends one message with the family's number, then the acknowledgement. */
static int find_family(struct exits *exits) {
    static const char name[] = "TASKSTATS";
    exits->family = GENL_ID_CTRL; /* which knows the numbers of the others */
    int error = request(exits, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, name,
                        sizeof name, take_family, exits);
    return error || exits->family != GENL_ID_CTRL ? error : -ENOTSUP;
}

/* Reads what a message says about a task. An older kernel sends a shorter struct, and a
 * newer kernel a longer one. Missing fields are 0. */
static bool read_stats(const char *buffer, size_t length, struct taskstats *ret) {
    const struct nlattr *whole = find_in_message(buffer, length, TASKSTATS_TYPE_AGGR_PID);
    const struct nlattr *found =
        whole ? find_attribute(attribute_data(whole), whole->nla_len - NLA_HDRLEN,
                               TASKSTATS_TYPE_STATS)
              : NULL;
    if (!found)
        return false;
    size_t size = found->nla_len - NLA_HDRLEN;
    *ret = (struct taskstats){0};
    memcpy(ret, attribute_data(found), size < sizeof *ret ? size : sizeof *ret);
    return true;
}

static void take_version(void *context, const char *buffer, size_t length) {
    struct taskstats stats;
    if (read_stats(buffer, length, &stats))
        *(uint16_t *)context = stats.version;
}

/* Before version 12, a thread's note looks like a process's note. */
static int check_version(const struct exits *exits) {
    uint32_t pid = (uint32_t)getpid();
    uint16_t version = 0;
    int error = request(exits, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_PID, &pid,
                        sizeof pid, take_version, &version);
    return error || version >= VERSION_OF_PROCESSES ? error : -ENOTSUP;
}

/* Notes that arrive before the acknowledgement are dropped. */
static int register_all_cpus(const struct exits *exits) {
    char mask[32];
    long cpus = sysconf(_SC_NPROCESSORS_CONF);
    snprintf(mask, sizeof mask, "0-%ld", cpus > 0 ? cpus - 1 : 0);
    return request(exits, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, mask,
                   strlen(mask) + 1, NULL, NULL);
}

int exits_open(struct exits *ret) {
    struct exits exits = {
        .fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC)};
    if (exits.fd < 0)
        return -errno;
    int size = RECEIVE_BUFFER;
    if (setsockopt(exits.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
        setsockopt(exits.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    struct timeval limit = {.tv_sec = 2}; /* an unanswered request is an error */
    setsockopt(exits.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    int error = find_family(&exits);
    if (!error)
        error = check_version(&exits);
    if (!error)
        error = register_all_cpus(&exits);
    if (error)
        close(exits.fd);
    else
        *ret = exits;
    return error;
}

/* The exit code of the last thread is that of the process: the call of exit() or the
 * signal that ended the process ended all threads. */
static void take_message(const struct exits *exits, const char *buffer, size_t length,
                         void (*take)(void *, const struct exit_note *), void *context) {
    const struct nlmsghdr *header = (const struct nlmsghdr *)buffer;
    struct taskstats stats;
    if (length < NLMSG_HDRLEN || header->nlmsg_type != exits->family ||
        !read_stats(buffer, length, &stats))
        return;
    if (!(stats.ac_flag & AGROUP)) /* set in the note of the last thread that ends */
        return;
    struct exit_note note = {.pid = (pid_t)stats.ac_tgid,
                             .parent = (pid_t)stats.ac_ppid,
                             .status = (int)stats.ac_exitcode,
                             .peak_rss = stats.hiwater_rss * 1024,
                             .lived_ns = stats.ac_etime * 1000,
                             .cpu_ns = (stats.ac_utime + stats.ac_stime) * 1000};
    if (stats.ac_tgetime > stats.ac_etime)
        note.lived_ns = stats.ac_tgetime * 1000;
    snprintf(note.name, sizeof note.name, "%.15s", stats.ac_comm);
    take(context, &note);
}

void exits_read(struct exits *exits, void (*take)(void *, const struct exit_note *),
                void *context) {
    _Alignas(struct nlmsghdr) char buffer[8192];
    for (;;) {
        ssize_t n = recv(exits->fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == ENOBUFS) {
            exits->lost++;
            continue;
        }
        if (n <= 0)
            return;
        take_message(exits, buffer, (size_t)n, take, context);
    }
}

void exits_close(struct exits *exits) {
    close(exits->fd);
}

/* See exits.h; the kernel's side is Documentation/accounting/taskstats.rst. */
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

enum { RECEIVE_BUFFER = 8 << 20 }; /* some 20,000 notes between two readings */

struct message {
    struct nlmsghdr header;
    struct genlmsghdr generic;
    char payload[128];
};

static const struct nlattr *next_attribute(const struct nlattr *attribute) {
    return (const struct nlattr *)((const char *)attribute +
                                   NLA_ALIGN(attribute->nla_len));
}

static const void *attribute_data(const struct nlattr *attribute) {
    return (const char *)attribute + NLA_HDRLEN;
}

/* The attribute of that type within `length` bytes, or NULL. */
static const struct nlattr *find_attribute(const void *first, size_t length, int type) {
    const char *end = (const char *)first + length;
    const struct nlattr *attribute = first;
    while ((const char *)attribute + NLA_HDRLEN <= end &&
           attribute->nla_len >= NLA_HDRLEN &&
           (const char *)attribute + attribute->nla_len <= end) {
        if ((attribute->nla_type & NLA_TYPE_MASK) == type)
            return attribute;
        attribute = next_attribute(attribute);
    }
    return NULL;
}

static int send_text(int fd, uint16_t family, uint8_t command, uint16_t type,
                     const char *text) {
    struct message message = {.generic = {.cmd = command, .version = 1}};
    size_t length = strlen(text) + 1;
    struct nlattr *attribute = (struct nlattr *)message.payload;
    attribute->nla_type = type;
    attribute->nla_len = (uint16_t)(NLA_HDRLEN + length);
    memcpy(message.payload + NLA_HDRLEN, text, length);
    message.header =
        (struct nlmsghdr){.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + GENL_HDRLEN +
                                                  NLA_ALIGN(attribute->nla_len)),
                          .nlmsg_type = family,
                          .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK};
    return send(fd, &message, message.header.nlmsg_len, 0) < 0 ? -errno : 0;
}

/* The family's number is told in one message, and each request is acknowledged in
 * another.
 */
static int find_family(int fd, uint16_t *ret) {
    int error = send_text(fd, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME,
                          "TASKSTATS");
    _Alignas(struct nlmsghdr) char buffer[8192];
    while (!error) {
        ssize_t n = recv(fd, buffer, sizeof buffer, 0);
        const struct nlmsghdr *header = (const struct nlmsghdr *)buffer;
        if (n < (ssize_t)(NLMSG_HDRLEN + sizeof(int)))
            return n < 0 ? -errno : -EPROTO;
        if (header->nlmsg_type == NLMSG_ERROR)
            return *(const int *)NLMSG_DATA(header) ? *(const int *)NLMSG_DATA(header)
                                                    : 0;
        const struct nlattr *id =
            find_attribute((const char *)NLMSG_DATA(header) + GENL_HDRLEN,
                           (size_t)n - NLMSG_HDRLEN - GENL_HDRLEN, CTRL_ATTR_FAMILY_ID);
        if (id)
            *ret = *(const uint16_t *)attribute_data(id);
    }
    return error;
}

static int register_all_cpus(const struct exits *exits) {
    char mask[32];
    long cpus = sysconf(_SC_NPROCESSORS_CONF);
    snprintf(mask, sizeof mask, "0-%ld", cpus > 0 ? cpus - 1 : 0);
    int error = send_text(exits->fd, exits->family, TASKSTATS_CMD_GET,
                          TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, mask);
    _Alignas(struct nlmsghdr) char buffer[8192];
    while (!error) { /* notes may come before the acknowledgement: those are dropped */
        ssize_t n = recv(exits->fd, buffer, sizeof buffer, 0);
        const struct nlmsghdr *header = (const struct nlmsghdr *)buffer;
        if (n < 0)
            return -errno;
        if (header->nlmsg_type == NLMSG_ERROR)
            return *(const int *)NLMSG_DATA(header);
    }
    return error;
}

int exits_open(struct exits *ret) {
    struct exits exits = {
        .fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC)};
    if (exits.fd < 0)
        return -errno;
    int size = RECEIVE_BUFFER;
    if (setsockopt(exits.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
        setsockopt(exits.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    struct timeval limit = {.tv_sec = 2}; /* no answer is an answer */
    setsockopt(exits.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    int error = find_family(exits.fd, &exits.family);
    if (!error && !exits.family)
        error = -ENOTSUP;
    if (!error)
        error = register_all_cpus(&exits);
    if (error)
        close(exits.fd);
    else
        *ret = exits;
    return error;
}

/* The last thread of a process that ends carries AGROUP. */
static bool is_whole_process(const struct taskstats *stats) {
    return stats->ac_flag & AGROUP;
}

static void take_stats(const struct taskstats *stats,
                       void (*take)(void *, const struct exit_note *), void *context) {
    if (!is_whole_process(stats))
        return;
    struct exit_note note = {.pid =
                                 (pid_t)(stats->ac_tgid ? stats->ac_tgid : stats->ac_pid),
                             .parent = (pid_t)stats->ac_ppid,
                             .status = (int)stats->ac_exitcode,
                             .peak_rss = stats->hiwater_rss * 1024,
                             .lived_ns = stats->ac_etime * 1000,
                             .cpu_ns = (stats->ac_utime + stats->ac_stime) * 1000};
    if (stats->ac_tgetime > stats->ac_etime)
        note.lived_ns = stats->ac_tgetime * 1000;
    snprintf(note.name, sizeof note.name, "%.15s", stats->ac_comm);
    take(context, &note);
}

static void take_message(const struct exits *exits, const char *buffer, size_t length,
                         void (*take)(void *, const struct exit_note *), void *context) {
    const struct nlmsghdr *header = (const struct nlmsghdr *)buffer;
    if (length < NLMSG_HDRLEN + GENL_HDRLEN || header->nlmsg_type != exits->family)
        return;
    const struct nlattr *whole =
        find_attribute(buffer + NLMSG_HDRLEN + GENL_HDRLEN,
                       length - NLMSG_HDRLEN - GENL_HDRLEN, TASKSTATS_TYPE_AGGR_PID);
    if (!whole)
        return;
    const struct nlattr *found = find_attribute(
        attribute_data(whole), whole->nla_len - NLA_HDRLEN, TASKSTATS_TYPE_STATS);
    if (!found)
        return;
    struct taskstats stats = {0}; /* an older kernel's is shorter, a newer one's longer */
    size_t size = found->nla_len - NLA_HDRLEN;
    memcpy(&stats, attribute_data(found), size < sizeof stats ? size : sizeof stats);
    take_stats(&stats, take, context);
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

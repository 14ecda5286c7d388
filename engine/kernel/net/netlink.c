/* One netlink socket: batches of requests with their answers, and dumps. What the messages mean is said in
 * netlink_link.c, netlink_address.c and nft.c; this file only carries them. */
#include "kernel/net/netlink.h"

#include "base/memory.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

enum { ANSWER_SECONDS = 10, DUMP_PART = 65536, DUMP_ATTEMPTS = 20 };

int netlink_open(struct netlink *netlink, int bus, struct error *err)
{
    *netlink = (struct netlink){0};
    struct mnl_socket *socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
    if (!socket)
        return error_errno(err, errno, "open a netlink socket");
    if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0) {
        int code = errno;
        mnl_socket_close(socket);
        return error_errno(err, code, "bind a netlink socket");
    }
    /* Explanations with errors, and acknowledgements without a copy of the request. */
    int on = 1;
    mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof on);
    mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, sizeof on);
    struct timeval patience = {.tv_sec = ANSWER_SECONDS};
    setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    *netlink = (struct netlink){.socket = socket, .port = mnl_socket_get_portid(socket), .sequence = (uint32_t)time(NULL)};
    return 0;
}

void netlink_close(struct netlink *netlink)
{
    if (netlink->socket)
        mnl_socket_close(netlink->socket);
    *netlink = (struct netlink){0};
}

void netlink_batch_begin(struct netlink_batch *batch) { batch->first = batch->count = batch->used = 0; }

/* The message that was added last may have grown by attributes since. */
static void batch_settle(struct netlink_batch *batch)
{
    size_t at = 0;
    while (at < batch->used)
        at += MNL_ALIGN(((struct nlmsghdr *)(batch->data + at))->nlmsg_len);
    batch->used = at;
}

struct nlmsghdr *netlink_batch_add(struct netlink_batch *batch, struct netlink *netlink, uint16_t type, uint16_t flags)
{
    batch_settle(batch);
    struct nlmsghdr *message = mnl_nlmsg_put_header(batch->data + batch->used);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    message->nlmsg_seq = ++netlink->sequence;
    if (!batch->count++)
        batch->first = message->nlmsg_seq;
    batch->used += message->nlmsg_len;
    return message;
}

static ssize_t receive(struct netlink *netlink, char *buffer, size_t size)
{
    ssize_t got;
    do
        got = mnl_socket_recvfrom(netlink->socket, buffer, size);
    while (got < 0 && errno == EINTR);
    return got;
}

/* The kernel's own words (NLMSGERR_ATTR_MSG), or the errno's. */
static int explain(const struct nlmsghdr *message, int code, struct error *err)
{
    const struct nlmsgerr *answer = mnl_nlmsg_get_payload(message);
    size_t offset = sizeof *answer;
    if (!(message->nlmsg_flags & NLM_F_CAPPED))
        offset += answer->msg.nlmsg_len - sizeof answer->msg;
    if (message->nlmsg_flags & NLM_F_ACK_TLVS && message->nlmsg_len > MNL_NLMSG_HDRLEN + offset) {
        const struct nlattr *attribute;
        mnl_attr_for_each(attribute, message, offset)
        {
            if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG)
                return error_set(err, code, "%s (%.*s)", strerror(code), (int)mnl_attr_get_payload_len(attribute) - 1,
                                 mnl_attr_get_str(attribute));
        }
    }
    return error_set(err, code, "%s", strerror(code));
}

static unsigned batch_acks(const struct netlink_batch *batch)
{
    unsigned wanted = 0;
    for (size_t at = 0; at < batch->used;) {
        const struct nlmsghdr *message = (const struct nlmsghdr *)(batch->data + at);
        wanted += message->nlmsg_flags & NLM_F_ACK ? 1 : 0;
        at += MNL_ALIGN(message->nlmsg_len);
    }
    return wanted;
}

int netlink_batch_send(struct netlink_batch *batch, struct netlink *netlink, unsigned *failed, struct error *err)
{
    batch_settle(batch);
    unsigned wanted = batch_acks(batch);
    bool first_is_acked = ((struct nlmsghdr *)batch->data)->nlmsg_flags & NLM_F_ACK;
    if (mnl_socket_sendto(netlink->socket, batch->data, batch->used) < 0)
        return error_errno(err, errno, "send to netlink");
    int result = 0;
    char buffer[16384];
    while (wanted) {
        ssize_t got = receive(netlink, buffer, sizeof buffer);
        if (got < 0)
            return error_errno(err, errno == EAGAIN ? ETIMEDOUT : errno, "no answer from netlink");
        int left = (int)got;
        for (struct nlmsghdr *answer = (struct nlmsghdr *)buffer; mnl_nlmsg_ok(answer, left);
             answer = mnl_nlmsg_next(answer, &left)) {
            uint32_t index = answer->nlmsg_seq - batch->first;
            if (answer->nlmsg_type != NLMSG_ERROR || index >= batch->count)
                continue;
            int code = -((struct nlmsgerr *)mnl_nlmsg_get_payload(answer))->error;
            if (code && !result) {
                result = explain(answer, code, err);
                if (failed)
                    *failed = index;
            }
            /* A batch that is refused as a whole is answered once, for its opening message. */
            if (code && index == 0 && !first_is_acked)
                return result;
            wanted--;
            if (!wanted)
                break;
        }
    }
    return result;
}

enum dump_state { DUMP_MORE, DUMP_DONE, DUMP_FAILED };

/* One buffer of answers. `torn`: the kernel's tables changed between two parts of the dump (NLM_F_DUMP_INTR). */
static enum dump_state dump_part(struct netlink *netlink, uint32_t sequence, mnl_cb_t each, void *data, char *buffer, bool *torn,
                                 struct error *err)
{
    ssize_t got = receive(netlink, buffer, DUMP_PART);
    if (got < 0) {
        error_errno(err, errno == EAGAIN ? ETIMEDOUT : errno, "no answer from netlink");
        return DUMP_FAILED;
    }
    int left = (int)got;
    for (struct nlmsghdr *answer = (struct nlmsghdr *)buffer; mnl_nlmsg_ok(answer, left); answer = mnl_nlmsg_next(answer, &left)) {
        if (answer->nlmsg_seq != sequence)
            continue;
        *torn = *torn || answer->nlmsg_flags & NLM_F_DUMP_INTR;
        if (answer->nlmsg_type == NLMSG_DONE)
            return DUMP_DONE;
        if (answer->nlmsg_type == NLMSG_ERROR) {
            int code = -((struct nlmsgerr *)mnl_nlmsg_get_payload(answer))->error;
            if (!code)
                return DUMP_DONE;
            explain(answer, code, err);
            return DUMP_FAILED;
        }
        if (!*torn)
            each(answer, data);
        if (!(answer->nlmsg_flags & NLM_F_MULTI))
            return DUMP_DONE;
    }
    return DUMP_MORE;
}

int netlink_dump(struct netlink *netlink, struct nlmsghdr *request, mnl_cb_t each, void *data, void (*restart)(void *data),
                 struct error *err)
{
    cleanup_free char *buffer = xmalloc(DUMP_PART);
    for (int attempt = 0;; attempt++) {
        request->nlmsg_seq = ++netlink->sequence;
        if (restart)
            restart(data);
        if (mnl_socket_sendto(netlink->socket, request, request->nlmsg_len) < 0)
            return error_errno(err, errno, "send to netlink");
        bool torn = false;
        struct error local = ERROR_INIT;
        enum dump_state state;
        while ((state = dump_part(netlink, request->nlmsg_seq, each, data, buffer, &torn, &local)) == DUMP_MORE)
            ;
        if (state == DUMP_FAILED)
            return error_set(err, local.code, "%s", local.message);
        if (!torn)
            return 0;
        if (attempt == DUMP_ATTEMPTS)
            return error_set(err, EAGAIN, "the kernel's tables change faster than they can be read");
    }
}

/* nfnetlink_log by hand on libmnl: bind a group, take its messages apart. */
#include "kernel/net/nflog.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static uint16_t log_type(int message) { return (uint16_t)(NFNL_SUBSYS_ULOG << 8 | message); }

static struct nlmsghdr *add_request(struct netlink_batch *batch, struct netlink *netlink, uint16_t group)
{
    struct nlmsghdr *message = netlink_batch_add(batch, netlink, log_type(NFULNL_MSG_CONFIG), NLM_F_ACK);
    struct nfgenmsg *body = mnl_nlmsg_put_extra_header(message, sizeof *body);
    *body = (struct nfgenmsg){.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons(group)};
    return message;
}

int nflog_open(struct nflog *nflog, uint16_t group, struct error *err)
{
    nflog->at = nflog->filled = 0;
    int r = netlink_open(&nflog->netlink, NETLINK_NETFILTER, err);
    if (r < 0)
        return r;
    struct netlink_batch batch;
    netlink_batch_begin(&batch);
    struct nlmsghdr *message = add_request(&batch, &nflog->netlink, group);
    mnl_attr_put(message, NFULA_CFG_CMD, sizeof(struct nfulnl_msg_config_cmd),
                 &(struct nfulnl_msg_config_cmd){.command = NFULNL_CFG_CMD_BIND});
    message = add_request(&batch, &nflog->netlink, group);
    mnl_attr_put(message, NFULA_CFG_MODE, sizeof(struct nfulnl_msg_config_mode),
                 &(struct nfulnl_msg_config_mode){.copy_range = htonl(NFLOG_PACKET), .copy_mode = NFULNL_COPY_PACKET});
    mnl_attr_put_u32(message, NFULA_CFG_QTHRESH, htonl(1)); /* one report, one message: nothing waits for company */
    struct error local = ERROR_INIT;
    r = netlink_batch_send(&batch, &nflog->netlink, NULL, &local);
    if (r == 0)
        return 0;
    nflog_close(nflog);
    if (r == -EBUSY || r == -EPERM)
        return error_set(err, EBUSY,
                         "another program reads the packet log (group %u of nfnetlink_log: see /proc/net/netfilter/nfnetlink_log)",
                         group);
    return error_set(err, EOPNOTSUPP, "this kernel does not log packets to programs (nfnetlink_log): %s", local.message);
}

void nflog_close(struct nflog *nflog) { netlink_close(&nflog->netlink); }

int nflog_fd(const struct nflog *nflog) { return mnl_socket_get_fd(nflog->netlink.socket); }

static int note(const struct nlattr *attribute, void *data)
{
    struct nflog_report *report = data;
    uint16_t size = mnl_attr_get_payload_len(attribute);
    const void *value = mnl_attr_get_payload(attribute);
    switch (mnl_attr_get_type(attribute)) {
    case NFULA_PREFIX:
        snprintf(report->prefix, sizeof report->prefix, "%.*s", (int)size, (const char *)value);
        break;
    case NFULA_PACKET_HDR:
        report->hook = size >= sizeof(struct nfulnl_msg_packet_hdr) ? ((const struct nfulnl_msg_packet_hdr *)value)->hook : 0;
        break;
    case NFULA_IFINDEX_INDEV:
        report->in = size >= 4 ? ntohl(mnl_attr_get_u32(attribute)) : 0;
        break;
    case NFULA_IFINDEX_OUTDEV:
        report->out = size >= 4 ? ntohl(mnl_attr_get_u32(attribute)) : 0;
        break;
    case NFULA_PAYLOAD:
        report->packet = value;
        report->size = size;
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

static bool receive(struct nflog *nflog)
{
    ssize_t got = recv(nflog_fd(nflog), nflog->buffer, sizeof nflog->buffer, MSG_DONTWAIT);
    nflog->at = 0;
    nflog->filled = got > 0 ? (size_t)got : 0;
    return got > 0;
}

bool nflog_next(struct nflog *nflog, struct nflog_report *report)
{
    for (;;) {
        const struct nlmsghdr *message = (const struct nlmsghdr *)(nflog->buffer + nflog->at);
        if (nflog->at >= nflog->filled || !mnl_nlmsg_ok(message, (int)(nflog->filled - nflog->at))) {
            if (!receive(nflog))
                return false;
            continue;
        }
        nflog->at += MNL_ALIGN(message->nlmsg_len);
        *report = (struct nflog_report){0};
        if (message->nlmsg_type == log_type(NFULNL_MSG_PACKET) &&
            mnl_attr_parse(message, sizeof(struct nfgenmsg), note, report) >= 0)
            return true;
    }
}

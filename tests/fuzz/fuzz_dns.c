/* Anything as a question to the name server, and anything as an upstream server's answer to one. The first byte chooses. */
#include "base/memory.h"
#include "network/dns_answer.h"

#include <stdlib.h>
#include <string.h>

static struct dns_names *names;
static struct dns_party *party;
static ldns_pkt *asked;

static void prepare(void)
{
    static const uint8_t question[] = {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'w', 'e', 'b', 0, 0, 1, 0, 1};
    static char *const aliases[] = {"site", "a.b", NULL};
    const struct dns_link links[] = {{.alias = "peer", .name = "web"}};
    struct dns_place place = {.endpoint = "e1",
                              .container = "0123456789abcdef",
                              .name = "web",
                              .network = "n1",
                              .network_name = "net.a",
                              .address = "10.0.0.2",
                              .address6 = "fd00::2",
                              .aliases = aliases,
                              .links = links,
                              .link_count = 1};
    names = dns_names_new();
    for (int i = 0; i < 100; i++) {
        char id[16], address[16];
        snprintf(id, sizeof id, "many%d", i);
        snprintf(address, sizeof address, "10.0.1.%d", i);
        static char *const many[] = {"many", NULL};
        dns_names_join(names, &(struct dns_place){.endpoint = id,
                                                  .container = id,
                                                  .name = id,
                                                  .network = "n1",
                                                  .network_name = "net.a",
                                                  .address = address,
                                                  .aliases = many});
    }
    dns_names_join(names, &place);
    party = dns_party_hold(names, place.container);
    if (ldns_wire2pkt(&asked, question, sizeof question) != LDNS_STATUS_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!names)
        prepare();
    if (!size)
        return 0;
    if (data[0] & 1) {
        cleanup_free uint8_t *answer = memcpy(xmalloc(size), data + 1, size - 1);
        (void)dns_check_answer(asked, 0x1234, answer, size - 1);
        return 0;
    }
    const struct dns_asker asker = {
        .names = names, .party = party, .tcp = data[0] & 2, .forwards = data[0] & 4, .dotted = data[0] & 8};
    struct dns_message reply;
    ldns_pkt *query;
    enum dns_verdict verdict = dns_answer(&asker, data + 1, size - 1, &reply, &query);
    if ((verdict == DNS_REPLY) != (reply.length > 0) || (verdict == DNS_FORWARD) != (query != NULL))
        abort();
    if (verdict == DNS_REPLY && (LDNS_ID_WIRE(reply.wire) != LDNS_ID_WIRE(data + 1) || !LDNS_QR_WIRE(reply.wire)))
        abort();
    if (verdict == DNS_REPLY && !asker.tcp && reply.length > DNS_UDP_MOST)
        abort();
    free(reply.wire);
    if (query) {
        struct dns_message refusal;
        if (dns_refusal(query, LDNS_RCODE_SERVFAIL, false, &refusal))
            free(refusal.wire);
        (void)dns_udp_limit(query);
        (void)dns_check_answer(query, LDNS_ID_WIRE(data + 1), data + 1, size - 1);
        ldns_pkt_free(query);
    }
    return 0;
}

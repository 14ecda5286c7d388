/* From a question to its answer, with ldns. Nothing here waits, and nothing but names is looked at. */
#include "network/dns_answer.h"

#include "base/digest.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { ADDITIONAL_MOST = 2, EDNS_SIZE = 1232, BADVERS = 1 /* the upper bits of 16 */ };

/* --- replies --- */

static ldns_pkt *reply_to(const ldns_pkt *query, ldns_pkt_rcode rcode)
{
    ldns_pkt *reply = ldns_pkt_new();
    if (!reply)
        return NULL;
    ldns_pkt_set_id(reply, ldns_pkt_id(query));
    ldns_pkt_set_opcode(reply, ldns_pkt_get_opcode(query));
    ldns_pkt_set_qr(reply, true);
    ldns_pkt_set_rd(reply, ldns_pkt_rd(query));
    ldns_pkt_set_cd(reply, ldns_pkt_cd(query));
    ldns_pkt_set_ra(reply, true);
    ldns_pkt_set_rcode(reply, (uint8_t)rcode);
    if (ldns_pkt_edns(query))
        ldns_pkt_set_edns_udp_size(reply, EDNS_SIZE);
    ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(query), 0);
    if (question)
        ldns_pkt_push_rr(reply, LDNS_SECTION_QUESTION, ldns_rr_clone(question));
    return reply;
}

/* Takes the reply over. */
static bool to_wire(ldns_pkt *reply, struct dns_message *message)
{
    uint8_t *wire = NULL;
    size_t length = 0;
    bool done = reply && ldns_pkt2wire(&wire, reply, &length) == LDNS_STATUS_OK;
    ldns_pkt_free(reply);
    *message = (struct dns_message){done ? wire : NULL, done ? length : 0};
    return done;
}

bool dns_refusal(const ldns_pkt *query, ldns_pkt_rcode rcode, bool truncated, struct dns_message *reply)
{
    ldns_pkt *packet = reply_to(query, rcode);
    if (packet)
        ldns_pkt_set_tc(packet, truncated);
    return to_wire(packet, reply);
}

static enum dns_verdict refuse(const ldns_pkt *query, ldns_pkt_rcode rcode, struct dns_message *reply)
{
    return dns_refusal(query, rcode, false, reply) ? DNS_REPLY : DNS_IGNORE;
}

/* To what cannot be read but has an id. */
static enum dns_verdict not_understood(const uint8_t *wire, ldns_pkt_rcode rcode, struct dns_message *reply)
{
    ldns_pkt *packet = ldns_pkt_new();
    if (!packet)
        return DNS_IGNORE;
    ldns_pkt_set_id(packet, LDNS_ID_WIRE(wire));
    ldns_pkt_set_opcode(packet, LDNS_OPCODE_WIRE(wire));
    ldns_pkt_set_rd(packet, LDNS_RD_WIRE(wire));
    enum dns_verdict verdict = refuse(packet, rcode, reply);
    ldns_pkt_free(packet);
    return verdict;
}

static void push(ldns_pkt *reply, const ldns_rr *question, ldns_rr_type type, ldns_rdf *data)
{
    ldns_rr *record = ldns_rr_new();
    ldns_rr_set_owner(record, ldns_rdf_clone(ldns_rr_owner(question)));
    ldns_rr_set_type(record, type);
    ldns_rr_set_class(record, LDNS_RR_CLASS_IN);
    ldns_rr_set_ttl(record, DNS_TTL);
    ldns_rr_push_rdf(record, data);
    ldns_pkt_push_rr(reply, LDNS_SECTION_ANSWER, record);
}

size_t dns_udp_limit(const ldns_pkt *query)
{
    size_t size = ldns_pkt_edns(query) ? ldns_pkt_edns_udp_size(query) : 0;
    return size < DNS_UDP_LEAST ? DNS_UDP_LEAST : size > DNS_UDP_MOST ? DNS_UDP_MOST : size;
}

/* --- names --- */

/* Without the dot at the end; NULL when it cannot be told. */
static char *text_of(const ldns_rdf *owner)
{
    char *text = ldns_rdf2str(owner);
    size_t length = text ? strlen(text) : 0;
    if (length && text[length - 1] == '.')
        text[length - 1] = '\0';
    return text;
}

static void shuffle(struct dns_address *list, size_t count)
{
    uint32_t state;
    random_bytes(&state, sizeof state);
    for (size_t i = count; i > 1; i--) {
        state = state * 1664525u + 1013904223u;
        size_t other = (size_t)((uint64_t)state * i >> 32);
        struct dns_address kept = list[i - 1];
        list[i - 1] = list[other];
        list[other] = kept;
    }
}

static ldns_pkt *with_addresses(const ldns_pkt *query, const struct dns_found *found, size_t most)
{
    const ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(query), 0);
    ldns_rr_type type = ldns_rr_get_type(question);
    ldns_pkt *reply = reply_to(query, LDNS_RCODE_NOERROR);
    for (size_t i = 0, put = 0; reply && i < found->count && put < most; i++) {
        const struct dns_address *address = &found->list[i];
        ldns_rr_type own = address->v6 ? LDNS_RR_TYPE_AAAA : LDNS_RR_TYPE_A;
        if (type != own && type != LDNS_RR_TYPE_ANY)
            continue;
        push(reply, question, own,
             ldns_rdf_new_frm_data(address->v6 ? LDNS_RDF_TYPE_AAAA : LDNS_RDF_TYPE_A, address->v6 ? 16 : 4, address->bytes));
        put++;
    }
    return reply;
}

/* What does not fit is left out, and the client told so that it may come back over TCP. */
static enum dns_verdict answer_addresses(const struct dns_asker *asker, const ldns_pkt *query, struct dns_found *found,
                                         struct dns_message *reply)
{
    size_t limit = asker->tcp ? DNS_MESSAGE_MOST : dns_udp_limit(query), most = found->count;
    if (found->count > 1)
        shuffle(found->list, found->count);
    if (!to_wire(with_addresses(query, found, most), reply))
        return DNS_IGNORE;
    while (reply->length > limit && most) {
        most = most * limit / (reply->length + 1);
        free(reply->wire);
        ldns_pkt *shorter = with_addresses(query, found, most);
        if (shorter)
            ldns_pkt_set_tc(shorter, true);
        if (!to_wire(shorter, reply))
            return DNS_IGNORE;
    }
    return DNS_REPLY;
}

/* --- reverse --- */

static bool parse_reverse4(const char *text, struct dns_address *address)
{
    unsigned part[4];
    int used = 0;
    if (sscanf(text, "%3u.%3u.%3u.%3u%n", part + 3, part + 2, part + 1, part, &used) != 4 || text[used])
        return false;
    for (size_t i = 0; i < ARRAY_LEN(part); i++) {
        if (part[i] > 255)
            return false;
        address->bytes[i] = (unsigned char)part[i];
    }
    return true;
}

/* 32 hexadecimal digits, the last first, with dots between them. */
static bool parse_reverse6(const char *text, struct dns_address *address)
{
    enum { DIGITS = 32 };
    static const char hex[] = "0123456789abcdef";
    address->v6 = true;
    if (strlen(text) != 2 * DIGITS - 1)
        return false;
    for (size_t i = 0; i < DIGITS; i++) {
        const char *digit = strchr(hex, text[2 * i]);
        if (!digit || !*digit || (i + 1 < DIGITS && text[2 * i + 1] != '.'))
            return false;
        unsigned char *byte = &address->bytes[15 - i / 2];
        *byte |= (unsigned char)((digit - hex) << (i % 2 * 4));
    }
    return true;
}

static bool reverse_address(const char *name, struct dns_address *address)
{
    static const struct {
        const char *suffix;
        bool (*parse)(const char *, struct dns_address *);
    } zones[] = {{".in-addr.arpa", parse_reverse4}, {".ip6.arpa", parse_reverse6}};
    cleanup_free char *text = str_lower(name);
    for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
        if (!str_ends(text, zones[i].suffix))
            continue;
        text[strlen(text) - strlen(zones[i].suffix)] = '\0';
        *address = (struct dns_address){0};
        return zones[i].parse(text, address);
    }
    return false;
}

static bool answer_reverse(const struct dns_asker *asker, const ldns_pkt *query, const char *name, struct dns_message *reply)
{
    struct dns_address address;
    char known[DNS_NAME_TEXT];
    if (!reverse_address(name, &address) || !dns_names_reverse(asker->party, &address, known))
        return false;
    ldns_rdf *data = ldns_dname_new_frm_str(known);
    if (!data)
        return false;
    ldns_pkt *packet = reply_to(query, LDNS_RCODE_NOERROR);
    push(packet, ldns_rr_list_rr(ldns_pkt_question(query), 0), LDNS_RR_TYPE_PTR, data);
    return to_wire(packet, reply);
}

/* --- the question --- */

static enum dns_verdict answer_name(const struct dns_asker *asker, const ldns_pkt *query, const char *name,
                                    struct dns_message *reply)
{
    const ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(query), 0);
    struct dns_found found;
    ldns_rr_type type = ldns_rr_get_type(question);
    bool internet = ldns_rr_get_class(question) == LDNS_RR_CLASS_IN;
    if (internet && type == LDNS_RR_TYPE_PTR && answer_reverse(asker, query, name, reply))
        return DNS_REPLY;
    if (internet && dns_names_find(asker->names, asker->party, name, &found)) {
        enum dns_verdict verdict = answer_addresses(asker, query, &found, reply);
        free(found.list);
        return verdict;
    }
    if (asker->dotted && !strchr(name, '.') && (type == LDNS_RR_TYPE_A || type == LDNS_RR_TYPE_AAAA))
        return refuse(query, LDNS_RCODE_NOERROR, reply);
    if (!asker->forwards || !dns_party_outside(asker->party))
        return refuse(query, LDNS_RCODE_SERVFAIL, reply);
    return DNS_FORWARD;
}

static enum dns_verdict bad_version(const ldns_pkt *query, struct dns_message *reply)
{
    ldns_pkt *packet = reply_to(query, LDNS_RCODE_NOERROR);
    if (packet)
        ldns_pkt_set_edns_extended_rcode(packet, BADVERS);
    return to_wire(packet, reply) ? DNS_REPLY : DNS_IGNORE;
}

static enum dns_verdict answer_query(const struct dns_asker *asker, const ldns_pkt *query, struct dns_message *reply)
{
    if (ldns_pkt_edns(query) && ldns_pkt_edns_version(query) > 0)
        return bad_version(query, reply);
    char *name = text_of(ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(query), 0)));
    enum dns_verdict verdict = name ? answer_name(asker, query, name, reply) : refuse(query, LDNS_RCODE_FORMERR, reply);
    free(name);
    return verdict;
}

enum dns_verdict dns_answer(const struct dns_asker *asker, const uint8_t *wire, size_t length, struct dns_message *reply,
                            ldns_pkt **query)
{
    *reply = (struct dns_message){0};
    *query = NULL;
    if (length < LDNS_HEADER_SIZE || LDNS_QR_WIRE(wire))
        return DNS_IGNORE;
    bool plain = LDNS_QDCOUNT(wire) == 1 && !LDNS_ANCOUNT(wire) && !LDNS_NSCOUNT(wire) && LDNS_ARCOUNT(wire) <= ADDITIONAL_MOST;
    ldns_pkt *packet = NULL;
    if (LDNS_OPCODE_WIRE(wire) != LDNS_PACKET_QUERY)
        return not_understood(wire, LDNS_RCODE_NOTIMPL, reply);
    if (!plain || length > DNS_QUERY_MOST || ldns_wire2pkt(&packet, wire, length) != LDNS_STATUS_OK)
        return not_understood(wire, LDNS_RCODE_FORMERR, reply);
    enum dns_verdict verdict = answer_query(asker, packet, reply);
    if (verdict == DNS_FORWARD)
        *query = packet;
    else
        ldns_pkt_free(packet);
    return verdict;
}

/* --- upstream --- */

struct dns_upstream_says dns_check_answer(const ldns_pkt *query, uint16_t id, const uint8_t *wire, size_t length)
{
    struct dns_upstream_says says = {0};
    if (length < LDNS_HEADER_SIZE || !LDNS_QR_WIRE(wire) || LDNS_ID_WIRE(wire) != id)
        return says;
    says.rcode = LDNS_RCODE_WIRE(wire);
    /* A server that understood nothing may leave the question out. */
    if (!LDNS_QDCOUNT(wire) && (says.rcode == LDNS_RCODE_FORMERR || says.rcode == LDNS_RCODE_NOTIMPL)) {
        says.accepted = true;
        return says;
    }
    const ldns_rr *asked = ldns_rr_list_rr(ldns_pkt_question(query), 0);
    ldns_rr *question = NULL;
    size_t at = LDNS_HEADER_SIZE;
    if (LDNS_QDCOUNT(wire) != 1 || ldns_wire2rr(&question, wire, length, &at, LDNS_SECTION_QUESTION) != LDNS_STATUS_OK)
        return says;
    says.accepted = ldns_dname_compare(ldns_rr_owner(question), ldns_rr_owner(asked)) == 0 &&
                    ldns_rr_get_type(question) == ldns_rr_get_type(asked) &&
                    ldns_rr_get_class(question) == ldns_rr_get_class(asked);
    ldns_rr_free(question);
    return says;
}
